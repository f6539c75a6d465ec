"""PayPal: gifts by account or card, once or monthly.

Set it up

1. At developer.paypal.com open Apps & Credentials, choose Live (or Sandbox, for trials), and create an app. Keep its
   client id as client_id and its secret as client_secret here. Under the app's features allow Accept payments,
   Subscriptions, Customer disputes and Transaction search.
2. In the same app add a webhook with the URL shown here, and choose the events listed below.
3. PayPal then shows the webhook's id. Keep it here as webhook_id: until then this URL answers 404. While you replace a
   webhook by another, keep both ids, with a comma between.
4. Only payments that are made through this app send messages: those of Tidemark's own donation page, and of any other
   checkout that uses the same app. PayPal.Me links and hosted donate buttons do not.

Which campaign it is for

The custom_id of an order or a subscription says so: newsroom. What begins on Tidemark's own page names its campaign by
itself. Without it staff's rules decide, then the endpoint's default campaign.

What counts

A payment whose status is completed; one that is pending, for whatever reason, is shown as on its way and counts
nothing. Each refund takes off its own amount, and so does what PayPal itself takes back. A dispute holds money, which
is shown under Attention and takes nothing off: its outcome does, once.

PayPal signs no more than a checksum of its messages, so no amount is ever taken from one: the payment itself is asked
for with your app's key. While PayPal does not answer, nothing is counted and nothing is lost.

How messages are checked

With PayPal's certificate, fetched once from PayPal's own address and checked up to a public root. Set verify to api to
have PayPal asked about each message instead. One delivery that comes with two different bodies is shown under
Attention.

Why no key is ever used twice

An entry is named by PayPal's id of the capture, sale or refund, which is unique over all of PayPal. A refund that
failed is undone by an entry of its own, named by the refund; a sale that was reversed is reversed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from campaigns.crypto import sha256_hex
from campaigns.providers import _fees
from campaigns.providers._fields import Thing, identity
from campaigns.providers._json import clean_text, parse
from campaigns.providers.asking import Answers
from campaigns.providers.checkout import FREQUENCIES, Checkout, Fees, Order
from campaigns.providers.contract import (
    API_BASE,
    TYPE_MAX,
    Endpoint,
    Malformed,
    Reading,
    Setting,
    Unreadable,
    Verified,
    foreign,
)
from campaigns.providers.paypal import api, asking, authenticity, checkout, entries, subjects

KIND = "paypal"
TITLE = "PayPal"
SECRET_LABEL: str | None = None  # it signs with its own certificate
SETTINGS: tuple[Setting, ...] = (
    Setting("client_id", "Client ID of the app", required=True),
    Setting("client_secret", "Secret of the app", secret=True, required=True),
    Setting("webhook_id", "Webhook ID, which PayPal shows once the webhook is made"),
    Setting("environment", "Where the app is", choices=("live", "sandbox"), lasting=True),
    Setting("verify", "How messages are checked", choices=("certificate", "api")),
    _fees.SETTING,
    Setting("simulator", "Take the messages of PayPal's simulator", choices=("yes", "no"), not_in_live=True),
    Setting("trusted_roots", "File with the root certificates of a stand-in", not_in_live=True),
    API_BASE,
)
WAY_TITLE = "PayPal"
CONTENT_TYPES: tuple[str, ...] = ("application/json",)
MODES: tuple[str, ...] = ("demo", "test", "live")
SCOPE: Literal["", "endpoint"] = ""
SIGNS: Literal["body and time", "body", "nothing"] = "body"
EVENTS: tuple[str, ...] = subjects.EVENTS

ANSWER_BYTES_MAX = 4 * 1024 * 1024
ANSWER_KEYS_MAX = 50_000


def lacks(endpoint: Endpoint) -> str | None:
    """Messages are signed for the webhook's id; to have PayPal check them, its key is needed too."""
    if not authenticity.webhook_ids(endpoint):
        return "the webhook_id that PayPal shows"
    return api.key_lacking(endpoint) if endpoint.settings.get("verify") == "api" else None


