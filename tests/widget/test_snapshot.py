"""Reading: one query, the right period, and a version that changes with all that is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event as on

from campaigns.campaign import lifecycle
from campaigns.errors import NotFound
from campaigns.ledger.models import PeriodTotal
from campaigns.widget.snapshot import read
from tests.bed.desk import CREATED, NOW
from tests.bed.stripe_events import charge, event


def look(database, slug="newsroom", now=NOW):
    with database.reading() as session:
        return read(session, slug, now=now, mode="test")


def test_one_query_reads_it_all(desk, give, database):
    give("ch_1", 255_500)
    asked: list[str] = []
    note = lambda _connection, _cursor, statement, *_: asked.append(statement)  # noqa: E731
    on.listen(database.engine, "before_cursor_execute", note)
    try:
        snapshot = look(database)
    finally:
        on.remove(database.engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1
    assert snapshot.progress.raised_minor == 255_500
    assert [step.reached for step in snapshot.progress.steps] == [True, False]
    assert snapshot.ways == (("PayPal", "https://pay.example/us"), ("Patreon", "https://patreon.example/us"))


def test_a_period_without_money_shows_none_of_the_one_before(desk, give, database):
    give("ch_1", 255_500)
    later = look(database, now=NOW + timedelta(days=20))
    assert (later.progress.raised_minor, later.donations, later.progress.steps[0].reached_at) == (0, 0, None)


def test_before_the_first_period_money_counts_in_it(desk, database):
    begins = NOW + timedelta(days=30)
    desk.campaign(slug="ahead", starts_at=begins, repeat="none")
    body = charge("ch_1", 5_000, created=CREATED, campaign="ahead")
    desk.send(event("charge.succeeded", body, created=CREATED))
    snapshot = look(database, "ahead")
    assert (snapshot.status, snapshot.progress.raised_minor) == ("scheduled", 5_000)


def test_after_an_early_end_money_dated_ahead_does_not_hide_the_last_period(desk, give, database):
    give("ch_1", 255_500)
    ahead = CREATED + 20 * 86_400
    body = charge("ch_2", 1_000, created=ahead, campaign="newsroom")
    desk.send(event("charge.succeeded", body, created=ahead))
    with database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        lifecycle.end(session, campaign, now=NOW)
    snapshot = look(database, now=NOW + timedelta(days=40))
    assert snapshot.status == "ended"
    assert snapshot.progress.raised_minor == 255_500
    assert snapshot.progress.steps[0].reached_at == NOW


def test_a_further_name_reads_the_same_campaign(desk, database):
    with database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        lifecycle.add_alias(session, campaign, "former", now=NOW)
    assert look(database, "former").alias_of == "newsroom"
    assert look(database).alias_of is None


@pytest.mark.parametrize("slug", ["nope", "", "NEWSROOM", "news room", "x" * 65, "'; --"])
def test_what_is_no_campaign_is_not_found(desk, database, slug):
    with pytest.raises(NotFound):
        look(database, slug)


def test_numbers_that_change_without_a_new_count_change_the_version(desk, give, database):
    give("ch_1", 255_500)
    before = look(database).version
    with database.writing() as session:
        session.query(PeriodTotal).one().raised_minor = 255_400  # as a rebuilt total would
    assert look(database).version != before
    assert look(database).version == look(database).version
