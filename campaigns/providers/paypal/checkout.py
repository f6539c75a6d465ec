"""Opening PayPal's page for a gift: an order for one, a subscription at the donor's own amount for a monthly one.

Our server decides the amount; PayPal's scripts run nowhere. The same order opens the same page, by a request id made
of our intent. A plan, which PayPal wants for every subscription, is made once for each currency and found again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from campaigns.language import say as _
from campaigns.money import exponent
from campaigns.providers._fields import as_list, as_object, identity
from campaigns.providers.asking import CannotLookUpNow, LookUpRefused, NothingThere
from campaigns.providers.checkout import CannotOpenNow, Checkout, OpeningRefused, Order
from campaigns.providers.contract import Endpoint
from campaigns.providers.paypal import api, asking
from campaigns.providers.paypal.amounts import CURRENCIES, NotAtPayPal, as_text

READ_SECONDS = 12.0  # a reader waits
PRODUCT = "TIDEMARK-MONTHLY-GIFT"
PLAN_NAME = "Monthly gift ({currency})"
PLAN_PAGES_MAX = 10
DESCRIPTION_MAX = 127
MANAGED_AT = "/myaccount/autopay/"
LOCALES = {"ar": "ar-EG", "de": "de-DE", "en": "en-US", "es": "es-ES", "fr": "fr-FR"}


def takes(currency: str) -> bool:
    """Whether PayPal knows the currency."""
    return currency in CURRENCIES


def minimum_minor(currency: str) -> int:
    """One whole unit: of less, the fee leaves nothing."""
    return int(10 ** exponent(currency))


def open_page(endpoint: Endpoint, order: Order) -> Checkout:
    """The page of `order`. Raises CannotOpenNow or OpeningRefused."""
    try:
        amount = as_text(order.amount_minor, order.currency)
    except NotAtPayPal as error:
        raise OpeningRefused(str(error)) from error
    if order.frequency == "monthly":
        made = _subscription(endpoint, order, amount)
    else:
        made = _post(endpoint, "/v2/checkout/orders", _order(order, amount), _request_id(order))
    name, url = identity(made.get("id")), _link(made)
    if name is None or url is None:
        raise OpeningRefused("PayPal's answer leads to no page")
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" not in api.pages(endpoint):
        raise OpeningRefused("PayPal's answer leads to a place that is not PayPal's")
    return Checkout(name, url)


def finish(endpoint: Endpoint, ref: str) -> None:
    """Captures the order `ref`, which its donor has approved. Raises CannotOpenNow or OpeningRefused."""
    if ref.startswith("I-"):
        return  # PayPal charges a subscription by itself
    try:
        asking.finish(endpoint, ref)
    except LookUpRefused as error:
        raise OpeningRefused(str(error)) from error
    except (CannotLookUpNow, NothingThere) as error:
        raise CannotOpenNow(str(error)) from error


def manage_url(endpoint: Endpoint) -> str:
    """PayPal's own page where donors see and end what they pay regularly."""
    return api.pages(endpoint)[-1] + MANAGED_AT


def _order(order: Order, amount: str) -> dict[str, Any]:
    context = {
        "brand_name": order.title[:DESCRIPTION_MAX],
        "locale": LOCALES.get(order.language, LOCALES["en"]),
        "shipping_preference": "NO_SHIPPING",
        "user_action": "PAY_NOW",
        "return_url": order.thanks_url,
        "cancel_url": order.back_url,
    }
    paypal: dict[str, Any] = {"experience_context": context}
    if order.email:
        paypal["email_address"] = order.email
    unit = {
        "reference_id": order.intent,
        "custom_id": f"{order.campaign}:{order.intent}",
        "invoice_id": order.intent,  # so that no second order of this wish can ever be captured
        "description": _("Donation: %(title)s", title=order.title)[:DESCRIPTION_MAX],
        "amount": {"currency_code": order.currency, "value": amount},
    }
    return {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"paypal": paypal}}


