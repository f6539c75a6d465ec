"""The link by which a monthly donor changes or ends the gift: signed, sent to the donor's own address and nowhere else.

It names our intent and no donor. It leads to the payment service's own page in the end, asked for afresh each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.crypto import Sealer, derive
from campaigns.donate import intents
from campaigns.donate.models import DonationIntent
from campaigns.inbox import endpoints
from campaigns.inbox.models import WebhookEndpoint
from campaigns.ledger.models import Donation, PaymentDonor
from campaigns.outbox.promising import promise
from campaigns.providers import shelf
from campaigns.providers.checkout import OpeningRefused, OpensCheckout, opens_checkout
from campaigns.providers.contract import Endpoint
from campaigns.settings import Settings

DAYS_MAX = 90
SECONDS_OF_DAY = 86_400
LINKS_MAX = 5  # monthly gifts of one address that one mail speaks of


def manage_link(settings: Settings, intent: DonationIntent, *, now: datetime) -> str:
    """The link for a receipt; good for DAYS_MAX days."""
    signed = _signer(settings).dumps([intent.key, int(now.timestamp())])
    return f"{settings.public_url}/manage/{signed}"


def intent_of(session: Session, settings: Settings, token: str, *, now: datetime) -> DonationIntent | None:
    """The monthly gift that a link is about; None for one that is forged, too old or about nothing any more."""
    try:
        key, made_at = _signer(settings).loads(token)
        age = now.timestamp() - int(made_at)
    except (BadSignature, ValueError, TypeError):
        return None
    if not -SECONDS_OF_DAY <= age <= DAYS_MAX * SECONDS_OF_DAY:
        return None
    found = intents.find(session, str(key))
    return found if found is not None and found.frequency == "monthly" and found.remote_ref else None


def opener_of(session: Session, settings: Settings, intent: DonationIntent) -> tuple[OpensCheckout, Endpoint]:
    """Who to ask for the page of `intent`. Raises OpeningRefused where the account is gone."""
    row = session.get(WebhookEndpoint, intent.endpoint_id) if intent.endpoint_id else None
    opener = opens_checkout(shelf().get(row.provider)) if row else None
    if row is None or opener is None:
        raise OpeningRefused("the account of this gift is not connected any more")
    return opener, endpoints.opened(row, Sealer(settings.secret_key), settings.mode)


def ask_again(session: Session, email: str, *, now: datetime) -> None:
    """Promises fresh links to `email` where monthly gifts were given with it; says nothing about whether there were.

    One mail a day and address at most, whoever asks how often.
    """
    address = email.strip().lower()
    given = select(DonationIntent.id).join(Donation, Donation.intent_ref_id == DonationIntent.ref_id)
    given = given.where(DonationIntent.frequency == "monthly", func.lower(Donation.donor_email) == address)
    newest = session.scalars(given.order_by(DonationIntent.id.desc()).limit(1)).one_or_none()
    if newest is not None:
        payload: dict[str, Any] = {"intent": newest}
        promise(session, "manage", f"manage:{newest}:{now:%Y-%m-%d}", payload, now=now)


@dataclass(frozen=True, slots=True)
class Managed:
    """A monthly gift and the link that leads to it."""

    campaign: Campaign
    intent: DonationIntent
    url: str


def links_of(
    session: Session, settings: Settings, intent_id: int, *, now: datetime
) -> tuple[str, list[Managed]] | None:
    """The address of an intent's donor, and each monthly gift that was given with it, the newest first."""
    first = session.get(DonationIntent, intent_id)
    email = _email_of(session, first) if first else None
    if email is None:
        return None
    given = select(DonationIntent, Campaign).join(Donation, Donation.intent_ref_id == DonationIntent.ref_id)
    given = given.join(Campaign, Campaign.id == DonationIntent.campaign_id).distinct()
    given = given.where(DonationIntent.frequency == "monthly", func.lower(Donation.donor_email) == email.lower())
    rows = session.execute(given.order_by(DonationIntent.id.desc()).limit(LINKS_MAX)).all()
    gifts = [Managed(campaign, intent, manage_link(settings, intent, now=now)) for intent, campaign in rows]
    return (email, gifts) if gifts else None


def _email_of(session: Session, intent: DonationIntent) -> str | None:
    typed = session.scalars(select(PaymentDonor.email).filter_by(ref_id=intent.ref_id)).one_or_none()
    told = select(Donation.donor_email).filter_by(intent_ref_id=intent.ref_id).where(Donation.donor_email.is_not(None))
    return typed or session.scalars(told.limit(1)).one_or_none()


def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(derive(settings.secret_key, "manage-link"), salt="tidemark-manage")
