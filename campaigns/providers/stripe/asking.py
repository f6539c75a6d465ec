"""Asking Stripe for what its events leave out, by the official client, at the API version this program is written for.

Nothing is changed at Stripe here; a restricted key with reading rights is enough.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import stripe
from stripe import StripeClient

from campaigns.providers._fields import as_list, as_object, campaign_named, identity, pointer
from campaigns.providers.asking import Answer, Answers, CannotLookUpNow, LookUpRefused, NothingThere
from campaigns.providers.contract import Endpoint
from campaigns.providers.stripe.subjects import PATHS, taken_apart

API_VERSION = "2026-10-28.endive"
KEY = "api_key"
CONNECT_SECONDS, READ_SECONDS = 5.0, 20.0
PAGE_ROWS = 100
PAGES_MAX = 10
PAYMENTS_OF_INVOICE_MAX = 20
AFTER_MAX = timedelta(hours=1)  # of what Retry-After may ask for

logger = logging.getLogger(__name__)

# What to write out in the answer about each kind, so that it carries all that is read of it.
_WRITTEN_OUT = {
    "charge": ("balance_transaction", "payment_intent"),
    "refund": ("charge", "payment_intent"),
    "dispute": ("payment_intent",),
    "payment_intent": ("latest_charge",),
    "invoice": ("payments",),
    "invoice_payment": ("invoice",),
}


def key_lacking(endpoint: Endpoint) -> str | None:
    """The name of the setting that holds the key, unless there is one."""
    return None if endpoint.settings.get(KEY) else KEY


def ask(endpoint: Endpoint, subject: str) -> Answers:
    """The answers to `subject`; those that came, where a later question found no answer.

    Raises CannotLookUpNow, LookUpRefused or NothingThere where the first one found none.
    """
    noun, thing_id = taken_apart(subject)
    inquiry = _Inquiry(_client(endpoint))
    try:
        if noun == "home":
            _ask_home(inquiry, thing_id)
        elif noun in PATHS and identity(thing_id):
            _ask_thing(inquiry, noun, thing_id)
        else:
            raise NothingThere(f"nothing at Stripe is called {subject[:80]}")
    except (CannotLookUpNow, NothingThere) as error:
        if not inquiry.answers:
            raise
        later = error if isinstance(error, CannotLookUpNow) else CannotLookUpNow(str(error))
        inquiry.trouble = inquiry.trouble or later
    return Answers(tuple(inquiry.answers), inquiry.trouble)


@dataclass
class _Inquiry:
    """One client, the answers it got so far, and the first question that this key may not ask."""

    client: StripeClient
    answers: list[Answer] = field(default_factory=list)
    trouble: CannotLookUpNow | None = None
    found_campaign: bool = False

    def further(self, question: Callable[[], None]) -> None:
        """A question beside the main one: that there is no answer to it must not undo the others."""
        try:
            question()
        except LookUpRefused as error:
            self.trouble = self.trouble or error
        except NothingThere as error:
            logger.info("%s", error)

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """One answer, read; it is kept as it came."""
        asked = f"GET {path}" + "".join(f" {name}={_written(value)}" for name, value in sorted(params.items()))
        response = _translated(lambda: self.client.raw_request("get", path, **params), asked)
        body = response.body.encode()
        self.answers.append(Answer(asked, body))
        document = json.loads(body)  # the client has parsed it once already; here in plain dicts
        return document if isinstance(document, dict) else {}

    def names_campaign(self) -> bool:
        """Whether the last answer names a campaign itself."""
        named = bool(self.answers) and _names_campaign(json.loads(self.answers[-1].body))
        self.found_campaign = self.found_campaign or named
        return named

    def listed(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Everything in a list, page by page. Raises CannotLookUpNow past PAGES_MAX: nothing is left out unsaid."""
        after: dict[str, str] = {}
        for _ in range(PAGES_MAX):
            page = self.get(path, limit=PAGE_ROWS, **params, **after)
            rows = [as_object(row) for row in as_list(page.get("data"))]
            yield from (dict(row) for row in rows)
            last = identity(rows[-1].get("id")) if rows else None
            if page.get("has_more") is not True or last is None:
                return
            after = {"starting_after": last}
        raise CannotLookUpNow(f"GET {path} has more than {PAGES_MAX * PAGE_ROWS} rows")


def _ask_thing(inquiry: _Inquiry, noun: str, thing_id: str) -> None:
    """One thing, and all the money it leads to: what only names its charge says nothing of it."""
    expand = list(_WRITTEN_OUT.get(noun, ()))
    found = inquiry.get(f"{PATHS[noun]}/{thing_id}", **({"expand": expand} if expand else {}))
    match noun:
        case "charge":
            inquiry.further(lambda: _exhaust(inquiry.listed("/v1/refunds", charge=thing_id, expand=["data.charge"])))
            inquiry.further(lambda: _exhaust(inquiry.listed("/v1/disputes", charge=thing_id)))
        case "payment_intent":
            _ask_each(inquiry, "charge", found.get("latest_charge"))
        case "refund" | "dispute":
            intent = as_object(found.get("payment_intent"))
            _ask_each(inquiry, "charge", found.get("charge") or intent.get("latest_charge"))
        case "checkout.session":
            _ask_each(inquiry, "payment_intent", found.get("payment_intent"))
            _ask_each(inquiry, "invoice", found.get("invoice"))
        case "invoice":
            rows = list(inquiry.listed("/v1/invoice_payments", invoice=thing_id))
            _ask_means(inquiry, rows[:PAYMENTS_OF_INVOICE_MAX])
            if len(rows) > PAYMENTS_OF_INVOICE_MAX:
                raise CannotLookUpNow(f"invoice {thing_id} has more than {PAYMENTS_OF_INVOICE_MAX} payments")
        case "invoice_payment":
            _ask_means(inquiry, [found])


