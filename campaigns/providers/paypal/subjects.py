"""What can be asked of PayPal, each by one name, and which question each kind of message raises.

A name is the noun, the id and, where the message says more than the API may know yet, what is expected:
`payment:9XB…:settled`, `refund:1JU…:2GG…`, `order:5O1…`. No amount stands in one: a message is believed none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from campaigns.providers._fields import Thing, as_list, as_object, identity
from campaigns.providers.contract import Needs, Unreadable

SETTLED, REFUNDED, FAILED, RESOLVED, REVERSED = "settled", "refunded", "failed", "resolved", "reversed"
NOUNS = frozenset({"payment", "refund", "sale", "sale_refund", "order", "subscription", "dispute"})
ID_MAX = 60  # PayPal's own ids have 17 to 36 characters; two of them must fit into a question's name

_CAPTURES = re.compile(r"https://[a-z.-]+/v2/payments/captures/([A-Za-z0-9_-]+)", re.ASCII)

# What a capture, a refund or a sale is said to have become.
OF_CAPTURE = {
    "PAYMENT.CAPTURE.COMPLETED": SETTLED,
    "PAYMENT.CAPTURE.PENDING": "",
    "PAYMENT.CAPTURE.DENIED": SETTLED,
    "PAYMENT.CAPTURE.DECLINED": SETTLED,
}
OF_REFUND = {
    "PAYMENT.CAPTURE.REFUNDED": "",
    "PAYMENT.CAPTURE.REVERSED": "",
    "PAYMENT.REFUND.PENDING": "",
    "PAYMENT.REFUND.FAILED": FAILED,
}
REVERSAL = "PAYMENT.SALE.REVERSED"  # in one shape its id is the sale's, in another it names the sale beside
OF_SALE = {
    "PAYMENT.SALE.COMPLETED": SETTLED,
    "PAYMENT.SALE.PENDING": "",
    "PAYMENT.SALE.DENIED": SETTLED,
    REVERSAL: REVERSED,
}
OF_ORDER = ("CHECKOUT.ORDER.APPROVED", "CHECKOUT.ORDER.COMPLETED")
OF_SUBSCRIPTION = tuple(
    f"BILLING.SUBSCRIPTION.{word}"
    for word in ("CREATED", "ACTIVATED", "UPDATED", "RE-ACTIVATED", "SUSPENDED", "CANCELLED", "EXPIRED")
)
OF_DISPUTE = {"CUSTOMER.DISPUTE.CREATED": "", "CUSTOMER.DISPUTE.UPDATED": "", "CUSTOMER.DISPUTE.RESOLVED": RESOLVED}
EVENTS: tuple[str, ...] = (
    *OF_CAPTURE,
    *OF_REFUND,
    *OF_SALE,
    "PAYMENT.SALE.REFUNDED",
    *OF_ORDER,
    *OF_SUBSCRIPTION,
    *OF_DISPUTE,
)


def of_ref(ref: str) -> str | None:
    """The question about all that is known of the payment `ref`, or None where it cannot be asked for."""
    if identity(ref) is None:
        return None
    return named("subscription" if ref.startswith("I-") else "payment", ref)


def named(noun: str, *parts: str) -> str:
    """A question by its name; parts that are empty are left out."""
    return ":".join((noun, *(part for part in parts if part)))


def of_event(event_type: str, event: Mapping[str, Any]) -> Needs | None:
    """What to ask because of a message; None for what moves no money. Raises Unreadable."""
    resource = as_object(event.get("resource"))
    told = f"{event_type} says no more than that something happened"
    if event_type in OF_CAPTURE:
        return Needs(told, named("payment", _id(resource, "capture"), OF_CAPTURE[event_type]))
    if event_type in OF_SALE:
        sale = resource if event_type != REVERSAL else {**resource, "id": resource.get("sale_id") or resource.get("id")}
        return Needs(told, named("sale", _id(sale, "sale"), OF_SALE[event_type]))
    if event_type in OF_REFUND:
        return Needs(told, _of_refund(resource, event, OF_REFUND[event_type]))
    if event_type == "PAYMENT.SALE.REFUNDED":
        return Needs(told, _of_sale_refund(resource))
    if event_type in OF_ORDER:
        return Needs(told, named("order", _id(resource, "order")))
    if event_type in OF_SUBSCRIPTION:
        return Needs(told, named("subscription", _id(resource, "subscription")))
    if event_type in OF_DISPUTE:
        dispute = {**resource, "id": resource.get("dispute_id")}
        return Needs(told, named("dispute", _id(dispute, "dispute"), OF_DISPUTE[event_type]))
    return None


def captured(thing: Mapping[str, Any]) -> str | None:
    """The id of the capture that a refund is of, which stands in one of its links and nowhere else."""
    for link in map(as_object, as_list(thing.get("links"))):
        found = _CAPTURES.fullmatch(str(link.get("href"))) if link.get("rel") == "up" else None
        if found and len(found.group(1)) <= ID_MAX:
            return identity(found.group(1))
    return None


def _of_refund(resource: Mapping[str, Any], event: Mapping[str, Any], expected: str) -> str:
    """Some deliveries carry the capture itself: its order lists the refunds."""
    capture_id, thing_id = captured(resource), _id(resource, "refund")
    if capture_id is None and event.get("resource_type") == "capture":
        return named("payment", thing_id, REFUNDED)
    return named("refund", thing_id, capture_id or "", expected)


def _of_sale_refund(resource: Mapping[str, Any]) -> str:
    sale_id = identity(resource.get("sale_id")) or ""
    return named("sale_refund", _id(resource, "refund"), sale_id if len(sale_id) <= ID_MAX else "")


def _id(resource: Mapping[str, Any], noun: str) -> str:
    thing = Thing.of(resource, noun)
    if len(thing.id) > ID_MAX:
        raise Unreadable(f"{noun} with an id of {len(thing.id)} characters, which is none of PayPal's")
    return thing.id
