"""What can be asked of Stripe, each by one name: `charge:ch_1`, `home:pi_1`."""

from __future__ import annotations

# Objects that are asked for by their own id, and where the API keeps them.
PATHS = {
    "charge": "/v1/charges",
    "refund": "/v1/refunds",
    "dispute": "/v1/disputes",
    "payment_intent": "/v1/payment_intents",
    "checkout.session": "/v1/checkout/sessions",
    "invoice": "/v1/invoices",
    "invoice_payment": "/v1/invoice_payments",
    "subscription": "/v1/subscriptions",
    "balance_transaction": "/v1/balance_transactions",
}
_BY_PREFIX = {"ch_": "charge", "py_": "charge", "pi_": "payment_intent", "in_": "invoice"}


def of(noun: str, thing_id: str) -> str:
    """The name of the question about one thing; the noun `home` asks where an intent or invoice came from."""
    return f"{noun}:{thing_id}"


def taken_apart(subject: str) -> tuple[str, str]:
    """(noun, id) of a subject."""
    noun, _, thing_id = subject.partition(":")
    return noun, thing_id


def of_ref(ref: str) -> str | None:
    """The question about all the money of the payment `ref`, or None where nothing can be asked by that id."""
    noun = next((noun for prefix, noun in _BY_PREFIX.items() if ref.startswith(prefix)), None)
    return of(noun, ref) if noun else None
