"""Processing a stored message: tried again at once, later, or never, by what kept it from being done."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from campaigns.inbox import processing, wanting
from campaigns.inbox.models import WebhookEvent
from campaigns.ledger import posting
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import Json, charge, event, refund

DEADLOCK, LOCK_TIMEOUT = "40P01", "55P03"


class BrokenOff(Exception):
    """What a driver raises, as far as the product looks at it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def paid(charge_id: str = "ch_1", **over: Any) -> Json:
    body = charge(charge_id, 1_000, created=CREATED, campaign="newsroom", **over)
    return event("charge.succeeded", body, created=CREATED)


def failing(monkeypatch: pytest.MonkeyPatch, errors: Iterator[Exception]) -> list[int]:
    """Posting fails by one error after another, then works; the list grows by each try."""
    genuine, tries = posting.post, []

    def post(*arguments: Any, **options: Any) -> Any:
        tries.append(1)
        error = next(errors, None)
        if error is not None:
            raise error
        return genuine(*arguments, **options)

    monkeypatch.setattr(posting, "post", post)
    return tries


def broken_off(sqlstate: str, times: int) -> Iterator[Exception]:
    return iter([OperationalError("post", {}, BrokenOff(sqlstate)) for _ in range(times)])


def process(desk: Desk, message: Json, **options: Any) -> str:
    event_id, _ = desk.store(message)
    return processing.process(desk.database, desk.settings, event_id, now=desk.now, **options)


def test_what_was_broken_off_for_anothers_sake_is_done_at_once_by_the_next_try(desk, monkeypatch):
    tries = failing(monkeypatch, broken_off(DEADLOCK, 2))
    message = paid()
    assert process(desk, message) == "processed"
    assert len(tries) == 3
    assert desk.event(message["id"]).attempt_count == 1
    assert desk.raised() == 1_000


def test_what_is_broken_off_three_times_rests_for_half_a_minute(desk, monkeypatch, caplog):
    tries = failing(monkeypatch, broken_off(DEADLOCK, 3))
    message = paid()
    with caplog.at_level(logging.WARNING):
        assert process(desk, message) == "queued"
    assert len(tries) == 3
    rests = desk.event(message["id"])
    assert (rests.status, rests.attempt_count, rests.due_at) == ("received", 1, desk.now + timedelta(seconds=30))
    assert caplog.messages == [f"event {rests.id} waits: the database broke off its transaction"]
    assert desk.drain() == {}
    desk.later(seconds=30)
    assert desk.drain() == {"processed": 1}


def test_what_waited_for_a_lock_in_vain_is_not_tried_again_at_once(desk, monkeypatch):
    other, _ = desk.store(paid("ch_2"))
    tries = failing(monkeypatch, broken_off(LOCK_TIMEOUT, 1))
    assert process(desk, paid()) == "queued"
    assert len(tries) == 1
    assert desk.raised() == 0
    with desk.database.reading() as session:
        stands = session.get_one(WebhookEvent, other)
    assert (stands.attempt_count, stands.due_at) == (0, None)


def test_an_event_that_was_done_by_another_meanwhile_is_not_made_to_rest(desk, monkeypatch):
    message = paid()
    desk.send(message)
    failing(monkeypatch, broken_off(LOCK_TIMEOUT, 1))
    assert process(desk, message, again=True) == "queued"
    stands = desk.event(message["id"])
    assert (stands.status, stands.attempt_count, stands.due_at) == ("processed", 1, None)


def test_a_failure_nobody_foresaw_is_kept_by_its_name_and_waits_ever_longer(desk, monkeypatch, caplog):
    failing(monkeypatch, iter([ValueError("ada@example.org"), ValueError("again")]))
    message = paid()
    assert process(desk, message) == "queued"
    waits = desk.event(message["id"])
    assert (waits.status, waits.attempt_count, waits.failure_count) == ("waiting", 1, 1)
    assert waits.reason == "could not be processed: ValueError (see the server's log)"
    assert waits.due_at == desk.now + wanting.BACK_OFF[0]
    assert f"event {waits.id} could not be processed: ValueError\n" in caplog.text
    assert "in post" in caplog.text
    desk.later(seconds=5)
    assert desk.drain() == {"queued": 1}
    again = desk.event(message["id"])
    assert (again.attempt_count, again.failure_count, again.due_at) == (2, 2, desk.now + wanting.BACK_OFF[1])
    desk.later(seconds=30)
    assert desk.drain() == {"processed": 1}


def test_an_event_that_fails_a_twelfth_time_is_for_a_person(desk, monkeypatch):
    failing(monkeypatch, iter([ValueError() for _ in range(processing.FAILURES_MAX)]))
    message = paid()
    event_id, _ = desk.store(message)
    for _ in range(processing.FAILURES_MAX - 1):
        processing.process(desk.database, desk.settings, event_id, now=desk.now)
    assert desk.event(message["id"]).status == "waiting"
    processing.process(desk.database, desk.settings, event_id, now=desk.now)
    given_up = desk.event(message["id"])
    assert (given_up.status, given_up.due_at) == ("failed", None)
    desk.later(days=30)
    assert desk.drain() == {}


