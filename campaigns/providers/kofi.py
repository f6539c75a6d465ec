"""Ko-fi: tips, monthly memberships and, if you like, shop orders on a Ko-fi page.

Set it up

1. On Ko-fi open More, then API (ko-fi.com/manage/webhooks), and paste the URL shown here as the webhook URL. Ko-fi
   has one such URL for an account, so that another tool that needs it must be told by other means.
2. On the same page, under Advanced, copy the verification token and keep it here as this endpoint's secret. Ko-fi
   can make a new token, which holds at once: add it here beside the old one in the same minute.
3. Press "Send test" on Ko-fi's page: this endpoint shows that it was reached. A test never counts.
4. Shop orders and commissions are sales, and count only where the setting count_shop is yes.

Which campaign it is for

Ko-fi says nothing of ours along with a payment. Give this endpoint a default campaign, or assign what waits.

What counts

A tip, and each month of a membership, with the amount and currency that Ko-fi tells. Ko-fi tells of no refunds,
disputes or fees: what you give back there goes on counting until somebody corrects it here by hand. Names and words
of donors who wished to stay private on Ko-fi are shown to staff only.

How far it can be trusted

Ko-fi signs nothing. It sends the token along, so that whoever has seen one message could write another: keep it
secret as you would a password. It is taken out of every message before that is stored.

Why no key is ever used twice

An entry is named by Ko-fi's transaction id, a random UUID that Ko-fi gives to each payment, renewals included, and
repeats in every delivery of it. The id that its test messages carry is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from campaigns.crypto import equal
from campaigns.providers._fields import FACT_MAX, Thing, as_list, as_object, identity
from campaigns.providers._json import BODY_BYTES_MAX, clean_text, parse
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
    Reading,
    Setting,
    Statement,
    Trait,
    Unreadable,
    Verified,
    strong,
)
from campaigns.providers.rehearsing import Rehearsal

KIND = "kofi"
TITLE = "Ko-fi"
SECRET_LABEL: str | None = "Verification token"  # noqa: S105 - the name of one, not one
COUNT_SHOP = "count_shop"
SETTINGS: tuple[Setting, ...] = (Setting(COUNT_SHOP, "Whether shop orders and commissions count: yes or no"),)
CONTENT_TYPES: tuple[str, ...] = ("application/x-www-form-urlencoded",)
MODES: tuple[str, ...] = ("demo", "test", "live")
SCOPE: Literal["", "endpoint"] = ""
SIGNS: Literal["body and time", "body", "nothing"] = "nothing"
GIFTS, SALES = ("Donation", "Subscription"), ("Commission", "Shop Order")
EVENTS: tuple[str, ...] = GIFTS + SALES

ITEMS_MAX = 20
FIELD, TOKEN = "data", "verification_token"
TEST_TRANSACTION = "00000000-1111-2222-3333-444444444444"
_TOKEN = re.compile(rf'("{TOKEN}"\s*:\s*)"(?:[^"\\]|\\.)*"')


def lacks(endpoint: Endpoint) -> str | None:
    """Without the token anybody could write to it."""
    return None if strong(endpoint.secrets) else "its verification token"


def verify(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
    """The envelope of a form that carries one of the tokens. Raises NotAuthentic only."""
    message = _message(body)
    sent = message.get(TOKEN)
    told = sent.encode("utf-8", "replace") if isinstance(sent, str) else b""
    if not any(equal(told, secret.encode()) for secret in strong(endpoint.secrets)):
        raise NotAuthentic("it carries none of this endpoint's tokens")
    return _envelope(message)


def rehearse(endpoint: Endpoint, now: datetime) -> Rehearsal:
    """What Ko-fi's own page sends to try a webhook out."""
    said = {"verification_token": strong(endpoint.secrets)[0], "message_id": f"tidemark-{int(now.timestamp())}"}
    said |= {"timestamp": now.isoformat(), "type": "Donation", "kofi_transaction_id": TEST_TRANSACTION}
    said |= {"amount": "3.00", "currency": "USD"}
    body = urlencode({FIELD: json.dumps(said)}).encode()
    return Rehearsal({"content-type": "application/x-www-form-urlencoded"}, body)


def redact(body: bytes) -> bytes:
    """The form without the token."""
    return urlencode({FIELD: _TOKEN.sub(r'\1""', _text(body))}).encode()


def read(body: bytes, endpoint: Endpoint) -> Reading:
    """The gift in a stored message. Raises Unreadable only."""
    try:
        message = _message(body)
        envelope = _envelope(message)
    except Malformed as error:
        raise Unreadable(f"the stored body is not Ko-fi's: {error}") from error
    reason = _uncounted(envelope.type, message, endpoint)
    return Reading(ignored=reason) if reason else Reading.of(_statements(message))


def _uncounted(kind: str, message: Mapping[str, Any], endpoint: Endpoint) -> str | None:
    if message.get("kofi_transaction_id") == TEST_TRANSACTION:
        return "a test from Ko-fi's page"
    if kind in SALES and endpoint.settings.get(COUNT_SHOP) != "yes":
        return f"{kind}: the setting {COUNT_SHOP} is not yes"
    return None if kind in EVENTS else f"type {kind}"


def _statements(message: Mapping[str, Any]) -> Iterator[Statement]:
    payment = Thing.of({**message, "id": message.get("kofi_transaction_id")}, "transaction")
    currency = payment.currency()
    amount, given_at = payment.major("amount", currency), payment.moment("timestamp")
    if amount:
        yield Movement(payment.id, payment.id, "donation", amount, currency, given_at)
    yield from _traits(payment.id, message)
    name, words = clean_text(message.get("from_name"), NAME_MAX), clean_text(message.get("message"), MESSAGE_MAX)
    email = clean_text(message.get("email"), EMAIL_MAX)
    if name or words or email:
        yield Donor(payment.id, name, email, words, message.get("is_public") is True)


def _traits(ref: str, message: Mapping[str, Any]) -> Iterator[Statement]:
    """What staff's routing rules may go by: the tier, the kind of payment, what was bought in the shop."""
    codes = [as_object(item).get("direct_link_code") for item in as_list(message.get("shop_items"))]
    said = [("tier_name", message.get("tier_name")), ("type", message.get("type"))]
    for name, value in (*said, *(("product", code) for code in codes[:ITEMS_MAX])):
        text = clean_text(value, FACT_MAX)
        if text:
            yield Trait(ref, name, text)


def _envelope(message: Mapping[str, Any]) -> Verified:
    remote_id, kind = identity(message.get("message_id")), clean_text(message.get("type"), TYPE_MAX)
    if remote_id is None or kind is None:
        raise Malformed("a message without an id or a type")
    try:
        occurred_at = Thing("message", remote_id, message).moment("timestamp")
    except Unreadable as error:
        raise Malformed(str(error)) from error
    return Verified(remote_id, kind, None, occurred_at, None)


def _message(body: bytes) -> dict[str, Any]:
    return parse(_text(body).encode())


def _text(body: bytes) -> str:
    """The JSON in the form's one field. Raises Malformed."""
    if len(body) > BODY_BYTES_MAX:
        raise Malformed(f"body of {len(body)} bytes")
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=20
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise Malformed("not a form") from error
    texts = [value for name, value in fields if name == FIELD]
    if len(texts) != 1:
        raise Malformed(f"a form with {len(texts)} fields called {FIELD}")
    return texts[0]
