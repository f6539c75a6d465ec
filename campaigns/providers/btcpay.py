"""BTCPay Server: bitcoin and lightning, on a server of your own.

Set it up

1. In BTCPay Server open your store's Settings, then Webhooks, and create one with the URL shown here, a secret of your
   own making (keep it here as this endpoint's secret), automatic redelivery, and all events of invoices.
2. Under Account, API Keys, make a key that may view the invoices of this store (btcpay.store.canviewinvoices), and no
   more. Keep it here as api_key, with the server's address as url and the store's id as store_id.
3. Press Test on the webhook there: this endpoint shows that it was reached. Test deliveries count nowhere.

Which campaign it is for

An invoice says so in its metadata: {"campaign": "newsroom"}. Without it the endpoint's default campaign counts.

What counts

Each payment by itself, once it is settled, at the rate of its invoice: part of what was asked, too much, or too late is
money all the same. What is seen and not settled yet is shown as on its way. BTCPay Server's messages say no amounts, so
they are asked for; while the server does not answer, nothing is counted and nothing is lost.

An invoice that you mark as settled by hand, without a payment, moves nothing, and neither does one that you mark as
invalid after its payments had settled: both are shown under Attention, and a correction by hand says what you mean.
Refunds leave your wallet by a claim of their own, which no message ties to a payment: correct them by hand too.

Why no key is ever used twice

An entry is named by BTCPay Server's id of the payment: the transaction with its output, or the hash of a lightning
payment. It is unique within a server, so an endpoint has names of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from campaigns.crypto import equal
from campaigns.errors import Invalid
from campaigns.money import AMOUNT_MINOR_MAX, exponent
from campaigns.providers import _btcpay_api as api
from campaigns.providers._fields import (
    Thing,
    as_list,
    as_object,
    campaign_named,
    facts_in,
    identity,
    intent_named,
    shown,
)
from campaigns.providers._json import clean_text, parse
from campaigns.providers.asking import Answers
from campaigns.providers.contract import (
    API_BASE,
    EMAIL_MAX,
    NAME_MAX,
    TYPE_MAX,
    Donor,
    Endpoint,
    Hint,
    HintRank,
    Link,
    Malformed,
    Movement,
    Needs,
    NotAuthentic,
    Notice,
    Pending,
    Reading,
    Setting,
    Statement,
    Unreadable,
    Verified,
    strong,
)
from campaigns.providers.rehearsing import Rehearsal

KIND = "btcpay"
TITLE = "BTCPay Server"
SECRET_LABEL: str | None = "Webhook secret"  # noqa: S105 - the name of one, not one
SETTINGS: tuple[Setting, ...] = (
    Setting("url", "Address of your BTCPay Server, such as https://pay.example.org", required=True),
    Setting("store_id", "Id of the store", required=True),
    Setting("api_key", "API key that may view the store's invoices", secret=True),
    API_BASE,
)
CONTENT_TYPES: tuple[str, ...] = ("application/json",)
MODES: tuple[str, ...] = ("demo", "test", "live")
SCOPE: Literal["", "endpoint"] = "endpoint"
SIGNS: Literal["body and time", "body", "nothing"] = "body"
EVENTS: tuple[str, ...] = (
    "InvoiceReceivedPayment",
    "InvoicePaymentSettled",
    "InvoiceProcessing",
    "InvoiceSettled",
    "InvoiceExpired",
    "InvoiceExpiredPaidPartial",
    "InvoicePaidAfterExpiration",
    "InvoiceInvalid",
)
ANSWER_BYTES_MAX = 4 * 1024 * 1024
TEST_MARK = "__test__"  # what the ids of a test delivery begin with
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)
_DECIMAL = re.compile(r"\d{1,18}(\.\d{1,18})?", re.ASCII)


def lacks(endpoint: Endpoint) -> str | None:
    """Without the secret nothing can be verified."""
    return None if strong(endpoint.secrets) else "its webhook secret"


def verify(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
    """The envelope of a body that one of the secrets signed. Raises NotAuthentic only."""
    found = _SIGNATURE.fullmatch(headers.get("btcpay-sig", ""))
    if found is None:
        raise NotAuthentic("the btcpay-sig header is missing or not in form")
    made = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in strong(endpoint.secrets)]
    if not any(equal(one.encode(), found[1].encode()) for one in made):
        raise NotAuthentic("signed with none of this endpoint's secrets")
    return _envelope(parse(body))


def rehearse(endpoint: Endpoint, now: datetime) -> Rehearsal:
    """What BTCPay Server sends when Test is pressed on its page of the webhook."""
    at = int(now.timestamp())
    said = {"deliveryId": f"tidemark{at}", "originalDeliveryId": f"tidemark{at}", "timestamp": at, "type": EVENTS[0]}
    said |= {"storeId": endpoint.settings.get("store_id", ""), "invoiceId": f"{TEST_MARK}tidemark"}
    body = json.dumps(said).encode()
    signature = hmac.new(strong(endpoint.secrets)[0].encode(), body, hashlib.sha256).hexdigest()
    return Rehearsal({"content-type": "application/json", "btcpay-sig": f"sha256={signature}"}, body)


def redact(body: bytes) -> bytes:
    """The body as it is: no secret travels in it."""
    return body


def read(body: bytes, endpoint: Endpoint) -> Reading:
    """What is to be asked for, since no message says amounts. Raises Unreadable only."""
    try:
        event = parse(body)
        envelope = _envelope(event)
    except Malformed as error:
        raise Unreadable(f"the stored body is not BTCPay Server's: {error}") from error
    if envelope.type not in EVENTS:
        return Reading(ignored=f"type {envelope.type}")
    if str(event.get("invoiceId")).startswith(TEST_MARK):
        return Reading(ignored="a test delivery")
    if event.get("storeId") != endpoint.settings.get("store_id"):
        return Reading(ignored=f"store {shown(event.get('storeId'))}")
    invoice = identity(event.get("invoiceId"))
    if invoice is None:
        raise Unreadable(f"{envelope.type} without its invoice: {shown(event.get('invoiceId'))}")
    return Reading.of([Needs(f"{envelope.type} says no amounts", f"invoice:{invoice}")])


def key_lacking(endpoint: Endpoint) -> str | None:
    """Nothing can be asked without a key."""
    return None if endpoint.settings.get(api.KEY) else api.KEY


def subject_of(ref: str) -> str | None:
    """A payment is not asked for by itself, but with its invoice."""
    return None


def look_up(endpoint: Endpoint, subject: str) -> Answers:
    """Asks for an invoice and its payments. Raises CannotLookUpNow, LookUpRefused or NothingThere."""
    return api.ask(endpoint, subject.removeprefix("invoice:"))


def read_answer(body: bytes, endpoint: Endpoint, at: datetime) -> Reading:
    """The payments of an invoice. Raises Unreadable only."""
    try:
        answer = parse(body, bytes_max=ANSWER_BYTES_MAX)
    except Malformed as error:
        raise Unreadable(f"the stored answer is not BTCPay Server's: {error}") from error
    invoice = Thing.of(answer.get("invoice"), "invoice")
    if invoice.body.get("storeId") != endpoint.settings.get("store_id"):
        return Reading(ignored=f"store {shown(invoice.body.get('storeId'))}")
    return Reading.of(_of_invoice(invoice, as_list(answer.get("paymentMethods")), at))


def _of_invoice(invoice: Thing, methods: list[Any], at: datetime) -> Iterator[Statement]:
    status = invoice.word("status", "New", "Processing", "Expired", "Invalid", "Settled")
    settled = False
    for method in map(as_object, methods):
        for payment in as_list(method.get("payments")):
            thing = Thing.of(payment, "payment")
            settled = settled or thing.body.get("status") == "Settled"
            yield from _of_payment(thing, invoice, method)
    by_hand = invoice.body.get("additionalStatus") == "Marked"
    if status == "Settled" and by_hand and not settled:
        yield Notice("out_of_band", invoice.id, f"{invoice.label} was marked as settled without a settled payment")
    if status == "Invalid" and settled:
        yield Notice("invalidated", invoice.id, f"{invoice.label} became invalid after a payment of it had settled")


def _of_payment(payment: Thing, invoice: Thing, method: Mapping[str, Any]) -> Iterator[Statement]:
    status = payment.word("status", "Invalid", "Processing", "Settled")
    currency = invoice.currency()
    amount, at = _amount(payment, invoice, method, currency), payment.instant("receivedDate")
    if status == "Settled" and amount:
        yield Movement(payment.id, payment.id, "donation", amount, currency, at)
    elif amount:
        yield Pending(payment.id, amount, currency, at, over=status == "Invalid")
    metadata = as_object(invoice.body.get("metadata"))
    yield from facts_in(payment.id, metadata)
    campaign = campaign_named(metadata.get("campaign"))
    if campaign:
        yield Hint(payment.id, HintRank.MONEY, campaign, invoice.instant("createdTime"))
    intent = intent_named(metadata.get("orderId"))
    if intent:
        yield Link(payment.id, intent)
    name, email = clean_text(metadata.get("buyerName"), NAME_MAX), clean_text(metadata.get("buyerEmail"), EMAIL_MAX)
    if name or email:
        yield Donor(payment.id, name, email, None, show_name=False)


def _amount(payment: Thing, invoice: Thing, method: Mapping[str, Any], currency: str) -> int:
    """Minor units of what was paid, at the invoice's rate, rounded as the invoice's own amount is."""
    value, rate = _decimal(payment, "value"), _decimal(Thing(f"{invoice.label}'s method", invoice.id, method), "rate")
    try:
        minor = (value * rate).scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP)
    except Invalid:
        raise Unreadable(f"{invoice.label}: {shown(currency)} is no currency of ISO 4217") from None
    if minor > AMOUNT_MINOR_MAX:
        payment.refuse("value", f"an amount of {currency}")
    return int(minor)


def _decimal(thing: Thing, field: str) -> Decimal:
    text = thing.body.get(field)
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        thing.refuse(field, "a decimal number")
    return Decimal(text)


def _envelope(event: Mapping[str, Any]) -> Verified:
    """A redelivery has another body and the id of the first delivery, by which it is known again."""
    remote_id = identity(event.get("originalDeliveryId"))
    kind = clean_text(event.get("type"), TYPE_MAX)
    if remote_id is None or kind is None:
        raise Malformed("a delivery without the id of its first one, or without a type")
    try:
        occurred_at = Thing("delivery", remote_id, event).instant("timestamp")
    except Unreadable as error:
        raise Malformed(str(error)) from error
    return Verified(remote_id, kind, None, occurred_at, None)
