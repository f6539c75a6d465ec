"""New subscriptions, invoices and invoice payments, in the shape of API version 2026-10-28."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.fakes.stripe.state import Json, copied

_SUBSCRIPTION: Json = {
    "object": "subscription",
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
    "billing_mode": {"flexible": {}, "type": "flexible"},
    "billing_schedules": [],
    "cancel_at_period_end": False,
    "cancellation_details": {"comment": None, "feedback": None, "reason": None},
    "collection_method": "charge_automatically",
    "default_tax_rates": [],
    "discounts": [],
    "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
    "metadata": {},
    "payment_settings": {"payment_method_types": None, "save_default_payment_method": "off"},
    "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    **dict.fromkeys(
        (
            "application",
            "application_fee_percent",
            "billing_cycle_anchor_config",
            "billing_thresholds",
            "cancel_at",
            "canceled_at",
            "customer_account",
            "days_until_due",
            "default_source",
            "description",
            "ended_at",
            "latest_invoice",
            "next_pending_invoice_item_invoice",
            "on_behalf_of",
            "pause_collection",
            "pending_invoice_item_interval",
            "pending_setup_intent",
            "pending_update",
            "schedule",
            "test_clock",
            "transfer_data",
        )
    ),
}


def subscription(ids: dict[str, str], *, amount: int, currency: str, now: int, livemode: bool, period: Json) -> Json:
    """A subscription with one item. `ids` names it, its customer and its parts; `period` has start, end, interval."""
    return (
        {"id": ids["sub"]}
        | copied(_SUBSCRIPTION)
        | {
            "billing_cycle_anchor": period["end"] if period["trial"] else now,
            "created": now,
            "currency": currency,
            "customer": ids["cus"],
            "default_payment_method": ids["pm"],
            "items": _one(
                _item(ids, amount, currency, now, period), f"/v1/subscription_items?subscription={ids['sub']}"
            ),
            "livemode": livemode,
            "start_date": now,
            "status": "trialing" if period["trial"] else "active",
            "trial_end": period["end"] if period["trial"] else None,
            "trial_start": now if period["trial"] else None,
        }
    )


_INVOICE: Json = {
    "object": "invoice",
    "account_country": "US",
    "account_name": "Tidemark's fake",
    "amount_overpaid": 0,
    "amount_paid": 0,
    "amount_paid_off_stripe": 0,
    "amount_shipping": 0,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": False,
    "automatic_tax": {
        "disabled_reason": None,
        "enabled": False,
        "liability": None,
        "provider": None,
        "status": None,
    },
    "collection_method": "charge_automatically",
    "customer_tax_exempt": "none",
    "customer_tax_ids": [],
    "default_tax_rates": [],
    "discounts": [],
    "ending_balance": 0,
    "issuer": {"type": "self"},
    "metadata": {},
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "starting_balance": 0,
    "status": "open",
    "total_discount_amounts": [],
    "total_pretax_credit_amounts": [],
    "total_taxes": [],
    **dict.fromkeys(
        (
            "account_tax_ids",
            "application",
            "automatically_finalizes_at",
            "custom_fields",
            "customer_account",
            "customer_address",
            "customer_phone",
            "customer_shipping",
            "default_payment_method",
            "default_source",
            "description",
            "due_date",
            "footer",
            "from_invoice",
            "hosted_invoice_url",
            "invoice_pdf",
            "last_finalization_error",
            "latest_revision",
            "next_payment_attempt",
            "number",
            "on_behalf_of",
            "receipt_number",
            "rendering",
            "shipping_cost",
            "shipping_details",
            "statement_descriptor",
            "test_clock",
        )
    ),
}


def invoice(invoice_id: str, about: Json, donor: Json, *, amount: int, now: int, reason: str, metadata: Json) -> Json:
    """A finalised invoice of subscription `about`, with that subscription's metadata frozen in it."""
    item = about["items"]["data"][0]
    return (
        {"id": invoice_id}
        | copied(_INVOICE)
        | {
            "amount_due": amount,
            "amount_remaining": amount,
            "billing_reason": reason,
            "created": now,
            "currency": about["currency"],
            "customer": about["customer"],
            "customer_email": donor["email"],
            "customer_name": donor["name"],
            "effective_at": now,
            "lines": _one(_line(invoice_id, about, amount, metadata), f"/v1/invoices/{invoice_id}/lines"),
            "livemode": about["livemode"],
            "parent": {
                "quote_details": None,
                "subscription_details": {"metadata": dict(metadata), "subscription": about["id"]},
                "type": "subscription_details",
            },
            "payment_settings": dict.fromkeys(("default_mandate", "payment_method_options", "payment_method_types")),
            "period_end": item["current_period_start"],
            "period_start": item["current_period_start"],
            "status_transitions": {
                "finalized_at": now,
                "marked_uncollectible_at": None,
                "paid_at": None,
                "voided_at": None,
            },
            "subtotal": amount,
            "subtotal_excluding_tax": amount,
            "total": amount,
            "total_excluding_tax": amount,
            "webhooks_delivered_at": now,
        }
    )


