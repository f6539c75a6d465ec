"""Moving a period's cached sums by exactly what changed, and noting the milestones that this crossed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign, Milestone, Period
from campaigns.db import insert_or_ignore
from campaigns.ledger.models import Donation, MilestoneReached, PeriodDonor, PeriodTotal
from campaigns.outbox.models import OutboxMessage


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


def _move_donors(session: Session, period_id: int, by_donor: Mapping[str, int]) -> int:
    """Moves each person's count; by how many the number of distinct people changed."""
    people = 0
    for donor_hash, delta in sorted(by_donor.items()):
        if delta == 0:
            continue
        row = {"period_id": period_id, "donor_hash": donor_hash, "donation_count": 0}
        insert_or_ignore(session, PeriodDonor, [row])
        after = session.execute(
            update(PeriodDonor)
            .where(PeriodDonor.period_id == period_id, PeriodDonor.donor_hash == donor_hash)
            .values(donation_count=PeriodDonor.donation_count + delta)
            .returning(PeriodDonor.donation_count)
        ).scalar_one()
        people += int(after > 0) - int(after - delta > 0)
    return people


def _move_total(session: Session, period_id: int, change: Change, people: int, now: datetime) -> int:
    """Moves the row by SQL addition (never read-modify-write) and returns what is raised after it."""
    ensure(session, period_id, now)
    statement = (
        update(PeriodTotal)
        .where(PeriodTotal.period_id == period_id)
        .values(
            raised_minor=PeriodTotal.raised_minor + change.raised_minor,
            pending_minor=PeriodTotal.pending_minor + change.pending_minor,
            matched_minor=PeriodTotal.matched_minor + change.matched_minor,
            fee_minor=PeriodTotal.fee_minor + change.fee_minor,
            donation_count=PeriodTotal.donation_count + change.donation_count,
            donor_count=PeriodTotal.donor_count + people,
            version=PeriodTotal.version + 1,
            updated_at=now,
        )
        .returning(PeriodTotal.raised_minor)
        .execution_options(synchronize_session=False)
    )
    return int(session.execute(statement).scalar_one())


def ensure(session: Session, period_id: int, now: datetime) -> None:
    """Makes the period's total, at nothing, unless it is there."""
    amounts = dict.fromkeys(("raised_minor", "pending_minor", "matched_minor", "fee_minor"), 0)
    counts = dict.fromkeys(("donation_count", "donor_count", "version"), 0)
    insert_or_ignore(session, PeriodTotal, [{"period_id": period_id, **amounts, **counts, "updated_at": now}])


def _note_raised(session: Session, period_id: int, before: int, after: int, now: datetime) -> None:
    """A closed period says that it was restated and announces nothing; an open one announces what was crossed."""
    period = session.get_one(Period, period_id)
    closed = period.ends_at is not None and period.ends_at <= now
    if closed:
        version = session.scalar(select(PeriodTotal.version).where(PeriodTotal.period_id == period_id))
        said = {"period": period_id, "campaign": period.campaign_id, "before": before, "after": after}
        _promise(session, f"period.restated:{period_id}:{version}", "period.restated", said, now)
    _note_reached(session, period_id, after, announce_above=None if closed else before, now=now)


def _note_reached(session: Session, period_id: int, raised: int, *, announce_above: int | None, now: datetime) -> None:
    """Writes each milestone at or below `raised` once for the period; announces those above `announce_above`."""
    period = session.get_one(Period, period_id)
    present = select(Milestone).where(Milestone.campaign_id == period.campaign_id, Milestone.removed_at.is_(None))
    milestones = session.scalars(present.order_by(Milestone.amount_minor)).all()
    goal = max((m.amount_minor for m in milestones), default=0)
    for milestone in milestones:
        if milestone.amount_minor > raised:
            break
        announced = announce_above is not None and milestone.amount_minor > announce_above
        row = {"period_id": period_id, "milestone_id": milestone.id, "reached_at": now, "announced": announced}
        if insert_or_ignore(session, MilestoneReached, [row]) and announced:
            said: dict[str, Any] = {"campaign": period.campaign_id, "period": period_id, "milestone": milestone.id}
            said |= {"amount_minor": milestone.amount_minor, "label": milestone.label}
            _promise(session, f"milestone.reached:{period_id}:{milestone.id}", "milestone.reached", said, now)
            if milestone.amount_minor == goal:
                key = f"campaign.goal_reached:{period_id}:{milestone.id}"
                _promise(session, key, "campaign.goal_reached", said, now)


def _promise(session: Session, key: str, kind: str, payload: dict[str, Any], now: datetime) -> None:
    row = {"key": key, "type": kind, "payload": payload, "created_at": now, "due_at": now, "attempt_count": 0}
    insert_or_ignore(session, OutboxMessage, [row])
