"""Promises are kept once, by one worker at a time, whatever breaks in between."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from campaigns.db import Database
from campaigns.outbox import delivery
from campaigns.outbox.delivery import Never, NotNow, Promise, deliver_due, retry
from campaigns.outbox.models import OutboxMessage
from campaigns.outbox.promising import promise

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


def made(database: Database, *keys: str, kind: str = "letter") -> None:
    with database.writing() as session:
        for key in keys:
            promise(session, kind, key, {"about": key}, now=NOW)


def rows(database: Database) -> dict[str, OutboxMessage]:
    with database.reading() as session:
        return {row.key: row for row in session.scalars(select(OutboxMessage))}


def test_each_promise_is_kept_once_in_the_order_it_was_made(database):
    kept: list[str] = []
    made(database, "a", "b", "a")
    handlers = {"letter": lambda promise, _now: kept.append(promise.key)}
    assert deliver_due(database, handlers, now=NOW) == {"delivered": 2}
    assert deliver_due(database, handlers, now=NOW + timedelta(days=9)) == {}
    assert kept == ["a", "b"]


def test_what_nobody_handles_is_left_as_it_is(database):
    made(database, "m", kind="milestone.reached")
    assert deliver_due(database, {"letter": lambda _promise, _now: None}, now=NOW) == {}
    row = rows(database)["m"]
    assert (row.attempt_count, row.delivered_at, row.given_up_at) == (0, None, None)


def test_what_cannot_be_done_now_is_tried_ever_more_rarely_and_then_given_to_a_person(database):
    made(database, "a")
    tried: list[datetime] = []

    def handle(_promise: Promise, now: datetime) -> None:
        tried.append(now)
        raise NotNow("the post office is closed")

    now = NOW
    while rows(database)["a"].given_up_at is None:
        deliver_due(database, {"letter": handle}, now=now)
        now = rows(database)["a"].due_at
        assert len(tried) <= delivery.ATTEMPTS_MAX
    pauses = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert pauses == sorted(pauses)
    assert tried[-1] - tried[0] > timedelta(days=2)
    assert rows(database)["a"].reason == "the post office is closed"
    assert retry(database, rows(database)["a"].id, now=now)
    assert not retry(database, rows(database)["a"].id, now=now)
    assert deliver_due(database, {"letter": lambda _promise, _now: "sent"}, now=now) == {"delivered": 1}


def test_what_will_never_be_done_is_given_up_at_once(database):
    def handle(_promise: Promise, _now: datetime) -> None:
        raise Never("there is no such street")

    made(database, "a")
    assert deliver_due(database, {"letter": handle}, now=NOW) == {"given up": 1}
    assert deliver_due(database, {"letter": handle}, now=NOW + timedelta(days=9)) == {}


def test_a_fault_nobody_foresaw_stands_on_the_message_by_its_name_only(database, caplog):
    donor = f"ada{chr(64)}example.org"  # not as it stands here, since a trace shows lines of the source

    def handle(_promise: Promise, _now: datetime) -> None:
        raise ValueError(donor)

    made(database, "a")
    assert deliver_due(database, {"letter": handle}, now=NOW) == {"waiting": 1}
    assert "ValueError" in (rows(database)["a"].reason or "")
    assert donor not in caplog.text


def test_a_worker_that_dies_in_the_middle_loses_nothing(database):
    made(database, "a")

    class Killed(BaseException):
        pass

    def die(_promise: Promise, _now: datetime) -> None:
        raise Killed

    with pytest.raises(Killed):
        deliver_due(database, {"letter": die}, now=NOW)
    kept: list[int] = []
    handlers = {"letter": lambda promise, _now: kept.append(promise.attempt_count)}
    assert deliver_due(database, handlers, now=NOW + timedelta(seconds=1)) == {}
    assert deliver_due(database, handlers, now=NOW + delivery.LEASE * 2) == {"delivered": 1}
    assert kept == [2]


def test_who_comes_too_late_undoes_nothing(database):
    made(database, "a")

    def slow(promise: Promise, _now: datetime) -> None:
        if promise.attempt_count == 1:  # so slow that the lease runs out and another one takes it
            deliver_due(database, {"letter": slow}, now=NOW + delivery.LEASE * 2)
            raise NotNow("too late")

    deliver_due(database, {"letter": slow}, now=NOW)
    row = rows(database)["a"]
    assert (row.delivered_at, row.reason) == (NOW + delivery.LEASE * 2, None)


def test_two_workers_at_once_keep_each_promise_once(database):
    made(database, *(f"k{number}" for number in range(40)))
    kept: list[str] = []
    handlers = {"letter": lambda promise, _now: kept.append(promise.key)}
    threads = [threading.Thread(target=deliver_due, args=(database, handlers), kwargs={"now": NOW}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kept) == sorted(f"k{number}" for number in range(40))