def invoice_payment(payment_id: str, invoice: Json, intent_id: str, *, now: int) -> Json:
    """The tie between an invoice and the intent that is to pay it."""
    return {
        "id": payment_id,
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": invoice["livemode"],
        "payment": {"payment_intent": intent_id, "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def later(at: int, interval: str, count: int = 1) -> int:
    """`at` moved by `count` intervals; a month's last days fall on the next month's last day."""
    if interval in ("day", "week"):
        return at + count * (86_400 if interval == "day" else 7 * 86_400)
    moment = datetime.fromtimestamp(at, UTC)
    years, month = divmod(moment.month - 1 + count * (12 if interval == "year" else 1), 12)
    for day in (moment.day, 30, 29, 28):
        try:
            return int(moment.replace(year=moment.year + years, month=month + 1, day=day).timestamp())
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _item(ids: dict[str, str], amount: int, currency: str, now: int, period: Json) -> Json:
    interval = {"interval": period["interval"], "interval_count": 1, "meter": None, "trial_period_days": None}
    common = {"active": True, "billing_scheme": "per_unit", "created": now, "currency": currency, "livemode": False}
    common |= {"metadata": {}, "nickname": None, "product": ids["prod"], "tiers_mode": None, "id": ids["price"]}
    price = common | {"object": "price", "custom_unit_amount": None, "lookup_key": None, "type": "recurring"}
    price |= {"recurring": interval | {"usage_type": "licensed"}, "tax_behavior": "unspecified"}
    price |= {"transform_quantity": None, "unit_amount": amount, "unit_amount_decimal": str(amount)}
    plan = common | interval | {"object": "plan", "amount": amount, "amount_decimal": str(amount)}
    plan |= {"transform_usage": None, "usage_type": "licensed"}
    times = {"created": now, "current_period_end": period["end"], "current_period_start": period["start"]}
    item = {"id": ids["si"], "object": "subscription_item", "billing_thresholds": None, "discounts": []} | times
    return item | {
        "metadata": {},
        "plan": plan,
        "price": price,
        "quantity": 1,
        "subscription": ids["sub"],
        "tax_rates": [],
    }


def _line(invoice_id: str, about: Json, amount: int, metadata: Json) -> Json:
    item = about["items"]["data"][0]
    details = {"invoice_item": None, "proration": False, "proration_details": {"credited_items": None}}
    details |= {"subscription": about["id"], "subscription_item": item["id"]}
    parent = {"invoice_item_details": None, "subscription_item_details": details, "type": "subscription_item_details"}
    line = {"id": "il_" + invoice_id[3:], "object": "line_item", "amount": amount, "currency": about["currency"]}
    line |= {"description": "Monthly gift", "discount_amounts": [], "discountable": True, "discounts": []}
    line |= {"invoice": invoice_id, "livemode": about["livemode"], "metadata": dict(metadata), "parent": parent}
    period = {"end": item["current_period_end"], "start": item["current_period_start"]}
    price = {"price": item["price"]["id"], "product": item["price"]["product"]}
    pricing = {"price_details": price, "type": "price_details", "unit_amount_decimal": str(amount)}
    line |= {"period": period, "pretax_credit_amounts": [], "pricing": pricing, "quantity": 1}
    return line | {"subscription": about["id"], "subtotal": amount, "taxes": []}


def _one(thing: Json, url: str) -> Json:
    return {"object": "list", "data": [thing], "has_more": False, "total_count": 1, "url": url}
