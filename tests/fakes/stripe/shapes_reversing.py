"""New refunds and disputes, in the shape of API version 2026-10-28."""

from __future__ import annotations

from tests.fakes.stripe.state import Json, copied

_REFUND: Json = {
    "object": "refund",
    "metadata": {},
    **dict.fromkeys(
        (
            "balance_transaction",
            "customer_account",
            "reason",
            "receipt_number",
            "source_transfer_reversal",
            "transfer_reversal",
        )
    ),
}


def refund(refund_id: str, charge: Json, *, amount: int, status: str, now: int) -> Json:
    """A refund of a charge."""
    made: Json = (
        {"id": refund_id}
        | copied(_REFUND)
        | {
            "amount": amount,
            "charge": charge["id"],
            "created": now,
            "currency": charge["currency"],
            "customer": charge["customer"],
            "destination_details": _destination(charge),
            "payment_intent": charge["payment_intent"],
            "payment_method": charge["payment_method"],
            "status": status,
        }
    )
    return made | ({"pending_reason": "processing"} if status == "pending" else {})


_EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)

_DISPUTE: Json = {
    "object": "dispute",
    "balance_transactions": [],
    "enhanced_eligibility_types": [],
    "metadata": {},
    "reason": "fraudulent",
}


def dispute(dispute_id: str, charge: Json, *, amount: int, status: str, now: int) -> Json:
    """A dispute of a charge that has moved no money yet."""
    return (
        {"id": dispute_id}
        | copied(_DISPUTE)
        | {
            "amount": amount,
            "charge": charge["id"],
            "created": now,
            "currency": charge["currency"],
            "evidence": dict.fromkeys(_EVIDENCE) | {"enhanced_evidence": {}},
            "evidence_details": {
                "due_by": now + 9 * 86_400,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "not_submitted",
            },
            "is_charge_refundable": status.startswith("warning_"),
            "livemode": charge["livemode"],
            "payment_intent": charge["payment_intent"],
            "payment_method_details": _disputed_method(charge, status),
            "status": status,
        }
    )


def _disputed_method(charge: Json, status: str) -> Json | None:
    if charge["payment_method_details"]["type"] != "card":
        return None
    case = "inquiry" if status.startswith("warning_") else "chargeback"
    card = {"brand": "visa", "case_type": case, "network": "visa", "network_reason_code": "10.4"}
    return {"card": card, "type": "card"}


def _destination(charge: Json) -> Json:
    if charge["payment_method_details"]["type"] == "card":
        return {"card": {"type": "refund"}, "type": "card"}
    return {"type": "us_bank_transfer", "us_bank_transfer": {}}
