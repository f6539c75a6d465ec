"""Reading events again: which come due, with which words, and how many at once while somebody waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from campaigns.inbox import log, processing, replaying
from campaigns.inbox.models import WebhookEvent
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event, refund


def store(desk: Desk, count: int) -> list[int]:
    """So many payments, received and not looked at yet."""
    messages = [
        event("charge.succeeded", charge(f"ch_{n}", 100, created=CREATED, campaign="newsroom"), created=CREATED)
        for n in range(count)
    ]
    return [desk.store(message)[0] for message in messages]


def rows(desk: Desk, ids: list[int]) -> list[WebhookEvent]:
    with desk.database.reading() as session:
        return [session.get_one(WebhookEvent, event_id) for event_id in ids]


def requeue(desk: Desk, **wanted: object) -> list[int]:
    with desk.database.writing() as session:
        return replaying.requeue(session, log.Wanted(**wanted), now=desk.now)  # type: ignore[arg-type]


def test_what_was_done_with_waits_for_its_turn_and_starts_afresh(desk):
    ids = store(desk, 3)
    desk.drain()
    with desk.database.writing() as session:
        session.execute(update(WebhookEvent).values(failure_count=7))
    desk.later(hours=1)
    assert requeue(desk) == ids
    assert [(row.status, row.reason, row.due_at, row.failure_count) for row in rows(desk, ids)] == [
        ("waiting", log.REPLAYED, desk.now, 0)
    ] * 3
    assert desk.drain() == {"processed": 3}
    assert desk.raised() == 300


def test_what_waits_for_something_keeps_its_reason_and_its_failures(desk):
    early = event("refund.created", refund("re_1", "ch_9", 40, created=CREATED), created=CREATED)
    desk.send(early)
    waits = desk.event(early["id"])
    with desk.database.writing() as session:
        session.execute(update(WebhookEvent).values(failure_count=7))
    desk.later(hours=1)
    assert requeue(desk, status="waiting") == [waits.id]
    (again,) = rows(desk, [waits.id])
    assert (again.status, again.reason, again.failure_count, again.due_at) == ("waiting", waits.reason, 7, desk.now)


def test_only_what_is_wanted_comes_due_and_no_more_than_one_replay_takes(desk, monkeypatch):
    ids = store(desk, 5)
    desk.drain()
    desk.later(hours=1)
    assert requeue(desk, ids=tuple(ids[1:3])) == ids[1:3]
    assert [row.status for row in rows(desk, ids)] == ["processed", "waiting", "waiting", "processed", "processed"]
    monkeypatch.setattr(replaying, "REQUEUED_MAX", 3)
    monkeypatch.setattr(replaying, "PART_ROWS", 2)
    assert requeue(desk, status="processed") == [ids[0], ids[3], ids[4]]
    assert [row.due_at for row in rows(desk, ids)] == [desk.now] * 5
    assert requeue(desk) == ids[:3]


def test_all_parts_of_a_long_replay_come_due(desk, monkeypatch):
    ids = store(desk, 5)
    desk.drain()
    monkeypatch.setattr(replaying, "PART_ROWS", 2)
    assert requeue(desk) == ids
    assert [row.status for row in rows(desk, ids)] == ["waiting"] * 5


def test_the_chosen_are_told_the_oldest_first(desk):
    first = store(desk, 2)
    desk.later(hours=1)
    later = store(desk, 1)
    desk.drain()
    with desk.database.reading() as session:
        assert replaying.chosen(session, status="processed") == [*first, *later]
        assert replaying.chosen(session, since=desk.now) == later
        assert replaying.chosen(session, status="failed") == []


def test_while_somebody_waits_only_the_first_are_read(desk, monkeypatch):
    ids = store(desk, 3)
    early, _ = desk.store(event("refund.created", refund("re_1", "ch_9", 40, created=CREATED), created=CREATED))
    monkeypatch.setattr(replaying, "REPLAYED_AT_ONCE_MAX", 3)
    read = replaying.read_some(desk.database, desk.settings, [ids[0], early, ids[1], ids[2]], now=desk.now)
    assert read == (3, 2)
    assert [row.status for row in rows(desk, [*ids, early])] == ["processed", "processed", "received", "waiting"]
    assert rows(desk, [early])[0].due_at == desk.now + timedelta(seconds=5)
    assert processing.process(desk.database, desk.settings, ids[0], now=desk.now) == "duplicate"


@pytest.mark.parametrize(
    ("count", "tried", "done", "words"),
    [
        (0, 0, 0, "No message fits that any more; nothing was replayed."),
        (30, 25, 24, "25 of 30 messages were read again, and 24 of them are done. The others follow soon."),
        (3, 3, 2, "3 read again: 2 done, 1 still waiting or in need of a person."),
    ],
)
def test_what_came_of_a_replay_is_told(count, tried, done, words):
    assert replaying.told(count, tried, done) == words
