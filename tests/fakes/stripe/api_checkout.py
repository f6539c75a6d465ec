"""Checkout Sessions, Payment Links, customers and the billing portal, as the API answers about them."""

from __future__ import annotations

from typing import Any

from stripe import params as types
from stripe.params import billing_portal as portal_types
from stripe.params import checkout as checkout_types

from tests.fakes.stripe import shapes_checkout as shapes
from tests.fakes.stripe.answers import page
from tests.fakes.stripe.api import Api, Route
from tests.fakes.stripe.api_payments import checked_amount, matching, no_method_types, of_kind
from tests.fakes.stripe.parameters import chosen, merged, metadata, only, required, truth, whole
from tests.fakes.stripe.state import Json, StripeError

INTERVALS = ("day", "week", "month", "year")
EXPIRES_SECONDS_MIN, EXPIRES_SECONDS_MAX = 30 * 60, 24 * 3600
SUBMIT_TYPES = ("auto", "book", "donate", "pay", "subscribe")


# -- sessions ----------------------------------------------------------------------------------------------------------


def create_session(api: Api, params: Json) -> Json:
    no_method_types(params)
    only(params, checkout_types.SessionCreateParams)
    required(params, "mode", "line_items")
    mode = chosen(params, "mode", "payment", "subscription", default="payment")
    ui_mode = chosen(params, "ui_mode", "hosted_page", "embedded_page", "elements", "form", default="hosted_page")
    required(params, "success_url" if ui_mode == "hosted_page" else "return_url")
    amount, currency, interval = _priced(params["line_items"], mode)
    session = api.world.open_session(
        amount=amount, currency=currency, mode=mode, plan=_plan(params, mode) | {"interval": interval}
    )
    customer = api.world.get(params["customer"], "customer")["id"] if "customer" in params else None
    session |= {
        "adaptive_pricing": {"enabled": truth(params.get("adaptive_pricing") or {}, "enabled")},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "customer": customer,
        "customer_email": params.get("customer_email"),
        "expires_at": _expires_at(api, params),
        "locale": params.get("locale"),
        "metadata": metadata(params),
        "submit_type": chosen(params, "submit_type", *SUBMIT_TYPES, default="auto"),
        "success_url": params.get("success_url"),
        "ui_mode": ui_mode,
        "url": f"{api.base_url}/c/pay/{session['id']}",
    }
    api.world.note_label(session)
    return session


def _priced(items: Any, mode: str) -> tuple[int, str, str]:
    """(sum, currency, interval) of the line items, each priced on the spot."""
    if not isinstance(items, list) or not items:
        raise StripeError("Invalid array", code="parameter_invalid_empty", param="line_items")
    total, currencies, intervals = 0, set(), set()
    for item in items:
        price = item.get("price_data") if isinstance(item, dict) else None
        if not isinstance(price, dict):
            raise StripeError(
                "No such price: the fake knows price_data only", code="resource_missing", param="line_items"
            )
        required(price, "currency", "unit_amount", "product_data")
        total += (whole(price, "unit_amount") or 0) * (whole(item, "quantity", 1) or 0)
        currencies.add(price["currency"].lower())
        intervals.add((price.get("recurring") or {}).get("interval", ""))
    if len(currencies) > 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    if not intervals <= (set(INTERVALS) if mode == "subscription" else {""}):
        raise StripeError(f"The line items' prices do not fit mode {mode}.", param="line_items")
    currency, interval = currencies.pop(), next((name for name in intervals if name), "month")
    return checked_amount(total, currency, "line_items") if total else 0, currency, interval


def _plan(params: Json, mode: str) -> Json:
    foreign = "payment_intent_data" if mode == "subscription" else "subscription_data"
    if foreign in params:
        raise StripeError(f"You can not pass `{foreign}` in `{mode}` mode.", param=foreign)
    data = params.get("subscription_data" if mode == "subscription" else "payment_intent_data") or {}
    if mode == "subscription" and "customer_creation" in params:
        raise StripeError("`customer_creation` can only be used in `payment` mode.", param="customer_creation")
    return {
        "capture": chosen(data, "capture_method", "automatic", "automatic_async", "manual", default="automatic"),
        "description": data.get("description"),
        "email": params.get("customer_email"),
        "metadata": metadata(data),
        "method": "card",
        "name": None,
        "presentment": None,
        "trial_days": whole(data, "trial_period_days", 0),
    }


def _expires_at(api: Api, params: Json) -> int:
    at = whole(params, "expires_at", api.world.now + EXPIRES_SECONDS_MAX) or 0
    if not EXPIRES_SECONDS_MIN <= at - api.world.now <= EXPIRES_SECONDS_MAX:
        raise StripeError("expires_at must be from 30 minutes to 24 hours ahead", param="expires_at")
    return at


def retrieve_session(api: Api, _params: Json, session_id: str) -> Json:
    return api.world.get(session_id, "checkout.session")


def expire_session(api: Api, _params: Json, session_id: str) -> Json:
    api.world.expire_session(session_id)
    return api.world.get(session_id)


