"""When a campaign's total counts from zero: pure calendar arithmetic, without a database.

A period is a half-open window ``[starts_at, ends_at)`` of aware UTC instants whose borders are local midnights
of the campaign's zone. Borders are compared as instants, never as local dates, because a zone may show the same
local hour twice (clocks set back across midnight), skip midnight (set forward at midnight) or skip a whole day.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from dateutil.tz import resolve_imaginary

from campaigns.errors import Invalid

Repeat = Literal["none", "weekly", "monthly", "quarterly", "yearly"]
REPEATS: tuple[Repeat, ...] = get_args(Repeat)

STUB_MAX = timedelta(days=2)
PERIODS_MAX = 10_000
LEAP_YEAR = 2024
MONTHS_APART: dict[Repeat, int] = {"monthly": 1, "quarterly": 3, "yearly": 12}
INSTANT = timedelta(microseconds=1)

FIRST_DAY_WORDS: dict[Repeat, str] = {
    "none": "a campaign that does not repeat has no first day to choose: leave it at 1, not {n}",
    "weekly": "the first day of a week is 1 (Monday) to 7 (Sunday), not {n}",
    "monthly": "the first day of a month is 1 to 31, not {n}",
    "quarterly": "the first day of a quarter is 1 to 31, or month and day as MMDD (701 is 1 July), not {n}",
    "yearly": "the first day of a year is 1 to 31, or month and day as MMDD (701 is 1 July), not {n}",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """How a campaign repeats.

    ``first_day`` is 1 (Monday) to 7 for weekly rules, else a day of the month, 1 to 31, clipped to the length of
    the month. ``first_month``, 1 to 12, matters to quarterly and yearly rules. ``timezone`` is an IANA name.
    """

    repeat: Repeat
    first_month: int
    first_day: int
    timezone: str

    def __post_init__(self) -> None:
        in_range = 1 <= self.first_month <= 12 and 1 <= self.first_day <= (7 if self.repeat == "weekly" else 31)
        if self.repeat not in REPEATS or not in_range:
            raise ValueError(f"not a rule: {self.repeat} {self.first_month} {self.first_day}")


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open ``[starts_at, ends_at)``, aware UTC; None is an open side."""

    starts_at: datetime | None
    ends_at: datetime | None

    def holds(self, instant: datetime) -> bool:
        begun = self.starts_at is None or self.starts_at <= instant
        return begun and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that decides a campaign's periods.

    ``rules`` are ``(effective_at, rule)``, ascending, the first effective since ever (None). ``opens_at`` is
    an explicit start; without one the first period is the natural window holding ``anchor_at``, unclipped.
    ``ends_at`` is the end of the last period, None for one without end.
    """

    rules: tuple[tuple[datetime | None, Rule], ...]
    opens_at: datetime | None
    ends_at: datetime | None
    anchor_at: datetime

    def __post_init__(self) -> None:
        later = [effective_at for effective_at, _ in self.rules[1:] if effective_at is not None]
        if not self.rules or self.rules[0][0] is not None or len(later) != len(self.rules) - 1:
            raise ValueError("the first rule, and only the first, is effective since ever")
        if any(left >= right for left, right in pairwise(later)):
            raise ValueError("rules must be ascending")
        if self.opens_at is not None and self.ends_at is not None and self.ends_at <= self.opens_at:
            raise ValueError("a schedule must end after it opens")


def period_at(schedule: Schedule, instant: datetime) -> Window:
    """The period that counts what happened at `instant`: the first if before it, the last if after it."""
    first_start = _first_start(schedule)
    return _window_in_segment(schedule, first_start, _inside(schedule, first_start, instant))


def periods_until(schedule: Schedule, instant: datetime) -> Iterator[Window]:
    """Every period from the first to the one that counts `instant`. Raises ValueError beyond PERIODS_MAX."""
    last = period_at(schedule, instant)
    window = first_period(schedule)
    for _ in range(PERIODS_MAX):
        yield window
        if window == last or window.ends_at is None:
            return
        window = period_at(schedule, window.ends_at)
    raise ValueError(f"more than {PERIODS_MAX} periods until {instant}")


def first_period(schedule: Schedule) -> Window:
    """The period a schedule begins with."""
    first_start = _first_start(schedule)
    return _window_in_segment(schedule, first_start, first_start or _anchor(schedule))


def rule_at(schedule: Schedule, instant: datetime) -> Rule:
    """The rule that makes the period which counts `instant`."""
    _, rule, _ = _rule_in_force(schedule, _inside(schedule, _first_start(schedule), instant))
    return rule


def natural_window(rule: Rule, instant: datetime) -> Window:
    """The rule's own window that holds `instant`, whatever the campaign. Raises ValueError if it is naive."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    if rule.repeat == "none":
        return Window(None, None)
    zone = ZoneInfo(rule.timezone)
    index = _index_near(rule, instant.astimezone(zone).date()) + 1
    while (starts_at := midnight(_first_date(rule, index), zone)) > instant:
        index -= 1
    return Window(starts_at, midnight(_first_date(rule, index + 1), zone))


