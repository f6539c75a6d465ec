"""Processing: claim a stored event, read it, post what it says; one transaction, so a crash leaves nothing half."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from campaigns.crypto import Sealer
from campaigns.db import Database, insert_or_ignore, met_another
from campaigns.inbox import endpoints, stating, wanting
from campaigns.inbox.models import EventEffect, WebhookEndpoint, WebhookEvent
from campaigns.ledger import posting
from campaigns.ledger.statement import Evidence
from campaigns.providers.contract import Unreadable
from campaigns.settings import Settings

TRIES_AT_ONCE_MAX = 3  # of a transaction that the database broke off (deadlock, lock time-out)
BROKEN_OFF_REST = timedelta(seconds=30)
WAITS_MAX = 20  # of an event whose parts even the provider does not tell: some three days; then a person looks
FAILURES_MAX = 12  # of an event that fails for a reason nobody foresaw; then a person looks
CLAIMABLE = ("received", "waiting")
DRAIN_BATCH = 200

logger = logging.getLogger(__name__)


def process(database: Database, settings: Settings, event_id: int, *, now: datetime, again: bool = False) -> str:
    """Processes one event in a transaction of its own; the contract's word for what came of it.

    `again` takes one of any status (a replay). A failure nobody foresaw is kept on the event, which then waits.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            with database.writing() as session:
                return _process(session, settings, event_id, now=now, again=again)
        except OperationalError as error:
            # The database broke the transaction off; nothing of it happened. Who met another on the way may go again at
            # once; who waited for a lock in vain would only wait again, and the provider for its answer.
            if attempt == TRIES_AT_ONCE_MAX or not met_another(error):
                logger.warning("event %s waits: the database broke off its transaction", event_id)
                _rest(database, event_id, now)
                return "queued"
        except Exception as error:  # noqa: BLE001  (whatever it was stands on the event, and it waits)
            frames = "".join(traceback.format_tb(error.__traceback__))  # not its text, which may tell of donors
            logger.error("event %s could not be processed: %s\n%s", event_id, type(error).__name__, frames)
            try:
                _keep_failure(database, event_id, error, now, again=again)
            except SQLAlchemyError:
                logger.warning("event %s stays as it was: the database did not take the failure", event_id)
            return "queued"


def due(session: Session, *, now: datetime, limit: int = DRAIN_BATCH, but: Collection[int] = ()) -> list[int]:
    """Ids of events to process now, those tried least often first, `but` left out."""
    is_due = or_(WebhookEvent.due_at.is_(None), WebhookEvent.due_at <= now)
    wanted = select(WebhookEvent.id).where(WebhookEvent.status.in_(CLAIMABLE), is_due)
    if but:
        wanted = wanted.where(WebhookEvent.id.not_in(but))
    return list(session.scalars(wanted.order_by(WebhookEvent.attempt_count, WebhookEvent.id).limit(limit)))


def drain(database: Database, settings: Settings, *, now: datetime) -> dict[str, int]:
    """Processes all that is due; how many ended with which word."""
    words: dict[str, int] = {}
    seen: set[int] = set()
    while True:
        with database.reading() as session:
            ids = due(session, now=now, but=seen)
        if not ids:
            return words
        for event_id in ids:
            seen.add(event_id)
            word = process(database, settings, event_id, now=now)
            words[word] = words.get(word, 0) + 1


def _process(session: Session, settings: Settings, event_id: int, *, now: datetime, again: bool) -> str:
    event = _claim(session, event_id, again=again)
    if event is None:
        return "duplicate"
    endpoint = session.get_one(WebhookEndpoint, event.endpoint_id)
    provider = endpoints.provider_for(endpoint.provider, settings.mode)
    opened = endpoints.opened(endpoint, Sealer(settings.secret_key), settings.mode)
    try:
        reading = provider.read(event.body, opened)
    except Unreadable as error:
        return _end(event, "failed", str(error), now)
    if reading.ignored is not None:
        return _end(event, "ignored", reading.ignored, now)
    evidence = Evidence("event", event.id, event.received_sha256)
    statement = stating.statement(session, endpoint, reading, evidence, settings=settings, now=now)
    outcome = posting.post(session, [statement], now=now, secret_key=settings.secret_key)
    stating.note(session, reading, now=now)
    for donation_id in outcome.donation_ids:
        insert_or_ignore(session, EventEffect, [{"event_id": event.id, "donation_id": donation_id}])
    wanting.wake(session, outcome, but=event.id, now=now)
    waits_for, was_asked = wanting.parts(session, event, provider, opened, reading, outcome, now=now)
    wanting.wishes(session, endpoint, opened, reading, outcome, now=now)
    if waits_for:
        given_up = was_asked and event.attempt_count >= WAITS_MAX
        return _end(event, "failed" if given_up else "waiting", "; ".join(waits_for), now)
    _end(event, "processed", None, now)
    return "unassigned" if outcome.unassigned_ids else "processed"


def _claim(session: Session, event_id: int, *, again: bool) -> WebhookEvent | None:
    """The event, locked by a conditional update inside this transaction; None when another has done it."""
    claim = update(WebhookEvent).where(WebhookEvent.id == event_id)
    if not again:
        claim = claim.where(WebhookEvent.status.in_(CLAIMABLE))
    claim = claim.values(attempt_count=WebhookEvent.attempt_count + 1).returning(WebhookEvent.id)
    if session.execute(claim.execution_options(synchronize_session=False)).scalar_one_or_none() is None:
        return None
    return session.get_one(WebhookEvent, event_id, populate_existing=True)


def _end(event: WebhookEvent, status: str, reason: str | None, now: datetime) -> str:
    """Writes the event's status; the contract's word for it."""
    event.status, event.reason = status, reason
    event.processed_at = now if status in ("processed", "ignored") else None
    event.due_at = wanting.later(event.attempt_count, now) if status == "waiting" else None
    return "ignored" if status == "ignored" else "queued"


def _rest(database: Database, event_id: int, now: datetime) -> None:
    """An event that the database broke off is not tried at every round. Where even this fails, it is due as before."""
    with suppress(SQLAlchemyError), database.writing() as session:
        theirs = update(WebhookEvent).where(WebhookEvent.id == event_id, WebhookEvent.status.in_(CLAIMABLE))
        rested = theirs.values(due_at=now + BROKEN_OFF_REST, attempt_count=WebhookEvent.attempt_count + 1)
        session.execute(rested.execution_options(synchronize_session=False))


def _keep_failure(database: Database, event_id: int, error: Exception, now: datetime, *, again: bool) -> None:
    """What happened stands on the event (its class only: a message could hold donor data); it waits, or is given up."""
    with database.writing() as session:
        event = session.get_one(WebhookEvent, event_id, with_for_update={"of": WebhookEvent})
        event.attempt_count += 1
        event.failure_count = 1 if again else event.failure_count + 1  # a person who replays it starts it afresh
        given_up = event.failure_count >= FAILURES_MAX
        event.status = "failed" if given_up else "waiting"
        event.reason = f"could not be processed: {type(error).__name__} (see the server's log)"
        event.due_at = None if given_up else wanting.later(event.attempt_count, now)
