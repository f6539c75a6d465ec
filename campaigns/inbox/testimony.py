"""Everything that speaks of a donation, read again: the messages about it, and the answers that were asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campaigns.crypto import Sealer
from campaigns.inbox import endpoints
from campaigns.inbox.models import EventEffect, LookUp, LookUpAnswer, WebhookEndpoint, WebhookEvent
from campaigns.ledger import refs
from campaigns.ledger.models import Donation, LedgerEntry, PaymentRef
from campaigns.ledger.timeline import Telling
from campaigns.providers.asking import looks_up
from campaigns.providers.contract import Endpoint, Reading, Unreadable
from campaigns.settings import Settings

EVENTS_MAX = 100
ANSWERS_MAX = 50

Opened = Callable[[int], Endpoint]


def about(session: Session, donation: Donation, settings: Settings) -> list[Telling]:
    """What was told of `donation`, in the order it was received."""

    @lru_cache(maxsize=32)
    def opened(endpoint_id: int) -> Endpoint:
        endpoint = session.get_one(WebhookEndpoint, endpoint_id)
        return endpoints.opened(endpoint, Sealer(settings.secret_key), settings.mode)

    theirs = select(WebhookEvent).join(EventEffect, EventEffect.event_id == WebhookEvent.id)
    theirs = theirs.where(EventEffect.donation_id == donation.id).order_by(WebhookEvent.id).limit(EVENTS_MAX)
    told = [_of_event(event, opened, settings.mode) for event in session.scalars(theirs)]
    told += [_of_answer(answer, opened, settings.mode) for answer in _answers(session, donation)]
    return sorted(told, key=lambda telling: telling.received_at)


def look_ups(session: Session, donation: Donation) -> list[LookUp]:
    """What was, or still is, to be asked about `donation`."""
    named = select(PaymentRef.ref).where(PaymentRef.id.in_(refs.upward(session, donation.ref_id)))
    about_it = LookUp.ref.in_(session.scalars(named).all())
    found = select(LookUp).join(WebhookEndpoint, WebhookEndpoint.id == LookUp.endpoint_id)
    found = found.where(WebhookEndpoint.provider == donation.ref.provider, about_it)
    return list(session.scalars(found.order_by(LookUp.id).limit(ANSWERS_MAX)))


def _answers(session: Session, donation: Donation) -> list[LookUpAnswer]:
    """The answers about it, and whatever else an entry of it rests on."""
    proving = select(LedgerEntry.evidence_id)
    proving = proving.where(LedgerEntry.donation_id == donation.id, LedgerEntry.evidence_kind == "lookup")
    asked = [look_up.id for look_up in look_ups(session, donation)]
    theirs = or_(LookUpAnswer.id.in_(session.scalars(proving).all()), LookUpAnswer.look_up_id.in_(asked))
    return list(session.scalars(select(LookUpAnswer).where(theirs).order_by(LookUpAnswer.id).limit(ANSWERS_MAX)))


def _of_event(event: WebhookEvent, opened: Opened, mode: str) -> Telling:
    reading: Reading | None = None
    with suppress(Unreadable):  # it changed nothing then, and its own page says why
        provider = endpoints.provider_for(event.endpoint.provider, mode)
        reading = provider.read(event.body, opened(event.endpoint_id))
    received, occurred = event.received_at, event.occurred_at
    return Telling("event", event.id, event.type, event.status, received, occurred, reading)


def _of_answer(answer: LookUpAnswer, opened: Opened, mode: str) -> Telling:
    endpoint = answer.look_up.endpoint
    asked = looks_up(endpoints.provider_for(endpoint.provider, mode))
    reading: Reading | None = None
    with suppress(Unreadable):  # as above
        reading = asked.read_answer(answer.body, opened(endpoint.id), answer.received_at) if asked else None
    return Telling("lookup", answer.id, answer.request, answer.look_up.status, answer.received_at, None, reading)
