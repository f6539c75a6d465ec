"""Moving a period's cached sums by exactly what changed, and noting the milestones that this crossed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, select, update
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign, Milestone, Period
from campaigns.db import insert_or_add, insert_or_ignore
from campaigns.ledger.models import Donation, MilestoneReached, PeriodDonor, PeriodTotal
from campaigns.outbox.promising import promise


@dataclass(frozen=True, slots=True)
class Share:
    """What one donation adds to one period at one moment. Amounts in minor units of the campaign's currency."""

    period_id: int | None
    counted_minor: int
    pending_minor: int
    matched_minor: int
    fee_minor: int
    donor_hash: str

    @property
    def counts(self) -> int:
        """1 for a donation that counts, 0 for one that does not (any more)."""
        return 1 if self.counted_minor > 0 else 0


def share_of(donation: Donation, *, matched_minor: int = 0, fee_minor: int = 0) -> Share:
    """The share that `donation`, as its columns stand, adds to its period."""
    return Share(
        period_id=donation.period_id,
        counted_minor=donation.counted_minor,
        pending_minor=donation.pending_minor,
        matched_minor=matched_minor,
        fee_minor=fee_minor,
        donor_hash=donation.donor_hash or donation.key,
    )


@dataclass(slots=True)
class Change:
    """The sum of all shares taken from and added to one period."""

    raised_minor: int = 0
    pending_minor: int = 0
    matched_minor: int = 0
    fee_minor: int = 0
    donation_count: int = 0
    by_donor: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, share: Share, sign: int) -> None:
        """Adds `share` (sign 1) or takes it away (sign -1)."""
        self.raised_minor += sign * share.counted_minor
        self.pending_minor += sign * share.pending_minor
        self.matched_minor += sign * share.matched_minor
        self.fee_minor += sign * share.fee_minor
        self.donation_count += sign * share.counts
        if share.counts:
            self.by_donor[share.donor_hash] += sign

    @property
    def moves(self) -> bool:
        """Whether anything changes at all."""
        sums = (self.raised_minor, self.pending_minor, self.matched_minor, self.fee_minor, self.donation_count)
        return any(sums) or any(self.by_donor.values())


_total = cast(Table, PeriodTotal.__table__)
_ADD = (
    update(_total)
    .where(_total.c.period_id == bindparam("of_period"))
    .values(
        raised_minor=_total.c.raised_minor + bindparam("raised"),
        pending_minor=_total.c.pending_minor + bindparam("pending"),
        matched_minor=_total.c.matched_minor + bindparam("matched"),
        fee_minor=_total.c.fee_minor + bindparam("fee"),
        donation_count=_total.c.donation_count + bindparam("donations"),
        donor_count=_total.c.donor_count + bindparam("people"),
        version=_total.c.version + 1,
        updated_at=bindparam("now"),
    )
    .returning(_total.c.raised_minor)
)
_donors = cast(Table, PeriodDonor.__table__)
_TAKE_DONOR = (
    update(_donors)
    .where(_donors.c.period_id == bindparam("of_period"), _donors.c.donor_hash == bindparam("of_donor"))
    .values(donation_count=_donors.c.donation_count + bindparam("delta"))
    .returning(_donors.c.donation_count)
)
_MILESTONES = (
    select(
        Milestone.id,
        Milestone.campaign_id,
        Milestone.amount_minor,
        Milestone.label,
        MilestoneReached.reached_at,
    )
    .join(Period, Period.campaign_id == Milestone.campaign_id)
    .outerjoin(
        MilestoneReached,
        and_(MilestoneReached.milestone_id == Milestone.id, MilestoneReached.period_id == Period.id),
    )
    .where(Period.id == bindparam("of_period"), Milestone.removed_at.is_(None))
    .order_by(Milestone.amount_minor)
)


def move(session: Session, changes: Mapping[int, Change], *, now: datetime) -> None:
    """Applies `changes` (period id → change), in the order of period ids so that two batches never wait in a ring."""
    moving = sorted((period_id, change) for period_id, change in changes.items() if change.moves)
    donors = {period_id: _move_donors(session, period_id, change.by_donor) for period_id, change in moving}
    for period_id, change in moving:
        raised_after = _move_total(session, period_id, change, donors[period_id], now)
        if change.raised_minor:
            _note_raised(session, period_id, raised_after - change.raised_minor, raised_after, now)


