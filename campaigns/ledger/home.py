"""Where a donation belongs, from everything ever hinted about it; the order in which it was said does not matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.ledger import hinting, refs
from campaigns.ledger.hinting import HintKey
from campaigns.ledger.models import Donation

SET_ASIDE = ""  # staff's word that a donation belongs to no campaign

REASONS = {
    "no_payment": "Only a reversal is known so far; the payment itself has not been heard of.",
    "no_hint": "Nothing says which campaign it is for.",
    "unknown_campaign": "It names a campaign that does not exist.",
    "currency": "It is in another currency than the campaign it names.",
    "set_aside": "Staff have set it aside.",
}

_SAME = select(Campaign.id).where(
    Campaign.id == bindparam("of_id"),
    Campaign.slug == bindparam("of_slug"),
    Campaign.currency == bindparam("of_currency"),
)


@dataclass(frozen=True, slots=True)
class Home:
    """A campaign and the period in it, or the reason why there is none (a key of REASONS)."""

    campaign_id: int | None
    period_id: int | None
    rank: int | None
    reason: str | None


def find(session: Session, donation: Donation, hint: HintKey | None, *, now: datetime) -> Home:
    """The home of `donation` by its strongest hint. Makes the period's row when it is the first to land in it."""
    if donation.occurred_at is None:
        return Home(None, None, None, "no_payment")
    if hint is None:
        return Home(None, None, None, "no_hint")
    if hint.campaign_slug == SET_ASIDE:
        return Home(None, None, hint.rank, "set_aside")
    if _stays(session, donation, hint):
        return Home(donation.campaign_id, donation.period_id, hint.rank, None)
    campaign = lifecycle.by_slug(session, hint.campaign_slug)
    if campaign is None:
        return Home(None, None, hint.rank, "unknown_campaign")
    if campaign.currency != donation.currency:
        return Home(None, None, hint.rank, "currency")
    period_id = _period_id(session, donation, campaign, donation.occurred_at, now)
    if campaign.currency != donation.currency:  # a draft's may have changed until its first period's row was ours
        return Home(None, None, hint.rank, "currency")
    return Home(campaign.id, period_id, hint.rank, None)


def strongest_hint(session: Session, ref_id: int) -> HintKey | None:
    """As `hinting.strongest`, of what is stored now."""
    away = refs.upward(session, ref_id)
    return hinting.strongest(hinting.load(session, away), away)


def _stays(session: Session, donation: Donation, hint: HintKey) -> bool:
    """Whether it is at home already: what most messages about a payment come to, told without reading a campaign."""
    if donation.period_id is None:
        return False
    same = {"of_id": donation.campaign_id, "of_slug": hint.campaign_slug, "of_currency": donation.currency}
    return session.connection().execute(_SAME, same).scalar_one_or_none() is not None


def _period_id(session: Session, donation: Donation, campaign: Campaign, occurred_at: datetime, now: datetime) -> int:
    """Its period there: decided once, by the instant the payment was made."""
    if donation.campaign_id == campaign.id and donation.period_id is not None:
        return donation.period_id
    return lifecycle.period_for(session, campaign, occurred_at, now=now).id
