"""One donation with everything that is known of it: its entries, who said where it belongs, and its other names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audit import AuditEntry
from campaigns.campaign.models import Campaign, Period
from campaigns.ledger import entries, home, refs, register
from campaigns.ledger.models import Donation, HomeHint, LedgerEntry, PaymentRef
from campaigns.ledger.register import Line
from campaigns.ledger.timeline import Telling, Timeline, timeline
from campaigns.providers.contract import HintRank
from campaigns.staff.models import Staff

# Who said so, for each rank; a hint whose campaign stands beside it.
SAID_BY = {
    HintRank.STAFF: "Staff, by hand",
    HintRank.MONEY: "The payment itself",
    HintRank.CHECKOUT: "The checkout, invoice or subscription it came from",
    HintRank.RULE: "A routing rule of yours",
    HintRank.DEFAULT: "The endpoint's default campaign",
}
WHY = {
    HintRank.STAFF: "Staff put it there by hand.",
    HintRank.MONEY: "The payment itself names this campaign.",
    HintRank.CHECKOUT: "The checkout, invoice or subscription it came from names this campaign.",
    HintRank.RULE: "A routing rule of yours sends it there.",
    HintRank.DEFAULT: "Everything that arrives at its endpoint goes there, unless something says otherwise.",
}
COMMAND_LINE = "the command line"


@dataclass(frozen=True, slots=True)
class Said:
    """A hint, with the e-mail of the person where staff gave it."""

    hint: HomeHint
    words: str
    staff: str | None


@dataclass(frozen=True, slots=True)
class Sums:
    """The money of a donation by what became of it, positive minor units of its currency; `fees` by currency, for those
    come in the one that the account is settled in."""

    given: int
    refunded: int
    refund_failed: int
    disputed: int
    won_back: int
    fees: dict[str, int]


@dataclass(frozen=True, slots=True)
class Dossier:
    """`said` is in order of strength: the first decides. `staff` names whose acts its evidence are."""

    line: Line
    period: Period | None
    entries: list[LedgerEntry]
    sums: Sums
    timeline: Timeline
    campaigns: dict[int, Campaign]
    said: list[Said]
    names: list[PaymentRef]
    staff: dict[int, str]

    @property
    def why(self) -> str | None:
        """Why it is where it is, in a sentence; None where it has no home, which `home.REASONS` explains."""
        rank = self.line.donation.home_rank
        return WHY[HintRank(rank)] if rank is not None and self.line.campaign is not None else None

    @property
    def named(self) -> str | None:
        """The campaign that the deciding hint names, whether or not there is one."""
        return self.said[0].hint.campaign_slug if self.said else None


def dossier(session: Session, donation: Donation, tellings: Sequence[Telling] = ()) -> Dossier:
    """Everything that is known of `donation`; `tellings` are what was told of it, in the order it was received."""
    posted = entries.of(session, donation)
    away = refs.upward(session, donation.ref_id)
    hints = list(session.scalars(select(HomeHint).where(HomeHint.ref_id.in_(away))))
    acts = {hint.evidence_id for hint in hints if hint.evidence_kind == "staff"}
    acts |= {entry.evidence_id for entry in posted if entry.evidence_kind == "staff"}
    staff, about_campaigns = _staff(session, acts)
    campaigns = campaigns_of(session, posted)
    slugs = {campaign.id: campaign.slug for campaign in campaigns.values()}
    others = select(PaymentRef).where(PaymentRef.id.in_(away.keys() - {donation.ref_id})).order_by(PaymentRef.id)
    return Dossier(
        line=register.line(session, donation),
        period=session.get(Period, donation.period_id) if donation.period_id else None,
        entries=posted,
        sums=_sums(posted, donation.currency),
        timeline=timeline(donation, posted, tellings, hints, slugs, about_campaigns),
        campaigns=campaigns,
        said=[_said(hint, staff) for hint in _by_strength(hints, away)],
        names=list(session.scalars(others)),
        staff=staff,
    )


def named(session: Session, donations: Iterable[Donation]) -> dict[int, str]:
    """The campaign that each of `donations` names by its strongest hint, for those that name one: id → slug."""
    found: dict[int, str] = {}
    for donation in donations:
        hint = home.strongest_hint(session, donation.ref_id)
        if hint is not None and hint.campaign_slug != home.SET_ASIDE:
            found[donation.id] = hint.campaign_slug
    return found


def campaigns_of(session: Session, posted: Iterable[LedgerEntry]) -> dict[int, Campaign]:
    """The campaigns that entries stood in when they were posted, by id."""
    ids = {entry.campaign_id for entry in posted if entry.campaign_id is not None}
    return {found.id: found for found in session.scalars(select(Campaign).where(Campaign.id.in_(ids)))}


def _by_strength(hints: Iterable[HomeHint], away: Mapping[int, int]) -> list[HomeHint]:
    """As `hinting.strongest` decides: the strongest rank, in it the nearest, of these the latest, then by name."""
    latest = sorted(hints, key=lambda hint: (hint.stated_at, hint.campaign_slug), reverse=True)
    return sorted(latest, key=lambda hint: (hint.rank, away[hint.ref_id]))


def _said(hint: HomeHint, staff: Mapping[int, str]) -> Said:
    by_hand = hint.evidence_kind == "staff"
    return Said(hint, SAID_BY[HintRank(hint.rank)], staff.get(hint.evidence_id) if by_hand else None)


def _staff(session: Session, act_ids: Iterable[int]) -> tuple[dict[int, str], frozenset[int]]:
    """Who did each act (audit id → e-mail), and which of the acts were about a campaign."""
    acts = select(AuditEntry.id, AuditEntry.thing, Staff.email).outerjoin(Staff, Staff.id == AuditEntry.staff_id)
    rows = session.execute(acts.where(AuditEntry.id.in_(set(act_ids)))).all()
    about_campaigns = frozenset(row.id for row in rows if row.thing == "campaign")
    return {row.id: row.email or COMMAND_LINE for row in rows}, about_campaigns


def _sums(posted: Iterable[LedgerEntry], currency: str | None) -> Sums:
    """As the tally does, what came in another currency adds nothing."""
    by_kind: dict[str, int] = defaultdict(int)
    fees: dict[str, int] = defaultdict(int)
    for entry in posted:
        if entry.kind == "fee":
            fees[entry.currency] -= entry.amount_minor
        elif entry.currency == currency:
            by_kind[entry.kind] += entry.amount_minor
    return Sums(
        given=by_kind["donation"],
        refunded=-by_kind["refund"],
        refund_failed=by_kind["refund_failed"],
        disputed=-by_kind["dispute"],
        won_back=by_kind["dispute_reversal"],
        fees=dict(fees),
    )
