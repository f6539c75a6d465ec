"""Stripe: cards, wallets and bank debits, once or monthly, from Checkout, Payment Links or any form on the account.

Set it up

1. In Stripe's Dashboard open Developers, then Webhooks (Workbench: Event destinations), and add an endpoint
   with the URL shown here. Take the test mode of Stripe for an installation in mode demo or test, the live
   mode for live.
2. Choose "snapshot" as payload, the newest API version, and tick exactly the event types listed here. Other
   types do no harm; a missing one does: without the refund types money that was given back goes on counting.
3. Copy the endpoint's signing secret (whsec_…) and keep it here as this endpoint's secret. When you roll it,
   add the new one beside the old; either is accepted until you remove one.
4. So that what events leave out can be asked for (refunds that were never told, where a renewal belongs, fees):
   make a restricted key (rk_…) that may read charges and refunds, disputes, payment intents, invoices,
   subscriptions, checkout sessions, events and balance transactions, and store it as api_key. Without it
   everything still counts that events tell of; what they leave out waits, and the console says so. If the key
   may also write checkout sessions and customer portal sessions, your donation pages offer cards and wallets,
   once and monthly, through this account.
5. Only if the endpoint listens to events of connected accounts: store the one account (acct_…) whose money
   counts here as account. What arrives for any other account is kept and counted nowhere.

Say which campaign a payment is for by the metadata key "campaign" with the campaign's slug: on the payment
intent (its charge gets a copy), the checkout session, or, for monthly gifts, the subscription. A payment that
names none goes to this endpoint's default campaign, or waits as unassigned.

What counts

A charge counts when it has succeeded and is captured, from the moment it was created, in the currency it was
charged in; what the donor saw in another currency is not used. Delayed methods show as pending until they are
paid. Refunds subtract as soon as they are asked for and are given back if they fail. Disputes subtract when
Stripe withdraws the money and are given back when it reinstates it; inquiries move nothing. Fees are kept beside
the money and not subtracted. An invoice that was marked as paid by hand is shown to staff and counts nothing.

Why no key is ever used twice

Entries are named by the Stripe object that moved the money: the charge (ch_… or py_…), the refund (re_…, and
re_…:failed for its return) and a dispute's balance transaction (txn_…); a fee by the transaction it was taken
with (txn_…:fee). Stripe gives each id once, over all accounts and both modes, and never again; an event id or an
object's state is never part of a name. The kinds differ in their prefix, and no id holds a colon. A failed refund
cannot be revived, so one return per refund is all there can be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from stripe import WebhookSignature

from campaigns.language import N_
from campaigns.providers import _fees
from campaigns.providers._fields import Thing, as_list, as_object, identity, shown
from campaigns.providers._json import clean_text, parse
from campaigns.providers.asking import Answers
from campaigns.providers.checkout import FREQUENCIES, Checkout, Fees, Order
from campaigns.providers.contract import (
    API_BASE,
    SECRET_BYTES_MIN,
    TYPE_MAX,
    Endpoint,
    Malformed,
    Needs,
    Reading,
    Setting,
    Trait,
    Unreadable,
    Verified,
    foreign,
    strong,
)
from campaigns.providers.rehearsing import Rehearsal
from campaigns.providers.stripe import asking, authenticity, checkout, entries, objects, subjects

KIND = "stripe"
TITLE = "Stripe"
SECRET_LABEL: str | None = "Signing secret (whsec_…)"  # noqa: S105 - the name of one, not one
SETTINGS: tuple[Setting, ...] = (
    Setting("api_key", "Restricted key (rk_…), for look-ups and checkout", secret=True),
    Setting("account", "Connected account (acct_…) whose money counts here"),
    _fees.SETTING,
    API_BASE,
)
WAY_TITLE = N_("Card or wallet")
CONTENT_TYPES: tuple[str, ...] = ("application/json",)
MODES: tuple[str, ...] = ("demo", "test", "live")
SCOPE: Literal["", "endpoint"] = ""
SIGNS: Literal["body and time", "body", "nothing"] = "body and time"
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

ANSWER_BYTES_MAX = 16 * 1024 * 1024  # a page of 100 rows, each with a charge or an invoice written out in it
ANSWER_KEYS_MAX = 100_000

# The first prefix that fits, and the object its events carry.
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
REHEARSED = "tidemark.test"
_SNAPSHOT, _THIN = "event", "v2.core.event"
_THIN_TYPE = "v1."  # before the name that the snapshot's type has
_CLIENT_SECRET = re.compile(rb'("client_secret"\s*:\s*)"[^"\\]*"')
_SECRET_IN_TEXT = re.compile(rb"\b(?:pi|seti|cs)_[A-Za-z0-9_]*?_secret_[A-Za-z0-9]+")


def lacks(endpoint: Endpoint) -> str | None:
    """Without a signing secret nothing can be verified."""
    return None if strong(endpoint.secrets) else f"a signing secret of at least {SECRET_BYTES_MIN} characters"


def verify(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
    """The envelope of a body that one of the secrets signed within 300 s. Raises NotAuthentic only."""
    authenticity.check(headers.get("stripe-signature"), body, strong(endpoint.secrets), now)
    return _envelope(parse(body))


def rehearse(endpoint: Endpoint, now: datetime) -> Rehearsal:
    """An event of a type that Stripe does not have, signed as Stripe signs."""
    at = int(now.timestamp())
    said = {"id": f"evt_tidemark{at}", "object": "event", "type": REHEARSED, "created": at}
    said |= {"livemode": endpoint.mode == "live", "account": endpoint.settings.get("account") or None}
    body = json.dumps(said)
    signature = WebhookSignature.generate_signature_header(body, strong(endpoint.secrets)[0], at)
    return Rehearsal({"content-type": "application/json", "stripe-signature": signature}, body.encode())


def redact(body: bytes) -> bytes:
    """Without client secrets, which let a browser finish a payment. Bodies that move money hold none."""
    return _SECRET_IN_TEXT.sub(b"redacted", _CLIENT_SECRET.sub(rb'\1"redacted"', body))


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
        return _read_thin(event, envelope)
    noun = _family(envelope.type)
    if noun is None:
        return Reading(ignored=f"type {envelope.type}")
    return _read_object(as_object(event.get("data")).get("object"), noun, envelope, event.get("api_version"))


def key_lacking(endpoint: Endpoint) -> str | None:
    """Nothing can be asked without a key."""
    return asking.key_lacking(endpoint)


def checkout_lacks(endpoint: Endpoint) -> str | None:
    """Nothing can be opened without a key."""
    return asking.key_lacking(endpoint)


def checkout_origins(endpoint: Endpoint) -> tuple[str, ...]:
    """Stripe's own, or where its stand-in is."""
    return checkout.origins(endpoint)


