"""Look-ups as people see them: what was asked, what still waits and for which key, and asking again by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from campaigns.crypto import Sealer
from campaigns.errors import Conflict
from campaigns.inbox import endpoints, look_ups, wanting
from campaigns.inbox.models import EventLookUp, LookUp, LookUpAnswer, WebhookEndpoint, WebhookEvent
from campaigns.ledger.models import Donation, PaymentRef
from campaigns.providers.asking import begins_with_balance, looks_up
from campaigns.providers.contract import HintRank

SHOWN_MAX = 50
ANSWERS_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class Keyless:
    """What an endpoint could be asked for if it had its key: for how many messages, homes and fees."""

    endpoint: WebhookEndpoint
    lacking: str
    event_count: int
    home_count: int
    fee_count: int


def of_event(session: Session, event: WebhookEvent) -> list[LookUp]:
    """What `event` waits for, or has waited for."""
    theirs = select(LookUp).join(EventLookUp, EventLookUp.look_up_id == LookUp.id)
    return list(session.scalars(theirs.where(EventLookUp.event_id == event.id).order_by(LookUp.id).limit(SHOWN_MAX)))


def events_of(session: Session, look_up: LookUp) -> list[int]:
    """Ids of the events that wait, or have waited, for `look_up`."""
    theirs = select(EventLookUp.event_id).where(EventLookUp.look_up_id == look_up.id)
    return list(session.scalars(theirs.order_by(EventLookUp.event_id).limit(SHOWN_MAX)))


def answers(session: Session, look_up: LookUp) -> list[LookUpAnswer]:
    """The answers of `look_up`, the newest first."""
    theirs = select(LookUpAnswer).where(LookUpAnswer.look_up_id == look_up.id)
    return list(session.scalars(theirs.order_by(LookUpAnswer.id.desc()).limit(ANSWERS_SHOWN_MAX)))


def failed(session: Session) -> list[LookUp]:
    """Look-ups that no asking again by itself would mend, the newest first."""
    found = select(LookUp).where(LookUp.status == "failed").order_by(LookUp.id.desc())
    return list(session.scalars(found.limit(SHOWN_MAX)))


def keyless(session: Session) -> list[Keyless]:
    """For each endpoint that lacks its key, what it would tell."""
    without = and_(LookUp.status == "waiting", LookUp.due_at.is_(None), LookUp.reason.like("no %"))
    grouped = select(LookUp.endpoint_id, func.max(LookUp.reason)).where(without).group_by(LookUp.endpoint_id)
    found: list[Keyless] = []
    for endpoint_id, reason in session.execute(grouped).all():
        theirs = and_(without, LookUp.endpoint_id == endpoint_id)
        endpoint = session.get_one(WebhookEndpoint, endpoint_id)
        events, homes = _events(session, theirs), _homes(session, endpoint, theirs)
        fees = session.scalar(select(func.count()).select_from(LookUp).where(theirs, LookUp.purpose == "fee")) or 0
        if events or homes or fees:
            found.append(Keyless(endpoint, (reason or "").removeprefix("no "), events, homes, fees))
    return sorted(found, key=lambda one: (one.endpoint.provider, one.endpoint.name))


def after_making(session: Session, endpoint: WebhookEndpoint, *, sealer: Sealer, mode: str, now: datetime) -> None:
    """Wants what a new endpoint's provider must be asked before its money can be told from older money."""
    first = begins_with_balance(endpoints.provider_for(endpoint.provider, mode))
    opened = endpoints.opened(endpoint, sealer, mode)
    subject = first.first_subject(opened) if first else None
    if subject is not None:
        wanting.want(session, endpoint, opened, subject, purpose="balance", now=now, since=now)


def after_setting(session: Session, endpoint: WebhookEndpoint, *, sealer: Sealer, mode: str, now: datetime) -> int:
    """After a setting of `endpoint` was changed: where it has its key, all that waits is asked now; how many."""
    provider = looks_up(endpoints.provider_for(endpoint.provider, mode))
    lacking = provider is None or provider.key_lacking(endpoints.opened(endpoint, sealer, mode))
    return 0 if lacking else look_ups.key_given(session, endpoint, now=now)


def again(look_up: LookUp, *, now: datetime) -> None:
    """Asks again with the next round. Raises Conflict for one that is due already."""
    if look_up.status == "waiting" and look_up.due_at is not None and look_up.due_at <= now:
        raise Conflict("it is due already, and will be asked with the next round")
    look_up.status, look_up.reason = "waiting", None
    look_up.wanted_at, look_up.due_at = now, now


def let_be(look_up: LookUp) -> None:
    """Gives a failed one up for good. Raises Conflict for any other."""
    if look_up.status != "failed":
        raise Conflict("it has not failed, or somebody was faster")
    look_up.status, look_up.due_at = "unneeded", None


def _events(session: Session, theirs: ColumnElement[bool]) -> int:
    waiting = select(func.count(EventLookUp.event_id.distinct())).join(LookUp, LookUp.id == EventLookUp.look_up_id)
    waiting = waiting.join(WebhookEvent, WebhookEvent.id == EventLookUp.event_id)
    return session.scalar(waiting.where(theirs, WebhookEvent.status == "waiting")) or 0


def _homes(session: Session, endpoint: WebhookEndpoint, theirs: ColumnElement[bool]) -> int:
    """Payments that nothing better than a rule places, and whose home could be asked for."""
    weak = or_(Donation.home_rank.is_(None), Donation.home_rank >= int(HintRank.RULE))
    asked = select(LookUp.ref).where(theirs, LookUp.purpose == "home")
    named = and_(PaymentRef.provider == endpoint.provider, PaymentRef.ref.in_(asked))
    placed = select(func.count()).select_from(Donation).join(PaymentRef, PaymentRef.id == Donation.ref_id)
    return session.scalar(placed.where(named, weak)) or 0
