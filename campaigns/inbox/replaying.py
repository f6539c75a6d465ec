"""Replaying: events that were received are read again, with whatever has been mended since.

Posting what stands already changes nothing, so a replay is always safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from campaigns.db import Database
from campaigns.inbox import log, processing
from campaigns.inbox.models import WebhookEvent
from campaigns.settings import Settings

REPLAYED_AT_ONCE_MAX = 25  # while somebody waits for the page; the worker takes the others
REQUEUED_MAX = 50_000
PART_ROWS = 500  # in one statement

# What came of a replay, by the contract's word.
TOLD = {
    "processed": "Read again. Its money stands in the ledger, once.",
    "unassigned": "Read again. Its money has no campaign yet: see Unassigned.",
    "ignored": "Read again. Nothing in it concerns this installation.",
    "queued": "Read again, and it is still not done: see why below.",
}


def requeue(session: Session, wanted: log.Wanted, *, now: datetime) -> list[int]:
    """Makes every event that is `wanted` due now, whatever came of it before; their ids, the oldest first.

    Those that wait for something keep their reason; the others wait for their turn.
    """
    theirs = select(WebhookEvent.id).where(*log.conditions(session, wanted))
    ids = list(session.scalars(theirs.order_by(WebhookEvent.id).limit(REQUEUED_MAX)))
    for start in range(0, len(ids), PART_ROWS):
        part = WebhookEvent.id.in_(ids[start : start + PART_ROWS])
        done = update(WebhookEvent).where(part, WebhookEvent.status.not_in(log.OPEN))
        session.execute(_silent(done.values(status="waiting", reason=log.REPLAYED, failure_count=0)))
        session.execute(_silent(update(WebhookEvent).where(part).values(due_at=now)))
    return ids


def chosen(session: Session, *, status: str | None = None, since: datetime | None = None) -> list[int]:
    """Ids of the events at `status` or received since then, the oldest first."""
    wanted = log.conditions(session, log.Wanted(status=status, since=since))
    return list(session.scalars(select(WebhookEvent.id).where(*wanted).order_by(WebhookEvent.id)))


def read_some(database: Database, settings: Settings, ids: Sequence[int], *, now: datetime) -> tuple[int, int]:
    """Processes the first of `ids`; how many were tried, and how many of them are done with."""
    words = [processing.process(database, settings, event_id, now=now) for event_id in ids[:REPLAYED_AT_ONCE_MAX]]
    return len(words), sum(word != "queued" for word in words)


def told(count: int, tried: int, done: int) -> str:
    """What came of a replay of `count` messages, of which `tried` were read at once and `done` are done with."""
    if not count:
        return "No message fits that any more; nothing was replayed."
    if tried < count:
        return f"{tried} of {count} messages were read again, and {done} of them are done. The others follow soon."
    return f"{tried} read again: {done} done, {tried - done} still waiting or in need of a person."


def _silent(changed: Update) -> Update:
    return changed.execution_options(synchronize_session=False)