def _ask_each(inquiry: _Inquiry, noun: str, *things: object) -> None:
    for thing_id in filter(None, map(pointer, things)):
        _ask_thing(inquiry, noun, thing_id)


def _ask_means(inquiry: _Inquiry, payments: Iterable[Mapping[str, Any]]) -> None:
    """What paid an invoice: intents, or charges without one."""
    for payment in payments:
        if payment.get("status") != "canceled":
            means = as_object(payment.get("payment"))
            _ask_each(inquiry, "payment_intent", means.get("payment_intent"))
            _ask_each(inquiry, "charge", means.get("charge"))


def _ask_home(inquiry: _Inquiry, thing_id: str) -> None:
    """From where a payment came: its intent, the invoices it paid, their subscriptions, the checkout; as far as one
    of them names a campaign."""
    if not thing_id.startswith("pi_"):
        _ask_subscription(inquiry, inquiry.get(f"/v1/invoices/{thing_id}"))
        return
    inquiry.get(f"/v1/payment_intents/{thing_id}")  # not to be there is the wrong key, and no answer
    if inquiry.names_campaign():
        return
    paid = {"payment": {"type": "payment_intent", "payment_intent": thing_id}}
    invoices: list[object] = []
    rows = inquiry.listed("/v1/invoice_payments", **paid, expand=["data.invoice"])
    inquiry.further(lambda: invoices.extend(row.get("invoice") for row in rows))
    for invoice in invoices:
        _ask_subscription(inquiry, as_object(invoice))
    if not inquiry.found_campaign:
        inquiry.further(lambda: _exhaust(inquiry.listed("/v1/checkout/sessions", payment_intent=thing_id)))


def _ask_subscription(inquiry: _Inquiry, invoice: Mapping[str, Any]) -> None:
    details = as_object(as_object(invoice.get("parent")).get("subscription_details"))
    subscription = pointer(details.get("subscription")) or pointer(invoice.get("subscription"))
    if _names_campaign(invoice) or _names_campaign(details):
        inquiry.found_campaign = True
        return
    if subscription is None:
        return
    inquiry.further(lambda: _exhaust([inquiry.get(f"/v1/subscriptions/{subscription}")]))
    if not inquiry.names_campaign():
        inquiry.further(lambda: _exhaust(inquiry.listed("/v1/checkout/sessions", subscription=subscription)))


def _names_campaign(thing: Any) -> bool:
    return campaign_named(as_object(as_object(thing).get("metadata")).get("campaign")) is not None


def _exhaust(rows: Iterable[Any]) -> None:
    for _ in rows:  # each page is kept as an answer when it comes
        pass


def _client(endpoint: Endpoint) -> StripeClient:
    key = endpoint.settings.get(KEY)
    if not key:
        raise LookUpRefused(f"no {KEY}")
    base = endpoint.settings.get("api_base")
    account = endpoint.settings.get("account")
    return StripeClient(
        key,
        stripe_version=API_VERSION,
        stripe_account=account or None,
        base_addresses={"api": base.rstrip("/")} if base else {},
        max_network_retries=0,  # what failed is asked again by the worker, which remembers it over a restart
        http_client=transport(),
    )


def transport() -> stripe.HTTPClient:
    """How requests travel: with time-outs, so that a silent API holds the worker for seconds and no longer."""
    return stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS))


def _translated(request: Any, asked: str) -> Any:
    """What `request` returns. The library's own messages may tell of donors or keys; ours name the question only."""
    try:
        return request()
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        what = "is not valid" if isinstance(error, stripe.AuthenticationError) else "may not read this"
        raise LookUpRefused(f"the {KEY} {what} ({asked.partition(' ')[2].split()[0]})") from error
    except stripe.RateLimitError as error:
        raise CannotLookUpNow("Stripe asks us to slow down", _after(error)) from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:
            raise NothingThere(f"Stripe knows no such thing ({asked})") from error
        raise NothingThere(f"Stripe refused the question ({asked}): {error.code or error.http_status}") from error
    except stripe.StripeError as error:
        told = f"HTTP {error.http_status}" if error.http_status else type(error).__name__
        raise CannotLookUpNow(f"Stripe did not answer ({told})", _after(error)) from error


def _after(error: stripe.StripeError) -> timedelta | None:
    seconds = str((error.headers or {}).get("retry-after", ""))
    return min(timedelta(seconds=int(seconds)), AFTER_MAX) if seconds.isascii() and seconds.isdigit() else None


def _written(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
