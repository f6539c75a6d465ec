"""The demo's newsroom: exact, made once, and by the same way as everybody's money."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import func, select

from campaigns import demo
from campaigns.inbox import processing
from campaigns.ledger.models import Donation, LedgerEntry
from tests.bed.desk import Desk

pytestmark = pytest.mark.parametrize("mode", ["demo"])


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2026-11-22T19:00:00Z", "2027-01-31T22:59:30Z", "2026-02-28T23:00:30Z"])
def test_the_demo_shows_2355_of_5000_whatever_the_day_and_a_second_start_changes_nothing(
    settings, database, client, day, monkeypatch
):
    monkeypatch.setattr(demo, "PAST_MINOR", (41_000, 53_000))
    monkeypatch.setattr(demo, "open_database", lambda _: database)
    monkeypatch.setattr(database.engine, "dispose", lambda: None)
    with time_machine.travel(day, tick=True):
        prepared = demo.prepare(settings)
        document = client.get("/api/v1/campaigns/newsroom").get_json()
        with database.reading() as session:
            entries = session.scalar(select(func.count()).select_from(LedgerEntry))
        assert demo.prepare(settings) == prepared
    assert (document["raised"]["amount"], document["percent"], document["donations"]) == (235_500, 47.1, 58)
    assert [milestone["reached"] for milestone in document["milestones"]] == [False, False]
    desk = Desk(database, settings)
    assert [total.raised_minor for total in desk.totals()] == [41_000, 53_000, 235_500]
    assert desk.check().findings == ()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) == entries
        assert session.scalar(select(func.count()).select_from(Donation).where(Donation.campaign_id.is_(None))) == 0


def test_a_preparation_that_was_cut_off_is_completed(settings, database, monkeypatch):
    monkeypatch.setattr(demo, "PAST_MINOR", (41_000,))
    monkeypatch.setattr(demo, "open_database", lambda _: database)
    monkeypatch.setattr(database.engine, "dispose", lambda: None)
    calls = iter(range(20))
    process = processing.process

    def power_cut(*arguments, **options):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return process(*arguments, **options)

    with monkeypatch.context() as cut:
        cut.setattr(processing, "process", power_cut)
        with pytest.raises(KeyboardInterrupt):
            demo.prepare(settings)
    demo.prepare(settings)
    desk = Desk(database, settings)
    assert [total.raised_minor for total in desk.totals()] == [41_000, 235_500]
