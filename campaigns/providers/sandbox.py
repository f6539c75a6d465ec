"""Sandbox: a pretend payment service for trying everything out. No money moves; modes demo and test only.

Set it up

There is nothing to set up. The endpoint's secret is made by itself, and the pretend service of this installation signs
with it. To send events of your own, sign them by the Standard Webhooks rules (headers webhook-id, webhook-timestamp
and webhook-signature; `sign` in this file does it) and post them as JSON. A secret that begins with whsec_ is the key
in base64, as everywhere in Standard Webhooks; any other is the key itself.

    {"id": "msg_1", "type": "payment.succeeded", "created": 1795374000, "live": false, "payment": {
      "id": "pay_1", "amount": 2500, "currency": "EUR", "status": "succeeded", "created": 1795374000,
      "campaign": "newsroom", "name": "Ada", "email": "ada@example.org", "message": null, "show_name": true,
      "refunds": [{"id": "ref_1", "amount": 500, "status": "succeeded", "created": 1795374600}],
      "disputes": [{"id": "dis_1", "amount": 2500, "status": "open", "created": 1795375000}]}}

`id` repeats the header webhook-id. `amount` is in ISO 4217 minor units, times are Unix seconds. A payment is
pending, succeeded or failed; a refund pending, succeeded or failed; a dispute open, lost or won. Types are
payment.pending, payment.succeeded, payment.failed, refund.created, refund.failed, dispute.opened and
dispute.won, and each event carries the whole payment as it now stands; other types are ignored.

Why no key is ever used twice

Entries are named by the ids of the payment, its refunds (ref_1, and ref_1:failed for the return) and its
disputes (dis_1, and dis_1:won). The pretend service draws them at random, 99 bits each, with a prefix for
each kind of thing; whoever sends by hand must keep them apart likewise. No id holds a colon.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer
from standardwebhooks import Webhook

from campaigns.clock import from_timestamp
from campaigns.crypto import equal
from campaigns.errors import Invalid
from campaigns.language import N_
from campaigns.money import exponent
from campaigns.providers._fields import Thing, as_list, campaign_named, identity, intent_named, shown
from campaigns.providers._json import clean_text, parse
from campaigns.providers.checkout import FREQUENCIES, Checkout, Fees, Order
from campaigns.providers.contract import (
    EMAIL_MAX,
    MESSAGE_MAX,
    NAME_MAX,
    SECRET_BYTES_MIN,
    TYPE_MAX,
    Donor,
    Endpoint,
    Hint,
    HintRank,
    Kind,
    Link,
    Malformed,
    Movement,
    NotAuthentic,
    Pending,
    Reading,
    Setting,
    Statement,
    Unreadable,
    Verified,
    foreign,
    strong,
    timely,
)
from campaigns.providers.rehearsing import Rehearsal

KIND = "sandbox"
TITLE = "Sandbox"
WAY_TITLE = N_("Pretend payment")
SAID_OF_ORDER = ("intent", "campaign", "amount_minor", "currency", "frequency", "language", "thanks_url", "back_url")
SECRET_LABEL: str | None = None
SETTINGS: tuple[Setting, ...] = ()
CONTENT_TYPES: tuple[str, ...] = ("application/json",)
MODES: tuple[str, ...] = ("demo", "test")
SCOPE: Literal["", "endpoint"] = ""
SIGNS: Literal["body and time", "body", "nothing"] = "body and time"
EVENTS: tuple[str, ...] = (
    "payment.pending",
    "payment.succeeded",
    "payment.failed",
    "refund.created",
    "refund.failed",
    "dispute.opened",
    "dispute.won",
)

_BASE64 = "whsec_"  # a secret that begins so is the key in base64; any other text is the key itself
_TIME = re.compile(r"[1-9][0-9]{9}", re.ASCII)
_SIGNATURES = re.compile(r"v1,[A-Za-z0-9+/]{43}=(?: v1,[A-Za-z0-9+/]{43}=){0,4}", re.ASCII)


def sign(secret: str, message_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers that make `verify` accept `body`: message id, time and signature."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(_key(secret)).sign(message_id, at, body.decode("utf-8")),
    }


def checkout_lacks(endpoint: Endpoint) -> str | None:
    """Nothing: the pretend service is part of this installation."""
    return lacks(endpoint)


def checkout_origins(_endpoint: Endpoint) -> tuple[str, ...]:
    """On our own pages."""
    return ()


def takes(_currency: str) -> bool:
    """Whatever ISO 4217 knows."""
    return True


def frequencies(_endpoint: Endpoint) -> tuple[str, ...]:
    """Once and monthly."""
    return FREQUENCIES


def minimum_minor(currency: str) -> int:
    """A hundredth of a unit or what comes nearest to it: nobody is charged."""
    return 1 if exponent(currency) < 3 else 10


def fees(_endpoint: Endpoint, currency: str) -> Fees:
    """What a usual service takes, so that covering it can be tried out."""
    return Fees(290, 3 * 10 ** exponent(currency) // 10)


def open_checkout(endpoint: Endpoint, order: Order) -> Checkout:
    """The pretend checkout, whose address says all about the order and nothing about the donor. Asks nobody."""
    said = {name: getattr(order, name) for name in SAID_OF_ORDER}
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(order.thanks_url))
    return Checkout(f"pay_{order.intent}", f"{origin}/sandbox/checkout/{_order_signer(endpoint).dumps(said)}")


def read_order(endpoint: Endpoint, token: str) -> dict[str, Any]:
    """The order in an address that `open_checkout` made. Raises NotAuthentic."""
    try:
        said = _order_signer(endpoint).loads(token)
    except BadSignature as error:
        raise NotAuthentic("no order of this pretend service") from error
    return cast("dict[str, Any]", said)


def manage_url(_endpoint: Endpoint, ref: str, back_url: str) -> str:
    """The list of pretend payments, where everything can be done to everybody's."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(back_url))
    return f"{origin}/sandbox/payments#{ref}"


