"""What Stripe kept: the fee of each balance transaction, as an entry beside the money, never subtracted from it."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.providers._fields import Thing, pointer
from campaigns.providers.contract import Movement, Statement, Unreadable, Wish
from campaigns.providers.stripe import subjects
from campaigns.providers.stripe.amounts import from_stripe

_OF_A_CHARGE = ("charge", "payment")


def of_charge(charge: Thing) -> Iterator[Statement]:
    """The fee where its transaction is written out; where it is only named, a wish to know it.

    A fee that cannot be read must not keep the donation from counting: then, too, it is asked for by itself.
    """
    transaction = charge.body.get("balance_transaction")
    name = pointer(transaction)
    if name is None:
        return
    if isinstance(transaction, dict):
        try:
            yield from list(of_transaction(Thing.of(transaction, "balance transaction"), charge.id))
            return
        except Unreadable:
            pass
    yield Wish(charge.id, "fee", subjects.of("balance_transaction", name))


def of_transaction(transaction: Thing, charge_id: str) -> Iterator[Statement]:
    """The fee of a transaction about `charge_id`, in the currency that the account is settled in. Raises Unreadable."""
    own = transaction.body.get("type") == "stripe_fee"  # a cost billed by itself is the amount, taken from the balance
    fee = -transaction.amount("amount", signed=True) if own else _fee(transaction)
    if not fee:
        return
    currency = transaction.currency()
    minor = from_stripe(abs(fee), currency)
    signed = -minor if fee > 0 else minor  # a fee below nothing was given back
    yield Movement(charge_id, f"{transaction.id}:fee", "fee", signed, currency, transaction.instant("created"))


def of_dispute(transaction: Thing, charge_id: str) -> Iterator[Statement]:
    """The fee of a dispute's transaction; one that cannot be read must not keep the dispute from subtracting."""
    try:
        yield from list(of_transaction(transaction, charge_id))
    except Unreadable:
        yield Wish(charge_id, "fee", subjects.of("balance_transaction", transaction.id))


def of_asked_transaction(transaction: Thing) -> Iterator[Statement]:
    """The fee in an answer about one balance transaction, which names its charge as its source."""
    source = transaction.body.get("source")
    charge_id = pointer(source)
    if charge_id and transaction.body.get("type") in _OF_A_CHARGE:
        yield from of_transaction(transaction, charge_id)


def _fee(transaction: Thing) -> int:
    return 0 if transaction.body.get("fee") is None else transaction.amount("fee", signed=True)
