"""Charges, payment intents, refunds, disputes and balance transactions, as the API answers about them."""

from __future__ import annotations

from collections.abc import Iterable

from stripe import params as types

from tests.fakes.stripe.answers import page
from tests.fakes.stripe.api import Api, Route
from tests.fakes.stripe.parameters import (
    AMOUNT_MAX,
    chosen,
    merged,
    metadata,
    only,
    required,
    truth,
    whole,
)
from tests.fakes.stripe.state import Json, Method, StripeError

MINIMUM = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "cad": 50, "aud": 50, "chf": 50}
DECLINED = ("pm_card_chargeDeclined", "pm_card_visa_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds")


def of_kind(api: Api, noun: str) -> Iterable[Json]:
    """All present objects of a kind, oldest first."""
    return [thing for thing in api.world.objects.values() if thing["object"] == noun]


def matching(things: Iterable[Json], params: Json, *names: str) -> list[Json]:
    """Those whose fields are what the parameters of the same names ask for."""
    asked = {name: params[name] for name in names if name in params}
    return [thing for thing in things if all(thing.get(name) == value for name, value in asked.items())]


def update_metadata(api: Api, thing: Json, params: Json) -> Json:
    """Merges metadata; a campaign that changed is written into the journal."""
    before = thing["metadata"]
    thing["metadata"] = merged(before, params)
    if before.get("campaign") != thing["metadata"].get("campaign"):
        api.world.note("labelled", thing=thing["id"], campaign=thing["metadata"].get("campaign"))
    if before != thing["metadata"]:
        api.world.tell_update(thing, {"metadata": before})
    return thing


def checked_amount(amount: int, currency: str, param: str) -> int:
    """Refuses what is below the currency's minimum, or has too many digits."""
    if amount < MINIMUM.get(currency.lower(), 1):
        raise StripeError(
            f"The amount {amount} {currency} is below the minimum charge amount", code="amount_too_small", param=param
        )
    if amount > AMOUNT_MAX:
        raise StripeError("Amount must be no more than 999,999.99", code="amount_too_large", param=param)
    return amount


