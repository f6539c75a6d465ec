"""Receiving: verify, then store once, before anything is done. What is committed here is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.crypto import sha256_hex
from campaigns.db import insert_or_ignore
from campaigns.inbox.models import WebhookEndpoint, WebhookEvent
from campaigns.providers.contract import Endpoint, Provider, Verified, foreign


def store(
    session: Session,
    endpoint: WebhookEndpoint,
    provider: Provider,
    opened: Endpoint,
    *,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> tuple[int, bool]:
    """Verifies `body` and stores it. The caller commits. Returns the event's id and whether it is new.

    Raises the provider's NotAuthentic (400) or CannotVerifyNow (503); then nothing is stored.
    """
    verified = provider.verify(opened, headers, body, now)
    kept = provider.redact(body)
    row = {
        "endpoint_id": endpoint.id,
        "remote_id": verified.remote_id,
        "type": verified.type,
        "status": "received",
        "received_at": now,
        "occurred_at": verified.occurred_at,
        "attempt_count": 0,
        "failure_count": 0,
        "body": kept,
        "body_sha256": sha256_hex(kept),
        "received_sha256": sha256_hex(body),
    }
    is_new = insert_or_ignore(session, WebhookEvent, [row]) == 1
    event_id = session.scalars(
        select(WebhookEvent.id).filter_by(endpoint_id=endpoint.id, remote_id=verified.remote_id)
    ).one()
    _note_reached(session, endpoint, verified, opened, now)
    return event_id, is_new


def _note_reached(
    session: Session, endpoint: WebhookEndpoint, verified: Verified, opened: Endpoint, now: datetime
) -> None:
    """The console shows that an endpoint was reached, also by events of the other mode, which count nowhere."""
    column = "other_mode_at" if foreign(verified, opened) else "last_event_at"
    session.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.id).values({column: now}))
