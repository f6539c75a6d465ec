"""Opening Stripe Checkout: a hosted page for one gift or a monthly one, at the amount that our server decided.

The campaign and our own intent are written on everything that the session makes (intent or subscription), since Stripe
copies a session's metadata nowhere. The same order opens the same session, by an idempotency key made of the intent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import stripe
from stripe import StripeClient

from campaigns.errors import Invalid
from campaigns.language import say as _
from campaigns.money import exponent
from campaigns.providers import _fees
from campaigns.providers.checkout import CannotOpenNow, Checkout, Fees, OpeningRefused, Order
from campaigns.providers.contract import Endpoint
from campaigns.providers.stripe.amounts import to_stripe
from campaigns.providers.stripe.asking import API_VERSION, KEY

CONNECT_SECONDS, READ_SECONDS = 3.05, 12.0  # a reader waits
RETRIES_MAX = 2
NAME_MAX = 200
ORIGINS = ("https://checkout.stripe.com", "https://billing.stripe.com")
LOCALES = frozenset({"de", "en", "es", "fr"})  # of ours, those in which Checkout speaks; else it follows the browser

# The least that Stripe charges, in ISO minor units; in a currency that is not listed, about half a dollar is likely.
MINIMUMS = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17_500, "INR": 50, "JPY": 50, "KRW": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50,
    "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
# What Stripe publishes for a domestic card, where staff have not said what they pay: per ten thousand, and fixed.
PUBLISHED_FEES = {"EUR": (150, 25), "GBP": (150, 20), "USD": (290, 30)}

T = TypeVar("T")


def minimum_minor(currency: str) -> int:
    """The least that Stripe charges, in ISO minor units."""
    return MINIMUMS.get(currency, max(1, int(10 ** exponent(currency)) // 2))


def origins(endpoint: Endpoint) -> tuple[str, ...]:
    """Where Stripe's pages for donors are; outside live those of its stand-in, where there is one."""
    base = urlsplit(endpoint.settings.get("api_base", ""))
    if endpoint.mode == "live" or not base.netloc:
        return ORIGINS
    return (*ORIGINS, f"{base.scheme}://{base.netloc}")


def fees(endpoint: Endpoint, currency: str) -> Fees | None:
    """What staff wrote as `fees` ("2.9%+0.30"), else what Stripe publishes for the currency, else unknown."""
    published = PUBLISHED_FEES.get(currency)
    return _fees.said(endpoint, currency) or (Fees(*published) if published else None)


def open_session(endpoint: Endpoint, order: Order) -> Checkout:
    """The session of `order`. Raises CannotOpenNow or OpeningRefused."""
    params = _params(order)
    client = _client(endpoint)
    options = {"idempotency_key": f"tidemark-{order.intent}-{order.failure_count}"}
    made = _translated(lambda: client.v1.checkout.sessions.create(params, options))  # type: ignore[arg-type]
    if not made.url:
        raise OpeningRefused("Stripe made a session without an address")
    return Checkout(made.id, _checked(made.url, endpoint))


def portal(endpoint: Endpoint, ref: str, back_url: str) -> str:
    """Where the donor of the session `ref` manages the subscription. Raises CannotOpenNow or OpeningRefused."""
    client = _client(endpoint)
    session = _translated(lambda: client.v1.checkout.sessions.retrieve(ref))
    customer = session.customer if isinstance(session.customer, str) else getattr(session.customer, "id", None)
    if not customer:
        raise OpeningRefused("the checkout has no customer yet")
    opened = _translated(
        lambda: client.v1.billing_portal.sessions.create({"customer": customer, "return_url": back_url})
    )
    return _checked(opened.url, endpoint)


def _params(order: Order) -> dict[str, Any]:
    metadata = {"campaign": order.campaign, "intent": order.intent}
    monthly = order.frequency == "monthly"
    gift = _("Donation: %(title)s", title=order.title)
    items = [_item(gift, order.amount_minor - order.cover_minor, order.currency, monthly)]
    if order.cover_minor:
        items.append(_item(_("Payment fees that you cover"), order.cover_minor, order.currency, monthly))
    params: dict[str, Any] = {
        "mode": "subscription" if monthly else "payment",
        "ui_mode": "hosted_page",
        "line_items": items,
        "client_reference_id": order.intent,
        "metadata": metadata,
        "adaptive_pricing": {"enabled": False},  # the donor pays what the bar will say
        "success_url": order.thanks_url,
        "cancel_url": order.back_url,
        "locale": order.language if order.language in LOCALES else "auto",
    }
    if order.email:
        params["customer_email"] = order.email
    if monthly:
        return params | {"subscription_data": {"metadata": metadata}}
    return params | {"submit_type": "donate", "payment_intent_data": {"metadata": metadata, "description": gift}}


def _item(name: str, amount_minor: int, currency: str, monthly: bool) -> dict[str, Any]:
    try:
        unit_amount = to_stripe(amount_minor, currency)
    except Invalid as error:
        raise OpeningRefused(error.message) from error
    price: dict[str, Any] = {"currency": currency.lower(), "unit_amount": unit_amount}
    price["product_data"] = {"name": name[:NAME_MAX]}
    if monthly:
        price["recurring"] = {"interval": "month"}
    return {"quantity": 1, "price_data": price}


def _client(endpoint: Endpoint) -> StripeClient:
    key = endpoint.settings.get(KEY)
    if not key:
        raise OpeningRefused(f"no {KEY}")
    base = endpoint.settings.get("api_base")
    return StripeClient(
        key,
        stripe_version=API_VERSION,
        stripe_account=endpoint.settings.get("account") or None,
        base_addresses={"api": base.rstrip("/")} if base else {},
        max_network_retries=RETRIES_MAX,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
    )


def _checked(url: str, endpoint: Endpoint) -> str:
    """The address, if it is Stripe's: nobody is sent anywhere else, whatever an answer says."""
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" in origins(endpoint):
        return url
    raise OpeningRefused("Stripe's answer leads to a place that is not Stripe's")


def _translated(request: Callable[[], T]) -> T:
    """What `request` returns. The library's own messages may tell of donors or keys; ours tell the kind of fault."""
    try:
        return request()
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        what = "is not valid" if isinstance(error, stripe.AuthenticationError) else "may not open a checkout"
        raise OpeningRefused(f"the {KEY} {what}") from error
    except stripe.RateLimitError as error:
        raise CannotOpenNow("Stripe asks us to slow down") from error
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise OpeningRefused(f"Stripe refused it: {error.code or error.http_status}") from error
    except stripe.StripeError as error:
        told = f"HTTP {error.http_status}" if error.http_status else type(error).__name__
        # Stripe remembers the answer to a key for a day, a failure too.
        raise CannotOpenNow(f"Stripe did not answer ({told})", was_answered=bool(error.http_status)) from error