def test_an_event_stays_as_it_was_where_the_database_does_not_even_take_the_failure(desk, monkeypatch, caplog):
    failing(monkeypatch, iter([ValueError()]))

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("keep", {}, BrokenOff(LOCK_TIMEOUT))

    monkeypatch.setattr(processing, "_keep_failure", refuse)
    message = paid()
    assert process(desk, message) == "queued"
    stays = desk.event(message["id"])
    assert (stays.status, stays.attempt_count, stays.due_at) == ("received", 0, None)
    assert f"event {stays.id} stays as it was: the database did not take the failure" in caplog.messages
    assert desk.drain() == {"processed": 1}


def test_an_event_is_due_where_the_database_did_not_even_take_its_rest(desk, monkeypatch):
    failing(monkeypatch, broken_off(LOCK_TIMEOUT, 1))
    event_id, _ = desk.store(paid())
    writing, opened = desk.database.writing, []

    def once() -> Any:
        opened.append(1)
        if len(opened) > 1:
            raise OperationalError("begin", {}, BrokenOff(LOCK_TIMEOUT))
        return writing()

    with monkeypatch.context() as patched:
        patched.setattr(desk.database, "writing", once)
        assert processing.process(desk.database, desk.settings, event_id, now=desk.now) == "queued"
    assert len(opened) == 2
    assert desk.drain() == {"processed": 1}


def test_what_nobody_can_read_is_for_a_person_at_once(desk):
    message = paid(status="dreaming")
    assert desk.send(message) == "queued"
    failed = desk.event(message["id"])
    assert (failed.status, failed.due_at, failed.processed_at, failed.attempt_count) == ("failed", None, None, 1)
    assert failed.reason == "charge ch_1: status is 'dreaming', not one of succeeded, pending, failed"


def test_what_does_not_concern_us_is_done_with_and_says_why(desk):
    message = {**paid(), "livemode": True}
    assert desk.send(message) == "ignored"
    ignored = desk.event(message["id"])
    assert (ignored.status, ignored.reason, ignored.processed_at) == ("ignored", "mode live", desk.now)
    assert desk.drain() == {}


def test_what_waits_says_for_what_and_is_done_when_it_comes(desk):
    early = event("refund.created", refund("re_1", "ch_1", 400, created=CREATED), created=CREATED)
    assert desk.send(early) == "queued"
    waits = desk.event(early["id"])
    assert (waits.status, waits.due_at, waits.processed_at) == ("waiting", desk.now + wanting.BACK_OFF[0], None)
    assert waits.reason
    desk.send(paid())
    assert desk.event(early["id"]).due_at == desk.now
    assert desk.drain() == {"processed": 1}
    done = desk.event(early["id"])
    assert (done.status, done.reason, done.due_at, done.processed_at) == ("processed", None, None, desk.now)


def test_those_tried_least_often_come_first_and_no_more_than_asked_for(desk):
    ids = [desk.store(paid(f"ch_{n}"))[0] for n in range(4)]
    set_to(desk, ids[0], attempt_count=2)
    set_to(desk, ids[1], due_at=desk.now + timedelta(seconds=1))
    set_to(desk, ids[2], due_at=desk.now)
    with desk.database.reading() as session:
        assert processing.due(session, now=desk.now) == [ids[2], ids[3], ids[0]]
        assert processing.due(session, now=desk.now, limit=2) == [ids[2], ids[3]]
        assert processing.due(session, now=desk.now, but=[ids[2], ids[0]]) == [ids[3]]


def test_a_round_tries_each_event_once_and_tells_how_many_ended_how(desk, monkeypatch):
    for n in range(3):
        desk.store(paid(f"ch_{n}"))
    desk.store({**paid("ch_9"), "livemode": True})
    unreadable, _ = desk.store(paid("ch_8", status="dreaming"))
    set_to(desk, unreadable, due_at=desk.now)
    monkeypatch.setattr(processing, "DRAIN_BATCH", 2)
    assert desk.drain() == {"processed": 3, "ignored": 1, "queued": 1}


def test_an_event_that_stays_due_is_left_to_the_next_round(desk, monkeypatch):
    failing(monkeypatch, iter([ValueError() for _ in range(9)]))
    monkeypatch.setattr(wanting, "later", lambda _count, now: now)
    desk.store(paid())
    assert desk.drain() == {"queued": 1}


def test_a_done_event_is_done_again_only_for_a_replay(desk):
    message = paid()
    desk.send(message)
    assert process(desk, message) == "duplicate"
    assert desk.event(message["id"]).attempt_count == 1
    assert process(desk, message, again=True) == "processed"
    assert desk.event(message["id"]).attempt_count == 2


def test_an_event_nobody_stored_is_told_as_a_duplicate(desk):
    assert processing.process(desk.database, desk.settings, 999, now=desk.now) == "duplicate"


def set_to(desk: Desk, event_id: int, **values: Any) -> None:
    with desk.database.writing() as session:
        session.execute(update(WebhookEvent).where(WebhookEvent.id == event_id).values(**values))
