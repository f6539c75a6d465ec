"""The register: donations as the console lists them, with the one word for how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.ledger import keyset, refs
from campaigns.ledger.models import Donation, LedgerEntry, PaymentRef

SEARCH_LENGTH_MAX = 200
KEY = (Donation.occurred_at, Donation.id)
# States that tell what once happened to a donation, however it stands now: by the kind of the entry.
HAPPENED = {
    "arrived": "donation",
    "has_refund": "refund",
    "has_refund_failed": "refund_failed",
    "has_dispute": "dispute",
    "has_dispute_reversal": "dispute_reversal",
    "has_adjustment": "adjustment",
    "has_fee": "fee",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A donation in a list. What was refunded and disputed is positive and less what came back."""

    donation: Donation
    campaign: Campaign | None
    refunded_minor: int
    disputed_minor: int

    @property
    def state(self) -> str:
        """One word: counted, refunded_part, refunded, disputed, pending, over, unheard, unassigned, set_aside."""
        donation = self.donation
        if donation.amount_minor is None:
            return _state_without_money(donation)
        if donation.net_minor <= 0:
            return "disputed" if self.disputed_minor > 0 and self.refunded_minor < donation.amount_minor else "refunded"
        if donation.campaign_id is None:
            return "set_aside" if donation.unassigned_reason == "set_aside" else "unassigned"
        if self.disputed_minor > 0:
            return "disputed"
        return "refunded_part" if self.refunded_minor > 0 else "counted"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `text` is part of a donor's name or e-mail, or the whole id of anything about a payment.

    Of a `state` that tells what happened (`has_fee`), `currency` is the one in which that was told. Given at `since`
    or later, and before `until`.
    """

    campaign: Campaign | None = None
    state: str | None = None
    text: str = ""
    by_email: bool = False
    currency: str | None = None
    provider: str | None = None
    period_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of the register; `newer` and `older` are keys of donations to go on from, None at either end."""

    lines: list[Line]
    newer: str | None
    older: str | None


def listed(
    session: Session,
    wanted: Wanted,
    *,
    before: str | None = None,
    after: str | None = None,
    limit: int = keyset.PAGE_ROWS,
) -> Lines:
    """A page of the donations that are `wanted`, the newest first; `before` or `after` the donation of that key.

    A payment of which only a reversal is known has no date yet, and is not a donation yet: it is not listed.
    """
    return _page(session, [Donation.occurred_at.is_not(None), *_conditions(session, wanted)], before, after, limit)


def sums(session: Session, wanted: Wanted) -> list[tuple[str, int, int, int]]:
    """What is `wanted` in all, by currency: (currency, how many, what was given, what of it counts now)."""
    given, counts = func.sum(Donation.amount_minor), func.sum(Donation.counted_minor)
    found = select(Donation.currency, func.count(), given, counts).where(Donation.occurred_at.is_not(None))
    found = found.where(*_conditions(session, wanted)).group_by(Donation.currency).order_by(Donation.currency)
    rows = session.execute(found)
    return [(currency or "", count, int(given or 0), int(counts)) for currency, count, given, counts in rows]


def about(session: Session, name: str) -> ColumnElement[bool]:
    """Which donations something is about: a key of ours, a payment, or anything said about it (intent, refund, fee)."""
    named = session.scalars(select(PaymentRef.id).where(PaymentRef.ref == name)).all()
    entered = session.scalars(select(LedgerEntry.donation_id).where(LedgerEntry.key.in_((name, f"{name}:fee")))).all()
    below = refs.downward(session, list(named))
    return or_(Donation.key == name, Donation.ref_id.in_(below), Donation.id.in_(entered))


def refs_about(session: Session, name: str) -> list[str]:
    """`name`, and every ref that what is said about it is said about too: of an intent, its charges."""
    named = session.scalars(select(PaymentRef.id).where(PaymentRef.ref == name)).all()
    below = refs.downward(session, list(named))
    return [name, *session.scalars(select(PaymentRef.ref).where(PaymentRef.id.in_(below), PaymentRef.ref != name))]


def line(session: Session, donation: Donation) -> Line:
    """One donation as the register shows it."""
    return _lines(session, [donation.id])[0]


def by_key(session: Session, key: str) -> Donation | None:
    """The donation of a public key."""
    return session.scalars(select(Donation).where(Donation.key == key)).one_or_none()


def by_ref(session: Session, provider: str, ref: str) -> Donation | None:
    """The donation of a payment, by the provider's name of it; of providers whose names are unique everywhere."""
    named = select(Donation).join(PaymentRef, PaymentRef.id == Donation.ref_id)
    return session.scalars(named.filter(PaymentRef.provider == provider, PaymentRef.ref == ref)).one_or_none()


def homeless(
    session: Session, *, before: str | None = None, after: str | None = None, limit: int = keyset.PAGE_ROWS
) -> Lines:
    """A page of the donations that wait for somebody to say where they belong, the newest first."""
    return _page(session, [waits()], before, after, limit)


def homeless_sums(session: Session) -> list[tuple[str, int, int]]:
    """What waits, by currency: (currency, how many donations, their minor units), the largest first."""
    summed = func.sum(Donation.net_minor)
    found = select(Donation.currency, func.count(), summed).where(waits()).group_by(Donation.currency)
    rows = session.execute(found.order_by(summed.desc()))
    return [(currency or "", count, int(minor)) for currency, count, minor in rows]


def set_aside(session: Session, *, limit: int = keyset.PAGE_ROWS) -> list[Line]:
    """The donations that staff have set aside, the newest first."""
    newest = select(Donation.id).where(is_set_aside()).order_by(Donation.updated_at.desc(), Donation.id.desc())
    return _lines(session, session.scalars(newest.limit(limit)).all())


