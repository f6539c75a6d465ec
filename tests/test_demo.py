"""The demo's newsroom: exact, made once, and by the same way as everybody's money."""

from __future__ import annotations

import stat

import pytest
import time_machine
from sqlalchemy import func, select

from campaigns import clock, demo
from campaigns.campaign import lifecycle
from campaigns.errors import Conflict
from campaigns.inbox import processing
from campaigns.inbox.models import WebhookEvent
from campaigns.ledger.models import Attention, Donation, LedgerEntry
from campaigns.sandbox import history
from campaigns.staff import accounts
from tests.bed.desk import Desk

pytestmark = pytest.mark.parametrize("mode", ["demo"])


@pytest.fixture
def short(monkeypatch):
    """Fewer past months, so that a test is quick."""
    monkeypatch.setattr(history, "PAST", ((318_000, 10), (103_000, 8)))


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2026-11-22T19:00:00Z", "2027-10-31T22:59:30Z", "2026-02-28T23:00:30Z"])
def test_the_demo_shows_2355_of_5000_whatever_the_day_and_a_second_start_changes_nothing(
    settings, database, client, day, short
):
    with time_machine.travel(day, tick=True):
        password = demo.seed(database, settings)
        document = client.get("/api/v1/campaigns/newsroom").get_json()
        with database.reading() as session:
            entries = session.scalar(select(func.count()).select_from(LedgerEntry))
            latest = session.scalar(select(func.max(LedgerEntry.occurred_at)))
        assert demo.seed(database, settings) == password
        assert latest <= clock.now()
    assert (document["raised"]["amount"], document["percent"], document["donations"]) == (235_500, 47.1, 58)
    assert 50 <= document["donors"] <= 58
    assert document["pending"]["amount"] == 0
    assert [milestone["reached"] for milestone in document["milestones"]] == [False, False]
    desk = Desk(database, settings)
    assert [total.raised_minor for total in desk.totals()] == [318_000, 103_000, 235_500]
    assert desk.check().findings == ()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) == entries
        assert session.scalar(select(func.count()).select_from(Donation).where(Donation.campaign_id.is_(None))) == 0
        assert session.scalar(select(func.count()).select_from(Attention)) == 0
        assert set(session.scalars(select(WebhookEvent.status))) == {"processed"}


@pytest.fixture
def tiny(monkeypatch):
    """Next to no history."""
    monkeypatch.setattr(history, "PAST", ((41_000, 6),))
    monkeypatch.setattr(history, "RUNNING", (23_500, 9))


def test_a_preparation_that_was_cut_off_is_completed(settings, database, tiny, monkeypatch):
    calls = iter(range(12))
    process = processing.process

    def power_cut(*arguments, **options):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return process(*arguments, **options)

    with monkeypatch.context() as cut:
        cut.setattr(processing, "process", power_cut)
        with pytest.raises(KeyboardInterrupt):
            demo.seed(database, settings)
    demo.seed(database, settings)
    assert [total.raised_minor for total in Desk(database, settings).totals()] == [41_000, 23_500]


def test_everything_is_made_from_an_empty_database_and_found_at_the_next_start(settings, unmigrated_url, tiny):
    empty = settings.model_copy(update={"database_url": unmigrated_url})
    prepared = demo.prepare(empty)
    assert (prepared.email, prepared.campaign_slug) == ("editor@demo.example", "newsroom")
    assert demo.prepare(empty) == prepared
    with pytest.raises(Conflict, match="made in mode demo"):
        demo.prepare(empty.model_copy(update={"mode": "test"}))


def test_the_history_adds_up_is_the_same_every_time_and_tells_of_more_than_payments(settings):
    made_at = clock.now()
    told = history.history("newsroom", demo.TIMEZONE, made_at)
    assert [(one.message_id, one.payment.amount_minor) for one in told] == [
        (one.message_id, one.payment.amount_minor) for one in history.history("newsroom", demo.TIMEZONE, made_at)
    ]
    assert len({one.message_id for one in told}) == len(told)
    assert {one.kind for one in told} == {"payment.succeeded", "refund.created", "dispute.opened", "dispute.won"}
    assert all(not one.payment.refunds for one in told if one.kind == "payment.succeeded")


def test_the_password_is_kept_for_its_owner_only_and_always_opens_the_account(
    settings, database, short, monkeypatch, client
):
    monkeypatch.setattr(demo, "_send", lambda *_: None)
    password = demo.seed(database, settings)
    kept = settings.data_dir / demo.PASSWORD_FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.unlink()
    assert (another := demo.seed(database, settings)) != password
    with database.reading() as session:
        assert accounts.authenticate(session, demo.EMAIL, another) is not None
        assert accounts.authenticate(session, demo.EMAIL, password) is None
        assert lifecycle.by_slug(session, demo.SLUG) is not None


def test_the_article_holds_the_snippet_twice_under_a_strict_policy_of_its_own(
    settings, database, client, short, monkeypatch
):
    assert client.get("/demo/article").status_code == 404
    monkeypatch.setattr(demo, "_send", lambda *_: None)
    demo.seed(database, settings)
    answer = client.get("/demo/article")
    page = answer.get_data(as_text=True)
    assert page.count('<tidemark-progress campaign="newsroom" source="">') == 2
    assert page.count(f'src="{settings.public_url}/widget.v1.js"') == 2
    assert f"script-src {settings.public_url};" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
