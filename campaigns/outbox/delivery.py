"""Keeping what was promised: each message is claimed by a lease, acted on without a transaction, and then marked.

A process that dies anywhere loses nothing: the lease runs out and another takes the message. What it had done already
is done again then, which is why every act names itself by the message's key (a mail by its Message-ID).
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Update, select, update

from campaigns import clock
from campaigns.db import Database
from campaigns.outbox.models import OutboxMessage

LEASE = timedelta(minutes=5)  # longer than any act may take
BACK_OFF = tuple(timedelta(seconds=s) for s in (10, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600))
ATTEMPTS_MAX = 14  # some three days; then a person looks
ROUND_MAX = 100
REASON_MAX = 300

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Promise:
    """A claimed message. Its `key` is another one for every promise, and the same at every attempt."""

    id: int
    key: str
    payload: Mapping[str, Any]
    created_at: datetime
    attempt_count: int


class NotNow(Exception):
    """It could not be done yet: again later. The message is for staff and holds no donor's data."""


class Never(Exception):
    """No trying again will do it: a person looks at it. The message is for staff and holds no donor's data."""


Handler = Callable[[Promise, datetime], str | None]  # what came of it, in words for staff, or nothing to add


def deliver_due(database: Database, handlers: Mapping[str, Handler], *, now: datetime) -> dict[str, int]:
    """Keeps every promise that is due and that somebody handles; how many ended how. Others are left as they are."""
    ended: dict[str, int] = {}
    began = clock.now()
    with database.reading() as session:  # mostly there is nothing, and no writer need be kept waiting
        if session.scalar(_due(tuple(handlers), now).with_only_columns(OutboxMessage.id).limit(1)) is None:
            return ended
    for _ in range(ROUND_MAX):
        claimed = _claim(database, tuple(handlers), now=now, leased_until=now + (clock.now() - began) + LEASE)
        if claimed is None:
            break
        kind, promise = claimed
        word = _keep(database, handlers[kind], promise, now)
        ended[word] = ended.get(word, 0) + 1
    return ended


def retry(database: Database, message_id: int, *, now: datetime) -> bool:
    """Takes up a message that was given up; whether there was one."""
    given_up = update(OutboxMessage).where(OutboxMessage.id == message_id, OutboxMessage.given_up_at.is_not(None))
    again = given_up.values(given_up_at=None, reason=None, attempt_count=0, due_at=now).returning(OutboxMessage.id)
    with database.writing() as session:
        return session.scalars(again).one_or_none() is not None


def _claim(
    database: Database, kinds: tuple[str, ...], *, now: datetime, leased_until: datetime
) -> tuple[str, Promise] | None:
    """The next message, leased: nobody else takes it before `leased_until`."""
    with database.writing() as session:
        wanted = _due(kinds, now).order_by(OutboxMessage.due_at, OutboxMessage.id).limit(1)
        found = session.scalars(wanted.with_for_update(skip_locked=True)).one_or_none()
        if found is None:
            return None
        found.attempt_count += 1
        found.due_at = leased_until
        return found.type, Promise(found.id, found.key, found.payload, found.created_at, found.attempt_count)


def _due(kinds: tuple[str, ...], now: datetime) -> Select[OutboxMessage]:
    open_ones = (OutboxMessage.delivered_at.is_(None), OutboxMessage.given_up_at.is_(None))
    return select(OutboxMessage).where(*open_ones, OutboxMessage.due_at <= now, OutboxMessage.type.in_(kinds))


def _keep(database: Database, handle: Handler, promise: Promise, now: datetime) -> str:
    try:
        said = handle(promise, now)
    except NotNow as error:
        return _put_off(database, promise, str(error), now)
    except Never as error:
        return _give_up(database, promise, str(error), now)
    except Exception as error:  # noqa: BLE001  (whatever it was stands on the message, which is tried again)
        frames = "".join(traceback.format_tb(error.__traceback__))  # not its text, which may tell of donors
        logger.error("outbox message %s: %s\n%s", promise.id, type(error).__name__, frames)
        return _put_off(database, promise, f"{type(error).__name__} (see the server's log)", now)
    _mark(database, promise, delivered_at=now, reason=said)
    return "delivered"


def _put_off(database: Database, promise: Promise, reason: str, now: datetime) -> str:
    if promise.attempt_count >= ATTEMPTS_MAX:
        return _give_up(database, promise, reason, now)
    pause = BACK_OFF[min(promise.attempt_count, len(BACK_OFF)) - 1]
    _mark(database, promise, due_at=now + pause, reason=reason[:REASON_MAX])
    return "waiting"


def _give_up(database: Database, promise: Promise, reason: str, now: datetime) -> str:
    logger.warning("outbox message %s is given up: %s", promise.id, reason)
    _mark(database, promise, given_up_at=now, reason=reason[:REASON_MAX])
    return "given up"


def _mark(database: Database, promise: Promise, **values: Any) -> None:
    """Writes what came of it, as long as the lease is ours: who came too late must not undo what another has done."""
    with database.writing() as session:
        session.execute(_held(promise).values(**values))


def _held(promise: Promise) -> Update:
    same = (OutboxMessage.id == promise.id) & (OutboxMessage.attempt_count == promise.attempt_count)
    return update(OutboxMessage).where(same, OutboxMessage.delivered_at.is_(None))
