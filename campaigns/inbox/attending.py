"""How much needs a person, over money and messages together: the number beside Attention in the console."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from campaigns.inbox import log
from campaigns.inbox.models import LookUp, WebhookEvent
from campaigns.ledger.models import Attention

COUNTED_MAX = 100  # the console says 99+; on no page this may cost a walk over a long list


def count(session: Session, *, now: datetime) -> int:
    """How many open questions, messages that failed or are late, and look-ups that failed; COUNTED_MAX at most."""
    found = 0
    for wanted in _each(now):
        if found < COUNTED_MAX:
            found += session.scalar(_bounded(wanted, COUNTED_MAX - found)) or 0
    return found


def _each(now: datetime) -> tuple[Select[Any], ...]:
    return (
        select(Attention.id).where(Attention.resolved_at.is_(None)),
        select(WebhookEvent.id).where(WebhookEvent.status == "failed"),
        *(select(WebhookEvent.id).where(*log.is_late(status, now=now)) for status in log.OPEN),
        select(LookUp.id).where(LookUp.status == "failed"),
    )


def _bounded(wanted: Select[Any], limit: int) -> Select[Any]:
    return select(func.count()).select_from(wanted.limit(limit).subquery())