def midnight(on: date, zone: ZoneInfo) -> datetime:
    """The instant a local day starts: the first of two midnights, or what the clock shows instead of one."""
    return resolve_imaginary(datetime.combine(on, time.min, zone)).astimezone(UTC)


def parse_first_day(repeat: Repeat, n: int) -> tuple[int, int]:
    """``(first_month, first_day)`` from the one number people give.

    Weekly 1 (Monday) to 7; monthly 1 to 31; quarterly and yearly 1 to 31 (of January) or MMDD: 701 is 1 July.
    Raises Invalid.
    """
    month, day = (1, n) if n <= 31 or repeat in ("none", "weekly", "monthly") else divmod(n, 100)
    if not 1 <= month <= 12 or not 1 <= day <= _last_first_day(repeat, month):
        raise Invalid(FIRST_DAY_WORDS[repeat].format(n=n), field="first_day")
    return month, day


def _last_first_day(repeat: Repeat, month: int) -> int:
    if repeat in MONTHS_APART:
        return calendar.monthrange(LEAP_YEAR, month)[1]
    return 7 if repeat == "weekly" else 1


def _inside(schedule: Schedule, first_start: datetime | None, instant: datetime) -> datetime:
    """`instant`, moved to the nearest one between the schedule's start and its end."""
    if first_start is not None:
        instant = max(instant, first_start)
    return instant if schedule.ends_at is None else min(instant, schedule.ends_at - INSTANT)


def _first_start(schedule: Schedule) -> datetime | None:
    if schedule.opens_at is not None:
        return schedule.opens_at
    return natural_window(schedule.rules[0][1], _anchor(schedule)).starts_at


def _anchor(schedule: Schedule) -> datetime:
    """`anchor_at`, but never at or after the end, so that the first period is never empty."""
    if schedule.ends_at is None:
        return schedule.anchor_at
    return min(schedule.anchor_at, schedule.ends_at - INSTANT)


def _window_in_segment(schedule: Schedule, first_start: datetime | None, instant: datetime) -> Window:
    """The window at `instant`, which lies inside the schedule, cut to the reach of the rule in force."""
    since, rule, until = _rule_in_force(schedule, instant)
    begins_at = _latest(since, first_start)
    window = natural_window(rule, instant)
    if since is not None and since == begins_at:
        window = _joined_with_stub(rule, since, window)
    return Window(_latest(window.starts_at, begins_at), _earliest(window.ends_at, until, schedule.ends_at))


def _rule_in_force(schedule: Schedule, instant: datetime) -> tuple[datetime | None, Rule, datetime | None]:
    """Since when, which rule, and until when; `instant` lies inside the schedule."""
    position = max(i for i, (since, _) in enumerate(schedule.rules) if since is None or since <= instant)
    since, rule = schedule.rules[position]
    until = schedule.rules[position + 1][0] if position + 1 < len(schedule.rules) else None
    return since, rule, until


def _joined_with_stub(rule: Rule, since: datetime, window: Window) -> Window:
    """Where a new rule leaves only a stub of its first window, the stub and the window after it are one."""
    stub = natural_window(rule, since)
    if stub.ends_at is None or stub.starts_at == since or stub.ends_at - since >= STUB_MAX:
        return window
    following = natural_window(rule, stub.ends_at)
    return Window(since, following.ends_at) if window in (stub, following) else window


def _latest(*instants: datetime | None) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)


def _index_near(rule: Rule, on: date) -> int:
    """The number of the rule's window around a local date, at most one off."""
    if rule.repeat == "weekly":
        return (on.toordinal() - rule.first_day) // 7
    return (on.year * 12 + on.month - rule.first_month) // MONTHS_APART[rule.repeat]


def _first_date(rule: Rule, index: int) -> date:
    """The local date on which the rule's window number `index` starts."""
    if rule.repeat == "weekly":
        return date.fromordinal(index * 7 + rule.first_day)
    year, month = divmod(index * MONTHS_APART[rule.repeat] + rule.first_month - 1, 12)
    return date(year, month + 1, 1) + relativedelta(day=rule.first_day)