def verify(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
    """The envelope of a message that PayPal signed for this webhook. Raises NotAuthentic or CannotVerifyNow only."""
    event = parse(body)
    sent = authenticity.verify(endpoint, headers, body, now)
    return replace(_envelope(event, endpoint, body), delivery=sent.id)


def redact(body: bytes) -> bytes:
    """As it came: no secret travels in PayPal's messages or answers."""
    return body


def read(body: bytes, endpoint: Endpoint) -> Reading:
    """What to ask because of a stored message: it says nothing of money itself. Raises Unreadable only."""
    try:
        event = parse(body)
        envelope = _envelope(event, endpoint, body)
    except Malformed as error:
        raise Unreadable(f"the stored body is no message of PayPal's: {error}") from error
    reason = foreign(envelope, endpoint)
    if reason:
        return Reading(ignored=reason)
    need = subjects.of_event(envelope.type, event)
    return Reading.of([need]) if need else Reading(ignored=f"type {envelope.type}")


def key_lacking(endpoint: Endpoint) -> str | None:
    """Nothing can be asked without the app's id and secret."""
    return api.key_lacking(endpoint)


def subject_of(ref: str) -> str | None:
    """What to ask for all that is known of a payment or a subscription."""
    return subjects.of_ref(ref)


def look_up(endpoint: Endpoint, subject: str) -> Answers:
    """Asks PayPal for `subject`. Raises CannotLookUpNow, LookUpRefused or NothingThere."""
    return asking.ask(endpoint, subject)


def read_answer(body: bytes, endpoint: Endpoint, at: datetime) -> Reading:
    """The money in a stored answer of the API. Raises Unreadable only."""
    try:
        answer = parse(body, bytes_max=ANSWER_BYTES_MAX, keys_max=ANSWER_KEYS_MAX)
    except Malformed as error:
        raise Unreadable(f"the stored answer is not PayPal's: {error}") from error
    reason = foreign(Verified("", "", _is_live(endpoint), None, None), endpoint)
    return Reading(ignored=reason) if reason else Reading.of(entries.of_answer(answer, at))


def checkout_lacks(endpoint: Endpoint) -> str | None:
    """Nothing can be opened without the app's id and secret, nor where its money would not count."""
    if _is_live(endpoint) != (endpoint.mode == "live"):
        return "environment"
    return api.key_lacking(endpoint)


def checkout_origins(endpoint: Endpoint) -> tuple[str, ...]:
    """PayPal's own pages, or where its stand-in is."""
    return api.pages(endpoint)


def takes(currency: str) -> bool:
    """Whether PayPal knows the currency."""
    return checkout.takes(currency)


def frequencies(_endpoint: Endpoint) -> tuple[str, ...]:
    """Once and monthly."""
    return FREQUENCIES


def minimum_minor(currency: str) -> int:
    """One whole unit of the currency, in ISO minor units."""
    return checkout.minimum_minor(currency)


def fees(endpoint: Endpoint, currency: str) -> Fees | None:
    """What staff said that a gift costs; PayPal's own prices differ by country and by kind of account."""
    return _fees.said(endpoint, currency)


def open_checkout(endpoint: Endpoint, order: Order) -> Checkout:
    """An order or a subscription that waits for its donor. Raises CannotOpenNow or OpeningRefused."""
    return checkout.open_page(endpoint, order)


def finish_checkout(endpoint: Endpoint, ref: str) -> None:
    """Captures what the donor has approved. Raises CannotOpenNow or OpeningRefused."""
    checkout.finish(endpoint, ref)


def checkout_subject(ref: str) -> str:
    """What to ask for what became of a checkout: it is captured, too, where it waits for that."""
    return subjects.named("subscription" if ref.startswith("I-") else "order", ref)


def manage_url(endpoint: Endpoint, ref: str, back_url: str) -> str:
    """PayPal's page of automatic payments."""
    return checkout.manage_url(endpoint)


def _is_live(endpoint: Endpoint) -> bool:
    return api.environment(endpoint) == api.LIVE


def _envelope(event: Mapping[str, Any], endpoint: Endpoint, body: bytes) -> Verified:
    """Two bodies with one id are two messages: what the signature does not cover must not hide a genuine one."""
    remote_id, event_type = identity(event.get("id")), clean_text(event.get("event_type"), TYPE_MAX)
    if remote_id is None or event_type is None:
        raise Malformed("a message without an id or a type")
    try:
        occurred_at = Thing(f"event {remote_id}", remote_id, event).moment("create_time")
    except Unreadable as error:
        raise Malformed(str(error)) from error
    return Verified(f"{remote_id}:{sha256_hex(body)[:16]}", event_type, _is_live(endpoint), occurred_at, None)
