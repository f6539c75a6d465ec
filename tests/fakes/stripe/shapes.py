"""New charges, payment intents and balance transactions, in the shape of API version 2026-10-28.

Every function gives a whole object, nothing expanded; what the fake never fills in stands there as null, as it does
at Stripe. `tests/test_fakes/test_shapes.py` holds each to the fixtures and to the official library's types.
"""

from __future__ import annotations

from typing import Any, Literal

from tests.fakes.stripe.state import Json, Method, copied

Capture = Literal["automatic", "manual"]
METHOD_TYPE = {"card": "card", "debit": "us_bank_account"}


def presentment(told: tuple[int, str] | None) -> Json:
    """What the donor saw in another currency, where adaptive pricing was at work."""
    if told is None:
        return {}
    return {"presentment_details": {"presentment_amount": told[0], "presentment_currency": told[1]}}


_CHARGE: Json = {
    "object": "charge",
    "amount_refunded": 0,
    "calculated_statement_descriptor": "TIDEMARK FAKE",
    "disputed": False,
    "fraud_details": {},
    "radar_options": {},
    "refunded": False,
    **dict.fromkeys(
        (
            "application",
            "application_fee",
            "application_fee_amount",
            "balance_transaction",
            "failure_balance_transaction",
            "failure_code",
            "failure_message",
            "on_behalf_of",
            "receipt_number",
            "receipt_url",
            "review",
            "shipping",
            "source_transfer",
            "statement_descriptor",
            "statement_descriptor_suffix",
            "transfer_data",
            "transfer_group",
        )
    ),
}


def charge(charge_id: str, intent: Json, *, now: int, method: Method, name: str | None, email: str | None) -> Json:
    """A charge of `intent` before anything is known of its success."""
    held = intent["capture_method"] == "manual"
    return (
        {"id": charge_id}
        | copied(_CHARGE)
        | {
            "amount": intent["amount"],
            "amount_captured": 0 if held else intent["amount"],
            "billing_details": {"address": _no_address(), "email": email, "name": name, "phone": None, "tax_id": None},
            "captured": not held,
            "created": now,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "livemode": intent["livemode"],
            "metadata": dict(intent["metadata"]),
            "outcome": _outcome(method),
            "paid": method == "card",
            "payment_intent": intent["id"],
            "payment_method": intent["payment_method"],
            "payment_method_details": _method_details(method),
            "receipt_email": intent["receipt_email"],
            "status": "succeeded" if method == "card" else "pending",
        }
    )


_INTENT: Json = {
    "object": "payment_intent",
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
    "confirmation_method": "automatic",
    "payment_method_options": {},
    "payment_method_types": ["card", "us_bank_account"],
    "status": "requires_payment_method",
    **dict.fromkeys(
        (
            "application",
            "application_fee_amount",
            "canceled_at",
            "cancellation_reason",
            "customer_account",
            "excluded_payment_method_types",
            "last_payment_error",
            "latest_charge",
            "next_action",
            "on_behalf_of",
            "payment_method",
            "payment_method_configuration_details",
            "processing",
            "receipt_email",
            "review",
            "setup_future_usage",
            "shipping",
            "source",
            "statement_descriptor",
            "statement_descriptor_suffix",
            "transfer_data",
            "transfer_group",
        )
    ),
}


def intent(
    intent_id: str,
    *,
    amount: int,
    currency: str,
    now: int,
    livemode: bool,
    metadata: Json,
    capture: str = "automatic",
    description: str | None = None,
    customer: str | None = None,
) -> Json:
    """A payment intent that waits for a way to pay."""
    return (
        {"id": intent_id}
        | copied(_INTENT)
        | {
            "amount": amount,
            "capture_method": "manual" if capture == "manual" else "automatic_async",
            "client_secret": f"{intent_id}_secret_fake",
            "created": now,
            "currency": currency,
            "customer": customer,
            "description": description,
            "livemode": livemode,
            "metadata": dict(metadata),
        }
    )


def transaction(txn_id: str, kind: str, category: str, source: str, *, now: int, currency: str, **money: Any) -> Json:
    """A movement on the account's balance; `money` is amount, fee and exchange_rate."""
    amount, fee = money["amount"], money["fee"]
    told = {"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees"}
    return {
        "id": txn_id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + 2 * 86_400,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": None,
        "exchange_rate": money["exchange_rate"],
        "fee": fee,
        "fee_details": [told | {"type": "stripe_fee"}] if fee else [],
        "net": amount - fee,
        "reporting_category": category,
        "source": source,
        "status": "pending",
        "type": kind,
    }


def _outcome(method: Method) -> Json:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "seller_message": "Payment complete.",
        "type": "authorized" if method == "card" else "manual_review",
    }


def _method_details(method: Method) -> Json:
    if method == "debit":
        account = {"account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK"}
        rest = {"expected_debit_date": None, "fingerprint": None, "last4": "6789", "mandate": None}
        return {"type": "us_bank_account", "us_bank_account": account | rest | {"payment_reference": None}}
    card = {"brand": "visa", "country": "US", "exp_month": 8, "exp_year": 2030, "funding": "credit", "last4": "4242"}
    return {"card": card | {"network": "visa", "wallet": None}, "type": "card"}


def _no_address() -> Json:
    return dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
