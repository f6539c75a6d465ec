"""A schedule of changing rules, a start and an end still tiles time, and edits leave the past alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.campaign.periods import (
    PERIODS_MAX,
    STUB_MAX,
    Rule,
    Schedule,
    Window,
    natural_window,
    period_at,
    periods_until,
)
from tests.campaign.calendars import MOMENTS, TICK, at, length, local, monthly, rules


def assert_tiles(windows: list[Window]) -> None:
    for left, right in pairwise(windows):
        assert left.ends_at == right.starts_at


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """As staff's edits make them: each rule takes effect at the end of a period of the rules before it."""
    anchor_at = draw(MOMENTS)
    opens_at = draw(st.none() | st.just(anchor_at + timedelta(days=draw(st.integers(0, 90)), minutes=7)))
    schedule = Schedule(((None, draw(rules())),), opens_at, None, anchor_at)
    instant = opens_at or anchor_at
    for _ in range(draw(st.integers(0, 3))):
        instant += timedelta(days=draw(st.integers(0, 200)))
        effective_at = period_at(schedule, instant).ends_at
        if effective_at is None:
            break
        schedule = replace(schedule, rules=(*schedule.rules, (effective_at, draw(rules()))))
        instant = effective_at
    ends_at = draw(st.none() | st.just(instant + timedelta(days=draw(st.integers(1, 500)), seconds=1)))
    return replace(schedule, ends_at=ends_at)


@settings(max_examples=250, deadline=None)
@given(schedules(), st.integers(0, 900))
def test_every_schedule_tiles_from_its_first_period_to_its_last(schedule: Schedule, days: int) -> None:
    instant = schedule.anchor_at + timedelta(days=days)
    windows = list(periods_until(schedule, instant))
    assert_tiles(windows)
    assert windows[-1] == period_at(schedule, instant)
    for window in windows:
        inside = [window.starts_at or schedule.anchor_at, (window.ends_at or instant + TICK) - TICK]
        assert all(period_at(schedule, moment) == window for moment in inside if window.holds(moment))
    if windows[0].starts_at is not None:
        assert period_at(schedule, windows[0].starts_at - timedelta(days=400)) == windows[0]
    if schedule.ends_at is not None:
        last = period_at(schedule, schedule.ends_at)
        assert last.ends_at == schedule.ends_at
        assert last == period_at(schedule, schedule.ends_at + timedelta(days=400))


@settings(max_examples=150, deadline=None)
@given(schedules(), rules(), st.integers(0, 400))
def test_a_new_rule_leaves_every_period_before_it(schedule: Schedule, rule: Rule, days: int) -> None:
    now = schedule.rules[-1][0] or schedule.opens_at or schedule.anchor_at
    running = period_at(schedule, now + timedelta(days=days))
    if running.ends_at is None or running.ends_at == schedule.ends_at:
        return
    before = list(periods_until(schedule, running.ends_at - TICK))
    edited = replace(schedule, rules=(*schedule.rules, (running.ends_at, rule)))
    assert list(periods_until(edited, running.ends_at - TICK)) == before
    following = period_at(edited, running.ends_at)
    assert following.starts_at == running.ends_at
    if following.ends_at is not None and following.ends_at != edited.ends_at:
        assert length(following) >= STUB_MAX


def test_without_repeat_there_is_one_period_open_or_closed() -> None:
    rule = Rule("none", 1, 1, "Europe/Berlin")
    endless = Schedule(((None, rule),), None, None, at("2026-01-01"))
    assert period_at(endless, at("2030-01-01")) == Window(None, None)
    closed = Schedule(((None, rule),), at("2026-02-01"), at("2026-03-01"), at("2026-01-01"))
    for moment in ("1999-01-01", "2026-02-15", "2050-01-01"):
        assert period_at(closed, at(moment)) == Window(at("2026-02-01"), at("2026-03-01"))