def note_milestones(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """After staff added or lowered milestones: those already reached by a running total are so, unannounced."""
    reached = select(Period.id, PeriodTotal.raised_minor).join(PeriodTotal, PeriodTotal.period_id == Period.id)
    locked = reached.where(Period.campaign_id == campaign.id).order_by(Period.id).with_for_update(of=PeriodTotal)
    session.flush()
    for period_id, raised in session.execute(locked).all():
        _note_reached(session, period_id, raised, announce_above=None, now=now)


def ensure(session: Session, period_id: int, now: datetime) -> None:
    """Makes the period's total, at nothing, unless it is there."""
    amounts = dict.fromkeys(("raised_minor", "pending_minor", "matched_minor", "fee_minor"), 0)
    counts = dict.fromkeys(("donation_count", "donor_count", "version"), 0)
    insert_or_ignore(session, PeriodTotal, [{"period_id": period_id, **amounts, **counts, "updated_at": now}])


def _move_donors(session: Session, period_id: int, by_donor: Mapping[str, int]) -> int:
    """Moves each person's count; by how many the number of distinct people changed."""
    people = 0
    for donor_hash, delta in sorted(by_donor.items()):
        if delta > 0:
            row = {"period_id": period_id, "donor_hash": donor_hash, "donation_count": delta}
            after = insert_or_add(session, PeriodDonor, row, column="donation_count")
        elif delta < 0:  # who is taken away has a row, and an insert of less than nothing is refused before it is seen
            taken = {"of_period": period_id, "of_donor": donor_hash, "delta": delta}
            after = session.connection().execute(_TAKE_DONOR, taken).scalar_one()
        else:
            continue
        people += int(after > 0) - int(after - delta > 0)
    return people


def _move_total(session: Session, period_id: int, change: Change, people: int, now: datetime) -> int:
    """Moves the row by SQL addition (never read-modify-write); what is raised after it."""
    said = {
        "of_period": period_id,
        "raised": change.raised_minor,
        "pending": change.pending_minor,
        "matched": change.matched_minor,
        "fee": change.fee_minor,
        "donations": change.donation_count,
        "people": people,
        "now": now,
    }
    moved = session.connection().execute(_ADD, said).scalar_one_or_none()
    if moved is None:  # the period's first money
        ensure(session, period_id, now)
        moved = session.connection().execute(_ADD, said).scalar_one()
    return int(moved)


def _note_raised(session: Session, period_id: int, before: int, after: int, now: datetime) -> None:
    """A closed period says that it was restated and announces nothing; an open one announces what was crossed."""
    period = session.get_one(Period, period_id)
    closed = period.ends_at is not None and period.ends_at <= now
    if closed:
        version = session.scalar(select(PeriodTotal.version).where(PeriodTotal.period_id == period_id))
        said = {"period": period_id, "campaign": period.campaign_id, "before": before, "after": after}
        promise(session, "period.restated", f"period.restated:{period_id}:{version}", said, now=now)
    _note_reached(session, period_id, after, announce_above=None if closed else before, now=now)


def _note_reached(session: Session, period_id: int, raised: int, *, announce_above: int | None, now: datetime) -> None:
    """Writes each milestone at or below `raised` once for the period; announces those above `announce_above`."""
    milestones = session.connection().execute(_MILESTONES, {"of_period": period_id}).all()
    for milestone in milestones:
        if milestone.amount_minor > raised:
            break
        if milestone.reached_at is not None:
            continue
        announced = announce_above is not None and milestone.amount_minor > announce_above
        row = {"period_id": period_id, "milestone_id": milestone.id, "reached_at": now, "announced": announced}
        if insert_or_ignore(session, MilestoneReached, [row]) and announced:
            said: dict[str, Any] = {"campaign": milestone.campaign_id, "period": period_id, "milestone": milestone.id}
            said |= {"amount_minor": milestone.amount_minor, "label": milestone.label}
            promise(session, "milestone.reached", f"milestone.reached:{period_id}:{milestone.id}", said, now=now)
            if milestone is milestones[-1]:
                key = f"campaign.goal_reached:{period_id}:{milestone.id}"
                promise(session, "campaign.goal_reached", key, said, now=now)
