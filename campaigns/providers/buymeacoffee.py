"""Buy Me a Coffee: one-off and monthly support, memberships and, if you like, extras on a Buy Me a Coffee page.

Set it up

1. On Buy Me a Coffee open Integrations, then Webhooks, and create a webhook with the URL shown here and the events
   listed here.
2. Copy its secret and keep it here as this endpoint's secret. A new one holds at once and the old one no more: add
   it here in the same minute.
3. Send a test event from there: this endpoint shows that it was reached. What is not live counts nowhere here but in
   an installation for tests.
4. Extras, commissions and wishes are sales, and count only where the setting count_shop is yes.

Buy Me a Coffee switches a webhook off after ten failures in a row: when this endpoint has been silent for long, look
there.

Which campaign it is for

Buy Me a Coffee says nothing of ours along with a payment. Give this endpoint a default campaign, or assign what waits.

What counts

Support counts with the amount that the supporter chose, and is given back as a whole when Buy Me a Coffee tells of a
refund. A monthly gift counts once for each period that Buy Me a Coffee says has begun: it does not tell that a renewal
was paid, so these are estimates; compare them with your payouts. Disputes are not told of: correct them by hand.

Why no key is ever used twice

An entry is named by what it was given for (support, membership, …), Buy Me a Coffee's own number of it, which it gives
once, and for monthly gifts the second in which the period began; a refund by the same with ":refund". Numbers hold
digits only, so that no two names can meet.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from campaigns.crypto import equal
from campaigns.providers._fields import FACT_MAX, Thing, as_object
from campaigns.providers._json import clean_text, parse
from campaigns.providers.contract import (
    EMAIL_MAX,
    MESSAGE_MAX,
    NAME_MAX,
    TYPE_MAX,
    Donor,
    Endpoint,
    Malformed,
    Movement,
    NotAuthentic,
    Notice,
    Reading,
    Setting,
    Statement,
    Trait,
    Unreadable,
    Verified,
    foreign,
    strong,
)
from campaigns.providers.rehearsing import Rehearsal

KIND = "buymeacoffee"
TITLE = "Buy Me a Coffee"
SECRET_LABEL: str | None = "Webhook secret"  # noqa: S105 - the name of one, not one
COUNT_SHOP = "count_shop"
SETTINGS: tuple[Setting, ...] = (Setting(COUNT_SHOP, "Whether extras, commissions and wishes count: yes or no"),)
CONTENT_TYPES: tuple[str, ...] = ("application/json",)
MODES: tuple[str, ...] = ("demo", "test", "live")
SCOPE: Literal["", "endpoint"] = ""
SIGNS: Literal["body and time", "body", "nothing"] = "body"
EVENTS: tuple[str, ...] = (
    "donation.created",
    "donation.refunded",
    "recurring_donation.started",
    "recurring_donation.updated",
    "recurring_donation.cancelled",
    "membership.started",
    "membership.updated",
    "membership.paused",
    "membership.cancelled",
    "extra_purchase.created",
    "extra_purchase.updated",
    "extra_purchase.refunded",
    "commission_order.created",
    "commission_order.refunded",
    "wishlist_payment.created",
    "wishlist_payment.refunded",
)

# What a type begins with: what its entries are called. Older messages call a donation a support.
_ONCE = {"donation": "support", "support": "support"}
_SALES = {"extra_purchase": "extra", "commission_order": "commission", "wishlist_payment": "wish"}
_MONTHLY = {"recurring_donation": "monthly", "membership": "membership"}
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)


def lacks(endpoint: Endpoint) -> str | None:
    """Without the secret nothing can be verified."""
    return None if strong(endpoint.secrets) else "its webhook secret"


def verify(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
    """The envelope of a body that one of the secrets signed, live or not. Raises NotAuthentic only."""
    signature = headers.get("x-signature-sha256", "")
    if not _SIGNATURE.fullmatch(signature):
        raise NotAuthentic("the x-signature-sha256 header is missing or not in form")
    made = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in strong(endpoint.secrets)]
    if not any(equal(one.encode(), signature.encode()) for one in made):
        raise NotAuthentic("signed with none of this endpoint's secrets")
    return _envelope(parse(body))


def rehearse(endpoint: Endpoint, now: datetime) -> Rehearsal:
    """An event of a type that Buy Me a Coffee does not have, signed as it signs."""
    at = int(now.timestamp())
    said = {"event_id": at, "type": "tidemark.test", "live_mode": endpoint.mode == "live", "created": at, "data": {}}
    body = json.dumps(said).encode()
    signature = hmac.new(strong(endpoint.secrets)[0].encode(), body, hashlib.sha256).hexdigest()
    return Rehearsal({"content-type": "application/json", "x-signature-sha256": signature}, body)


def redact(body: bytes) -> bytes:
    """The body as it is: no secret travels in it."""
    return body


def read(body: bytes, endpoint: Endpoint) -> Reading:
    """What a stored event says of money. Raises Unreadable only."""
    try:
        event = parse(body)
        envelope = _envelope(event)
    except Malformed as error:
        raise Unreadable(f"the stored body is not Buy Me a Coffee's: {error}") from error
    family, _, happened = envelope.type.partition(".")
    reason = foreign(envelope, endpoint) or _uncounted(family, envelope.type, endpoint)
    if reason:
        return Reading(ignored=reason)
    noun = (_ONCE | _SALES | _MONTHLY)[family]
    data = as_object(event.get("data"))
    thing = Thing.of({**data, "id": _number(data.get("id"))}, noun)
    monthly = family in _MONTHLY
    return Reading.of(_of_period(noun, thing, happened) if monthly else _of_payment(noun, thing, happened, envelope))


def _uncounted(family: str, kind: str, endpoint: Endpoint) -> str | None:
    if family in _SALES and endpoint.settings.get(COUNT_SHOP) != "yes":
        return f"{kind}: the setting {COUNT_SHOP} is not yes"
    return None if family in _ONCE | _SALES | _MONTHLY else f"type {kind}"


def _of_payment(noun: str, thing: Thing, happened: str, envelope: Verified) -> Iterator[Statement]:
    """The payment, also where only its refund is told of; refunds are always of the whole."""
    ref, currency = f"{noun}-{thing.id}", thing.currency()
    amount, returned = (
        thing.major("amount", currency, number=True),
        happened == "refunded" or thing.flag("refunded", missing=False),
    )
    if not amount or (thing.body.get("status") != "succeeded" and not returned):
        return
    yield Movement(ref, ref, "donation", amount, currency, thing.instant("created_at"))
    if returned:
        dated = thing.body.get("refunded_at") is not None
        at = thing.instant("refunded_at") if dated else envelope.occurred_at or thing.instant("created_at")
        yield Movement(ref, f"{ref}:refund", "refund", -amount, currency, at)
    yield from _donor(ref, thing)


def _of_period(noun: str, thing: Thing, happened: str) -> Iterator[Statement]:
    """One gift for each period that began. What ended or rests moves nothing."""
    if happened not in ("started", "updated") or thing.body.get("status") != "active":
        return
    currency, began_at = thing.currency(), thing.instant("current_period_start")
    amount = thing.major("amount", currency, number=True)
    ref = f"{noun}-{thing.id}-{int(began_at.timestamp())}"
    if amount:
        yield Movement(ref, ref, "donation", amount, currency, began_at)
        yield from _donor(ref, thing)
    if thing.body.get("started_at") not in (None, thing.body["current_period_start"]):
        yield Notice("estimated", f"{noun}-{thing.id}", f"{thing.label} began a new period; nobody says it was paid")


def _donor(ref: str, thing: Thing) -> Iterator[Statement]:
    body = thing.body
    tier = clean_text(body.get("membership_level_name"), FACT_MAX)
    if tier:
        yield Trait(ref, "tier_name", tier)
    name, email = clean_text(body.get("supporter_name"), NAME_MAX), clean_text(body.get("supporter_email"), EMAIL_MAX)
    hidden = thing.flag("note_hidden", missing=False)
    words = None if hidden else clean_text(body.get("support_note"), MESSAGE_MAX)
    if name or email or words:
        yield Donor(ref, name, email, words, show_name=False)


def _envelope(event: Mapping[str, Any]) -> Verified:
    remote_id, kind, live = (
        _number(event.get("event_id")),
        clean_text(event.get("type"), TYPE_MAX),
        event.get("live_mode"),
    )
    if remote_id is None or kind is None or not isinstance(live, bool):
        raise Malformed("an event without an id, a type or a mode")
    try:
        occurred_at = Thing("event", remote_id, event).instant("created")
    except Unreadable as error:
        raise Malformed(str(error)) from error
    return Verified(remote_id, kind, live, occurred_at, None)


def _number(value: object) -> str | None:
    """An id of theirs, as text: they are whole numbers above 0."""
    return str(value) if type(value) is int and value > 0 else None
