"""Subscriptions, invoices and invoice payments, as the API answers about them."""

from __future__ import annotations

from stripe import params as types

from tests.fakes.stripe.answers import page
from tests.fakes.stripe.api import Api, Route
from tests.fakes.stripe.api_payments import matching, of_kind, update_metadata
from tests.fakes.stripe.parameters import only, truth
from tests.fakes.stripe.state import Json, StripeError


def retrieve_invoice(api: Api, _params: Json, invoice_id: str) -> Json:
    return api.world.get(invoice_id, "invoice")


def list_invoices(api: Api, params: Json) -> Json:
    only(params, types.InvoiceListParams)
    things = matching(of_kind(api, "invoice"), params, "customer", "status")
    if "subscription" in params:
        of_it = params["subscription"]
        things = [one for one in things if one["parent"]["subscription_details"]["subscription"] == of_it]
    return page(things, params, "/v1/invoices")


def retrieve_payment(api: Api, _params: Json, payment_id: str) -> Json:
    return api.world.get(payment_id, "invoice_payment")


def list_payments(api: Api, params: Json) -> Json:
    only(params, types.InvoicePaymentListParams)
    things = matching(of_kind(api, "invoice_payment"), params, "invoice", "status")
    asked = params.get("payment")
    if asked is not None:
        if not isinstance(asked, dict) or asked.get("type") not in ("payment_intent", "charge", "payment_record"):
            raise StripeError("Missing required param: payment[type].", code="parameter_missing", param="payment[type]")
        things = [one for one in things if all(one["payment"].get(name) == value for name, value in asked.items())]
    return page(things, params, "/v1/invoice_payments")


def retrieve_subscription(api: Api, _params: Json, subscription_id: str) -> Json:
    return api.world.get(subscription_id, "subscription")


def update_subscription(api: Api, params: Json, subscription_id: str) -> Json:
    only(params, types.SubscriptionUpdateParams)
    subscription = api.world.get(subscription_id, "subscription")
    if "cancel_at_period_end" in params:
        api.world.cancel_later(subscription_id, truth(params, "cancel_at_period_end"))
    return update_metadata(api, subscription, params)


def cancel_subscription(api: Api, params: Json, subscription_id: str) -> Json:
    only(params, types.SubscriptionCancelParams)
    api.world.cancel_subscription(subscription_id)
    return api.world.get(subscription_id)


def list_subscriptions(api: Api, params: Json) -> Json:
    """Without the cancelled ones, unless `status` asks for them."""
    only(params, types.SubscriptionListParams)
    things = matching(of_kind(api, "subscription"), params, "customer")
    status = params.get("status")
    if status is None:
        things = [one for one in things if one["status"] != "canceled"]
    elif status != "all":
        things = [one for one in things if one["status"] == status]
    return page(things, params, "/v1/subscriptions")


ROUTES = [
    Route("GET", "/v1/invoices", "invoice", list_invoices),
    Route("GET", "/v1/invoices/{id}", "invoice", retrieve_invoice),
    Route("GET", "/v1/invoice_payments", "invoice", list_payments),
    Route("GET", "/v1/invoice_payments/{id}", "invoice", retrieve_payment),
    Route("GET", "/v1/subscriptions", "subscription", list_subscriptions),
    Route("GET", "/v1/subscriptions/{id}", "subscription", retrieve_subscription),
    Route("POST", "/v1/subscriptions/{id}", "subscription", update_subscription),
    Route("DELETE", "/v1/subscriptions/{id}", "subscription", cancel_subscription),
]
