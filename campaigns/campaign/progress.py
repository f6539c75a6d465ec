"""How far a campaign has come: a pure value made of sums, milestones and the clock, shared by every picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Step:
    """One milestone. `reached` is true while enough is raised; `reached_at`, the first crossing, is kept."""

    amount_minor: int
    label: str
    reached: bool
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """`percent` has one decimal, is rounded down and may pass 100; `to_go_minor` is what the next step needs.

    `days_left` counts calendar days in the campaign's zone: 0 on the last day and after it, None without an end.
    """

    raised_minor: int
    goal_minor: int
    percent: Decimal
    steps: tuple[Step, ...]
    next_step: Step | None
    to_go_minor: int
    goal_reached: bool
    days_left: int | None
    over: bool


def progress(
    raised_minor: int,
    milestones: Sequence[tuple[int, str, datetime | None]],
    *,
    now: datetime,
    ends_at: datetime | None,
    timezone: str,
) -> Progress:
    """Progress at `now`; milestones are ``(amount_minor, label, reached_at)``, the highest is the goal."""
    steps = tuple(
        Step(amount_minor, label, raised_minor >= amount_minor, reached_at)
        for amount_minor, label, reached_at in sorted(milestones, key=lambda milestone: milestone[0])
    )
    goal_minor = steps[-1].amount_minor if steps else 0
    next_step = next((step for step in steps if not step.reached), None)
    return Progress(
        raised_minor=raised_minor,
        goal_minor=goal_minor,
        percent=_percent(raised_minor, goal_minor),
        steps=steps,
        next_step=next_step,
        to_go_minor=next_step.amount_minor - raised_minor if next_step else 0,
        goal_reached=goal_minor > 0 and raised_minor >= goal_minor,
        days_left=_days_left(now, ends_at, ZoneInfo(timezone)),
        over=ends_at is not None and now >= ends_at,
    )


def _percent(raised_minor: int, goal_minor: int) -> Decimal:
    tenths = raised_minor * 1000 // goal_minor if goal_minor > 0 else 0
    return Decimal(tenths).scaleb(-1)


def _days_left(now: datetime, ends_at: datetime | None, zone: ZoneInfo) -> int | None:
    """The end is half-open: a period that ends at midnight has its last day on the day before."""
    if ends_at is None:
        return None
    last_day = (ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return max(0, (last_day - now.astimezone(zone).date()).days)
