"""Stripe: cards, wallets and bank debits, once or monthly, from Checkout, Payment Links or any form on the account.

Set it up

1. In Stripe's Dashboard open Developers, then Webhooks (Workbench: Event destinations), and add an endpoint
   with the URL shown here. Take the test mode of Stripe for an installation in mode demo or test, the live
   mode for live.
2. Choose "snapshot" as payload, the newest API version, and tick exactly the event types listed here. Other
   types do no harm; a missing one does: without the refund types money that was given back goes on counting.
3. Copy the endpoint's signing secret (whsec_…) and keep it here as this endpoint's secret. When you roll it,
   add the new one beside the old; either is accepted until you remove one.
4. Later, for look-ups and our own donation page: make a restricted key (rk_…) that may read charges, refunds,
   disputes, events, invoices and balance transactions, and write Checkout Sessions. Store it as api_key.
5. Only if the endpoint listens to events of connected accounts: store the one account (acct_…) whose money
   counts here as account. What arrives for any other account is kept and counted nowhere.

Say which campaign a payment is for by the metadata key "campaign" with the campaign's slug: on the payment
intent (its charge gets a copy), the checkout session, or, for monthly gifts, the subscription. A payment that
names none goes to this endpoint's default campaign, or waits as unassigned.

What counts

A charge counts when it has succeeded and is captured, from the moment it was created, in the currency it was
charged in; what the donor saw in another currency is not used. Delayed methods show as pending until they are
paid. Refunds subtract as soon as they are asked for and are given back if they fail. Disputes subtract when
Stripe withdraws the money and are given back when it reinstates it; inquiries move nothing. Fees are not
subtracted.

Why no key is ever used twice

Entries are named by the Stripe object that moved the money: the charge (ch_… or py_…), the refund (re_…, and
re_…:failed for its return) and a dispute's balance transaction (txn_…). Stripe gives each id once, over all
accounts and both modes, and never again; an event id or an object's state is never part of a name. The three
kinds differ in their prefix, and no id holds a colon. A failed refund cannot be revived, so one return per
refund is all there can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from campaigns.providers._fields import Thing, as_object, identity, shown
from campaigns.providers._json import clean_text, parse
from campaigns.providers.contract import (
    API_BASE,
    SECRET_BYTES_MIN,
    TYPE_MAX,
    Endpoint,
    Malformed,
    Reading,
    Setting,
    Statement,
    Unreadable,
    Verified,
    foreign,
    strong,
)
from campaigns.providers.stripe import authenticity, entries, homes

KIND = "stripe"
TITLE = "Stripe"
SECRET_LABEL: str | None = "Signing secret (whsec_…)"  # noqa: S105 - the name of one, not one
SETTINGS: tuple[Setting, ...] = (
    Setting("api_key", "Restricted key (rk_…), for look-ups and checkout", secret=True),
    Setting("account", "Connected account (acct_…) whose money counts here"),
    API_BASE,
)
CONTENT_TYPES: tuple[str, ...] = ("application/json",)
MODES: tuple[str, ...] = ("demo", "test", "live")
SCOPE: Literal["", "endpoint"] = ""
EVENTS: tuple[str, ...] = (
    "charge.succeeded",
    "charge.pending",
    "charge.failed",
    "charge.expired",
    "charge.captured",
    "charge.updated",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice_payment.paid",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
)

# The first prefix that fits, and the object its events carry. Money is in the first four; the others only say
# where it belongs.
_FAMILIES = (
    ("charge.dispute.", "dispute"),
    ("charge.refund.", "refund"),
    ("refund.", "refund"),
    ("charge.", "charge"),
    ("payment_intent.", "payment_intent"),
    ("checkout.session.", "checkout.session"),
    ("invoice_payment.", "invoice_payment"),
    ("invoice.", "invoice"),
    ("customer.subscription.", "subscription"),
)
_MONEY = frozenset({"dispute", "refund", "charge"})
_SNAPSHOT, _THIN = "event", "v2.core.event"
_CLIENT_SECRET = re.compile(rb'("client_secret"\s*:\s*)"[^"\\]*"')


def lacks(endpoint: Endpoint) -> str | None:
    """Without a signing secret nothing can be verified."""
    return None if strong(endpoint.secrets) else f"a signing secret of at least {SECRET_BYTES_MIN} characters"


def verify(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
    """The envelope of a body that one of the secrets signed within 300 s. Raises NotAuthentic only."""
    authenticity.check(headers.get("stripe-signature"), body, strong(endpoint.secrets), now)
    return _envelope(parse(body))


def redact(body: bytes) -> bytes:
    """Without client secrets, which let a browser finish a payment. Bodies that move money hold none."""
    return _CLIENT_SECRET.sub(rb'\1"redacted"', body)


def read(body: bytes, endpoint: Endpoint) -> Reading:
    """The entries, promises, hints and links in a stored event. Raises Unreadable only."""
    try:
        event = parse(body)
        envelope = _envelope(event)
    except Malformed as error:
        raise Unreadable(f"the stored body is no Stripe event: {error}") from error
    reason = foreign(envelope, endpoint)
    if reason:
        return Reading(ignored=reason)
    if event["object"] == _THIN:
        return Reading(needs=f"{envelope.type} is a thin event: what it tells of must be looked up")
    noun = next((noun for prefix, noun in _FAMILIES if envelope.type.startswith(prefix)), None)
    if noun is None:
        return Reading(ignored=f"type {envelope.type}")
    return _read_object(as_object(event.get("data")).get("object"), noun, envelope)


def _envelope(event: Mapping[str, Any]) -> Verified:
    remote_id, event_type = identity(event.get("id")), clean_text(event.get("type"), TYPE_MAX)
    live, account = event.get("livemode"), event.get("account")
    if event.get("object") not in (_SNAPSHOT, _THIN):
        raise Malformed(f"object is {shown(event.get('object'))}, not an event")
    if remote_id is None or event_type is None or not isinstance(live, bool):
        raise Malformed("an event without an id, a type or a mode")
    if account is not None and identity(account) is None:
        raise Malformed("an event of an account without a name")
    return Verified(remote_id, event_type, live, _created(event, remote_id), account)


def _created(event: Mapping[str, Any], remote_id: str) -> datetime | None:
    # Thin events write it as text. An envelope without a time is stored all the same; `read` then refuses it.
    try:
        return Thing(f"event {remote_id}", remote_id, event).instant("created")
    except Unreadable:
        return None


def _read_object(value: Any, noun: str, envelope: Verified) -> Reading:
    body = as_object(value)
    if body.get("object") != noun:
        raise Unreadable(f"{envelope.type} carries {shown(body.get('object'))}, not {noun}")
    if noun not in _MONEY and identity(body.get("id")) is None:
        return Reading(ignored=f"type {envelope.type} without the id of its {noun}")
    if envelope.occurred_at is None:
        raise Unreadable(f"event {envelope.remote_id} does not say when it happened")
    thing = Thing.of(body, noun)
    if noun == "dispute" and entries.moves_nothing(thing):
        return Reading(ignored=f"{thing.label} moves no money")
    return Reading.of(_statements(thing, noun, envelope.type, envelope.occurred_at))


def _statements(thing: Thing, noun: str, event_type: str, stated_at: datetime) -> Iterable[Statement]:
    match noun:
        case "charge":
            return entries.of_charge(thing, event_type, stated_at)
        case "refund":
            return entries.of_refund(thing)
        case "dispute":
            return entries.of_dispute(thing, event_type)
        case "payment_intent":
            return homes.of_payment_intent(thing, stated_at)
        case "checkout.session":
            return homes.of_checkout_session(thing, stated_at)
        case "invoice":
            return homes.of_invoice(thing, stated_at)
        case "invoice_payment":
            return homes.of_invoice_payment(thing)
        case _:
            return homes.of_subscription(thing, stated_at)
