"""Leading a donor to the page where an intent is paid: opened once, outside of any transaction, and then remembered."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime

from campaigns.campaign.models import Campaign
from campaigns.db import Database
from campaigns.donate import intents
from campaigns.donate.models import DonationIntent
from campaigns.donate.ways import Way
from campaigns.language import say as _
from campaigns.ledger import attention
from campaigns.providers.checkout import CannotOpenNow, OpeningRefused, Order

OTHERS_SECONDS_MAX = 20.0  # how long a second click waits for what the first one opens
PAUSE_SECONDS = 0.1
SEEK_PAUSES = threading.Event()  # never set: its wait is a sleep

logger = logging.getLogger(__name__)


class NotOpened(Exception):
    """No checkout came of it, and no money moved. `message` is for the donor; `again`: it may work in a moment."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.message, self.again = message, again


def order_of(intent: DonationIntent, campaign: Campaign, *, email: str | None, base: str, back_url: str) -> Order:
    """What is asked of the provider. `base` is the public URL: where the donor comes back to is ours to say."""
    return Order(
        intent=intent.key,
        campaign=campaign.slug,
        title=campaign.title,
        amount_minor=intent.amount_minor,
        cover_minor=intent.cover_minor,
        currency=intent.currency,
        frequency=intent.frequency,
        email=email,
        language=intent.language,
        thanks_url=f"{base}/c/{campaign.slug}/thanks?gift={intent.key}&lang={intent.language}",
        back_url=back_url,
        failure_count=intent.failure_count,
    )


def open_for(database: Database, intent: DonationIntent, way: Way, order: Order, *, now: datetime) -> str:
    """Where `intent` is paid. Twenty requests at once open one checkout. Raises NotOpened."""
    if intent.checkout_url:
        return intent.checkout_url
    with database.writing() as session:
        is_ours = intents.claim_opening(session, intent.id, now=now)
    return _open(database, intent, way, order, now) if is_ours else _opened_by_another(database, intent.id)


def _open(database: Database, intent: DonationIntent, way: Way, order: Order, now: datetime) -> str:
    if way.endpoint is None:
        raise LookupError(f"the way {way.key} has no account")
    try:
        made = way.opener.open_checkout(way.endpoint, order)
    except CannotOpenNow as error:
        _put_back(database, intent, way, str(error), was_answered=error.was_answered, now=now)
        raise NotOpened(_("The payment service does not answer just now. Please try again."), again=True) from error
    except OpeningRefused as error:
        _put_back(database, intent, way, str(error), refused=True, was_answered=True, now=now)
        raise NotOpened(_("This way to pay cannot be used just now. Please choose another."), again=False) from error
    except BaseException:
        with database.writing() as session:
            intents.not_opened(session, intent.id, refused=False)
        raise
    with database.writing() as session:
        intents.opened(session, intent.id, ref=made.ref, url=made.url, now=now)
    return made.url


def _put_back(
    database: Database,
    intent: DonationIntent,
    way: Way,
    reason: str,
    *,
    refused: bool = False,
    was_answered: bool,
    now: datetime,
) -> None:
    """So that another click may try; staff are told of what no trying mends."""
    logger.warning("no checkout by %s: %s", way.key, reason)
    with database.writing() as session:
        intents.not_opened(session, intent.id, refused=refused, was_answered=was_answered)
        if refused:
            attention.note(session, "checkout_refused", f"{way.key}:{reason}"[:300], reason, donation=None, now=now)


def _opened_by_another(database: Database, intent_id: int) -> str:
    """What the request that was quicker opens, as soon as it has."""
    until = time.monotonic() + OTHERS_SECONDS_MAX
    while time.monotonic() < until:
        with database.reading() as session:
            found = session.get_one(DonationIntent, intent_id)
            if found.checkout_url:
                return found.checkout_url
            if found.attempted_at is None:
                break
        SEEK_PAUSES.wait(PAUSE_SECONDS)
    raise NotOpened(_("The payment service does not answer just now. Please try again."), again=True)
