"""What Stripe's objects say beside money: for which campaign, linked to what, given by whom.

Arrows run from the money towards where somebody first chose a campaign, and never back: charge → intent →
invoice → subscription → checkout session. Nothing in this file can fail an event: what is not understood is
left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from campaigns.providers._fields import Thing, as_list, as_object, campaign_named, intent_named, pointer
from campaigns.providers._json import clean_text
from campaigns.providers.contract import (
    EMAIL_MAX,
    NAME_MAX,
    Donor,
    Hint,
    HintRank,
    Link,
    Notice,
    Pending,
    Settled,
    Statement,
    Unreadable,
)


def of_charge(charge: Thing, stated_at: datetime) -> Iterator[Statement]:
    """Its own metadata, its intent, the invoice (before 2025-03-31), and the donor's name and address."""
    body = charge.body
    yield from _hint(charge.id, HintRank.MONEY, body.get("metadata"), stated_at)
    yield from _meant(charge.id, body.get("metadata"))
    yield from _link(charge.id, body.get("payment_intent"))
    yield from _link(charge.id, body.get("invoice"))
    details = as_object(body.get("billing_details"))
    yield from _donor(charge.id, details.get("name"), details.get("email"), body.get("receipt_email"))


def of_reversal(charge_id: str, reversal: Thing) -> Iterator[Statement]:
    """A refund or dispute knows the intent of its charge too, which helps when it arrives first."""
    yield from _link(charge_id, reversal.body.get("payment_intent"))


def of_payment_intent(intent: Thing, stated_at: datetime) -> Iterator[Statement]:
    """Its metadata, its charges (one since 2022-11-15, a list before) and its invoice (before 2025-03-31)."""
    body = intent.body
    yield from _hint(intent.id, HintRank.MONEY, body.get("metadata"), stated_at)
    yield from _meant(intent.id, body.get("metadata"))
    yield from _link(intent.id, body.get("invoice"))
    for charge in (body.get("latest_charge"), *_charges(body)):
        yield from _link(charge, intent.id)
    paid_by = pointer(body.get("latest_charge")) or intent.id
    if body.get("status") == "succeeded" and body.get("amount_received") != 0:
        yield Settled(paid_by, f"{intent.label} has succeeded, and its charge was not told yet")
    yield from _given_up(intent)


def of_checkout_session(session: Thing, stated_at: datetime) -> Iterator[Statement]:
    """Its metadata is where a form of ours names the campaign; Stripe copies it nowhere, hence the links."""
    body = session.body
    yield from _hint(session.id, HintRank.CHECKOUT, body.get("metadata"), _made_at(session, stated_at))
    yield from _meant(session.id, body.get("metadata"))
    for made_by_it in ("payment_intent", "invoice", "subscription"):
        yield from _link(body.get(made_by_it), session.id)
    paid_by = pointer(body.get("payment_intent")) or pointer(body.get("invoice"))
    if body.get("payment_status") == "paid" and body.get("amount_total") != 0 and paid_by:
        yield Settled(paid_by, f"{session.label} was paid, and its charge was not told yet")
    details = as_object(body.get("customer_details"))
    yield from _donor(session.id, details.get("name"), details.get("email"), body.get("customer_email"))


def of_invoice(invoice: Thing, stated_at: datetime) -> Iterator[Statement]:
    """Its metadata, or its subscription's as frozen in it; its payments and subscription, old shape and new."""
    body = invoice.body
    new = as_object(as_object(body.get("parent")).get("subscription_details"))
    old = as_object(body.get("subscription_details"))
    for metadata in (body.get("metadata"), new.get("metadata"), old.get("metadata")):
        hints = list(_hint(invoice.id, HintRank.CHECKOUT, metadata, stated_at))
        if hints:
            yield from hints
            break
    for metadata in (body.get("metadata"), new.get("metadata"), old.get("metadata")):
        yield from _meant(invoice.id, metadata)
    yield from _link(invoice.id, new.get("subscription"))
    yield from _link(invoice.id, body.get("subscription"))
    yield from _link(body.get("payment_intent"), invoice.id)
    yield from _link(body.get("charge"), invoice.id)
    for payment in as_list(as_object(body.get("payments")).get("data")):
        yield from _paid_by(as_object(payment), invoice.id)
    yield from _paid(invoice)
    yield from _donor(invoice.id, body.get("customer_name"), body.get("customer_email"))


