"""Promising a side effect in the transaction that makes it due, so that neither can be there without the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaigns.db import insert_or_ignore
from campaigns.outbox.models import OutboxMessage


def promise(session: Session, kind: str, key: str, payload: dict[str, Any], *, now: datetime) -> None:
    """Promises once: under a `key` that stands already nothing is added. `payload` holds no donor's data."""
    row = {"key": key, "type": kind, "payload": payload, "created_at": now, "due_at": now, "attempt_count": 0}
    insert_or_ignore(session, OutboxMessage, [row])
