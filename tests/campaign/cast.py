"""The campaigns that tests of the lifecycle act on."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle
from campaigns.campaign.lifecycle import Options
from campaigns.campaign.models import Campaign
from tests.campaign.calendars import at

NOW = at("2026-11-22 19:00")
MILESTONES = ((250_000, "Servers paid"), (500_000, "Goal"))


def draft(session: Session, slug: str = "newsroom", *, now: datetime = NOW, **options: Unpack[Options]) -> Campaign:
    return lifecycle.create(
        session,
        slug=slug,
        title="Keep the newsroom running",
        currency="USD",
        milestones=MILESTONES,
        now=now,
        **options,
    )


def published(session: Session, slug: str = "newsroom", *, now: datetime = NOW, **options: Unpack[Options]) -> Campaign:
    campaign = draft(session, slug, now=now, **options)
    lifecycle.publish(session, campaign, now=now)
    return campaign
