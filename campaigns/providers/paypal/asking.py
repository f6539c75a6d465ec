"""Asking PayPal about a payment, a refund, an order, a subscription or a dispute.

Each answer is kept as it came, below one word that says what it is. One question changes something at PayPal: an
order that the donor has approved is captured, whoever notices first, and always by the same request id.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from campaigns.providers._fields import as_list, as_object, identity, intent_named
from campaigns.providers.asking import Answer, Answers, CannotLookUpNow, LookUpRefused, NothingThere
from campaigns.providers.contract import Endpoint
from campaigns.providers.paypal import api
from campaigns.providers.paypal.subjects import FAILED, NOUNS, REFUNDED, RESOLVED, REVERSED, SETTLED, captured

GIVEN_BACK = ("PARTIALLY_REFUNDED", "REFUNDED")
DISPUTED_MAX = 10  # payments of one dispute

logger = logging.getLogger(__name__)


@dataclass
class _Inquiry:
    """The answers that came so far, and why they are not all that was asked for."""

    endpoint: Endpoint
    rows: list[Answer] = field(default_factory=list)
    trouble: CannotLookUpNow | None = None

    def ask(self, noun: str, path: str) -> dict[str, Any]:
        """One answer, kept as evidence and read."""
        return self.keep(noun, f"GET {path}", api.get(self.endpoint, path))

    def keep(self, noun: str, request: str, raw: bytes, also: bytes = b"") -> dict[str, Any]:
        """Keeps an answer below its noun."""
        self.rows.append(Answer(request, b'{"' + noun.encode() + b'":' + raw + also + b"}"))
        return dict(as_object(json.loads(raw)))

    def beside(self, question: Callable[[], object]) -> None:
        """A question beside the main one: that there is no answer to it does not undo the others."""
        try:
            question()
        except NothingThere:
            return
        except CannotLookUpNow as error:
            self.trouble = self.trouble or error

    def not_yet(self, what: str) -> None:
        """The API is behind what PayPal's own message said: ask again."""
        self.trouble = self.trouble or CannotLookUpNow(f"PayPal's API does not say yet that {what}")


def ask(endpoint: Endpoint, subject: str) -> Answers:
    """The answers to `subject`. Raises CannotLookUpNow, LookUpRefused or NothingThere where the first found none."""
    noun, *parts = subject.split(":")
    is_whole = noun in NOUNS and all(parts) and 1 <= len(parts) <= _PARTS_MAX.get(noun, 1)
    if not is_whole or identity(parts[0]) is None:
        raise NothingThere(f"nothing at PayPal is called {subject[:80]}")
    inquiry = _Inquiry(endpoint)
    try:
        _ASKED[noun](inquiry, *parts)
    except (CannotLookUpNow, NothingThere) as error:
        if not inquiry.rows or isinstance(error, LookUpRefused):
            raise
        later = error if isinstance(error, CannotLookUpNow) else CannotLookUpNow(str(error))
        inquiry.trouble = inquiry.trouble or later
    return Answers(tuple(inquiry.rows), inquiry.trouble)


def finish(endpoint: Endpoint, order_id: str) -> None:
    """Captures an order that the donor has approved; nothing where it is captured already, or not approved.

    Raises CannotLookUpNow, LookUpRefused or NothingThere.
    """
    _capture(endpoint, as_object(json.loads(api.get(endpoint, f"/v2/checkout/orders/{order_id}"))))


def _payment(inquiry: _Inquiry, payment_id: str, expected: str = "") -> None:
    """A capture with its order, which names the payer and lists the refunds; else a sale."""
    try:
        capture = inquiry.ask("capture", f"/v2/payments/captures/{payment_id}")
    except NothingThere:
        _sale(inquiry, payment_id, expected)
        return
    order_id = _order_of(capture)
    orders: list[dict[str, Any]] = []
    if order_id:
        inquiry.beside(lambda: orders.append(inquiry.ask("order", f"/v2/checkout/orders/{order_id}")))
    if expected == SETTLED and capture.get("status") == "PENDING":
        inquiry.not_yet(f"{payment_id} is settled")
    if expected == REFUNDED and capture.get("status") not in GIVEN_BACK:
        inquiry.not_yet(f"{payment_id} is refunded")
    if capture.get("status") in GIVEN_BACK and orders and not _has_refunds(orders[0], capture):
        inquiry.not_yet(f"what was refunded of {payment_id}")


