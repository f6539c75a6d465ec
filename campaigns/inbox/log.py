"""The log of webhook events: what the console and the command line ask of the inbox. Nothing here changes anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, defer

from campaigns.inbox.models import EventEffect, WebhookEndpoint, WebhookEvent
from campaigns.ledger import keyset, register
from campaigns.ledger.models import Donation, LedgerEntry
from campaigns.ledger.register import Line

LATE_AFTER = timedelta(hours=1)
LATE_SHOWN_MAX = 50
EVENTS_OF_DONATION_MAX = 100
DONATIONS_OF_EVENT_MAX = 100
OPEN = ("received", "waiting")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; `type` is part of an event's type, `homeless` those whose money has no campaign."""

    endpoint_id: int | None = None
    status: str | None = None
    type: str = ""
    homeless: bool = False


@dataclass(frozen=True, slots=True)
class Events:
    """A page of the log; `newer` and `older` are ids to go on from, None at either end."""

    events: list[WebhookEvent]
    newer: int | None
    older: int | None


@dataclass(frozen=True, slots=True)
class Effect:
    """A donation that an event speaks of, and the entries that it was the evidence for."""

    line: Line
    entries: list[LedgerEntry]


def listed(
    session: Session,
    wanted: Wanted,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = keyset.PAGE_ROWS,
) -> Events:
    """A page of the events that are `wanted`, the newest first, without their bodies."""
    page = keyset.page(
        session,
        _without_bodies().where(*_conditions(wanted)),
        (WebhookEvent.id,),
        before=(before,) if before is not None else None,
        after=(after,) if after is not None else None,
        limit=limit,
    )
    events = [row[0] for row in page.rows]
    newer = events[0].id if events and page.has_newer else None
    return Events(events, newer, events[-1].id if page.has_older else None)


def counts(session: Session, wanted: Wanted) -> dict[str, int]:
    """How many events stand at each status, of those that are `wanted` in all else."""
    found = select(WebhookEvent.status, func.count()).group_by(WebhookEvent.status)
    others = Wanted(wanted.endpoint_id, None, wanted.type, wanted.homeless)
    return dict(session.execute(found.where(*_conditions(others))).all())


def of_status(session: Session, status: str, *, limit: int) -> list[WebhookEvent]:
    """Events that stand at `status`, the newest first, without their bodies."""
    found = _without_bodies().where(WebhookEvent.status == status).order_by(WebhookEvent.id.desc())
    return list(session.scalars(found.limit(limit)))


def ids_of(session: Session, name: str) -> list[int]:
    """Ids of the events called `name`: its id here, or the provider's, which two endpoints may both have received."""
    called = or_(WebhookEvent.remote_id == name, WebhookEvent.id == keyset.row_id(name))
    return list(session.scalars(select(WebhookEvent.id).where(called).order_by(WebhookEvent.id)))


def late(session: Session, *, now: datetime) -> list[WebhookEvent]:
    """Events not done an hour after they were received, the oldest first, without their bodies."""
    found: list[WebhookEvent] = []
    for status in OPEN:  # each along its own index; together SQLite would walk all that was ever received
        oldest = _without_bodies().where(WebhookEvent.status == status).order_by(WebhookEvent.id)
        found += session.scalars(oldest.limit(LATE_SHOWN_MAX))
    late_ones = (event for event in found if event.received_at < now - LATE_AFTER)
    return sorted(late_ones, key=lambda event: event.id)[:LATE_SHOWN_MAX]


def of_donation(session: Session, donation: Donation) -> list[WebhookEvent]:
    """The events that speak of a donation, in the order they were received, without their bodies."""
    theirs = _without_bodies().join(EventEffect, EventEffect.event_id == WebhookEvent.id)
    found = theirs.where(EventEffect.donation_id == donation.id).order_by(WebhookEvent.id)
    return list(session.scalars(found.limit(EVENTS_OF_DONATION_MAX)))


def effects(session: Session, event: WebhookEvent) -> list[Effect]:
    """The donations an event speaks of, each with the entries that were posted from it."""
    about = select(Donation).join(EventEffect, EventEffect.donation_id == Donation.id)
    about = about.where(EventEffect.event_id == event.id).order_by(Donation.id)
    donations = session.scalars(about.limit(DONATIONS_OF_EVENT_MAX)).all()
    found = [Effect(register.line(session, donation), []) for donation in donations]
    by_donation = {effect.line.donation.id: effect.entries for effect in found}
    posted = select(LedgerEntry).where(
        LedgerEntry.donation_id.in_(by_donation),
        LedgerEntry.evidence_kind == "event",
        LedgerEntry.evidence_id == event.id,
    )
    for entry in session.scalars(posted.order_by(LedgerEntry.id)):
        by_donation[entry.donation_id].append(entry)
    return found


def endpoints(session: Session) -> list[WebhookEndpoint]:
    """Every endpoint, by provider and name."""
    return list(session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.provider, WebhookEndpoint.name)))


def other_mode_only(session: Session) -> list[WebhookEndpoint]:
    """Endpoints that events of the other mode (or another account) reached, and no event of their own."""
    return [one for one in endpoints(session) if one.other_mode_at is not None and one.last_event_at is None]


def _without_bodies() -> Select[Any]:
    return select(WebhookEvent).options(defer(WebhookEvent.body, raiseload=True))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.endpoint_id is not None:
        found.append(WebhookEvent.endpoint_id == wanted.endpoint_id)
    if wanted.status is not None:
        found.append(WebhookEvent.status == wanted.status)
    if wanted.type:
        found.append(WebhookEvent.type.icontains(wanted.type, autoescape=True))
    if wanted.homeless:
        homeless = select(EventEffect.donation_id).join(Donation, Donation.id == EventEffect.donation_id)
        homeless = homeless.where(EventEffect.event_id == WebhookEvent.id, Donation.campaign_id.is_(None))
        found.append(homeless.where(Donation.amount_minor.is_not(None)).exists())
    return found