def takes(_currency: str) -> bool:
    """Whatever ISO 4217 knows."""
    return True


def frequencies(_endpoint: Endpoint) -> tuple[str, ...]:
    """Once and monthly."""
    return FREQUENCIES


def minimum_minor(currency: str) -> int:
    """The least that Stripe charges, in ISO minor units."""
    return checkout.minimum_minor(currency)


def fees(endpoint: Endpoint, currency: str) -> Fees | None:
    """What staff said that a gift costs, else what Stripe publishes."""
    return checkout.fees(endpoint, currency)


def open_checkout(endpoint: Endpoint, order: Order) -> Checkout:
    """A Checkout Session. Raises CannotOpenNow or OpeningRefused."""
    return checkout.open_session(endpoint, order)


def manage_url(endpoint: Endpoint, ref: str, back_url: str) -> str:
    """A session of the customer portal. Raises CannotOpenNow or OpeningRefused."""
    return checkout.portal(endpoint, ref, back_url)


def subject_of(ref: str) -> str | None:
    """What to ask for all the money of a charge, an intent or an invoice."""
    return subjects.of_ref(ref)


def look_up(endpoint: Endpoint, subject: str) -> Answers:
    """Asks Stripe for `subject`. Raises CannotLookUpNow, LookUpRefused or NothingThere."""
    return asking.ask(endpoint, subject)