def no_method_types(params: Json) -> None:
    """Since 2026-09-30 a creator no longer lists the ways to pay."""
    if "payment_method_types" in params:
        raise StripeError(
            "payment_method_types is no longer supported; use allowed_payment_method_types or dynamic payment methods.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )


# -- charges -----------------------------------------------------------------------------------------------------------


def retrieve_charge(api: Api, _params: Json, charge_id: str) -> Json:
    return api.world.get(charge_id, "charge")


def update_charge(api: Api, params: Json, charge_id: str) -> Json:
    only(params, types.ChargeUpdateParams)
    return update_metadata(api, api.world.get(charge_id, "charge"), params)


def list_charges(api: Api, params: Json) -> Json:
    only(params, types.ChargeListParams)
    return page(matching(of_kind(api, "charge"), params, "payment_intent", "customer"), params, "/v1/charges")


# -- payment intents ---------------------------------------------------------------------------------------------------


def create_intent(api: Api, params: Json) -> Json:
    no_method_types(params)
    only(params, types.PaymentIntentCreateParams)
    required(params, "amount", "currency")
    amount = checked_amount(whole(params, "amount") or 0, params["currency"], "amount")
    capture = chosen(params, "capture_method", "automatic", "automatic_async", "manual", default="automatic")
    customer = params.get("customer")
    intent = api.world.create_intent(
        amount=amount,
        currency=params["currency"],
        metadata=metadata(params),
        capture=capture,
        description=params.get("description"),
        customer=api.world.get(customer, "customer")["id"] if customer else None,
    )
    intent["receipt_email"] = params.get("receipt_email")
    return _confirm(api, intent, params) if truth(params, "confirm") else intent


def confirm_intent(api: Api, params: Json, intent_id: str) -> Json:
    only(params, types.PaymentIntentConfirmParams)
    return _confirm(api, api.world.get(intent_id, "payment_intent"), params)


def _confirm(api: Api, intent: Json, params: Json) -> Json:
    required(params, "payment_method")
    told = (params.get("payment_method_data") or {}).get("billing_details") or {}
    name, email = told.get("name"), told.get("email") or intent["receipt_email"]
    if params["payment_method"] in DECLINED:
        api.world.decline_intent(intent["id"], name=name, email=email)
        raise StripeError("Your card was declined.", status=402, kind="card_error", code="card_declined")
    method: Method = "debit" if "BankAccount" in params["payment_method"] else "card"
    api.world.confirm_intent(intent["id"], method=method, name=name, email=email)
    return intent


def capture_intent(api: Api, params: Json, intent_id: str) -> Json:
    only(params, types.PaymentIntentCaptureParams)
    intent = api.world.get(intent_id, "payment_intent")
    if intent["status"] != "requires_capture":
        raise StripeError(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    api.world.capture(intent["latest_charge"], whole(params, "amount_to_capture"))
    return intent


def cancel_intent(api: Api, params: Json, intent_id: str) -> Json:
    only(params, types.PaymentIntentCancelParams)
    api.world.cancel_intent(intent_id, params.get("cancellation_reason"))
    return api.world.get(intent_id)


def retrieve_intent(api: Api, _params: Json, intent_id: str) -> Json:
    return api.world.get(intent_id, "payment_intent")


def update_intent(api: Api, params: Json, intent_id: str) -> Json:
    no_method_types(params)
    only(params, types.PaymentIntentUpdateParams)
    intent = api.world.get(intent_id, "payment_intent")
    if "amount" in params and intent["status"] != "requires_payment_method":
        raise StripeError("The amount can no longer be changed", code="payment_intent_unexpected_state", param="amount")
    intent["amount"] = whole(params, "amount", intent["amount"])
    intent["description"] = params.get("description", intent["description"])
    return update_metadata(api, intent, params)


def list_intents(api: Api, params: Json) -> Json:
    only(params, types.PaymentIntentListParams)
    return page(matching(of_kind(api, "payment_intent"), params, "customer"), params, "/v1/payment_intents")


# -- refunds -----------------------------------------------------------------------------------------------------------


def create_refund(api: Api, params: Json) -> Json:
    only(params, types.RefundCreateParams)
    charge_id = params.get("charge")
    if charge_id is None:
        required(params, "payment_intent")
        charge_id = api.world.get(params["payment_intent"], "payment_intent")["latest_charge"]
        if charge_id is None:
            raise StripeError("This PaymentIntent does not have a successful charge to refund.", param="payment_intent")
    by_card = api.world.get(charge_id, "charge")["payment_method_details"]["type"] == "card"
    refund_id = api.world.refund(
        charge_id,
        whole(params, "amount"),
        status="succeeded" if by_card else "pending",
        reason=params.get("reason"),
        metadata=metadata(params),
    )
    return api.world.get(refund_id)


def retrieve_refund(api: Api, _params: Json, refund_id: str) -> Json:
    return api.world.get(refund_id, "refund")


def cancel_refund(api: Api, params: Json, refund_id: str) -> Json:
    only(params, types.RefundCancelParams)
    api.world.cancel_refund(refund_id)
    return api.world.get(refund_id)


def list_refunds(api: Api, params: Json) -> Json:
    only(params, types.RefundListParams)
    return page(matching(of_kind(api, "refund"), params, "charge", "payment_intent"), params, "/v1/refunds")


# -- disputes ----------------------------------------------------------------------------------------------------------


def retrieve_dispute(api: Api, _params: Json, dispute_id: str) -> Json:
    return api.world.get(dispute_id, "dispute")


def update_dispute(api: Api, params: Json, dispute_id: str) -> Json:
    only(params, types.DisputeUpdateParams)
    dispute = api.world.get(dispute_id, "dispute")
    dispute["metadata"] = merged(dispute["metadata"], params)
    if truth(params, "submit"):
        api.world.answer_dispute(dispute_id)
    return dispute


def close_dispute(api: Api, params: Json, dispute_id: str) -> Json:
    only(params, types.DisputeCloseParams)
    api.world.lose(dispute_id)
    return api.world.get(dispute_id)


def list_disputes(api: Api, params: Json) -> Json:
    only(params, types.DisputeListParams)
    return page(matching(of_kind(api, "dispute"), params, "charge", "payment_intent"), params, "/v1/disputes")


# -- balance transactions ----------------------------------------------------------------------------------------------


def retrieve_transaction(api: Api, _params: Json, txn_id: str) -> Json:
    return api.world.get(txn_id, "balance_transaction")


def list_transactions(api: Api, params: Json) -> Json:
    only(params, types.BalanceTransactionListParams)
    things = matching(of_kind(api, "balance_transaction"), params, "source", "type", "currency")
    return page(things, params, "/v1/balance_transactions")


ROUTES = [
    Route("GET", "/v1/charges", "charge", list_charges),
    Route("GET", "/v1/charges/{id}", "charge", retrieve_charge),
    Route("POST", "/v1/charges/{id}", "charge", update_charge),
    Route("POST", "/v1/payment_intents", "payment_intent", create_intent),
    Route("GET", "/v1/payment_intents", "payment_intent", list_intents),
    Route("GET", "/v1/payment_intents/{id}", "payment_intent", retrieve_intent),
    Route("POST", "/v1/payment_intents/{id}", "payment_intent", update_intent),
    Route("POST", "/v1/payment_intents/{id}/confirm", "payment_intent", confirm_intent),
    Route("POST", "/v1/payment_intents/{id}/capture", "payment_intent", capture_intent),
    Route("POST", "/v1/payment_intents/{id}/cancel", "payment_intent", cancel_intent),
    Route("POST", "/v1/refunds", "refund", create_refund),
    Route("GET", "/v1/refunds", "refund", list_refunds),
    Route("GET", "/v1/refunds/{id}", "refund", retrieve_refund),
    Route("POST", "/v1/refunds/{id}/cancel", "refund", cancel_refund),
    Route("GET", "/v1/disputes", "dispute", list_disputes),
    Route("GET", "/v1/disputes/{id}", "dispute", retrieve_dispute),
    Route("POST", "/v1/disputes/{id}", "dispute", update_dispute),
    Route("POST", "/v1/disputes/{id}/close", "dispute", close_dispute),
    Route("GET", "/v1/balance_transactions", "balance_transaction", list_transactions),
    Route("GET", "/v1/balance_transactions/{id}", "balance_transaction", retrieve_transaction),
]
