"""Replaying: events that were received are read again, with whatever has been mended since.

Posting what stands already changes nothing, so a replay is always safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.db import Database
from campaigns.inbox import processing
from campaigns.inbox.models import WebhookEvent
from campaigns.settings import Settings

REPLAYABLE_TOGETHER = ("failed", "waiting")
REPLAYED_AT_ONCE_MAX = 25  # while somebody waits for the page; the worker takes the others

# What came of a replay, by the contract's word.
TOLD = {
    "processed": "Read again. Its money stands in the ledger, once.",
    "unassigned": "Read again. Its money has no campaign yet: see Unassigned.",
    "ignored": "Read again. Nothing in it concerns this installation.",
    "queued": "Read again, and it is still not done: see why below.",
}


def requeue(session: Session, statuses: Sequence[str], *, now: datetime) -> int:
    """Makes every event of `statuses` due now, the failed ones too; how many that are."""
    these = update(WebhookEvent).where(WebhookEvent.status.in_(statuses)).returning(WebhookEvent.id)
    made_due = these.values(status="waiting", due_at=now).execution_options(synchronize_session=False)
    return len(session.execute(made_due).all())


def chosen(session: Session, *, status: str | None = None, since: datetime | None = None) -> list[int]:
    """Ids of the events at `status` or received since then, the oldest first."""
    wanted = select(WebhookEvent.id).order_by(WebhookEvent.id)
    if status is not None:
        wanted = wanted.where(WebhookEvent.status == status)
    if since is not None:
        wanted = wanted.where(WebhookEvent.received_at >= since)
    return list(session.scalars(wanted))


def drain_some(database: Database, settings: Settings, *, now: datetime) -> tuple[int, int]:
    """Processes the first of what is due; how many were tried, and how many of them are done with."""
    with database.reading() as session:
        ids = processing.due(session, now=now, limit=REPLAYED_AT_ONCE_MAX)
    words = [processing.process(database, settings, event_id, now=now) for event_id in ids]
    return len(words), sum(word != "queued" for word in words)


def told(count: int, tried: int, done: int) -> str:
    """What came of a replay of `count` messages, of which `tried` were read at once and `done` are done with."""
    if tried < count:
        return f"{tried} of {count} messages were read again, and {done} of them are done. The others follow soon."
    return f"{tried} read again: {done} done, {tried - done} still waiting or in need of a person."
