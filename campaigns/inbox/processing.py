"""Processing: claim a stored event, read it, post what it says; one transaction, so a crash leaves nothing half."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.crypto import Sealer
from campaigns.db import Database, insert_or_ignore
from campaigns.inbox import endpoints
from campaigns.inbox.models import EventEffect, WebhookEndpoint, WebhookEvent
from campaigns.ledger import posting
from campaigns.ledger.statement import Evidence, Statement
from campaigns.providers.contract import Hint, HintRank, Reading, Unreadable
from campaigns.settings import Settings

TRIES_AT_ONCE_MAX = 3  # of a transaction that the database broke off (deadlock, lock time-out)
ATTEMPTS_MAX = 12  # of an event that fails for a reason nobody foresaw; then a person looks
BACK_OFF = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400))
CLAIMABLE = ("received", "waiting")
DRAIN_BATCH = 200

logger = logging.getLogger(__name__)


def process(database: Database, settings: Settings, event_id: int, *, now: datetime, again: bool = False) -> str:
    """Processes one event in a transaction of its own; the contract's word for what came of it.

    `again` takes one of any status (a replay). A failure nobody foresaw is kept on the event, which then waits.
    """
    for attempt in range(1, TRIES_AT_ONCE_MAX + 1):
        try:
            with database.writing() as session:
                return _process(session, settings, event_id, now=now, again=again)
        except OperationalError:
            # The database broke the transaction off; nothing of it happened. What goes on failing waits its turn.
            if attempt == TRIES_AT_ONCE_MAX:
                logger.warning("event %s waits: the database broke off its transaction", event_id)
        except Exception as error:  # noqa: BLE001  (whatever it was stands on the event, and it waits)
            frames = "".join(traceback.format_tb(error.__traceback__))  # not its text, which may tell of donors
            logger.error("event %s could not be processed: %s\n%s", event_id, type(error).__name__, frames)
            try:
                _keep_failure(database, event_id, error, now)
            except SQLAlchemyError:
                logger.warning("event %s stays as it was: the database did not take the failure", event_id)
            break
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
    statement = Statement(
        provider=endpoint.provider,
        scope=provider.SCOPE and str(endpoint.id),
        reading=_with_default(session, endpoint, reading, now),
        evidence=Evidence("event", event.id, event.received_sha256),
    )
    outcome = posting.post(session, [statement], now=now, secret_key=settings.secret_key)
    for donation_id in outcome.donation_ids:
        insert_or_ignore(session, EventEffect, [{"event_id": event.id, "donation_id": donation_id}])
    if outcome.entry_count:
        _wake_others(session, event, outcome.donation_ids, now)
    missing = reading.needs or "; ".join(outcome.missing)
    if missing:
        return _end(event, "waiting", missing, now)
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


def _with_default(session: Session, endpoint: WebhookEndpoint, reading: Reading, now: datetime) -> Reading:
    """The default campaign is the weakest hint, on every payment the event states money of."""
    if endpoint.campaign_id is None:
        return reading
    slug = session.get_one(Campaign, endpoint.campaign_id).slug
    stated = {one.ref: one.occurred_at for one in reading.movements}
    stated |= {one.ref: one.occurred_at for one in reading.pendings}
    hints = tuple(Hint(ref, HintRank.DEFAULT, slug, at) for ref, at in stated.items())
    return replace(reading, hints=(*reading.hints, *hints))


def _wake_others(session: Session, event: WebhookEvent, donation_ids: tuple[int, ...], now: datetime) -> None:
    """Events that wait for parts of the same donations may have them now. One that is being processed is left alone:
    it is about to wait for the locks that this transaction holds, and will see what it wrote."""
    theirs = select(EventEffect.event_id).where(EventEffect.donation_id.in_(donation_ids))
    waiting = WebhookEvent.id.in_(theirs) & (WebhookEvent.status == "waiting") & (WebhookEvent.id != event.id)
    free = session.scalars(select(WebhookEvent.id).where(waiting).with_for_update(skip_locked=True)).all()
    woken = update(WebhookEvent).where(WebhookEvent.id.in_(free)).values(due_at=now)
    session.execute(woken.execution_options(synchronize_session=False))


def _end(event: WebhookEvent, status: str, reason: str | None, now: datetime) -> str:
    """Writes the event's status; the contract's word for it."""
    event.status, event.reason = status, reason
    event.processed_at = now if status in ("processed", "ignored") else None
    event.due_at = _next_attempt(event.attempt_count, now) if status == "waiting" else None
    return "ignored" if status == "ignored" else "queued"


def _next_attempt(attempt_count: int, now: datetime) -> datetime:
    return now + BACK_OFF[min(attempt_count, len(BACK_OFF)) - 1]


def _keep_failure(database: Database, event_id: int, error: Exception, now: datetime) -> None:
    """What happened stands on the event (its class only: a message could hold donor data); it waits, or is given up."""
    with database.writing() as session:
        event = session.get_one(WebhookEvent, event_id, with_for_update={"of": WebhookEvent})
        event.attempt_count += 1
        given_up = event.attempt_count >= ATTEMPTS_MAX
        event.status = "failed" if given_up else "waiting"
        event.reason = f"could not be processed: {type(error).__name__} (see the server's log)"
        event.due_at = None if given_up else _next_attempt(event.attempt_count, now)
