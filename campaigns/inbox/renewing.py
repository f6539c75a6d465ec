"""Exchanging a key that has ended for another. The former one is used up by that, so one process does it at a time,
and what it gets is stored at once and whole: either both new keys stand there, or neither."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns.crypto import Sealer
from campaigns.db import Database
from campaigns.inbox import endpoints
from campaigns.inbox.models import WebhookEndpoint
from campaigns.providers.asking import CannotLookUpNow, Renews
from campaigns.providers.contract import Endpoint
from campaigns.settings import Settings

LEASE = timedelta(minutes=2)  # longer than an exchange takes; then its process is taken for dead
REST = timedelta(seconds=10)


def renewed(
    database: Database, settings: Settings, renewer: Renews, endpoint_id: int, used: Endpoint, *, now: datetime
) -> Endpoint:
    """The endpoint with keys that are good, where those in `used` have ended. Raises CannotLookUpNow."""
    sealer, mode = Sealer(settings.secret_key), settings.mode
    with database.writing() as session:
        row = session.get_one(WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True)
        fresh = endpoints.opened(row, sealer, mode)
        if fresh.settings != used.settings:
            return fresh  # another process was quicker, or staff
        if row.renewing_until is not None and row.renewing_until > now:
            raise CannotLookUpNow("its key is just being renewed", REST)
        row.renewing_until = now + LEASE
    try:
        told = renewer.renew(used)
    except BaseException:
        with database.writing() as session:
            session.get_one(WebhookEndpoint, endpoint_id).renewing_until = None
        raise
    with database.writing() as session:
        row = session.get_one(WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True)
        row.renewing_until = None
        for name, value in told.items():
            endpoints.set_setting(session, row, name, value, sealer=sealer, mode=mode, now=now)
        return endpoints.opened(row, sealer, mode)
