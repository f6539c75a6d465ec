"""Sums by day, campaign and source: exact whoever adds at the same time, bounded whatever strangers send."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle
from campaigns.db import Database
from campaigns.site import counting, sites
from campaigns.site.counting import KNOWN_MAX, OTHER, UNKNOWN_MAX, count, day, note
from campaigns.site.models import SourceDay
from tests.bed.desk import NOW, Desk

TODAY = date(2026, 11, 22)
SITE = "https://news.example"


@pytest.fixture
def campaign_id(desk: Desk) -> int:
    with desk.database.reading() as session:
        found = lifecycle.by_slug(session, "newsroom")
        assert found is not None
        return found.id


@pytest.fixture
def site_id(desk: Desk) -> int:
    with desk.database.writing() as session:
        return sites.create(session, name="News", origins=[SITE], full_path=True, now=NOW).id


def rows(database: Database) -> dict[str, tuple[int, int, int]]:
    with database.reading() as session:
        return {
            row.source: (row.impression_count, row.open_count, row.checkout_count)
            for row in session.scalars(select(SourceDay).order_by(SourceDay.id))
        }


def test_what_is_added_is_added_up_by_day_and_source(session: Session, campaign_id: int, desk: Desk) -> None:
    count(session, campaign_id, TODAY, SITE, None, opens=1)
    count(session, campaign_id, TODAY, SITE, None, opens=1, checkouts=1)
    count(session, campaign_id, TODAY, SITE, None, impressions=40)
    count(session, campaign_id, TODAY, "", None, opens=3)
    session.commit()
    assert rows(desk.database) == {SITE: (40, 2, 1), "": (0, 3, 0)}
    count(session, campaign_id, TODAY + timedelta(days=1), SITE, None, opens=5)
    session.commit()
    assert sum(row.open_count for row in session.scalars(select(SourceDay))) == 10


def test_nothing_is_lost_when_many_add_at_once(campaign_id: int, desk: Desk) -> None:
    def add(number: int) -> None:
        with desk.database.writing() as session:
            count(session, campaign_id, TODAY, f"{SITE}/{number % 3}", None, opens=1, checkouts=number % 2)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(120)))
    assert rows(desk.database) == {f"{SITE}/{number}": (0, 40, 20) for number in range(3)}


def test_strangers_cannot_make_more_than_so_many_rows(
    session: Session, campaign_id: int, desk: Desk, site_id: int
) -> None:
    strangers = UNKNOWN_MAX + 20
    for number in range(strangers):
        count(session, campaign_id, TODAY, f"https://{number}.example", None, opens=1)
    count(session, campaign_id, TODAY, "https://0.example", None, opens=1)
    count(session, campaign_id, TODAY, f"{SITE}/bread", site_id, opens=1)
    count(session, campaign_id, TODAY + timedelta(days=1), "https://late.example", None, opens=1)
    session.commit()
    found = rows(desk.database)
    assert found[OTHER] == (0, 20, 0)
    assert found["https://0.example"] == (0, 2, 0)
    assert found[f"{SITE}/bread"] == (0, 1, 0)
    assert found["https://late.example"] == (0, 1, 0)
    assert len(found) == UNKNOWN_MAX + 3
    assert sum(opens for _seen, opens, _begun in found.values()) == strangers + 3


def test_made_up_articles_of_a_known_site_are_summed_under_its_origin(
    session: Session, campaign_id: int, desk: Desk, site_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "KNOWN_MAX", 3)
    for number in range(5):
        count(session, campaign_id, TODAY, f"{SITE}/{number}", site_id, checkouts=1)
    session.commit()
    assert rows(desk.database) == {f"{SITE}/{number}": (0, 0, 1) for number in range(3)} | {SITE: (0, 0, 2)}
    assert KNOWN_MAX >= 500


def test_what_tells_no_place_is_counted_whatever_strangers_send(
    session: Session, campaign_id: int, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "UNKNOWN_MAX", 1)
    count(session, campaign_id, TODAY, "https://a.example", None, opens=1)
    count(session, campaign_id, TODAY, "", None, opens=1)
    session.commit()
    assert rows(desk.database) == {"https://a.example": (0, 1, 0), "": (0, 1, 0)}


def test_a_day_is_the_campaigns_own() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert day(late, "Europe/Berlin") == date(2026, 11, 23)
    assert day(late, "America/New_York") == date(2026, 11, 22)
    assert day(late, "UTC") == date(2026, 11, 22)


def test_a_noted_opening_is_counted_in_a_transaction_of_its_own(campaign_id: int, desk: Desk, site_id: int) -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    note(desk.database, campaign_id, "Europe/Berlin", f"{SITE}/bread?x=1", now=late, opens=1)
    note(desk.database, campaign_id, "Europe/Berlin", None, now=late, opens=1)
    with desk.database.reading() as session:
        found = {(row.on, row.source, row.site_id, row.open_count) for row in session.scalars(select(SourceDay))}
    assert found == {(date(2026, 11, 23), f"{SITE}/bread", site_id, 1), (date(2026, 11, 23), "", None, 1)}


def test_a_database_that_is_away_is_told_of_and_fails_no_page(
    campaign_id: int, desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_given: object, **_options: object) -> None:
        raise OperationalError("INSERT", {"source": "https://secret.example"}, Exception("database is locked"))

    monkeypatch.setattr(counting, "count", away)
    note(desk.database, campaign_id, "UTC", "https://secret.example/a", now=NOW, opens=1)
    assert [record.getMessage() for record in caplog.records] == [
        "1 opened and 0 begun were not counted: OperationalError"
    ]
    assert rows(desk.database) == {}
