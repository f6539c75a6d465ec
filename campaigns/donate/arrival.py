"""Whether a gift has arrived: the ledger's word on what came of a wish to give. Coming back proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign, Period
from campaigns.ledger.models import Donation

State = Literal["counted", "pending", "returned", "over", "kept"]
ORDER: tuple[State, ...] = ("counted", "pending", "kept", "returned", "over")  # a second try is what matters
LOOKED_AT_MAX = 24  # of the months of a monthly gift, or the tries of a single one


@dataclass(frozen=True, slots=True)
class Arrival:
    """`counted`; `pending`; `returned` (refunded or disputed); `over` (it failed); `kept` (there, and counted nowhere).

    `amount_minor` is what the state is about, in minor units of `currency`; `in_bar` where the shown bar holds it.
    """

    state: State
    amount_minor: int
    currency: str
    in_bar: bool


def arrival(session: Session, *, intent_ref_id: int, slug: str, starts_at: datetime | None) -> Arrival | None:
    """The newest arrival of a wish to give, beside the bar of campaign `slug` in its period from `starts_at`.

    None: nothing has arrived yet.
    """
    wanted = (
        select(Donation, Campaign.slug, Period.starts_at)
        .outerjoin(Campaign, Campaign.id == Donation.campaign_id)
        .outerjoin(Period, Period.id == Donation.period_id)
        .where(Donation.intent_ref_id == intent_ref_id)
        .order_by(Donation.id.desc())
    )
    told = [(state, row) for row in session.execute(wanted.limit(LOOKED_AT_MAX)) if (state := _state(row[0]))]
    if not told:
        return None
    state, (donation, home, began_at) = min(told, key=lambda one: ORDER.index(one[0]))
    in_bar = (home, began_at) == (slug, starts_at)
    return Arrival(state, _amount(donation, state), donation.currency or "", in_bar)


def _state(donation: Donation) -> State | None:
    if donation.counted_minor > 0:
        return "counted"
    if donation.amount_minor is not None:
        return "returned" if donation.net_minor <= 0 else "kept"
    if donation.pending_over:
        return "over"
    return "pending" if donation.pending_stated_minor > 0 else None


def _amount(donation: Donation, state: State) -> int:
    if state == "counted":
        return donation.counted_minor
    return donation.pending_stated_minor if state in ("pending", "over") else donation.amount_minor or 0
