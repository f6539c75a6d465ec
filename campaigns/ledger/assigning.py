"""Staff's hand: putting donations into a campaign, or aside, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

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

    One batch of posting, so that locks are taken in its order whatever the order of the donations. Those in another
    currency than the campaign stay without a home, and know why.
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
