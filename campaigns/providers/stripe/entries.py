"""The money in Stripe's charges, refunds and disputes, as entries that must exist.

Each body states every entry of the state it shows, under the id of the object that moved the money; which
event or answer carried the body, when, and how often does not matter. Fees are in `fees`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from campaigns.providers._fields import Thing, as_list, as_object, pointer
from campaigns.providers.contract import Kind, Movement, Needs, Pending, RefundedSoFar, Statement, Unreadable, Wish
from campaigns.providers.stripe import fees, homes, subjects
from campaigns.providers.stripe.amounts import from_stripe

REFUND_TOOK_MONEY = ("pending", "requires_action", "succeeded")
REFUND_GAVE_IT_BACK = ("failed", "canceled")
_FUNDS = ".funds_"  # in the types of the events that say of a dispute's money that it moved
INQUIRY = ("warning_needs_response", "warning_under_review", "warning_closed", "prevented")


def of_charge(
    charge: Thing,
    stated_at: datetime,
    event_type: str = "",
    *,
    may_lack_captured: bool = False,
    rests_are_refunds: bool = True,
) -> Iterator[Statement]:
    """The donation, or the promise of one; refunds written out in it; and a debit that bounced afterwards.

    `may_lack_captured`: it is of a time when a charge did not tell how much of it was captured. `rests_are_refunds`:
    it is, or may be, of a time when an uncaptured rest was called a refund.
    """
    yield from homes.of_charge(charge, stated_at)
    match charge.word("status", "succeeded", "pending", "failed"):
        case "succeeded" if _captured(charge):
            taken = _taken(charge, may_lack_captured=may_lack_captured)
            yield from _entry(charge, charge.id, charge.id, "donation", taken)
            rest = max(0, charge.amount("amount") - taken)
            yield from _refunds_of(charge, stated_at, released=rest if rests_are_refunds else 0)
            yield from fees.of_charge(charge)
            yield from _home_wish(charge)
        case "succeeded":
            over = event_type == "charge.expired" or _released(charge)
            yield from _pending(charge, over=over)
            yield from () if over else _home_wish(charge)
        case "pending":
            yield from _pending(charge, over=False)
            yield from _home_wish(charge)
        case _:  # failed
            yield from _pending(charge, over=True)
    yield from _bounced(charge)


def of_refund(refund: Thing, *, may_be_release: bool = False) -> Iterator[Statement]:
    """The refund's own amount, never the charge's running total.

    `may_be_release`: it is of a time when Stripe called an uncaptured rest a refund too.
    """
    charge_id = _charge_of(refund)
    if charge_id is None:
        yield Needs(f"{refund.label} names no charge", subjects.of("refund", refund.id))
        return
    released = _is_release(refund) if may_be_release or isinstance(refund.body.get("charge"), dict) else False
    if released is None:
        yield Needs(f"{refund.label} may be no more than an uncaptured rest", subjects.of("refund", refund.id))
    elif not released:
        yield from homes.of_reversal(charge_id, refund)
        yield from _refunded(refund, charge_id)


def of_dispute(dispute: Thing, event_type: str = "") -> Iterator[Statement]:
    """One entry for each balance transaction, with its sign: nothing else tells that disputed money moved."""
    charge_id, subject = _charge_of(dispute), subjects.of("dispute", dispute.id)
    if charge_id is None:
        yield Needs(f"{dispute.label} names no charge", subject)
        return
    yield from homes.of_reversal(charge_id, dispute)
    transactions = as_list(dispute.body.get("balance_transactions"))
    if not transactions and (dispute.body.get("status") == "lost" or _FUNDS in event_type):
        yield Needs(f"{dispute.label} has moved money, but does not say which", subject)
    converted: set[Kind] = set()
    for transaction in transactions:
        if isinstance(transaction, dict):
            yield from _disputed(dispute, charge_id, Thing.of(transaction, "balance transaction"), converted)
        else:
            yield Needs(f"{dispute.label} gives balance transaction {transaction!r:.80} by name only", subject)


def moves_nothing(dispute: Thing, event_type: str) -> bool:
    """Inquiries, and disputes prevented by a refund, are words without money."""
    stated = as_list(dispute.body.get("balance_transactions")) or _FUNDS in event_type
    return dispute.body.get("status") in INQUIRY and not stated


def _charge_of(reversal: Thing) -> str | None:
    """The charge it names; else the one that its intent, written out in an answer, was paid by."""
    body = reversal.body
    return pointer(body.get("charge")) or pointer(as_object(body.get("payment_intent")).get("latest_charge"))


def _home_wish(charge: Thing) -> Iterator[Statement]:
    """Events may leave out that it renews a subscription, or from which checkout it came; the API tells."""
    above = pointer(charge.body.get("payment_intent")) or pointer(charge.body.get("invoice"))
    if above:
        yield Wish(charge.id, "home", subjects.of("home", above))


def _released(charge: Thing) -> bool:
    """Authorised, and given up: told by the charge before 2025-03-31, since then by its intent."""
    intent = as_object(charge.body.get("payment_intent"))
    return charge.body.get("refunded") is True or intent.get("status") == "canceled"


def _is_release(refund: Thing) -> bool | None:
    """Whether it is the rest of an authorisation that was never captured; None where its charge would have to tell."""
    if refund.body.get("status") != "succeeded" or pointer(refund.body.get("balance_transaction")):
        return False
    charge = as_object(refund.body.get("charge"))
    whole, taken = charge.get("amount"), charge.get("amount_captured")
    if type(whole) is not int or type(taken) is not int:
        return None
    return refund.amount("amount") == whole - taken


def _captured(charge: Thing) -> bool:
    captured = charge.body.get("captured")
    if not isinstance(captured, bool):
        charge.refuse("captured", "true or false")
    return captured


def _taken(charge: Thing, *, may_lack_captured: bool) -> int:
    untold = may_lack_captured and "amount_captured" not in charge.body
    return charge.amount("amount") if untold else charge.amount("amount_captured")


def _refunds_of(charge: Thing, stated_at: datetime, *, released: int) -> Iterator[Statement]:
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
        yield RefundedSoFar(charge.id, from_stripe(sure, currency), currency, stated_at)


def _written_out(inner: object, charge_id: str) -> Iterator[Statement]:
    # A refund we cannot read must not hide the donation it stands in: the event counts what it can and waits.
    try:
        yield from list(_refunded(Thing.of(inner, "refund"), charge_id))
    except Unreadable as error:
        yield Needs(str(error), subjects.of("charge", charge_id))


def _refunded(refund: Thing, charge_id: str) -> Iterator[Statement]:
    status = refund.word("status", *REFUND_TOOK_MONEY, *REFUND_GAVE_IT_BACK)
    amount = refund.amount("amount")
    yield from _entry(refund, charge_id, refund.id, "refund", -amount)
    if status in REFUND_GAVE_IT_BACK:
        yield from _entry(refund, charge_id, f"{refund.id}:failed", "refund_failed", amount)


def _disputed(dispute: Thing, charge_id: str, transaction: Thing, converted: set[Kind]) -> Iterator[Statement]:
    yield from fees.of_dispute(transaction, charge_id)
    if not isinstance(transaction.body.get("type"), str):
        transaction.refuse("type", "a word")
    if transaction.body["type"] == "stripe_fee":
        return  # what a dispute costs is not what the donor took back
    moved = transaction.amount("amount", signed=True)
    kind: Kind = "dispute" if moved < 0 else "dispute_reversal"
    if moved and transaction.currency() != dispute.currency():
        # An account settled in another currency: its amounts are converted ones, so only their sign is used, and
        # that once each way. How much a second one was of the disputed amount cannot be told.
        if kind in converted:
            yield Needs(f"{dispute.label} moved money in parts, which {transaction.label} tells in another currency")
            return
        converted.add(kind)
        moved = dispute.amount("amount") * (1 if moved > 0 else -1)
    at = dispute.instant("created") if transaction.body.get("created") is None else transaction.instant("created")
    yield from _entry(dispute, charge_id, transaction.id, kind, moved, at)


def _bounced(charge: Thing) -> Iterator[Statement]:
    """Some debits fail after they succeeded; Stripe then names the transaction that took the money back.

    That it was taken back implies that it had come, whether or not that was ever told.
    """
    transaction_id = pointer(charge.body.get("failure_balance_transaction"))
    if transaction_id:
        taken = charge.amount("amount_captured" if charge.body.get("amount_captured") else "amount")
        if charge.body.get("status") == "failed":
            yield from _entry(charge, charge.id, charge.id, "donation", taken)
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
