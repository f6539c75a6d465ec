"""One donation with everything that is known of it: its entries, who said where it belongs, and its other names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audit import AuditEntry
from campaigns.campaign.models import Campaign, Period
from campaigns.ledger import entries, home, refs, register
from campaigns.ledger.models import Donation, HomeHint, LedgerEntry, PaymentRef
from campaigns.ledger.register import Line
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
class Dossier:
    """`said` is in order of strength: the first decides. `entries` are as posted; `staff` names whose acts they are."""

    line: Line
    period: Period | None
    entries: list[LedgerEntry]
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


def dossier(session: Session, donation: Donation) -> Dossier:
    """Everything that is known of `donation`."""
    posted = entries.of(session, donation)
    reachable = refs.upward(session, donation.ref_id)
    hints = list(session.scalars(select(HomeHint).where(HomeHint.ref_id.in_(reachable))))
    acts = {hint.evidence_id for hint in hints if hint.evidence_kind == "staff"}
    acts |= {entry.evidence_id for entry in posted if entry.evidence_kind == "staff"}
    staff = _staff(session, acts)
    others = select(PaymentRef).where(PaymentRef.id.in_(reachable.keys() - {donation.ref_id})).order_by(PaymentRef.id)
    return Dossier(
        line=register.line(session, donation),
        period=session.get(Period, donation.period_id) if donation.period_id else None,
        entries=posted,
        campaigns=campaigns_of(session, posted),
        said=[_said(hint, staff) for hint in _by_strength(hints)],
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


def _by_strength(hints: Iterable[HomeHint]) -> list[HomeHint]:
    """As `home.strongest_hint` decides: the strongest rank first, in it the latest."""
    latest = sorted(hints, key=lambda hint: (hint.stated_at, hint.campaign_slug), reverse=True)
    return sorted(latest, key=lambda hint: hint.rank)


def _said(hint: HomeHint, staff: Mapping[int, str]) -> Said:
    by_hand = hint.evidence_kind == "staff"
    return Said(hint, SAID_BY[HintRank(hint.rank)], staff.get(hint.evidence_id) if by_hand else None)


def _staff(session: Session, act_ids: Iterable[int]) -> dict[int, str]:
    """Who did each act: audit id → e-mail."""
    acts = select(AuditEntry.id, Staff.email).outerjoin(Staff, Staff.id == AuditEntry.staff_id)
    rows = session.execute(acts.where(AuditEntry.id.in_(set(act_ids))))
    return {act_id: email or COMMAND_LINE for act_id, email in rows}