def _has_refunds(order: Mapping[str, Any], capture: Mapping[str, Any]) -> bool:
    """Whether the order lists refunds that fit what the capture says: some, or all of it."""
    units = map(as_object, as_list(order.get("purchase_units")))
    listed = [as_object(one) for unit in units for one in as_list(as_object(unit.get("payments")).get("refunds"))]
    kept = [
        as_object(one.get("amount")).get("value") for one in listed if one.get("status") in ("COMPLETED", "PENDING")
    ]
    if capture.get("status") != "REFUNDED":
        return bool(kept)
    try:
        whole = Decimal(str(as_object(capture.get("amount")).get("value")))
        return sum((Decimal(str(value)) for value in kept), Decimal(0)) >= whole
    except InvalidOperation:
        return True  # what it is, reading it will tell


def _sale(inquiry: _Inquiry, sale_id: str, expected: str = "") -> None:
    """A payment of a subscription in the older shape, with the subscription."""
    sale = inquiry.ask("sale", f"/v1/payments/sale/{sale_id}")
    subscription_id = identity(sale.get("billing_agreement_id"))
    if subscription_id:
        inquiry.beside(lambda: inquiry.ask("subscription", f"/v1/billing/subscriptions/{subscription_id}"))
    if expected == SETTLED and sale.get("state") == "pending":
        inquiry.not_yet(f"{sale_id} is settled")
    if expected == REFUNDED and sale.get("state") in ("pending", "completed"):
        inquiry.not_yet(f"{sale_id} is refunded")
    if expected == REVERSED:
        _reversed(inquiry, sale_id, sale)


def _reversed(inquiry: _Inquiry, sale_id: str, sale: Mapping[str, Any]) -> None:
    """PayPal has taken the whole sale back, where the sale itself shows that nothing is left of it."""
    if sale.get("state") not in ("refunded", "reversed"):
        inquiry.not_yet(f"{sale_id} was reversed")
        return
    last = inquiry.rows.pop(next(place for place, row in enumerate(inquiry.rows) if row.body.startswith(b'{"sale":')))
    inquiry.rows.append(Answer(last.request, last.body[:-1] + b',"reversed":true}'))


def _refund(inquiry: _Inquiry, refund_id: str, capture_id: str = "", expected: str = "") -> None:
    """The refund and its capture. A reversal may be known to the capture's order only."""
    if capture_id == FAILED:
        capture_id, expected = "", FAILED
    try:
        refund = inquiry.ask("refund", f"/v2/payments/refunds/{refund_id}")
    except NothingThere:
        if not capture_id:
            raise
        _payment(inquiry, capture_id)
        if not any(refund_id.encode() in row.body for row in inquiry.rows):
            inquiry.not_yet(f"there is a refund {refund_id}")
        return
    of = captured(refund) or capture_id
    if of:
        inquiry.beside(lambda: _payment(inquiry, of))
    if expected == FAILED and refund.get("status") not in ("FAILED", "CANCELLED"):
        inquiry.not_yet(f"the refund {refund_id} has failed")


def _sale_refund(inquiry: _Inquiry, refund_id: str, sale_id: str = "") -> None:
    refund = inquiry.ask("sale_refund", f"/v1/payments/refund/{refund_id}")
    of = identity(refund.get("sale_id")) or sale_id
    if of:
        inquiry.beside(lambda: _payment(inquiry, of))