def read_answer(body: bytes, endpoint: Endpoint, at: datetime) -> Reading:
    """The entries, promises, hints and links in a stored answer of the API. Raises Unreadable only."""
    try:
        answer = parse(body, bytes_max=ANSWER_BYTES_MAX, keys_max=ANSWER_KEYS_MAX)
    except Malformed as error:
        raise Unreadable(f"the stored answer is not Stripe's: {error}") from error
    for told in (answer, *as_list(answer.get("data"))):
        live = as_object(told).get("livemode")
        if isinstance(live, bool) and live != (endpoint.mode == "live"):
            mode = "live" if live else "test"
            raise Unreadable(f"the api_key is of mode {mode}, which this installation does not count")
    return Reading.of(objects.in_answer(answer, objects.Told(at)))


def _envelope(event: Mapping[str, Any]) -> Verified:
    remote_id, event_type = identity(event.get("id")), clean_text(event.get("type"), TYPE_MAX)
    live, account = event.get("livemode"), event.get("account")
    if event.get("object") not in (_SNAPSHOT, _THIN):
        raise Malformed(f"object is {shown(event.get('object'))}, not an event")
    if remote_id is None or event_type is None or not isinstance(live, bool):
        raise Malformed("an event without an id, a type or a mode")
    if account is None and event["object"] == _THIN:
        account = _account_in(event.get("context"))
    if account is not None and identity(account) is None:
        raise Malformed("an event of an account without a name")
    return Verified(remote_id, event_type, live, _created(event, remote_id), account)


def _account_in(context: Any) -> Any:
    """The account of a thin event: the last part of the way to it. Snapshots of another account name it themselves."""
    return context.rpartition("/")[2] if isinstance(context, str) else context


def _created(event: Mapping[str, Any], remote_id: str) -> datetime | None:
    # Thin events write it as text. An envelope without a time is stored all the same; `read` then refuses it.
    try:
        return Thing(f"event {remote_id}", remote_id, event).instant("created")
    except Unreadable:
        return None


def _read_thin(event: Mapping[str, Any], envelope: Verified) -> Reading:
    """A thin event only names its object: what it is now is asked for."""
    kind = _family(envelope.type.removeprefix(_THIN_TYPE)) if envelope.type.startswith(_THIN_TYPE) else None
    about = as_object(event.get("related_object"))
    name, noun = identity(about.get("id")), about.get("type")
    named = name is not None and isinstance(noun, str) and noun in objects.NOUNS
    if kind is None or (not named and kind not in objects.MONEY):
        return Reading(ignored=f"type {envelope.type}")
    if not named:
        raise Unreadable(f"event {envelope.remote_id} does not say which {kind} it is about")
    return Reading.of([Needs(f"{envelope.type} only names {noun} {name}", subjects.of(str(noun), str(name)))])


def _family(event_type: str) -> str | None:
    """The kind of object that events of this type are about, or None where it is none of ours."""
    return next((noun for prefix, noun in _FAMILIES if event_type.startswith(prefix)), None)


def _read_object(value: Any, noun: str, envelope: Verified, version: object) -> Reading:
    body = as_object(value)
    if body.get("object") != noun:
        raise Unreadable(f"{envelope.type} carries {shown(body.get('object'))}, not {noun}")
    if noun not in objects.MONEY and identity(body.get("id")) is None:
        return Reading(ignored=f"type {envelope.type} without the id of its {noun}")
    if envelope.occurred_at is None:
        raise Unreadable(f"event {envelope.remote_id} does not say when it happened")
    thing = Thing.of(body, noun)
    if noun == "dispute" and entries.moves_nothing(thing, envelope.type):
        return Reading(ignored=f"{thing.label} moves no money")
    told = objects.Told(envelope.occurred_at, envelope.type, version if isinstance(version, str) else "")
    account = [Trait(thing.id, "account", envelope.account)] if envelope.account and noun in objects.HOMES else []
    return Reading.of([*objects.statements(noun, thing, told), *account])
