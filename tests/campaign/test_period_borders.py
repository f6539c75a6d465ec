"""The borders themselves: the instant that still belongs, the one that doesn't any more, and the words of refusals."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from campaigns.campaign.periods import (
    Repeat,
    Rule,
    Schedule,
    Window,
    midnight,
    natural_window,
    parse_first_day,
    period_at,
    rule_at,
)
from campaigns.errors import Invalid
from tests.campaign.calendars import TICK, at, monthly

MARCH = Window(at("2026-03-01"), at("2026-04-01"))
WEEKLY = Rule("weekly", 1, 1, "UTC")
SINCE_EVER = "the first rule, and only the first, is effective since ever"


def test_a_period_holds_its_start_and_all_up_to_its_end_but_not_its_end() -> None:
    assert MARCH.holds(at("2026-03-01"))
    assert MARCH.holds(at("2026-04-01") - TICK)
    assert not MARCH.holds(at("2026-04-01"))
    assert not MARCH.holds(at("2026-04-02"))
    assert not MARCH.holds(at("2026-03-01") - TICK)


def test_a_period_with_an_open_side_holds_all_on_that_side() -> None:
    assert Window(None, at("2026-04-01")).holds(at("1970-01-01"))
    assert not Window(None, at("2026-04-01")).holds(at("2026-04-01"))
    assert Window(at("2026-03-01"), None).holds(at("2100-01-01"))
    assert not Window(at("2026-03-01"), None).holds(at("2026-02-28"))


def test_borders_are_told_in_utc() -> None:
    window = natural_window(monthly("Europe/Berlin"), at("2026-03-15"))
    assert (window.starts_at, window.ends_at) == (at("2026-02-28 23:00"), at("2026-03-31 22:00"))
    assert window.starts_at is not None
    assert window.starts_at.tzinfo is UTC


def test_a_day_starts_where_its_zone_says() -> None:
    assert midnight(date(2026, 7, 1), ZoneInfo("Asia/Kathmandu")) == at("2026-06-30 18:15")


@pytest.mark.parametrize(
    ("rules", "opens_at", "ends_at", "words"),
    [
        ((), None, None, SINCE_EVER),
        (((at("2026-01-01"), WEEKLY),), None, None, SINCE_EVER),
        (
            ((None, WEEKLY), (None, monthly())),
            None,
            None,
            SINCE_EVER,
        ),
        (
            ((None, WEEKLY), (at("2026-02-01"), monthly()), (at("2026-02-01"), WEEKLY)),
            None,
            None,
            "rules must be ascending",
        ),
        (((None, WEEKLY),), at("2026-02-01"), at("2026-02-01"), "a schedule must end after it opens"),
        (((None, WEEKLY),), at("2026-02-01"), at("2026-01-01"), "a schedule must end after it opens"),
    ],
)
def test_a_schedule_that_cannot_be_says_why(
    rules: tuple[tuple[datetime | None, Rule], ...], opens_at: datetime | None, ends_at: datetime | None, words: str
) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        Schedule(rules, opens_at, ends_at, at("2026-01-15"))


def test_a_schedule_may_end_the_moment_after_it_opens() -> None:
    opens_at = at("2026-02-01")
    schedule = Schedule(((None, monthly()),), opens_at, opens_at + TICK, opens_at)
    assert period_at(schedule, at("2030-01-01")) == Window(opens_at, opens_at + TICK)


def test_what_happened_before_a_campaign_opens_is_under_the_rule_it_opens_with() -> None:
    schedule = Schedule(((None, monthly()), (at("2026-03-01"), WEEKLY)), at("2026-06-01"), None, at("2026-06-01"))
    assert rule_at(schedule, at("2026-01-01")) == WEEKLY


@pytest.mark.parametrize(("repeat", "n"), [("weekly", 101), ("none", 101), ("monthly", 101)])
def test_month_and_day_mean_nothing_to_what_has_no_month(repeat: Repeat, n: int) -> None:
    with pytest.raises(Invalid):
        parse_first_day(repeat, n)


def test_a_quarter_or_a_year_may_begin_on_the_31st() -> None:
    assert parse_first_day("quarterly", 31) == (1, 31)
    assert parse_first_day("yearly", 31) == (1, 31)


@pytest.mark.parametrize(
    ("day", "starts", "ends"),
    [
        ("2026-12-01", "2026-12-01", "2026-12-09"),  # the stub and the week after it
        ("2026-12-02", "2026-12-01", "2026-12-09"),
        ("2026-12-08", "2026-12-01", "2026-12-09"),
        ("2026-12-09", "2026-12-09", "2026-12-16"),
        ("2026-12-20", "2026-12-16", "2026-12-23"),
    ],
)
def test_only_the_stub_and_the_period_after_it_are_one(day: str, starts: str, ends: str) -> None:
    schedule = Schedule(
        ((None, monthly()), (at("2026-12-01"), Rule("weekly", 1, 3, "UTC"))), None, None, at("2026-11-22")
    )
    assert period_at(schedule, at(day)) == Window(at(starts), at(ends))
