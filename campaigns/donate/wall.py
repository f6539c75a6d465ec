"""The wall of thanks: who gave, as far as they wish it to be known; its lines add up to the bar, to the cent.

A name stands there by its owner's consent, given on our page or told by the payment service. Words stand there once
staff have read them. Whoever is not named is summed in one line, so that nothing is left out of the sum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign, Period, opening_of
from campaigns.donate.models import DonationIntent
from campaigns.ledger.models import Donation

SHOWN_MAX = 12
LISTED_MAX = 100
SHOWN, HIDDEN = "shown", "hidden"

_CONSENTED = and_(Donation.show_name, Donation.donor_name.is_not(None), Donation.donor_name != "")
_NAMED = and_(_CONSENTED, func.coalesce(Donation.wall_status, "") != HIDDEN)


@dataclass(frozen=True, slots=True)
class Line:
    """One named gift; `message` and `tribute` only where staff have let them stand. Minor units."""

    name: str
    amount_minor: int
    message: str | None
    tribute: str | None
    given_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wall:
    """The newest named gifts, how many more there are, and everybody else; minor units of the campaign's currency."""

    lines: tuple[Line, ...]
    more_count: int
    more_minor: int
    anonymous_count: int
    anonymous_minor: int

    @property
    def total_minor(self) -> int:
        """What all of it adds up to: what the bar shows."""
        return sum(line.amount_minor for line in self.lines) + self.more_minor + self.anonymous_minor

    @property
    def version(self) -> str:
        """Another one whenever anything on it is."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Words:
    """What a donor wrote, for staff to read, with the campaign it was written to."""

    donation: Donation
    campaign: Campaign
    tribute: str | None


def wall(session: Session, campaign_id: int, starts_at: datetime | None, *, limit: int = SHOWN_MAX) -> Wall:
    """The wall of the campaign's period that begins at `starts_at`."""
    here = and_(
        Donation.period_id == Period.id,
        Period.campaign_id == campaign_id,
        Period.opening == opening_of(starts_at),
        Donation.counted_minor > 0,
    )
    named_count, named_minor, count, total = session.execute(
        select(
            func.count().filter(_NAMED),
            func.coalesce(func.sum(Donation.counted_minor).filter(_NAMED), 0),
            func.count(),
            func.coalesce(func.sum(Donation.counted_minor), 0),
        )
        .select_from(Donation)
        .join(Period, here)
    ).one()
    newest = (
        select(Donation, DonationIntent.tribute)
        .join(Period, and_(here, _NAMED))
        .outerjoin(DonationIntent, DonationIntent.ref_id == Donation.intent_ref_id)
        .order_by(Donation.occurred_at.desc(), Donation.id.desc())
    )
    lines = tuple(_line(donation, tribute) for donation, tribute in session.execute(newest.limit(limit)))
    shown_minor = sum(line.amount_minor for line in lines)
    return Wall(
        lines=lines,
        more_count=named_count - len(lines),
        more_minor=int(named_minor) - shown_minor,
        anonymous_count=count - named_count,
        anonymous_minor=int(total) - int(named_minor),
    )


def to_read(session: Session, status: str | None, *, limit: int = LISTED_MAX) -> list[Words]:
    """What donors wrote with their consent to show it, the newest first; `status` None: what nobody has read yet."""
    wanted = (
        select(Donation, Campaign, DonationIntent.tribute)
        .join(Campaign, Campaign.id == Donation.campaign_id)
        .outerjoin(DonationIntent, DonationIntent.ref_id == Donation.intent_ref_id)
        .where(_CONSENTED, _of(status))
        .order_by(Donation.id.desc())
    )
    return [Words(*row) for row in session.execute(wanted.limit(limit))]


def count_unread(session: Session, *, most: int) -> int:
    """How much nobody has read yet; `most` where it is more than that."""
    unread = (
        select(Donation.id)
        .outerjoin(DonationIntent, DonationIntent.ref_id == Donation.intent_ref_id)
        .where(Donation.campaign_id.is_not(None), _CONSENTED, _of(None))
        .limit(most)
    )
    return session.scalar(select(func.count()).select_from(unread.subquery())) or 0


def decide(session: Session, keys: Sequence[str], verdict: str, *, now: datetime) -> list[Donation]:
    """Lets the words of these donations stand, or takes them and their names down; those that changed."""
    found = session.scalars(select(Donation).where(Donation.key.in_(keys), _CONSENTED).order_by(Donation.id)).all()
    changed = [donation for donation in found if donation.wall_status != verdict]
    for donation in changed:
        donation.wall_status, donation.wall_decided_at = verdict, now
    session.flush()
    return changed


def _of(status: str | None) -> ColumnElement[bool]:
    if status is not None:
        return Donation.wall_status == status
    has_words = or_(Donation.donor_message.is_not(None), DonationIntent.tribute.is_not(None))
    return and_(Donation.wall_status.is_(None), has_words)


def _line(donation: Donation, tribute: str | None) -> Line:
    read = donation.wall_status == SHOWN
    return Line(
        name=donation.donor_name or "",
        amount_minor=donation.counted_minor,
        message=donation.donor_message if read else None,
        tribute=tribute if read else None,
        given_at=donation.occurred_at,
    )