def _subscription(endpoint: Endpoint, order: Order, amount: str) -> Mapping[str, Any]:
    price = {"currency_code": order.currency, "value": amount}
    context = {
        "brand_name": order.title[:DESCRIPTION_MAX],
        "locale": LOCALES.get(order.language, LOCALES["en"]),
        "shipping_preference": "NO_SHIPPING",
        "user_action": "SUBSCRIBE_NOW",
        "return_url": order.thanks_url,
        "cancel_url": order.back_url,
    }
    wanted: dict[str, Any] = {
        "plan_id": _plan(endpoint, order.currency),
        "custom_id": f"{order.campaign}:{order.intent}",
        "plan": {"billing_cycles": [{"sequence": 1, "total_cycles": 0, "pricing_scheme": {"fixed_price": price}}]},
        "application_context": context,
    }
    if order.email:
        wanted["subscriber"] = {"email_address": order.email}
    return _post(endpoint, "/v1/billing/subscriptions", wanted, _request_id(order))


def _plan(endpoint: Endpoint, currency: str) -> str:
    """The id of the plan of `currency`, found by its name or made. Its price is one unit; each donor has another."""
    name = PLAN_NAME.format(currency=currency)
    for page in range(1, PLAN_PAGES_MAX + 1):
        listed = _get(endpoint, f"/v1/billing/plans?product_id={PRODUCT}&page_size=20&page={page}")
        plans = [as_object(one) for one in as_list(listed.get("plans"))]
        found = next((one for one in plans if one.get("name") == name and one.get("status") == "ACTIVE"), None)
        if found is not None and identity(found.get("id")):
            return str(found["id"])
        if len(plans) < 20:
            break
    product = {"id": PRODUCT, "name": "Monthly gift", "type": "SERVICE", "category": "CHARITY"}
    _post(endpoint, "/v1/catalogs/products", product, PRODUCT, known=("DUPLICATE_RESOURCE_IDENTIFIER",))
    unit = as_text(minimum_minor(currency), currency)
    cycle = {
        "frequency": {"interval_unit": "MONTH", "interval_count": 1},
        "tenure_type": "REGULAR",
        "sequence": 1,
        "total_cycles": 0,
        "pricing_scheme": {"fixed_price": {"currency_code": currency, "value": unit}},
    }
    plan = {
        "product_id": PRODUCT,
        "name": name,
        "billing_cycles": [cycle],
        "payment_preferences": {"auto_bill_outstanding": False, "payment_failure_threshold": 3},
    }
    made = identity(_post(endpoint, "/v1/billing/plans", plan, f"{PRODUCT}-{currency}").get("id"))
    if made is None:
        raise OpeningRefused("PayPal made a plan without an id")
    return made


def _request_id(order: Order) -> str:
    return f"tidemark-{order.intent}-{order.failure_count}"


def _link(made: Mapping[str, Any]) -> str | None:
    links = {str(one.get("rel")): one.get("href") for one in map(as_object, as_list(made.get("links")))}
    url = links.get("payer-action") or links.get("approve")
    return url if isinstance(url, str) else None


def _get(endpoint: Endpoint, path: str) -> Mapping[str, Any]:
    """What is listed at `path`; nothing, where what it would belong to is not there yet."""
    try:
        return as_object(json.loads(api.call(endpoint, "GET", path, read_seconds=READ_SECONDS)))
    except (api.Refused, NothingThere):
        return {}
    except LookUpRefused as error:
        raise OpeningRefused(str(error)) from error
    except CannotLookUpNow as error:
        raise CannotOpenNow(str(error)) from error


def _post(
    endpoint: Endpoint, path: str, document: Mapping[str, Any], request_id: str, *, known: tuple[str, ...] = ()
) -> Mapping[str, Any]:
    """`known`: refusals that say no more than that it is done already."""
    headers = {"PayPal-Request-Id": request_id, "Prefer": "return=representation"}
    try:
        return _call(endpoint, "POST", path, content=json.dumps(document).encode(), headers=headers)
    except api.Refused as error:
        if error.issue in known:
            return {}
        raise OpeningRefused(f"PayPal refused it: {error.issue}") from error


def _call(endpoint: Endpoint, method: str, path: str, **sent: Any) -> Mapping[str, Any]:
    try:
        raw = api.call(endpoint, method, path, read_seconds=READ_SECONDS, **sent)
    except (LookUpRefused, NothingThere) as error:
        raise OpeningRefused(str(error)) from error
    except CannotLookUpNow as error:
        raise CannotOpenNow(str(error), was_answered="HTTP" in str(error)) from error
    return as_object(json.loads(raw))