def _order_signer(endpoint: Endpoint) -> URLSafeSerializer:
    return URLSafeSerializer(endpoint.secrets[0], salt="sandbox-order")


def lacks(endpoint: Endpoint) -> str | None:
    """Its secret is made with the endpoint; without one it was damaged."""
    return None if _keys(endpoint) else "its signing secret, or a mode in which it exists"


def verify(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
    """The envelope of a body that one of the secrets signed within 300 s. Raises NotAuthentic only."""
    message_id, signed_at, signatures = _headers(headers)
    if not timely(signed_at, now):
        raise NotAuthentic("signed more than 300 s ago or ahead")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("body is not UTF-8") from error
    # `Webhook.verify` would judge the age by a clock of its own; `sign` is the same code path without that.
    made = [Webhook(key).sign(message_id, from_timestamp(signed_at), text) for key in _keys(endpoint)]
    if not any(equal(one.encode(), sent.encode()) for one in made for sent in signatures):
        raise NotAuthentic("signed with none of this endpoint's secrets")
    envelope = _envelope(parse(body))
    if envelope.remote_id != message_id:
        raise Malformed("the id in the body is not the one in the header")
    return envelope


def rehearse(endpoint: Endpoint, now: datetime) -> Rehearsal:
    """A message of a type that the sandbox does not have."""
    named = f"tidemark{int(now.timestamp())}"
    said = {"id": named, "type": "tidemark.test", "created": int(now.timestamp()), "live": False, "payment": {}}
    body = json.dumps(said).encode()
    headers = sign(strong(endpoint.secrets)[0], named, body, now)
    return Rehearsal({"content-type": "application/json", **headers}, body)


def redact(body: bytes) -> bytes:
    """The body as it is: no secret travels in it."""
    return body


def read(body: bytes, endpoint: Endpoint) -> Reading:
    """The entries, promises, hint and donor in a stored event. Raises Unreadable only."""
    try:
        event = parse(body)
        envelope = _envelope(event)
    except Malformed as error:
        raise Unreadable(f"the stored body is no sandbox event: {error}") from error
    reason = foreign(envelope, endpoint)
    if reason or envelope.type not in EVENTS:
        return Reading(ignored=reason or f"type {envelope.type}")
    return Reading.of(_statements(Thing.of(event.get("payment"), "payment")))


def _keys(endpoint: Endpoint) -> list[bytes]:
    keys = [_key(secret) for secret in strong(endpoint.secrets)] if endpoint.mode in MODES else []
    return [key for key in keys if len(key) >= SECRET_BYTES_MIN]


def _key(secret: str) -> bytes:
    """The key in `secret`; empty where it claims to be base64 and is not.

    The library would skip what is not base64: `whsec_!!!!` would be a key of no bytes, with which anybody can sign.
    """
    if not secret.startswith(_BASE64):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_BASE64), validate=True)
    except ValueError:  # binascii.Error is one; so is what text that is not ASCII raises
        return b""


