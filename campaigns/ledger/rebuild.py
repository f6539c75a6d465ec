"""Making every cached figure anew from the entries: donations' sums and homes, then the totals of each period."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from campaigns.campaign.models import Period
from campaigns.ledger import entries, totals
from campaigns.ledger.models import Donation, PeriodDonor, PeriodTotal
from campaigns.ledger.tally import tally


def rebuild(session: Session, *, now: datetime) -> int:
    """Recomputes every donation and total in one transaction; the number of periods whose total was wrong.

    Posting waits meanwhile, also with donations that are only being made: the whole table is locked first.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE donation IN EXCLUSIVE MODE"))
    donations = session.scalars(select(Donation).order_by(Donation.id).with_for_update(of=Donation)).all()
    period_ids = session.scalars(select(Period.id).order_by(Period.id)).all()
    sums: dict[int, totals.Change] = defaultdict(totals.Change)
    for donation in donations:
        share = _set_from_entries(session, donation)
        if share.period_id is not None:
            sums[share.period_id].add(share, 1)
    session.flush()
    return sum(_set_total(session, period_id, sums[period_id], now) for period_id in period_ids)


def _set_from_entries(session: Session, donation: Donation) -> totals.Share:
    summed = tally(entries.of(session, donation))
    if summed.currency is not None:
        donation.currency = summed.currency
        donation.campaign_id, donation.period_id = summed.home or (None, None)
    donation.amount_minor, donation.net_minor = summed.amount_minor, summed.net_minor
    donation.counted_minor = summed.countable_minor if donation.campaign_id is not None else 0
    waits = summed.amount_minor is None and not donation.pending_over
    donation.pending_minor = donation.pending_stated_minor if waits else 0
    return totals.share_of(donation, matched_minor=summed.matched_minor, fee_minor=summed.fee_minor)


def _set_total(session: Session, period_id: int, change: totals.Change, now: datetime) -> bool:
    """Writes one period's total and people; whether the total had been wrong. Its version only grows."""
    donors = {donor: count for donor, count in change.by_donor.items() if count}
    values = {
        "raised_minor": change.raised_minor,
        "pending_minor": change.pending_minor,
        "matched_minor": change.matched_minor,
        "fee_minor": change.fee_minor,
        "donation_count": change.donation_count,
        "donor_count": len(donors),
    }
    session.execute(delete(PeriodDonor).where(PeriodDonor.period_id == period_id))
    session.add_all(PeriodDonor(period_id=period_id, donor_hash=d, donation_count=c) for d, c in donors.items())
    totals.ensure(session, period_id, now)
    row = PeriodTotal.period_id == period_id
    stands = session.execute(select(*(getattr(PeriodTotal, name) for name in values)).where(row)).one()
    if tuple(stands) == tuple(values.values()):
        return False
    changed = update(PeriodTotal).where(row).values(**values, version=PeriodTotal.version + 1, updated_at=now)
    session.execute(changed.execution_options(synchronize_session=False))
    return True
