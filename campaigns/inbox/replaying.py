"""Replaying: events that were received are read again, by whatever has been mended since. Posting what stands changes
nothing, so a replay is always safe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.inbox.models import WebhookEvent
from campaigns.inbox.processing import CLAIMABLE

REPLAYABLE_TOGETHER = ("failed", "waiting")
REPLAYED_AT_ONCE_MAX = 25  # while somebody waits for the page; the worker takes the others


def requeue(session: Session, statuses: Sequence[str], *, now: datetime) -> int:
    """Makes every event of `statuses` due now, the failed ones too; how many that are."""
    these = update(WebhookEvent).where(WebhookEvent.status.in_(statuses)).returning(WebhookEvent.id)
    made_due = these.values(status=CLAIMABLE[-1], due_at=now).execution_options(synchronize_session=False)
    return len(session.execute(made_due).all())


def chosen(session: Session, *, status: str | None = None, since: datetime | None = None) -> list[int]:
    """Ids of the events at `status` or received since then, the oldest first."""
    wanted = select(WebhookEvent.id).order_by(WebhookEvent.id)
    if status is not None:
        wanted = wanted.where(WebhookEvent.status == status)
    if since is not None:
        wanted = wanted.where(WebhookEvent.received_at >= since)
    return list(session.scalars(wanted))
