"""From a reading to what is posted: the endpoint's default campaign added to it, and its notices for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.inbox import endpoints
from campaigns.inbox.models import WebhookEndpoint
from campaigns.ledger import attention
from campaigns.ledger.statement import Evidence, Statement
from campaigns.providers.contract import Hint, HintRank, Reading
from campaigns.settings import Settings


def statement(
    session: Session,
    endpoint: WebhookEndpoint,
    reading: Reading,
    evidence: Evidence,
    *,
    settings: Settings,
    now: datetime,
) -> Statement:
    """What posting is handed for one piece of evidence that came by way of `endpoint`."""
    provider = endpoints.provider_for(endpoint.provider, settings.mode)
    return Statement(
        provider=endpoint.provider,
        scope=provider.SCOPE and str(endpoint.id),
        reading=_with_default(session, endpoint, reading, now),
        evidence=evidence,
    )


def note(session: Session, reading: Reading, *, now: datetime) -> None:
    """What the reading wants a person to look at."""
    for notice in reading.notices:
        attention.note(session, notice.kind, notice.subject, notice.detail, donation=None, now=now)


def _with_default(session: Session, endpoint: WebhookEndpoint, reading: Reading, now: datetime) -> Reading:
    """The default campaign is the weakest hint, on every payment the event states money of."""
    if endpoint.campaign_id is None:
        return reading
    slug = session.get_one(Campaign, endpoint.campaign_id).slug
    stated = {one.ref: one.occurred_at for one in reading.movements}
    stated |= {one.ref: one.occurred_at for one in reading.pendings}
    stated |= {one.ref: one.charged_at or one.confirmed_at or now for one in reading.levels}
    hints = tuple(Hint(ref, HintRank.DEFAULT, slug, at) for ref, at in stated.items())
    return replace(reading, hints=(*reading.hints, *hints))
