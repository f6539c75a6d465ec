"""The promises about gifts that the worker keeps: receipts, and links to manage a monthly gift."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from campaigns.db import Database
from campaigns.donate import receipts
from campaigns.outbox.delivery import deliver_due
from campaigns.settings import Settings


def deliver(database: Database, settings: Settings, *, now: datetime) -> dict[str, int]:
    """One round: every mail that is due. Without a mail server they wait, and are tried at no round."""
    if settings.smtp_url is None or settings.mail_from is None:
        return {}
    handlers = {
        "receipt": partial(receipts.deliver, database, settings),
        "manage": partial(receipts.deliver_links, database, settings),
    }
    return deliver_due(database, handlers, now=now)
