"""The log of webhook events: what the console and the command line ask of the inbox. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, defer

from campaigns.inbox.models import EventEffect, EventLookUp, LookUp, WebhookEndpoint, WebhookEvent
from campaigns.ledger import keyset, register
from campaigns.ledger.models import Donation, LedgerEntry
from campaigns.ledger.register import Line

LATE_AFTER = timedelta(hours=1)
LATE_SHOWN_MAX = 50
DONATIONS_OF_EVENT_MAX = 100
SEARCH_LENGTH_MAX = 255
OPEN = ("received", "waiting")
REPLAYED = "staff asked for it to be read again"  # the reason of one that waits for its turn to be replayed


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `text` is part of an event's type or id, or the whole id of anything about a payment;
    `homeless` are those whose money has no campaign. Received at `since` or later, and before `until`."""

    endpoint_id: int | None = None
    status: str | None = None
    text: str = ""
    homeless: bool = False
    since: datetime | None = None
    until: datetime | None = None
    ids: tuple[int, ...] = ()


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
        _without_bodies().where(*conditions(session, wanted)),
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
    others = replace(wanted, status=None)
    return dict(session.execute(found.where(*conditions(session, others))).all())


def count(session: Session, wanted: Wanted, *, limit: int) -> int:
    """How many events are `wanted`, as far as `limit`."""
    found = select(WebhookEvent.id).where(*conditions(session, wanted)).limit(limit)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


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
        oldest = _without_bodies().where(*is_late(status, now=now)).order_by(WebhookEvent.id)
        found += session.scalars(oldest.limit(LATE_SHOWN_MAX))
    return sorted(found, key=lambda event: event.id)[:LATE_SHOWN_MAX]


def is_late(status: str, *, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Which events at `status` are late. One that is to be read again is late an hour after that was asked."""
    asked = or_(WebhookEvent.reason.is_(None), WebhookEvent.reason != REPLAYED, WebhookEvent.due_at < now - LATE_AFTER)
    return (WebhookEvent.status == status, WebhookEvent.received_at < now - LATE_AFTER, asked)


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


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint has done lately: messages by what became of them, and look-ups that failed or wait."""

    counts: Mapping[str, int]
    look_ups_failed: int
    look_ups_waiting: int
    answered_at: datetime | None

    @property
    def count(self) -> int:
        """Messages in all."""
        return sum(self.counts.values())


def health(session: Session, endpoint: WebhookEndpoint, *, since: datetime) -> Health:
    """Of the messages received from `since` on, and of all its look-ups."""
    theirs = select(WebhookEvent.status, func.count()).where(WebhookEvent.endpoint_id == endpoint.id)
    theirs = theirs.where(WebhookEvent.received_at >= since).group_by(WebhookEvent.status)
    asked = select(LookUp.status, func.count(), func.max(LookUp.answered_at)).where(LookUp.endpoint_id == endpoint.id)
    rows = {status: (count, at) for status, count, at in session.execute(asked.group_by(LookUp.status))}
    answered = [at for _, at in rows.values() if at is not None]
    counts = {status: count for status, count in session.execute(theirs)}  # noqa: C416 - rows are no plain pairs to mypy
    failed, waiting = (rows.get(status, (0, None))[0] for status in ("failed", "waiting"))
    return Health(counts, failed, waiting, max(answered, default=None))


def endpoints(session: Session) -> list[WebhookEndpoint]:
    """Every endpoint, by provider and name."""
    return list(session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.provider, WebhookEndpoint.name)))


def other_mode_only(session: Session) -> list[WebhookEndpoint]:
    """Endpoints that events of the other mode (or another account) reached, and no event of their own."""
    return [one for one in endpoints(session) if one.other_mode_at is not None and one.last_event_at is None]


def _without_bodies() -> Select[Any]:
    return select(WebhookEvent).options(defer(WebhookEvent.body, raiseload=True))


def conditions(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What an event must be to be `wanted`."""
    found: list[ColumnElement[bool]] = []
    if wanted.ids:
        found.append(WebhookEvent.id.in_(wanted.ids))
    if wanted.endpoint_id is not None:
        found.append(WebhookEvent.endpoint_id == wanted.endpoint_id)
    if wanted.status is not None:
        found.append(WebhookEvent.status == wanted.status)
    if wanted.since is not None:
        found.append(WebhookEvent.received_at >= wanted.since)
    if wanted.until is not None:
        found.append(WebhookEvent.received_at < wanted.until)
    if wanted.text:
        found.append(_matches(session, wanted.text))
    if wanted.homeless:
        homeless = select(EventEffect.donation_id).join(Donation, Donation.id == EventEffect.donation_id)
        homeless = homeless.where(EventEffect.event_id == WebhookEvent.id, Donation.campaign_id.is_(None))
        found.append(homeless.where(Donation.amount_minor.is_not(None)).exists())
    return found


def _matches(session: Session, text: str) -> ColumnElement[bool]:
    """Part of a type or of the provider's id; our id; or the id of anything about a payment it speaks of."""
    found = [
        WebhookEvent.type.icontains(text, autoescape=True),
        WebhookEvent.remote_id.icontains(text, autoescape=True),
        WebhookEvent.id == keyset.row_id(text),
    ]
    donation_ids = session.scalars(select(Donation.id).where(register.about(session, text))).all()
    if donation_ids:
        speaks_of = select(EventEffect.event_id).where(EventEffect.donation_id.in_(donation_ids))
        found.append(WebhookEvent.id.in_(speaks_of))
    about = LookUp.ref.in_(register.refs_about(session, text))
    asked = select(LookUp.id).where(or_(about, LookUp.subject == text))
    found.append(WebhookEvent.id.in_(select(EventLookUp.event_id).where(EventLookUp.look_up_id.in_(asked))))
    return or_(*found)
