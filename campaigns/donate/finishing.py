"""Taking what a donor has only approved, as soon as the donor is back. The payment service's message does the same, for
whoever closes the page before; which of the two comes first does not matter."""

from __future__ import annotations

import logging
from datetime import datetime

from campaigns.crypto import Sealer
from campaigns.db import Database
from campaigns.donate.models import DonationIntent
from campaigns.inbox import endpoints, wanting
from campaigns.inbox.models import WebhookEndpoint
from campaigns.providers import shelf
from campaigns.providers.checkout import CannotOpenNow, OpeningRefused, finishes_checkout
from campaigns.settings import Settings

logger = logging.getLogger(__name__)


def finish(database: Database, settings: Settings, intent: DonationIntent, *, now: datetime) -> None:
    """Asks the payment service to take the money of `intent`, where it waits for that. Fails in the log only.

    That it is to be asked what became of it is kept before: should its own message be lost, the worker finds the money.
    """
    if intent.remote_ref is None or intent.endpoint_id is None:
        return
    with database.reading() as session:
        row = session.get(WebhookEndpoint, intent.endpoint_id)
        finisher = finishes_checkout(shelf().get(row.provider)) if row else None
    if finisher is None:
        return
    with database.writing() as session:
        row = session.get_one(WebhookEndpoint, intent.endpoint_id)
        opened = endpoints.opened(row, Sealer(settings.secret_key), settings.mode)
        subject = finisher.checkout_subject(intent.remote_ref)
        wanting.want(session, row, opened, subject, purpose="checkout", now=now, since=now)
    try:
        finisher.finish_checkout(opened, intent.remote_ref)
    except (CannotOpenNow, OpeningRefused) as error:
        logger.warning("the checkout %s waits for the service's own message: %s", intent.remote_ref, error)