def _order(inquiry: _Inquiry, order_id: str) -> None:
    path = f"/v2/checkout/orders/{order_id}"
    raw = api.get(inquiry.endpoint, path)
    if _capture(inquiry.endpoint, as_object(json.loads(raw))):
        raw = api.get(inquiry.endpoint, path)
    inquiry.keep("order", f"GET {path}", raw)


def _subscription(inquiry: _Inquiry, subscription_id: str) -> None:
    inquiry.ask("subscription", f"/v1/billing/subscriptions/{subscription_id}")


def _dispute(inquiry: _Inquiry, dispute_id: str, expected: str = "") -> None:
    """The dispute beside the orders of what is disputed, so that one answer shows what was taken and given back."""
    path = f"/v1/customer/disputes/{dispute_id}"
    raw = api.get(inquiry.endpoint, path)
    dispute = as_object(json.loads(raw))
    about = [
        transaction_id
        for one in map(as_object, as_list(dispute.get("disputed_transactions")))
        if (transaction_id := identity(one.get("seller_transaction_id")))
    ]
    about_them: list[bytes] = []
    for transaction_id in about[:DISPUTED_MAX]:
        found = _Inquiry(inquiry.endpoint)
        inquiry.beside(lambda found=found, of=transaction_id: _payment(found, of))  # type: ignore[misc]
        inquiry.rows += found.rows
        inquiry.trouble = inquiry.trouble or found.trouble
        about_them += [row.body for row in found.rows if row.body.startswith((b'{"order":', b'{"sale":'))]
    inquiry.keep("dispute", f"GET {path}", raw, b',"payments":[' + b",".join(about_them) + b"]")
    if expected == RESOLVED and dispute.get("status") != "RESOLVED":
        inquiry.not_yet(f"the dispute {dispute_id} is resolved")


def _capture(endpoint: Endpoint, order: Mapping[str, Any]) -> bool:
    """Captures `order` where the donor has approved it and it is one of ours; whether PayPal was asked to.

    That PayPal will not is no failure here: what has become of the order, it says itself.
    """
    intent = next(filter(None, map(intent_of, map(as_object, as_list(order.get("purchase_units"))))), None)
    order_id = identity(order.get("id"))
    if order.get("status") != "APPROVED" or intent is None or order_id is None or order.get("intent") != "CAPTURE":
        return False
    headers = {"PayPal-Request-Id": f"cap-{intent}-{order_id}", "Prefer": "return=representation"}
    try:
        api.call(endpoint, "POST", f"/v2/checkout/orders/{order_id}/capture", content=b"{}", headers=headers)
    except api.Refused as error:
        logger.info("PayPal does not capture the order %s: %s", order_id, error.issue)
    return True


def intent_of(unit: Mapping[str, Any]) -> str | None:
    """The key of our intent in the custom id of a purchase unit (`slug:key`), or None where it is not one of ours."""
    custom = unit.get("custom_id")
    key = custom.partition(":")[2] if isinstance(custom, str) else ""
    return key if intent_named(key) else None


def _order_of(capture: Mapping[str, Any]) -> str | None:
    related = as_object(as_object(capture.get("supplementary_data")).get("related_ids"))
    return identity(related.get("order_id")) or _linked_order(as_list(capture.get("links")))


def _linked_order(links: Iterable[object]) -> str | None:
    for link in map(as_object, links):
        href = str(link.get("href"))
        if link.get("rel") == "up" and "/v2/checkout/orders/" in href:
            return identity(href.rpartition("/")[2])
    return None


# Beside its id, what a question may say: what is expected, and what it is a part of.
_PARTS_MAX = {"payment": 2, "refund": 3, "sale": 2, "sale_refund": 2, "dispute": 2}
_ASKED: dict[str, Callable[..., None]] = {
    "payment": _payment,
    "refund": _refund,
    "sale": _sale,
    "sale_refund": _sale_refund,
    "order": _order,
    "subscription": _subscription,
    "dispute": _dispute,
}
