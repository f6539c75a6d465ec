"""Money by what became of it, for the whole installation and for each campaign; by currency, never added across."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, select
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.ledger import register
from campaigns.ledger.models import Donation, LedgerEntry
from campaigns.ledger.tally import NET_KINDS

Place = tuple[int | None, str]  # a campaign's id (None: no campaign) and a currency


@dataclass(slots=True)
class Money:
    """Minor units of one currency, all positive: what happened, and where what is left of it stands now.

    given − refunded + refund_failed − disputed + won_back + adjusted
    = counted + unassigned + set_aside − overdrawn, to the cent. Fees are beside it, and pending has not happened yet.
    """

    given: int = 0
    refunded: int = 0
    refund_failed: int = 0
    disputed: int = 0
    won_back: int = 0
    adjusted: int = 0
    counted: int = 0
    unassigned: int = 0
    set_aside: int = 0
    overdrawn: int = 0
    pending: int = 0
    fees: int = 0

    def add(self, other: Money) -> None:
        """Adds another of the same currency."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    @property
    def net(self) -> int:
        """What is left of all that was given, wherever it stands."""
        back = self.refund_failed + self.won_back + self.adjusted
        return self.given - self.refunded - self.disputed + back


@dataclass(frozen=True, slots=True)
class Overview:
    """One currency: all of it, and each campaign's part with the campaign (None: what belongs to none)."""

    currency: str
    money: Money
    parts: list[tuple[Campaign | None, Money]]


# Where each kind of entry is summed, and with which sign.
_OF_KIND = {
    "donation": ("given", 1),
    "refund": ("refunded", -1),
    "refund_failed": ("refund_failed", 1),
    "dispute": ("disputed", -1),
    "dispute_reversal": ("won_back", 1),
    "adjustment": ("adjusted", 1),
    "fee": ("fees", -1),
}


def overviews(session: Session) -> list[Overview]:
    """Each currency in which anything is known, those that campaigns count in first. Two walks: donations, entries."""
    places: dict[Place, Money] = {}
    for place, name, minor in (*_standing(session), *_happened(session)):
        money = places.setdefault(place, Money())
        setattr(money, name, getattr(money, name) + minor)
    campaigns = {campaign.id: campaign for campaign in session.scalars(select(Campaign))}
    found: list[Overview] = []
    for currency in sorted({currency for _, currency in places}):
        parts = {campaign_id: money for (campaign_id, code), money in places.items() if code == currency}
        whole = Money()
        for money in parts.values():
            whole.add(money)
        named = [(campaigns[one], money) for one, money in parts.items() if one is not None]
        named.sort(key=lambda part: part[0].title)
        homeless = [(None, parts[None])] if None in parts else []
        found.append(Overview(currency, whole, [*named, *homeless]))
    return sorted(found, key=lambda overview: (overview.money.counted == 0, overview.currency))


def _standing(session: Session) -> Iterable[tuple[Place, str, int]]:
    """Where money stands, by the columns that posting keeps."""
    held = Donation.net_minor > 0
    sums = {
        "counted": func.sum(Donation.counted_minor),
        "pending": func.sum(Donation.pending_minor),
        "unassigned": _sum_where(register.waits(), Donation.net_minor),
        "set_aside": _sum_where(and_(register.is_set_aside(), held), Donation.net_minor),
        "overdrawn": _sum_where(Donation.net_minor < 0, -Donation.net_minor),
    }
    found = select(Donation.campaign_id, Donation.currency, *sums.values()).where(Donation.currency.is_not(None))
    for campaign_id, currency, *minors in session.execute(found.group_by(Donation.campaign_id, Donation.currency)):
        for name, minor in zip(sums, minors, strict=True):
            yield (campaign_id, currency or ""), name, int(minor)


def _happened(session: Session) -> Iterable[tuple[Place, str, int]]:
    """What happened, by the entries, each where its donation stands now. As in the tally, what came in another currency
    than the donation's adds nothing, but for fees."""
    own = and_(LedgerEntry.kind.in_(NET_KINDS), LedgerEntry.currency == Donation.currency)
    columns = (Donation.campaign_id, LedgerEntry.currency, LedgerEntry.kind)
    found = select(*columns, func.sum(LedgerEntry.amount_minor)).join(Donation, Donation.id == LedgerEntry.donation_id)
    found = found.where(own | (LedgerEntry.kind == "fee")).group_by(*columns)
    for campaign_id, currency, kind, minor in session.execute(found):
        name, sign = _OF_KIND[kind]
        yield (campaign_id, currency), name, sign * int(minor)


def _sum_where(which: ColumnElement[bool], minor: SQLColumnExpression[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((which, minor), else_=0)), 0)
