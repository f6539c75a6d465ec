"""Stripe's messages as plain JSON, in the shapes of its API version 2026-10-28, and their signatures."""

from __future__ import annotations

import itertools
import json
from typing import Any

from stripe import WebhookSignature

SECRET = "whsec_" + "k" * 32
_numbers = itertools.count(1)

Json = dict[str, Any]


def event(kind: str, thing: Json, *, created: int, event_id: str | None = None, **over: Any) -> Json:
    """An event of type `kind` about `thing`; each call makes another event."""
    return {
        "id": event_id or f"evt_{next(_numbers)}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": created,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
        "data": {"object": thing},
        **over,
    }


def charge(
    charge_id: str,
    amount: int,
    *,
    created: int,
    campaign: str | None = None,
    status: str = "succeeded",
    captured: bool = True,
    refunded: int = 0,
    currency: str = "usd",
    email: str | None = "ada@example.org",
    **over: Any,
) -> Json:
    """A charge. Uncaptured and unpaid ones have captured nothing."""
    paid = status == "succeeded"
    return {
        "id": charge_id,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if paid and captured else 0,
        "amount_refunded": refunded,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": email, "name": "Ada Reader", "phone": None},
        "captured": paid and captured,
        "created": created,
        "currency": currency,
        "disputed": False,
        "livemode": False,
        "metadata": {"campaign": campaign} if campaign else {},
        "paid": paid,
        "payment_intent": "pi_" + charge_id.split("_", 1)[1],
        "receipt_email": None,
        "refunded": paid and refunded >= amount,
        "status": status,
        **over,
    }


def refund(
    refund_id: str, charge_id: str, amount: int, *, created: int, status: str = "succeeded", **over: Any
) -> Json:
    """A refund of a charge."""
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "charge": charge_id,
        "created": created,
        "currency": "usd",
        "metadata": {},
        "payment_intent": "pi_" + charge_id.split("_", 1)[1],
        "reason": None,
        "status": status,
        **over,
    }


def dispute(dispute_id: str, charge_id: str, amount: int, status: str, moves: dict[str, int], *, created: int) -> Json:
    """A dispute with its balance transactions: id → signed amount."""
    transactions = [
        {
            "id": txn,
            "object": "balance_transaction",
            "amount": moved,
            "created": created,
            "currency": "usd",
            "fee": 1500 if moved < 0 else 0,
            "net": moved - 1500 if moved < 0 else moved,
            "reporting_category": "dispute" if moved < 0 else "dispute_reversal",
            "source": dispute_id,
            "type": "adjustment",
        }
        for txn, moved in moves.items()
    ]
    return {
        "id": dispute_id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": transactions,
        "charge": charge_id,
        "created": created,
        "currency": "usd",
        "livemode": False,
        "metadata": {},
        "payment_intent": "pi_" + charge_id.split("_", 1)[1],
        "reason": "fraudulent",
        "status": status,
    }


def intent(charge_id: str, amount: int, *, created: int, campaign: str | None) -> Json:
    """The payment intent of a charge: it moves no money, but may name the campaign."""
    return {
        "id": "pi_" + charge_id.split("_", 1)[1],
        "object": "payment_intent",
        "amount": amount,
        "amount_received": amount,
        "created": created,
        "currency": "usd",
        "latest_charge": charge_id,
        "livemode": False,
        "metadata": {"campaign": campaign} if campaign else {},
        "status": "succeeded",
    }


def checkout(charge_id: str, amount: int, *, created: int, campaign: str | None) -> Json:
    """A completed checkout session of a charge's intent."""
    return {
        "id": "cs_" + charge_id.split("_", 1)[1],
        "object": "checkout.session",
        "amount_total": amount,
        "client_reference_id": None,
        "created": created,
        "currency": "usd",
        "customer_details": {"email": "ada@example.org", "name": "Ada Reader"},
        "invoice": None,
        "livemode": False,
        "metadata": {"campaign": campaign} if campaign else {},
        "mode": "payment",
        "payment_intent": "pi_" + charge_id.split("_", 1)[1],
        "payment_status": "paid",
        "status": "complete",
        "subscription": None,
    }


def signed(message: Json, *, at: int, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """The body and headers of `message`, signed by the official library as of Unix time `at`."""
    body = json.dumps(message).encode()
    signature = WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return body, {"Content-Type": "application/json", "Stripe-Signature": signature}
