"""Progress rounds down, may pass the goal, and reaches a milestone at exact equality."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign.progress import Progress, Step, progress

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
FIRST_CROSSED = datetime(2026, 11, 3, tzinfo=UTC)
STEPS = [(500_000, "Goal", None), (250_000, "Servers paid", FIRST_CROSSED)]
AMOUNTS = st.integers(0, 10**13 - 1)


def after(raised_minor: int, steps: list[tuple[int, str, datetime | None]] | None = None) -> Progress:
    given_steps = STEPS if steps is None else steps
    return progress(raised_minor, given_steps, now=NOW, ends_at=None, timezone="UTC")


def days_left(now: datetime, ends_at: datetime | None, zone: str) -> int | None:
    return progress(0, STEPS, now=now, ends_at=ends_at, timezone=zone).days_left


def test_the_article_s_bar_shows_its_next_milestone() -> None:
    shown = after(235_500)
    assert (shown.goal_minor, shown.percent, shown.to_go_minor) == (500_000, Decimal("47.1"), 14_500)
    assert shown.next_step == Step(250_000, "Servers paid", reached=False, reached_at=FIRST_CROSSED)
    assert [step.label for step in shown.steps] == ["Servers paid", "Goal"]


@pytest.mark.parametrize(
    ("raised_minor", "percent"),
    [(0, "0.0"), (499, "0.0"), (500, "0.1"), (499_999, "99.9"), (500_000, "100.0"), (523_999, "104.7")],
)
def test_percent_is_rounded_down_and_passes_100(raised_minor: int, percent: str) -> None:
    assert str(after(raised_minor).percent) == percent


@given(AMOUNTS, st.integers(1, 10**13 - 1))
def test_percent_never_claims_more_than_is_there(raised_minor: int, goal_minor: int) -> None:
    shown = after(raised_minor, [(goal_minor, "Goal", None)])
    assert shown.percent * goal_minor <= raised_minor * 100 < (shown.percent + Decimal("0.1")) * goal_minor
    assert (shown.percent >= 100) == shown.goal_reached == (raised_minor >= goal_minor)
    assert shown.percent.as_tuple().exponent == -1


def test_a_milestone_is_reached_at_exact_equality() -> None:
    assert [step.reached for step in after(249_999).steps] == [False, False]
    assert [step.reached for step in after(250_000).steps] == [True, False]
    reached = after(500_000)
    assert (reached.goal_reached, reached.next_step, reached.to_go_minor) == (True, None, 0)


def test_a_milestone_sunk_under_again_keeps_its_first_crossing() -> None:
    step = after(200_000).steps[0]
    assert (step.reached, step.reached_at) == (False, FIRST_CROSSED)


def test_without_milestones_there_is_no_goal() -> None:
    shown = after(100, [])
    assert (shown.goal_minor, str(shown.percent), shown.steps) == (0, "0.0", ())
    assert (shown.next_step, shown.to_go_minor, shown.goal_reached) == (None, 0, False)


@given(AMOUNTS, st.lists(st.integers(1, 10**13 - 1), min_size=1, max_size=9, unique=True))
def test_the_next_step_is_the_lowest_one_not_reached(raised_minor: int, amounts: list[int]) -> None:
    shown = after(raised_minor, [(amount, str(amount), None) for amount in amounts])
    missing = sorted(amount for amount in amounts if amount > raised_minor)
    assert [step.amount_minor for step in shown.steps] == sorted(amounts)
    assert (shown.next_step.amount_minor if shown.next_step else None) == (missing[0] if missing else None)
    assert raised_minor + shown.to_go_minor == (missing[0] if missing else raised_minor)


def test_days_left_are_calendar_days_of_the_zone_and_0_on_the_last() -> None:
    zone = ZoneInfo("Europe/Berlin")
    ends_at = datetime(2026, 12, 1, tzinfo=zone)
    assert days_left(datetime(2026, 11, 29, 23, 59, tzinfo=zone), ends_at, "Europe/Berlin") == 1
    assert days_left(datetime(2026, 11, 30, tzinfo=zone), ends_at, "Europe/Berlin") == 0
    assert days_left(datetime(2026, 11, 30, 23, 59, tzinfo=zone), ends_at, "Europe/Berlin") == 0
    assert days_left(datetime(2026, 11, 29, 23, 30, tzinfo=UTC), ends_at, "Europe/Berlin") == 0
    assert days_left(datetime(2026, 12, 24, tzinfo=zone), ends_at, "Europe/Berlin") == 0
    assert days_left(NOW, None, "Europe/Berlin") is None


def test_an_end_in_the_middle_of_a_day_counts_that_day() -> None:
    assert days_left(NOW, NOW + timedelta(hours=2), "UTC") == 0
    assert days_left(NOW, NOW + timedelta(days=1), "UTC") == 1


def test_it_is_over_from_the_end_on() -> None:
    assert not progress(0, STEPS, now=NOW, ends_at=NOW + timedelta(microseconds=1), timezone="UTC").over
    assert progress(0, STEPS, now=NOW, ends_at=NOW, timezone="UTC").over
    assert not progress(0, STEPS, now=NOW, ends_at=None, timezone="UTC").over