def test_the_first_period_is_the_whole_natural_window_of_the_anchor() -> None:
    schedule = Schedule(((None, monthly("Europe/Berlin")),), None, None, at("2026-11-22"))
    november = period_at(schedule, at("2020-01-01"))
    assert november == natural_window(monthly("Europe/Berlin"), at("2026-11-22"))
    assert local(november.starts_at, "Europe/Berlin") == "2026-11-01 00:00"


def test_explicit_start_and_end_clip_the_first_and_the_last_period() -> None:
    schedule = Schedule(((None, monthly()),), at("2026-01-20"), at("2026-03-10"), at("2026-01-01"))
    borders = [local(window.starts_at, "UTC")[:10] for window in periods_until(schedule, at("2027-01-01"))]
    assert borders == ["2026-01-20", "2026-02-01", "2026-03-01"]
    assert period_at(schedule, at("2027-01-01")).ends_at == at("2026-03-10")


def test_a_rule_acts_from_the_next_border_on() -> None:
    rule = Rule("weekly", 1, 1, "UTC")
    schedule = Schedule(((None, monthly()), (at("2026-12-01"), rule)), None, None, at("2026-11-22"))
    assert period_at(schedule, at("2026-11-30")) == Window(at("2026-11-01"), at("2026-12-01"))
    assert period_at(schedule, at("2026-12-02")) == Window(at("2026-12-01"), at("2026-12-07"))


@pytest.mark.parametrize(
    ("weekday", "ends_on"),
    [(2, "2026-12-08"), (3, "2026-12-09"), (4, "2026-12-03")],
    ids=["no stub", "one day joins the next week", "two days stand alone"],
)
def test_a_stub_under_two_days_joins_the_period_after_it(weekday: int, ends_on: str) -> None:
    """1 December 2026, when the new rule begins, is a Tuesday."""
    weekly = Rule("weekly", 1, weekday, "UTC")
    schedule = Schedule(((None, monthly()), (at("2026-12-01"), weekly)), None, None, at("2026-11-22"))
    assert period_at(schedule, at("2026-12-01")) == Window(at("2026-12-01"), at(ends_on))
    assert_tiles(list(periods_until(schedule, at("2027-02-01"))))


def test_a_zone_change_does_not_leave_a_sliver_of_hours() -> None:
    berlin, honolulu = monthly("Europe/Berlin"), monthly("Pacific/Honolulu")
    border = at("2026-12-01", "Europe/Berlin")
    schedule = Schedule(((None, berlin), (border, honolulu)), None, None, at("2026-11-22"))
    assert period_at(schedule, border) == Window(border, at("2027-01-01", "Pacific/Honolulu"))


def test_an_end_before_the_anchor_still_leaves_one_period() -> None:
    schedule = Schedule(((None, monthly()),), None, at("2026-11-01"), at("2026-11-01"))
    assert period_at(schedule, at("2026-11-22")) == Window(at("2026-10-01"), at("2026-11-01"))


def test_too_many_periods_are_refused() -> None:
    schedule = Schedule(((None, Rule("weekly", 1, 1, "UTC")),), at("1700-01-01"), None, at("1700-01-01"))
    with pytest.raises(ValueError, match=str(PERIODS_MAX)):
        list(periods_until(schedule, at("2026-01-01")))


@pytest.mark.parametrize("changes", [[at("2026-01-01")], [None, None], [], [None, at("2026-02-01"), at("2026-02-01")]])
def test_rules_out_of_order_are_refused(changes: list[datetime | None]) -> None:
    with pytest.raises(ValueError, match=r"since ever|ascending"):
        Schedule(tuple((change, monthly()) for change in changes), None, None, at("2026-01-01"))


def test_an_end_before_the_opening_is_refused() -> None:
    with pytest.raises(ValueError, match="end after"):
        Schedule(((None, monthly()),), at("2026-01-01"), at("2025-12-31"), at("2026-01-01"))
