"""Instants, zones and rules that tests of periods and schedules share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from campaigns.campaign.periods import REPEATS, Repeat, Rule, Window

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
MIDNIGHT_GAPS = ["America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "America/Asuncion", "Asia/Damascus"]
TICK = timedelta(microseconds=1)
SPAN = (datetime.fromisoformat("2015-01-01"), datetime.fromisoformat("2036-12-31"))
MOMENTS = st.datetimes(*SPAN, timezones=st.just(UTC))


def rules(zones: list[str] = ZONES) -> st.SearchStrategy[Rule]:
    def rule(repeat: Repeat) -> st.SearchStrategy[Rule]:
        days = st.integers(1, 7 if repeat == "weekly" else 31)
        return st.builds(Rule, st.just(repeat), st.integers(1, 12), days, st.sampled_from(zones))

    return st.sampled_from(REPEATS).flatmap(rule)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local(instant: datetime | None, zone: str) -> str:
    assert instant is not None
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def monthly(zone: str = "UTC", day: int = 1) -> Rule:
    return Rule("monthly", 1, day, zone)


def length(window: Window) -> timedelta:
    assert window.starts_at is not None
    assert window.ends_at is not None
    return window.ends_at - window.starts_at
