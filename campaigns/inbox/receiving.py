"""Receiving: verify, then store once, before anything is done. What is committed here is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.crypto import sha256_hex
from campaigns.db import insert_or_ignore
from campaigns.inbox.models import WebhookEndpoint, WebhookEvent
from campaigns.ledger import attention
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
        "delivery": verified.delivery,
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
    if is_new and verified.delivery:
        _note_twins(session, endpoint, verified.delivery, row["received_sha256"], now)
    return event_id, is_new


def _note_twins(
    session: Session, endpoint: WebhookEndpoint, delivery: str, received_sha256: object, now: datetime
) -> None:
    """One sending has one body. Where it comes with another, somebody has made one of the two: both are kept, neither
    moves money by itself, and staff are told."""
    same = select(WebhookEvent.id).filter_by(endpoint_id=endpoint.id, delivery=delivery)
    others = session.scalars(same.where(WebhookEvent.received_sha256 != received_sha256)).all()
    if others:
        subject = f"{endpoint.provider}/{endpoint.name}:{delivery}"
        detail = f"one delivery came with {len(others) + 1} different bodies"
        attention.note(session, "two_bodies", subject, detail, donation=None, now=now)


def _note_reached(
    session: Session, endpoint: WebhookEndpoint, verified: Verified, opened: Endpoint, now: datetime
) -> None:
    """The console shows that an endpoint was reached, also by events of the other mode, which count nowhere."""
    column = "other_mode_at" if foreign(verified, opened) else "last_event_at"
    session.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.id).values({column: now}))
