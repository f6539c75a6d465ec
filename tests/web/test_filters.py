"""What templates say with numbers and times."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from campaigns.web.errors import sentence
from campaigns.web.filters import counted, last_day, on, percent, provider, when

EVENING = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)


def test_an_instant_is_shown_on_the_campaigns_clock_and_told_to_machines_in_utc() -> None:
    shown = when(EVENING, "Europe/Berlin")
    assert 'datetime="2026-10-31T23:30:00Z"' in shown
    assert ">1 Nov 2026, 00:30<" in shown
    assert "(Europe/Berlin)" in shown
    assert ">31 Oct 2026, 16:30<" in when(EVENING, "America/Los_Angeles")


def test_a_date_is_the_day_in_the_zone() -> None:
    assert ">1 Nov 2026<" in on(EVENING, "Europe/Berlin")
    assert ">31 Oct 2026<" in on(EVENING, "UTC")
    assert "1 Nov. 2026" in on(EVENING, "Europe/Berlin", "de")


@pytest.mark.parametrize(
    ("ends_at", "day"),
    [
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), "30 Nov 2026"),  # midnight in Berlin ends the day before
        (datetime(2026, 11, 30, 17, 0, tzinfo=UTC), "30 Nov 2026"),
        (datetime(2026, 11, 30, 23, 0, 1, tzinfo=UTC), "1 Dec 2026"),
    ],
)
def test_the_last_day_of_a_window_is_the_one_it_ends_in(ends_at: datetime, day: str) -> None:
    assert f">{day}<" in last_day(ends_at, "Europe/Berlin")


def test_counts_agree_with_their_noun_and_percents_drop_a_zero() -> None:
    assert [counted(n, "gift", "gifts") for n in (0, 1, 2, 1204)] == ["0 gifts", "1 gift", "2 gifts", "1,204 gifts"]
    assert [percent(Decimal(p)) for p in ("0.0", "47.1", "100.0", "1115.5")] == ["0%", "47.1%", "100%", "1,115.5%"]


def test_a_payment_service_is_called_as_people_call_it() -> None:
    assert provider("stripe") == "Stripe"
    assert provider("offline") == "Offline"


def test_a_message_becomes_a_sentence() -> None:
    assert sentence("the end lies before the start") == "The end lies before the start."
    assert sentence("“x” is no amount; did you mean 5?") == "“x” is no amount; did you mean 5?"
