"""Intents: a press of the button becomes one wish to give, however often it arrives, and leads to one checkout."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.donate.gift import Gift
from campaigns.donate.models import DonationIntent
from campaigns.donate.ways import Way
from campaigns.errors import Conflict
from campaigns.keys import KEY_ALPHABET, KEY_LENGTH, new_key
from campaigns.ledger.announcing import announce
from campaigns.ledger.models import Donation
from campaigns.providers import shelf
from campaigns.providers.contract import Donor, intent_ref

ONE_CLICK = timedelta(minutes=10)  # within which the same press of the same button is the same wish
OPENING = timedelta(seconds=60)  # longer than a provider may take; then another request may try
REFERENCE_LENGTH = 8
AGAIN_MAX = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What makes an intent: the checked gift, by which way, from where, and which press of the button it was."""

    gift: Gift
    way: Way
    click: str
    language: str
    site_id: int | None = None
    source: str = ""


def begin(session: Session, campaign: Campaign, wish: Wish, *, now: datetime) -> tuple[DonationIntent, bool]:
    """The intent of `wish`, and whether it is new. The same press of the same button finds the same one."""
    clicks = [_digest(campaign, wish, again) for again in range(AGAIN_MAX)]
    earlier = _by_click(session, clicks)
    for click in clicks:
        found = earlier.get(click)
        if found is None:
            try:
                with session.begin_nested():
                    return _make(session, campaign, wish, click, now), True
            except IntegrityError:  # another request of the same click was quicker
                found = _by_click(session, [click]).get(click)
        if found is not None and _is_same(session, found, now):
            return found, False
    raise Conflict("this form was sent too often; load the page again")


def known(session: Session, campaign: Campaign, wish: Wish, *, now: datetime) -> bool:
    """Whether `begin` would find the intent of an earlier arrival of the same press."""
    if not wish.click:
        return False
    earlier = _by_click(session, [_digest(campaign, wish, again) for again in range(AGAIN_MAX)])
    return any(_is_same(session, one, now) for one in earlier.values())


def find(session: Session, key: str) -> DonationIntent | None:
    """The intent of a public key, which may be anything a stranger sent."""
    if len(key) != KEY_LENGTH or not set(key) <= set(KEY_ALPHABET):
        return None
    return session.scalars(select(DonationIntent).filter_by(key=key)).one_or_none()


def has_arrived(session: Session, intent: DonationIntent) -> bool:
    """Whether the ledger knows of any money, or promise of it, that came of `intent`."""
    return session.scalar(select(Donation.id).filter_by(intent_ref_id=intent.ref_id).limit(1)) is not None


def claim_opening(session: Session, intent_id: int, *, now: datetime) -> bool:
    """Whether it is ours to open the checkout: it is not open, and nobody is just opening it."""
    free = or_(DonationIntent.attempted_at.is_(None), DonationIntent.attempted_at < now - OPENING)
    claim = update(DonationIntent).where(DonationIntent.id == intent_id, DonationIntent.checkout_url.is_(None), free)
    claim = claim.values(attempted_at=now).returning(DonationIntent.id)
    return session.scalars(claim.execution_options(synchronize_session=False)).one_or_none() is not None


def opened(session: Session, intent_id: int, *, ref: str, url: str, now: datetime) -> None:
    """The checkout is open."""
    intent = session.get_one(DonationIntent, intent_id)
    intent.status, intent.remote_ref, intent.checkout_url, intent.opened_at = "open", ref, url, now


def not_opened(session: Session, intent_id: int, *, refused: bool, was_answered: bool = False) -> None:
    """The provider did not open it; where it did not refuse, the next press may try again at once."""
    intent = session.get_one(DonationIntent, intent_id)
    intent.status, intent.attempted_at = ("failed" if refused else "new"), None
    intent.failure_count += was_answered


def _is_same(session: Session, intent: DonationIntent, now: datetime) -> bool:
    return now - intent.created_at < ONE_CLICK and not has_arrived(session, intent)


def _make(session: Session, campaign: Campaign, wish: Wish, click: str, now: datetime) -> DonationIntent:
    gift, way, key = wish.gift, wish.way, new_key()
    donor = Donor(intent_ref(key), gift.name, gift.email, gift.message, gift.show_name, typed_here=True)
    ref_id = announce(session, provider=way.provider, scope=_scope(way), donor=donor)
    intent = DonationIntent(
        key=key,
        click=click,
        ref_id=ref_id,
        campaign_id=campaign.id,
        endpoint_id=way.endpoint_id,
        way=way.key,
        amount_minor=gift.amount_minor,
        cover_minor=gift.cover_minor,
        currency=campaign.currency,
        frequency=gift.frequency,
        language=wish.language,
        tribute=gift.tribute,
        site_id=wish.site_id,
        source=wish.source or None,
        status="new",
        failure_count=0,
        reference=_reference() if way.kind == "bank" else None,
        created_at=now,
    )
    session.add(intent)
    session.flush()
    return intent


def _digest(campaign: Campaign, wish: Wish, again: int) -> str:
    """One value for one press. Whatever was changed in the form makes another wish, with a checkout of its own."""
    gift = wish.gift
    typed = (gift.email, gift.name, gift.message, gift.show_name, gift.tribute)
    chosen = (wish.way.key, gift.amount_minor, gift.cover_minor, gift.frequency)
    said = (campaign.id, *chosen, *typed, wish.click or secrets.token_hex(16), again)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _by_click(session: Session, clicks: Sequence[str]) -> dict[str, DonationIntent]:
    found = session.scalars(select(DonationIntent).where(DonationIntent.click.in_(clicks)))
    return {intent.click: intent for intent in found}


def _scope(way: Way) -> str:
    """As the inbox names it, so that what webhooks tell meets what was announced."""
    provider = shelf().get(way.provider)
    return str(way.endpoint_id) if provider is not None and provider.SCOPE == "endpoint" else ""


def _reference() -> str:
    """Short, to be typed into a bank's form: `TM-7K3F-9Q2X`."""
    drawn = new_key(REFERENCE_LENGTH).upper()
    return f"TM-{drawn[:4]}-{drawn[4:]}"