def _headers(headers: Mapping[str, str]) -> tuple[str, int, list[str]]:
    message_id = identity(headers.get("webhook-id"))
    signed_at, signatures = headers.get("webhook-timestamp", ""), headers.get("webhook-signature", "")
    if message_id is None or not _TIME.fullmatch(signed_at):
        raise NotAuthentic("the Standard Webhooks headers are missing or not in form")
    if not _SIGNATURES.fullmatch(signatures):
        raise NotAuthentic("the webhook-signature header is not one that Standard Webhooks makes")
    return message_id, int(signed_at), signatures.split(" ")


def _envelope(event: Mapping[str, Any]) -> Verified:
    remote_id, event_type, live = (
        identity(event.get("id")),
        clean_text(event.get("type"), TYPE_MAX),
        event.get("live"),
    )
    if remote_id is None or event_type is None or not isinstance(live, bool):
        raise Malformed("an event without an id, a type or a mode")
    try:
        occurred_at = Thing(f"event {remote_id}", remote_id, event).instant("created")
    except Unreadable as error:
        raise Malformed(str(error)) from error
    return Verified(remote_id, event_type, live, occurred_at, None)


def _statements(payment: Thing) -> Iterator[Statement]:
    body, created = payment.body, payment.instant("created")
    amount, currency = payment.amount("amount"), _currency(payment)
    status = payment.word("status", "pending", "succeeded", "failed")
    if amount and status == "succeeded":
        yield Movement(payment.id, payment.id, "donation", amount, currency, created)
    elif amount:
        yield Pending(payment.id, amount, currency, created, over=status == "failed")
    for refund in as_list(body.get("refunds")):
        yield from _there_and_back(payment, Thing.of(refund, "refund"), "refund")
    for dispute in as_list(body.get("disputes")):
        yield from _there_and_back(payment, Thing.of(dispute, "dispute"), "dispute")
    intent = intent_named(body.get("intent"))
    if intent:
        yield Link(payment.id, intent)
    campaign = campaign_named(body.get("campaign"))
    if campaign:
        yield Hint(payment.id, HintRank.MONEY, campaign, created)
    name, email = clean_text(body.get("name"), NAME_MAX), clean_text(body.get("email"), EMAIL_MAX)
    message = clean_text(body.get("message"), MESSAGE_MAX)
    if name or email or message:
        yield Donor(payment.id, name, email, message, body.get("show_name") is True)


_STATES: Mapping[str, tuple[tuple[str, ...], str, Kind]] = {
    "refund": (("pending", "succeeded"), "failed", "refund_failed"),
    "dispute": (("open", "lost"), "won", "dispute_reversal"),
}


def _there_and_back(payment: Thing, part: Thing, kind: Kind) -> Iterator[Statement]:
    gone, returned, return_kind = _STATES[kind]
    status, amount = part.word("status", *gone, returned), part.amount("amount")
    currency, created = _currency(payment), part.instant("created")
    if not amount:
        return
    yield Movement(payment.id, part.id, kind, -amount, currency, created)
    if status == returned:
        yield Movement(payment.id, f"{part.id}:{returned}", return_kind, amount, currency, created)


def _currency(payment: Thing) -> str:
    currency = payment.currency()
    try:
        exponent(currency)
    except Invalid as error:
        raise Unreadable(f"{payment.label}: {shown(currency)} is no currency of ISO 4217") from error
    return currency
