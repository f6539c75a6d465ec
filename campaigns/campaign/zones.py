"""In whose hours lists that span campaigns are told."""

from __future__ import annotations

from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.campaign.scheduling import newest_rule


def of(campaign: Campaign) -> str:
    """The IANA zone that a campaign keeps now."""
    return newest_rule(campaign).timezone


def shared(session: Session) -> str:
    """The IANA zone that all campaigns in use keep, else UTC: hours of several zones in one list would mislead."""
    zones = {of(campaign) for campaign in lifecycle.list_campaigns(session) if campaign.status != "archived"}
    return zones.pop() if len(zones) == 1 else "UTC"
