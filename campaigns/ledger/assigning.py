"""Staff's hand: putting donations into a campaign, or aside, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.errors import Invalid
from campaigns.ledger import posting
from campaigns.ledger.models import Donation
from campaigns.ledger.posting import Outcome
from campaigns.ledger.statement import Evidence, Statement
from campaigns.providers.contract import Hint, HintRank, Reading

ASSIGNED_AT_ONCE_MAX = 200


def assign(
    session: Session,
    assigned: Sequence[tuple[Donation, Evidence]],
    slug: str,
    *,
    now: datetime,
    secret_key: str,
) -> Outcome:
    """Moves each donation, by the act that is its evidence, to the campaign `slug`, or aside (`home.SET_ASIDE`).

    One batch of posting, so that locks are taken in its order whatever the order of the donations. Ask `fits` before:
    staff's word is kept for good, and one that cannot be followed would keep every weaker hint from counting.
    """
    statements = [
        Statement(
            donation.ref.provider,
            donation.ref.scope,
            Reading(hints=(Hint(donation.ref.ref, HintRank.STAFF, slug, now),)),
            evidence,
        )
        for donation, evidence in assigned
    ]
    return posting.post(session, statements, now=now, secret_key=secret_key)


def fits(donation: Donation, campaign: Campaign) -> bool:
    """Whether `campaign` can count it. Of a payment whose currency is not known yet nobody can tell; it may."""
    return donation.currency in (None, campaign.currency)


def fitting(donation: Donation, campaign: Campaign) -> None:
    """Raises Invalid where `campaign` cannot count it."""
    if not fits(donation, campaign):
        raise Invalid(f"{campaign.title} counts in {campaign.currency}, and this is in {donation.currency}")