def list_sessions(api: Api, params: Json) -> Json:
    only(params, checkout_types.SessionListParams)
    names = ("payment_intent", "payment_link", "subscription", "customer", "status")
    return page(matching(of_kind(api, "checkout.session"), params, *names), params, "/v1/checkout/sessions")


# -- payment links -----------------------------------------------------------------------------------------------------


def create_link(api: Api, params: Json) -> Json:
    only(params, types.PaymentLinkCreateParams)
    required(params, "line_items")
    monthly = any("recurring" in (item.get("price_data") or {}) for item in params["line_items"])
    mode = "subscription" if monthly else "payment"
    amount, currency, interval = _priced(params["line_items"], mode)
    plan = _plan({name: params[name] for name in params if name.endswith("_data")}, mode)
    link = api.world.keep(
        shapes.payment_link(
            api.world.new_id("plink"),
            currency=currency,
            livemode=api.world.livemode,
            base_url=api.base_url,
        )
    )
    link |= {"metadata": metadata(params), "submit_type": params.get("submit_type", "auto")}
    data = {"metadata": plan["metadata"], "description": plan["description"]}
    if mode == "payment":
        link["payment_intent_data"] = shapes.INTENT_DATA | data
    else:
        settings = {"invoice_settings": {"issuer": {"type": "self"}}, "trial_period_days": plan["trial_days"] or None}
        link["subscription_data"] = data | settings | {"trial_settings": None}
    api.link_offers[link["id"]] = {"amount": amount, "currency": currency, "mode": mode}
    api.link_offers[link["id"]]["plan"] = plan | {"interval": interval}
    return link


def visit_link(api: Api, link_id: str, reference: str | None, email: str | None) -> Json:
    """Somebody opens the link: a session of their own, with the link's metadata and what the address says."""
    link, offer = api.world.get(link_id, "payment_link"), api.link_offers[link_id]
    plan = offer["plan"] | {"email": email}
    session = api.world.open_session(amount=offer["amount"], currency=offer["currency"], mode=offer["mode"], plan=plan)
    session |= {
        "client_reference_id": reference,
        "customer_email": email,
        "metadata": dict(link["metadata"]),
        "payment_link": link_id,
        "url": f"{api.base_url}/c/pay/{session['id']}",
    }
    api.world.note_label(session)
    return session


def retrieve_link(api: Api, _params: Json, link_id: str) -> Json:
    return api.world.get(link_id, "payment_link")


def list_links(api: Api, params: Json) -> Json:
    only(params, types.PaymentLinkListParams)
    return page(of_kind(api, "payment_link"), params, "/v1/payment_links")


# -- customers and their portal ----------------------------------------------------------------------------------------


def create_customer(api: Api, params: Json) -> Json:
    only(params, types.CustomerCreateParams)
    return api.world.create_customer(name=params.get("name"), email=params.get("email"), metadata=metadata(params))


def retrieve_customer(api: Api, _params: Json, customer_id: str) -> Json:
    return api.world.get(customer_id, "customer")


def update_customer(api: Api, params: Json, customer_id: str) -> Json:
    only(params, types.CustomerUpdateParams)
    customer = api.world.get(customer_id, "customer")
    customer |= {name: params[name] for name in ("name", "email") if name in params}
    customer["metadata"] = merged(customer["metadata"], params)
    return customer


def list_customers(api: Api, params: Json) -> Json:
    only(params, types.CustomerListParams)
    return page(matching(of_kind(api, "customer"), params, "email"), params, "/v1/customers")


def open_portal(api: Api, params: Json) -> Json:
    only(params, portal_types.SessionCreateParams)
    required(params, "customer")
    customer = api.world.get(params["customer"], "customer")
    return api.world.keep(
        shapes.portal_session(
            api.world.new_id("bps"),
            customer["id"],
            now=api.world.now,
            livemode=api.world.livemode,
            base_url=api.base_url,
            return_url=params.get("return_url"),
        )
    )


ROUTES = [
    Route("POST", "/v1/checkout/sessions", "checkout_session", create_session),
    Route("GET", "/v1/checkout/sessions", "checkout_session", list_sessions),
    Route("GET", "/v1/checkout/sessions/{id}", "checkout_session", retrieve_session),
    Route("POST", "/v1/checkout/sessions/{id}/expire", "checkout_session", expire_session),
    Route("POST", "/v1/payment_links", "payment_link", create_link),
    Route("GET", "/v1/payment_links", "payment_link", list_links),
    Route("GET", "/v1/payment_links/{id}", "payment_link", retrieve_link),
    Route("POST", "/v1/customers", "customer", create_customer),
    Route("GET", "/v1/customers", "customer", list_customers),
    Route("GET", "/v1/customers/{id}", "customer", retrieve_customer),
    Route("POST", "/v1/customers/{id}", "customer", update_customer),
    Route("POST", "/v1/billing_portal/sessions", "customer_portal", open_portal),
]