def of_invoice_payment(payment: Thing) -> Iterator[Statement]:
    """Since 2025-03-31 the only event that ties an intent to its invoice."""
    yield from _paid_by(payment.body, payment.body.get("invoice"))


def of_subscription(subscription: Thing, stated_at: datetime) -> Iterator[Statement]:
    """Its metadata, which renewals inherit through their invoices."""
    yield from _hint(subscription.id, HintRank.CHECKOUT, subscription.body.get("metadata"), stated_at)
    yield from _meant(subscription.id, subscription.body.get("metadata"))
    yield from _link(subscription.body.get("latest_invoice"), subscription.id)


def _meant(ref: str, metadata: object) -> Iterator[Statement]:
    """The intent that our own donation page wrote into the metadata when it asked for the checkout."""
    intent = intent_named(as_object(metadata).get("intent"))
    if intent:
        yield Link(ref, intent)


def _made_at(session: Thing, stated_at: datetime) -> datetime:
    """A session says for what it was made then; that a delayed payment of it is told days later is no newer word."""
    try:
        return session.instant("created")
    except Unreadable:
        return stated_at


def _given_up(intent: Thing) -> Iterator[Statement]:
    """A charge that will never be paid: of a cancelled intent the latest, of a failed attempt the one that failed."""
    body = intent.body
    over = [as_object(body.get("last_payment_error")).get("charge")]
    if body.get("status") == "canceled":
        over += [body.get("latest_charge"), *_charges(body)]
    for charge in filter(None, map(pointer, over)):
        with suppress(Unreadable):  # without a currency or a time it says nothing of money, which its charge will
            yield Pending(charge, 0, intent.currency(), intent.instant("created"), over=True)


def _paid(invoice: Thing) -> Iterator[Statement]:
    """That a payment of it must exist; or, where it was marked as paid by hand, that none does."""
    body = invoice.body
    paid, off_stripe = body.get("amount_paid"), body.get("amount_paid_off_stripe")
    if body.get("status") != "paid" or type(paid) is not int or paid <= 0:
        return
    listed = body.get("payments")
    by_hand = body.get("paid_out_of_band") is True or off_stripe == paid
    if by_hand or (isinstance(listed, dict) and not any(_means(one) for one in as_list(listed.get("data")))):
        yield Notice("out_of_band", invoice.id, f"{invoice.label} was marked as paid without a payment through Stripe")
        return
    rows = [as_object(one) for one in as_list(as_object(listed).get("data"))]
    paying = [ref for one in rows if one.get("status") in (None, "paid") and (ref := _means(one))]
    for ref in paying or [invoice.id]:  # each of several payments must be there
        yield Settled(ref, f"{invoice.label} was paid, and its charge was not told yet")


def _charges(intent: Mapping[str, Any]) -> list[Any]:
    """What an intent wrote out before 2022-11-15."""
    return as_list(as_object(intent.get("charges")).get("data"))


def _means(payment: object) -> str | None:
    """The intent or charge that paid; none of an attempt that was called off when staff marked it as paid by hand."""
    if as_object(payment).get("status") == "canceled":
        return None
    means = as_object(as_object(payment).get("payment"))
    return pointer(means.get("payment_intent")) or pointer(means.get("charge"))


def _paid_by(payment: Any, invoice: object) -> Iterator[Statement]:
    means = as_object(payment.get("payment"))
    yield from _link(means.get("payment_intent"), invoice)
    yield from _link(means.get("charge"), invoice)


def _hint(ref: str, rank: HintRank, metadata: object, stated_at: datetime) -> Iterator[Statement]:
    campaign = campaign_named(as_object(metadata).get("campaign"))
    if campaign:
        yield Hint(ref, rank, campaign, stated_at)


def _link(child: object, parent: object) -> Iterator[Statement]:
    below, above = pointer(child), pointer(parent)
    if below and above and below != above:
        yield Link(below, above)


def _donor(ref: str, name: object, *emails: object) -> Iterator[Statement]:
    known_as = clean_text(name, NAME_MAX)
    address = next((text for text in (clean_text(email, EMAIL_MAX) for email in emails) if text), None)
    if known_as or address:
        # Stripe asks nobody whether the name may be shown, so it may not.
        yield Donor(ref, known_as, address, None, show_name=False)
