"""Milestones are matched by amount, so that what a period has reached stays with its milestone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.errors import Conflict, Invalid
from tests.campaign.cast import MILESTONES, NOW, draft, published

DAY = timedelta(days=1)


def labels(campaign: Campaign) -> list[tuple[int, str]]:
    return [(milestone.amount_minor, milestone.label) for milestone in campaign.milestones]


def test_the_same_amount_keeps_its_milestone(session: Session) -> None:
    campaign = published(session)
    servers, goal = campaign.milestones
    added = lifecycle.set_milestones(session, campaign, [(600_000, "More"), (250_000, "Servers")], now=NOW + DAY)
    assert [(milestone.amount_minor, milestone.label) for milestone in added] == [(600_000, "More")]
    assert labels(campaign) == [(250_000, "Servers"), (600_000, "More")]
    assert campaign.milestones[0] is servers
    assert goal.removed_at == NOW + DAY


def test_a_removed_amount_may_come_back_as_a_new_milestone(session: Session) -> None:
    campaign = published(session)
    former = campaign.milestones[0]
    lifecycle.set_milestones(session, campaign, [(500_000, "Goal")], now=NOW)
    added = lifecycle.set_milestones(session, campaign, MILESTONES, now=NOW)
    assert labels(campaign) == list(MILESTONES)
    assert [milestone.id for milestone in added] != [former.id]


def test_unchanged_milestones_are_no_change(session: Session) -> None:
    campaign = published(session)
    assert lifecycle.set_milestones(session, campaign, MILESTONES[::-1], now=NOW + DAY) == []
    assert campaign.revision == 2


def test_a_published_campaign_keeps_a_goal(session: Session) -> None:
    campaign = published(session)
    with pytest.raises(Invalid, match="goal"):
        lifecycle.set_milestones(session, campaign, [], now=NOW)


def test_an_ended_campaign_keeps_its_milestones(session: Session) -> None:
    campaign = published(session, ends_at=NOW + DAY)
    with pytest.raises(Conflict, match="ended"):
        lifecycle.set_milestones(session, campaign, [(1, "Cheap")], now=NOW + DAY)


def test_fifty_milestones_and_the_largest_amount_fit(session: Session) -> None:
    campaign = draft(session)
    rows = [(10**13 - 1 - n, f"Step {n}") for n in range(50)]
    lifecycle.set_milestones(session, campaign, rows, now=NOW)
    assert campaign.goal_minor == 10**13 - 1
