"""Marking something about money for a person to look at: once for each kind and subject."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from campaigns.db import insert_or_ignore
from campaigns.errors import Conflict, Invalid
from campaigns.ledger.models import Attention, Donation
from campaigns.money import format_money

TITLES = {
    "entry_conflict": "A provider states the same money with another amount",
    "currency_conflict": "A reversal is in another currency than its payment",
    "overshoot": "More was taken back than was given",
    "unclear_answer": "A payment service's own answer leaves something open",
    "checkout_refused": "A payment service opens no checkout for your donors",
    "estimated": "Renewals of a monthly gift are estimated",
    "out_of_band": "An invoice was marked as paid outside the payment service",
    "invalidated": "An invoice was called invalid after its payment had settled",
    "disputed": "A donor disputes a payment, and its money is held",
    "unconfirmed": "A payment service no longer knows somebody whom its messages tell of",
    "refund_unseen": "A payment was refunded, and the payment service's figure has not fallen",
    "two_bodies": "One delivery of a payment service came with two different bodies",
}

# What to do about each.
ADVICE = {
    "entry_conflict": (
        "Compare both with the payment in the provider's own dashboard. The ledger keeps what it was told first; "
        "if that is wrong, tell the provider's support, and settle this when you know."
    ),
    "currency_conflict": (
        "The reversal is kept and adds nothing. Look the payment up in the provider's dashboard to see what the donor "
        "got back."
    ),
    "overshoot": (
        "The donation counts as nothing, never below. Look in the provider's dashboard whether a refund and a dispute "
        "took back the same money; the provider usually returns one of them."
    ),
    "unclear_answer": (
        "What the answer tells is counted; the part that could not be read is not. Compare the payment in the "
        "provider's dashboard, and correct it by hand where it differs."
    ),
    "checkout_refused": (
        "Readers who chose this way were told to take another. Check the endpoint's key: it must be valid, and allowed "
        "to write checkout sessions. Then settle this."
    ),
    "estimated": (
        "Each new period counts as one gift. Compare them with the payment service's payouts, and correct by hand what "
        "was not paid."
    ),
    "disputed": (
        "It still counts. Answer the dispute in the payment service's own dashboard before its time is over; what "
        "comes of it is booked by itself."
    ),
    "unconfirmed": (
        "What was counted stays counted. Compare the person's payments in the payment service's own dashboard, and "
        "correct by hand what was given or given back since."
    ),
    "refund_unseen": (
        "It still counts. Compare the member's history in the payment service's own dashboard, and correct by hand "
        "what went back."
    ),
    "two_bodies": (
        "Somebody may have seen a genuine message and forged another with its signature. No money was booked from "
        "either: it is read from the payment service itself. Find out who can read your server's traffic and logs, and "
        "replace the webhook by a new one."
    ),
    "invalidated": (
        "What had settled still counts. If the money did not reach you after all, or you gave it back, correct it by "
        "hand."
    ),
    "out_of_band": (
        "No money of it was seen, so it counts nothing. If it reached you another way, count it as a gift by hand."
    ),
}
UNSETTLED_SHOWN_MAX = 100
SETTLED_SHOWN_MAX = 20


def note(session: Session, kind: str, subject: str, detail: str, *, donation: Donation | None, now: datetime) -> None:
    """Adds a row to the attention list unless it stands there already. `kind` is a key of TITLES."""
    row = {
        "kind": kind,
        "subject": subject[:300],
        "donation_id": donation.id if donation else None,
        "detail": detail,
        "created_at": now,
        "resolved_at": None,
    }
    insert_or_ignore(session, Attention, [row])


def amount(minor: int, currency: str | None) -> str:
    """An amount in the words of a note; a currency that nobody knows must not keep the note from being written."""
    try:
        return format_money(minor, currency or "", "en")
    except Invalid:
        return f"{minor} {currency} (minor units)"


def resolve(row: Attention, *, now: datetime) -> None:
    """Settles a row: a person has looked at it. Raises Conflict where somebody else was faster."""
    if row.resolved_at is not None:
        raise Conflict("this was settled already")
    row.resolved_at = now


def unsettled(session: Session) -> list[tuple[Attention, Donation | None]]:
    """What nobody has settled yet, the newest first, with its donation."""
    return _rows(session, Attention.resolved_at.is_(None), Attention.id.desc(), UNSETTLED_SHOWN_MAX)


def settled(session: Session) -> list[tuple[Attention, Donation | None]]:
    """What was settled last."""
    return _rows(session, Attention.resolved_at.is_not(None), Attention.resolved_at.desc(), SETTLED_SHOWN_MAX)


def _rows(
    session: Session, which: ColumnElement[bool], order: ColumnElement[Any], limit: int
) -> list[tuple[Attention, Donation | None]]:
    found = select(Attention, Donation).outerjoin(Donation, Donation.id == Attention.donation_id).where(which)
    return [(row, donation) for row, donation in session.execute(found.order_by(order).limit(limit))]
