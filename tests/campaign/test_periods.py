"""Periods tile time: whatever the zone, the rule and the year, every instant belongs to exactly one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from campaigns.campaign.periods import (
    Repeat,
    Rule,
    Window,
    natural_window,
    parse_first_day,
)
from campaigns.errors import Invalid
from tests.campaign.calendars import MIDNIGHT_GAPS, MOMENTS, TICK, ZONES, at, length, local, monthly, rules


@settings(max_examples=300, deadline=None)
@given(rules(), MOMENTS)
def test_natural_window_holds_its_instant_and_touches_its_neighbours(rule: Rule, instant: datetime) -> None:
    window = natural_window(rule, instant)
    assert window.holds(instant)
    if rule.repeat == "none":
        assert window == Window(None, None)
        return
    assert window.starts_at is not None
    assert window.ends_at is not None
    assert natural_window(rule, window.starts_at) == window
    assert natural_window(rule, window.ends_at - TICK) == window
    assert natural_window(rule, window.ends_at).starts_at == window.ends_at
    assert natural_window(rule, window.starts_at - TICK).ends_at == window.starts_at


@pytest.mark.parametrize("offset", range(12))
def test_months_tile_every_year_in_every_zone(offset: int) -> None:
    for zone in ZONES[offset::48]:
        rule = monthly(zone)
        window = natural_window(rule, at("2015-01-15", zone))
        for number in range(22 * 12):
            starts_on = date(2015 + number // 12, number % 12 + 1, 1)
            assert window.starts_at is not None
            assert window.ends_at is not None
            assert window.starts_at.astimezone(ZoneInfo(zone)).date() == starts_on
            assert timedelta(days=27, hours=22) < length(window) < timedelta(days=31, hours=3)
            window, previous = natural_window(rule, window.ends_at), window
            assert window.starts_at == previous.ends_at


@settings(max_examples=150, deadline=None)
@given(rules(MIDNIGHT_GAPS), MOMENTS)
def test_a_day_without_midnight_starts_at_its_first_moment(rule: Rule, instant: datetime) -> None:
    starts_at = natural_window(rule, instant).starts_at
    if starts_at is not None:
        zone = ZoneInfo(rule.timezone)
        day, day_before = (moment.astimezone(zone).date() for moment in (starts_at, starts_at - TICK))
        assert day - day_before == timedelta(days=1)


def test_months_with_a_clock_change_have_their_true_length() -> None:
    assert length(natural_window(monthly("Europe/Berlin"), at("2026-10-15"))) == timedelta(days=31, hours=1)
    assert length(natural_window(monthly("Europe/Berlin"), at("2026-03-15"))) == timedelta(days=30, hours=23)


@pytest.mark.parametrize(
    ("zone", "gap"),
    [("America/Sao_Paulo", "2018-11-04"), ("Asia/Beirut", "2026-03-29"), ("Africa/Cairo", "2026-04-24")],
)
def test_a_skipped_midnight_resolves_forward(zone: str, gap: str) -> None:
    window = natural_window(monthly(zone, date.fromisoformat(gap).day), at(f"{gap} 12:00", zone))
    assert local(window.starts_at, zone) == f"{gap} 01:00"
    assert length(window) in (timedelta(days=29, hours=23), timedelta(days=30, hours=23))


def test_an_ambiguous_midnight_takes_the_first() -> None:
    window = natural_window(monthly("America/Havana"), at("2026-11-20"))
    assert window.starts_at == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_an_hour_shown_twice_before_midnight_stays_behind_the_border() -> None:
    """St John's set its clocks back at 00:01: the last hour of 31 October came again after November began."""
    rule = monthly("America/St_Johns")
    border = natural_window(rule, at("2009-11-15")).starts_at
    assert border == datetime(2009, 11, 1, 2, 30, tzinfo=UTC)
    shown_again = datetime(2009, 11, 1, 3, 0, tzinfo=UTC)
    assert local(shown_again, "America/St_Johns") == "2009-10-31 23:30"
    assert natural_window(rule, shown_again).starts_at == border


def test_the_day_samoa_skipped_starts_with_the_next_one() -> None:
    skipped = natural_window(monthly("Pacific/Apia", day=30), at("2012-01-15"))
    assert local(skipped.starts_at, "Pacific/Apia") == "2011-12-31 00:00"
    week = natural_window(Rule("weekly", 1, 5, "Pacific/Apia"), at("2011-12-31 12:00", "Pacific/Apia"))
    assert week.holds(at("2011-12-31", "Pacific/Apia"))
    assert length(natural_window(monthly("Pacific/Apia"), at("2011-12-15"))) == timedelta(days=30)


def test_the_31st_is_clipped_to_the_length_of_its_month() -> None:
    starts = [
        local(natural_window(monthly(day=31), at(f"2027-{month}-15")).ends_at, "UTC") for month in ("02", "03", "04")
    ]
    assert starts == ["2027-02-28 00:00", "2027-03-31 00:00", "2027-04-30 00:00"]


def test_29_february_is_kept_yearly() -> None:
    rule = Rule("yearly", 2, 29, "UTC")
    starts = [natural_window(rule, at(f"{year}-06-01")).starts_at for year in (2027, 2028, 2029)]
    assert starts == [at("2027-02-28"), at("2028-02-29"), at("2029-02-28")]


def test_a_quarter_counts_from_its_first_month() -> None:
    window = natural_window(Rule("quarterly", 2, 15, "UTC"), at("2027-02-14"))
    assert window == Window(at("2026-11-15"), at("2027-02-15"))


def test_a_week_starts_on_its_day() -> None:
    sunday = at("2026-11-22", "Europe/Berlin")
    assert natural_window(Rule("weekly", 1, 7, "Europe/Berlin"), sunday) == Window(sunday, sunday + timedelta(days=7))


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        natural_window(monthly(), datetime.fromisoformat("2026-01-01"))


@pytest.mark.parametrize(("repeat", "month", "day"), [("weekly", 1, 8), ("monthly", 13, 1), ("yearly", 1, 0)])
def test_a_rule_out_of_range_is_refused(repeat: Repeat, month: int, day: int) -> None:
    with pytest.raises(ValueError, match="not a rule"):
        Rule(repeat, month, day, "UTC")


@pytest.mark.parametrize(
    ("repeat", "n", "expected"),
    [
        ("none", 1, (1, 1)),
        ("weekly", 7, (1, 7)),
        ("monthly", 31, (1, 31)),
        ("quarterly", 15, (1, 15)),
        ("quarterly", 201, (2, 1)),
        ("yearly", 701, (7, 1)),
        ("yearly", 229, (2, 29)),
        ("yearly", 1231, (12, 31)),
    ],
)
def test_first_day_is_understood(repeat: Repeat, n: int, expected: tuple[int, int]) -> None:
    assert parse_first_day(repeat, n) == expected


@pytest.mark.parametrize(
    ("repeat", "n"),
    [("none", 2), *(("weekly", n) for n in (0, 8)), *(("monthly", n) for n in (-1, 0, 32, 701))]
    + [("quarterly", n) for n in (0, 32, 100)]
    + [("yearly", n) for n in (99, 230, 431, 1301)],
)
def test_first_day_that_does_not_exist_is_refused(repeat: Repeat, n: int) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_first_day(repeat, n)
    assert refusal.value.field == "first_day"
    assert str(n) in refusal.value.message
