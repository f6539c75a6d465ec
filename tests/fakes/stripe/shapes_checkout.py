"""New Checkout Sessions and customers, in the shape of API version 2026-10-28."""

from __future__ import annotations

from tests.fakes.stripe.state import Json, copied

SESSION_SECONDS = 24 * 3600


_SESSION: Json = {
    "object": "checkout.session",
    "adaptive_pricing": {"enabled": False},
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "custom_fields": [],
    "discounts": [],
    "metadata": {},
    "payment_method_collection": "always",
    "payment_method_options": {},
    "payment_method_types": ["card", "us_bank_account"],
    "payment_status": "unpaid",
    "phone_number_collection": {"enabled": False},
    "shipping_options": [],
    "status": "open",
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    "ui_mode": "hosted_page",
    **dict.fromkeys(
        (
            "after_expiration",
            "allow_promotion_codes",
            "billing_address_collection",
            "cancel_url",
            "client_reference_id",
            "client_secret",
            "collected_information",
            "consent",
            "consent_collection",
            "currency_conversion",
            "customer",
            "customer_account",
            "customer_details",
            "customer_email",
            "integration_identifier",
            "invoice",
            "invoice_creation",
            "locale",
            "origin_context",
            "payment_intent",
            "payment_link",
            "payment_method_configuration_details",
            "permissions",
            "recovered_from",
            "saved_payment_method_options",
            "setup_intent",
            "shipping_address_collection",
            "shipping_cost",
            "submit_type",
            "subscription",
            "success_url",
            "url",
            "wallet_options",
        )
    ),
}


def session(session_id: str, *, amount: int, currency: str, mode: str, now: int, livemode: bool) -> Json:
    """An open Checkout Session; its payment intent, subscription and customer come when the donor pays."""
    return (
        {"id": session_id}
        | copied(_SESSION)
        | {
            "amount_subtotal": amount,
            "amount_total": amount,
            "created": now,
            "currency": currency,
            "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
            "customer_creation": "always" if mode == "subscription" else "if_required",
            "expires_at": now + SESSION_SECONDS,
            "livemode": livemode,
            "mode": mode,
        }
    )


def customer_details(name: str | None, email: str | None) -> Json:
    """What the donor typed on the hosted page."""
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    person = {"business_name": None, "email": email, "individual_name": name, "name": name, "phone": None}
    return {"address": address, "tax_exempt": "none", "tax_ids": []} | person


_CUSTOMER: Json = {
    "object": "customer",
    "balance": 0,
    "delinquent": False,
    "metadata": {},
    "next_invoice_sequence": 1,
    "preferred_locales": [],
    "tax_exempt": "none",
    **dict.fromkeys(
        (
            "address",
            "currency",
            "default_source",
            "description",
            "discount",
            "phone",
            "shipping",
            "test_clock",
        )
    ),
}


def customer(customer_id: str, *, name: str | None, email: str | None, now: int, livemode: bool) -> Json:
    """A customer: one who gives monthly, or one made by the API."""
    return (
        {"id": customer_id}
        | copied(_CUSTOMER)
        | {
            "created": now,
            "email": email,
            "invoice_prefix": customer_id[-8:].upper(),
            "invoice_settings": dict.fromkeys(
                ("custom_fields", "default_payment_method", "footer", "rendering_options"),
            ),
            "livemode": livemode,
            "name": name,
        }
    )


INTENT_DATA: Json = {
    "capture_method": None,
    "description": None,
    "metadata": {},
    "setup_future_usage": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "transfer_group": None,
}


_PAYMENT_LINK: Json = {
    "object": "payment_link",
    "active": True,
    "after_completion": {"hosted_confirmation": {"custom_message": None}, "type": "hosted_confirmation"},
    "allow_promotion_codes": False,
    "automatic_tax": {"enabled": False, "liability": None},
    "billing_address_collection": "auto",
    "custom_fields": [],
    "customer_creation": "if_required",
    "metadata": {},
    "payment_method_collection": "always",
    "phone_number_collection": {"enabled": False},
    "shipping_options": [],
    "submit_type": "auto",
    "tax_id_collection": {"enabled": False, "required": "never"},
    **dict.fromkeys(
        (
            "application",
            "application_fee_amount",
            "application_fee_percent",
            "consent_collection",
            "inactive_message",
            "invoice_creation",
            "on_behalf_of",
            "payment_intent_data",
            "payment_method_types",
            "restrictions",
            "shipping_address_collection",
            "subscription_data",
            "transfer_data",
        )
    ),
}


def payment_link(link_id: str, *, currency: str, livemode: bool, base_url: str) -> Json:
    """A link to pay at, which makes a session for each visitor."""
    return (
        {"id": link_id}
        | copied(_PAYMENT_LINK)
        | {
            "currency": currency,
            "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
            "livemode": livemode,
            "url": f"{base_url}/b/{link_id}",
        }
    )


def portal_session(
    session_id: str, customer_id: str, *, now: int, livemode: bool, base_url: str, return_url: str | None
) -> Json:
    """A donor's way to her own subscriptions."""
    return {
        "id": session_id,
        "object": "billing_portal.session",
        "configuration": "bpc_fake",
        "created": now,
        "customer": customer_id,
        "customer_account": None,
        "flow": None,
        "livemode": livemode,
        "locale": None,
        "on_behalf_of": None,
        "return_url": return_url,
        "url": f"{base_url}/p/session/{session_id}",
    }


def webhook_endpoint(
    endpoint_id: str, url: str, events: list[str], *, now: int, livemode: bool, api_version: str | None
) -> Json:
    """Where events are sent."""
    return {
        "id": endpoint_id,
        "object": "webhook_endpoint",
        "api_version": api_version,
        "application": None,
        "created": now,
        "description": None,
        "enabled_events": events,
        "livemode": livemode,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }
