"""Gifts and corrections that rest on an act of staff: what the act says is what must be in the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audit import AuditEntry
from campaigns.campaign.models import Campaign
from campaigns.donate.models import DonationIntent
from campaigns.errors import Conflict, Invalid
from campaigns.keys import new_key
from campaigns.ledger import entries, posting
from campaigns.ledger.models import Donation, PaymentRef
from campaigns.ledger.statement import Evidence, Statement
from campaigns.offline.reading import Gift
from campaigns.providers.contract import Donor, Hint, HintRank, Link, Movement, Reading, intent_ref
from campaigns.providers.contract import Statement as Said

PROVIDER = "offline"  # of gifts that no payment service tells of; bank transfers that were announced stand there too


def enter(
    session: Session, campaign: Campaign, given: list[tuple[str, Gift, Evidence]], *, now: datetime, secret_key: str
) -> None:
    """Posts gifts, each under its ref and resting on its evidence, in the period of its own date. The caller commits.

    Stating one again changes nothing.
    """
    statements = [
        Statement(PROVIDER, "", Reading.of(_said(session, campaign, ref, gift)), evidence)
        for ref, gift, evidence in given
    ]
    for start in range(0, len(statements), posting.AT_ONCE_MAX):
        posting.post(session, statements[start : start + posting.AT_ONCE_MAX], now=now, secret_key=secret_key)


def known(session: Session, ref: str) -> bool:
    """Whether a gift was entered under this ref already."""
    same = select(PaymentRef.id).join(Donation, Donation.ref_id == PaymentRef.id)
    return session.scalar(same.where(PaymentRef.provider == PROVIDER, PaymentRef.ref == ref)) is not None


def correction(session: Session, donation: Donation, by_minor: int, *, now: datetime) -> Movement:
    """What adds `by_minor` (mostly less than 0) to what a gift of any provider counts. Raises Invalid or Conflict."""
    if donation.amount_minor is None or donation.currency is None:
        raise Conflict("its payment is not known yet, so there is nothing to correct")
    standing = sum(entry.amount_minor for entry in entries.of(session, donation) if entry.kind == "adjustment")
    if by_minor == 0:
        raise Invalid("a correction of nothing changes nothing", "amount")
    if donation.net_minor + by_minor < 0:
        raise Invalid("no more can be taken off than it counts now", "amount")
    if by_minor > 0 and standing + by_minor > 0:
        raise Invalid("only what was taken off by hand can be added again; enter a gift of its own instead", "amount")
    return Movement(donation.ref.ref, f"correction:{new_key()}", "adjustment", by_minor, donation.currency, now)


def stated(movements: Iterable[Movement]) -> list[list[object]]:
    """Movements as an act of staff says them, so that checking can hold the ledger to it."""
    return [[one.key, one.kind, one.amount_minor, one.currency] for one in movements]


def correct(
    session: Session, donation: Donation, movement: Movement, act: AuditEntry, *, now: datetime, secret_key: str
) -> None:
    """Posts a correction that rests on `act`. The caller commits."""
    statement = Statement(
        donation.ref.provider,
        donation.ref.scope,
        Reading.of([movement]),
        Evidence("staff", act.id, act.detail_sha256),
    )
    posting.post(session, [statement], now=now, secret_key=secret_key)


def _said(session: Session, campaign: Campaign, ref: str, gift: Gift) -> list[Said]:
    said: list[Said] = [
        Movement(ref, ref, "donation", gift.amount_minor, gift.currency, gift.given_at),
        Hint(ref, HintRank.STAFF, campaign.slug, gift.given_at),
    ]
    if gift.name or gift.email or gift.message:
        said.append(Donor(ref, gift.name, gift.email, gift.message, show_name=False))
    if gift.external_id:
        key = session.scalars(select(DonationIntent.key).filter_by(reference=gift.external_id.upper())).one_or_none()
        if key is not None:  # a transfer that was announced on our own page
            said.append(Link(ref, intent_ref(key)))
    return said
