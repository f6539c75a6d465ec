"""The money in Stripe's charges, refunds and disputes, as entries that must exist.

Each body states every entry of the state it shows, under the id of the object that moved the money; which
event carried the body, when, and how often does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from campaigns.providers._fields import Thing, as_list, as_object, pointer
from campaigns.providers.contract import Kind, Movement, Needs, Pending, RefundedSoFar, Statement, Unreadable
from campaigns.providers.stripe import homes
from campaigns.providers.stripe.amounts import from_stripe

REFUND_TOOK_MONEY = ("pending", "requires_action", "succeeded")
REFUND_GAVE_IT_BACK = ("failed", "canceled")
INQUIRY = ("warning_needs_response", "warning_under_review", "warning_closed", "prevented")


def of_charge(charge: Thing, event_type: str, stated_at: datetime) -> Iterator[Statement]:
    """The donation, or the promise of one; refunds written out in it; and a debit that bounced afterwards."""
    yield from homes.of_charge(charge, stated_at)
    match charge.word("status", "succeeded", "pending", "failed"):
        case "succeeded" if _captured(charge):
            yield from _donation(charge)
        case "succeeded":
            released = event_type == "charge.expired" or charge.body.get("refunded") is True
            yield from _pending(charge, over=released)
        case "pending":
            yield from _pending(charge, over=False)
        case "failed":
            yield from _pending(charge, over=True)
    yield from _bounced(charge)


def of_refund(refund: Thing) -> Iterator[Statement]:
    """The refund's own amount, never the charge's running total."""
    charge_id = pointer(refund.body.get("charge"))
    if charge_id is None:
        yield Needs(f"{refund.label} names no charge")
        return
    yield from homes.of_reversal(charge_id, refund)
    yield from _refunded(refund, charge_id)


def of_dispute(dispute: Thing, event_type: str) -> Iterator[Statement]:
    """One entry for each balance transaction, with its sign: nothing else tells that disputed money moved."""
    charge_id = pointer(dispute.body.get("charge"))
    if charge_id is None:
        yield Needs(f"{dispute.label} names no charge")
        return
    yield from homes.of_reversal(charge_id, dispute)
    transactions = as_list(dispute.body.get("balance_transactions"))
    if not transactions and (dispute.body.get("status") == "lost" or ".funds_" in event_type):
        yield Needs(f"{dispute.label} has moved money, but does not say which")
    for transaction in transactions:
        if not isinstance(transaction, dict):
            yield Needs(f"{dispute.label} gives balance transaction {transaction!r:.80} by name only")
            continue
        yield from _disputed(dispute, charge_id, Thing.of(transaction, "balance transaction"))


def moves_nothing(dispute: Thing) -> bool:
    """Inquiries, and disputes prevented by a refund, are words without money."""
    return dispute.body.get("status") in INQUIRY and not as_list(dispute.body.get("balance_transactions"))


def _captured(charge: Thing) -> bool:
    captured = charge.body.get("captured")
    if not isinstance(captured, bool):
        charge.refuse("captured", "true or false")
    return captured


def _donation(charge: Thing) -> Iterator[Statement]:
    whole = charge.amount("amount")
    taken = whole if charge.body.get("amount_captured") is None else charge.amount("amount_captured")
    yield from _entry(charge, charge.id, charge.id, "donation", taken)
    yield from _refunds_of(charge, released=max(0, whole - taken))


def _refunds_of(charge: Thing, released: int) -> Iterator[Statement]:
    """Before 2025-03-31 Stripe called the uncaptured rest a refund too, though that money never arrived.

    Which refund is the rest cannot be told from a charge captured in part, so its written-out refunds are
    left to their own events, and of the running total only what surely was given back is checked.
    """
    if not released:
        for inner in as_list(as_object(charge.body.get("refunds")).get("data")):
            yield from _written_out(inner, charge.id)
    refunded = 0 if charge.body.get("amount_refunded") is None else charge.amount("amount_refunded")
    sure = refunded - released if refunded >= released else refunded
    if sure:
        currency = charge.currency()
        yield RefundedSoFar(charge.id, from_stripe(sure, currency), currency)


def _written_out(inner: object, charge_id: str) -> Iterator[Statement]:
    # A refund we cannot read must not hide the donation it stands in: the event counts what it can and waits.
    try:
        yield from list(_refunded(Thing.of(inner, "refund"), charge_id))
    except Unreadable as error:
        yield Needs(str(error))


def _refunded(refund: Thing, charge_id: str) -> Iterator[Statement]:
    status = refund.word("status", *REFUND_TOOK_MONEY, *REFUND_GAVE_IT_BACK)
    amount = refund.amount("amount")
    yield from _entry(refund, charge_id, refund.id, "refund", -amount)
    if status in REFUND_GAVE_IT_BACK:
        yield from _entry(refund, charge_id, f"{refund.id}:failed", "refund_failed", amount)


def _disputed(dispute: Thing, charge_id: str, transaction: Thing) -> Iterator[Statement]:
    if transaction.body.get("type") == "stripe_fee":
        return  # what a dispute costs is not what the donor took back
    settled = transaction.amount("amount", signed=True)
    if transaction.currency() == dispute.currency():
        moved = settled
    else:
        # An account settled in another currency: its amounts are converted ones, so only their sign is used.
        disputed = dispute.amount("amount")
        moved = disputed if settled > 0 else -disputed if settled < 0 else 0
    kind: Kind = "dispute" if moved < 0 else "dispute_reversal"
    at = dispute.instant("created") if transaction.body.get("created") is None else transaction.instant("created")
    yield from _entry(dispute, charge_id, transaction.id, kind, moved, at)


def _bounced(charge: Thing) -> Iterator[Statement]:
    """Some debits fail after they succeeded; Stripe then names the transaction that took the money back."""
    transaction_id = pointer(charge.body.get("failure_balance_transaction"))
    if transaction_id:
        taken = charge.amount("amount_captured" if charge.body.get("amount_captured") else "amount")
        yield from _entry(charge, charge.id, transaction_id, "dispute", -taken)


def _pending(charge: Thing, *, over: bool) -> Iterator[Statement]:
    amount, currency = charge.amount("amount"), charge.currency()
    if amount:
        yield Pending(charge.id, from_stripe(amount, currency), currency, charge.instant("created"), over)


def _entry(
    source: Thing, ref: str, key: str, kind: Kind, signed: int, at: datetime | None = None
) -> Iterator[Statement]:
    currency = source.currency()
    minor = from_stripe(abs(signed), currency)
    if minor:
        occurred_at = at or source.instant("created")
        yield Movement(ref, key, kind, minor if signed > 0 else -minor, currency, occurred_at)
