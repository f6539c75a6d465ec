"""What Stripe's objects say beside money: for which campaign, linked to what, given by whom.

Arrows run from the money towards where somebody first chose a campaign, and never back: charge → intent →
invoice → subscription → checkout session. Nothing in this file can fail an event: what is not understood is
left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from campaigns.providers._fields import Thing, as_list, as_object, campaign_named, pointer
from campaigns.providers._json import clean_text
from campaigns.providers.contract import EMAIL_MAX, NAME_MAX, Donor, Hint, HintRank, Link, Statement


def of_charge(charge: Thing, stated_at: datetime) -> Iterator[Statement]:
    """Its own metadata, its intent, the invoice (before 2025-03-31), and the donor's name and address."""
    body = charge.body
    yield from _hint(charge.id, HintRank.MONEY, body.get("metadata"), stated_at)
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
    yield from _link(intent.id, body.get("invoice"))
    for charge in (body.get("latest_charge"), *as_list(as_object(body.get("charges")).get("data"))):
        yield from _link(charge, intent.id)


def of_checkout_session(session: Thing, stated_at: datetime) -> Iterator[Statement]:
    """Its metadata is where a form of ours names the campaign; Stripe copies it nowhere, hence the links."""
    body = session.body
    yield from _hint(session.id, HintRank.CHECKOUT, body.get("metadata"), stated_at)
    for made_by_it in ("payment_intent", "invoice", "subscription"):
        yield from _link(body.get(made_by_it), session.id)
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
    yield from _link(invoice.id, new.get("subscription"))
    yield from _link(invoice.id, body.get("subscription"))
    yield from _link(body.get("payment_intent"), invoice.id)
    yield from _link(body.get("charge"), invoice.id)
    for payment in as_list(as_object(body.get("payments")).get("data")):
        yield from _paid_by(as_object(payment), invoice.id)
    yield from _donor(invoice.id, body.get("customer_name"), body.get("customer_email"))


def of_invoice_payment(payment: Thing) -> Iterator[Statement]:
    """Since 2025-03-31 the only event that ties an intent to its invoice."""
    yield from _paid_by(payment.body, payment.body.get("invoice"))


def of_subscription(subscription: Thing, stated_at: datetime) -> Iterator[Statement]:
    """Its metadata, which renewals inherit through their invoices."""
    yield from _hint(subscription.id, HintRank.CHECKOUT, subscription.body.get("metadata"), stated_at)
    yield from _link(subscription.body.get("latest_invoice"), subscription.id)


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