def unheard(session: Session, *, limit: int = keyset.PAGE_ROWS) -> list[Line]:
    """Payments of which only a reversal is known, the newest first."""
    unknown = (Donation.campaign_id.is_(None), Donation.occurred_at.is_(None), Donation.net_minor < 0)
    newest = select(Donation.id).where(*unknown).order_by(Donation.created_at.desc(), Donation.id.desc())
    return _lines(session, session.scalars(newest.limit(limit)).all())


def waits() -> ColumnElement[bool]:
    """Which donations wait for a home: they hold money, and nobody has decided about them."""
    return and_(
        Donation.campaign_id.is_(None),
        Donation.amount_minor.is_not(None),
        Donation.net_minor > 0,
        or_(Donation.unassigned_reason.is_(None), Donation.unassigned_reason != "set_aside"),
    )


def is_set_aside() -> ColumnElement[bool]:
    """Which donations staff have decided to count nowhere."""
    return and_(Donation.campaign_id.is_(None), Donation.unassigned_reason == "set_aside")


def _state_without_money(donation: Donation) -> str:
    if donation.pending_minor > 0:
        return "pending"
    return "over" if donation.pending_over else "unheard"


def _page(
    session: Session, conditions: list[ColumnElement[bool]], before: str | None, after: str | None, limit: int
) -> Lines:
    wanted = select(Donation.id).where(*conditions)
    page = keyset.page(session, wanted, KEY, before=_place(session, before), after=_place(session, after), limit=limit)
    lines = _lines(session, [row.id for row in page.rows])
    newer = lines[0].donation.key if lines and page.has_newer else None
    return Lines(lines, newer, lines[-1].donation.key if page.has_older else None)


def _lines(session: Session, ids: Sequence[int]) -> list[Line]:
    """The lines of the donations `ids`, in that order. Sums over entries are made for these alone."""
    columns = (Donation, Campaign, _taken_back("refund", "refund_failed"), _taken_back("dispute", "dispute_reversal"))
    found = select(*columns).outerjoin(Campaign, Campaign.id == Donation.campaign_id).where(Donation.id.in_(ids))
    lines = {
        donation.id: Line(donation, campaign, int(refunded), int(disputed))
        for donation, campaign, refunded, disputed in session.execute(found)
    }
    return [lines[donation_id] for donation_id in ids]


def _place(session: Session, key: str | None) -> tuple[Any, int] | None:
    donation = by_key(session, key) if key else None
    return (donation.occurred_at, donation.id) if donation and donation.occurred_at else None


def _taken_back(*kinds: str) -> ScalarSelect[int]:
    """Minor units of a donation's own currency that entries of `kinds` took back, as a positive number."""
    of_these = (LedgerEntry.kind.in_(kinds), LedgerEntry.currency == Donation.currency)
    taken = select(func.coalesce(-func.sum(LedgerEntry.amount_minor), 0))
    return taken.where(LedgerEntry.donation_id == Donation.id, *of_these).correlate(Donation).scalar_subquery()


def _conditions(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.campaign is not None:
        found.append(Donation.campaign_id == wanted.campaign.id)
    if wanted.period_id is not None:
        found.append(Donation.period_id == wanted.period_id)
    if wanted.provider is not None:
        found.append(Donation.ref_id.in_(select(PaymentRef.id).where(PaymentRef.provider == wanted.provider)))
    if wanted.since is not None:
        found.append(Donation.occurred_at >= wanted.since)
    if wanted.until is not None:
        found.append(Donation.occurred_at < wanted.until)
    happened = HAPPENED.get(wanted.state or "")
    if happened is not None:
        found.append(_has_entry(happened, wanted.currency))
    elif wanted.state is not None:
        found.append(_in_state(wanted.state))
    if wanted.currency is not None and happened is None:
        found.append(Donation.currency == wanted.currency)
    if wanted.text:
        found.append(_matches(session, wanted.text, by_email=wanted.by_email))
    return found


def _in_state(state: str) -> ColumnElement[bool]:
    touched = Donation.net_minor != Donation.amount_minor  # spares most donations the sums over their entries
    refunded, disputed = _taken_back("refund", "refund_failed"), _taken_back("dispute", "dispute_reversal")
    return {
        "counted": Donation.counted_minor > 0,
        "refunded_part": and_(touched, refunded > 0, refunded < Donation.amount_minor),
        "refunded": and_(touched, refunded >= Donation.amount_minor),
        "disputed": and_(touched, disputed > 0),
        "pending": and_(Donation.amount_minor.is_(None), Donation.pending_minor > 0),
        "over": and_(Donation.amount_minor.is_(None), Donation.pending_over),
        "unassigned": waits(),
        "set_aside": is_set_aside(),
        "overdrawn": Donation.net_minor < 0,
    }[state]


def _has_entry(kind: str, currency: str | None) -> ColumnElement[bool]:
    """Those with an entry of `kind`; but for fees only in the donation's own currency, since others add nothing."""
    theirs = select(LedgerEntry.id).where(LedgerEntry.donation_id == Donation.id, LedgerEntry.kind == kind)
    if currency is not None:
        theirs = theirs.where(LedgerEntry.currency == currency)
    if kind != "fee":
        theirs = theirs.where(LedgerEntry.currency == Donation.currency)
    return theirs.correlate(Donation).exists()


def _matches(session: Session, text: str, *, by_email: bool) -> ColumnElement[bool]:
    """Part of a name or e-mail; or the id of anything about a payment."""
    found = [Donation.donor_name.icontains(text, autoescape=True), about(session, text)]
    if by_email:
        found.append(Donation.donor_email.icontains(text, autoescape=True))
    return or_(*found)
