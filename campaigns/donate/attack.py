"""Attack mode: staff's switch for the hours in which somebody tries stolen cards. Every gift then needs a proof."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from campaigns.donate.models import DonationIntent
from campaigns.installation import Installation
from campaigns.ledger.models import Donation


def under_attack_since(session: Session) -> datetime | None:
    """Since when the switch is on; None while it is off."""
    return session.scalar(select(Installation.under_attack_since))


def is_under_attack(session: Session) -> bool:
    """Whether the switch is on."""
    return under_attack_since(session) is not None


def begin(session: Session, *, now: datetime) -> bool:
    """Switches it on; whether it was off."""
    row = session.scalars(select(Installation)).one()
    was_off = row.under_attack_since is None
    row.under_attack_since = row.under_attack_since or now
    return was_off


def end(session: Session) -> bool:
    """Switches it off; whether it was on."""
    row = session.scalars(select(Installation)).one()
    was_on = row.under_attack_since is not None
    row.under_attack_since = None
    return was_on


def opened_since(session: Session, since: datetime) -> tuple[int, int]:
    """(checkouts opened, those of them that money came of). In an attack the first grows and the second does not."""
    arrived = exists().where(Donation.intent_ref_id == DonationIntent.ref_id, Donation.counted_minor > 0)
    counted = select(func.count(), func.count().filter(arrived)).where(
        DonationIntent.created_at > since, DonationIntent.opened_at.is_not(None)
    )
    opened, given = session.execute(counted).one()
    return opened, given
