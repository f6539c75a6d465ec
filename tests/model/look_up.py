"""The worker's questions, answered by the World in memory: the official client, with no socket under it.

With it a part of the events may be lost for good: what is left points at what is missing, and asking completes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import stripe

from campaigns.db import Database
from campaigns.inbox import look_ups
from campaigns.providers.stripe import asking
from campaigns.settings import Settings
from tests.fakes.stripe.api import SECRET_KEY, Api, Request
from tests.fakes.stripe.server import ROUTES
from tests.fakes.stripe.world import World

API_KEY = SECRET_KEY

# Each may be lost as long as one of the others, of the same deed, is not.
LOSABLE: dict[str, tuple[str, ...]] = {
    "charge.succeeded": ("payment_intent.succeeded", "checkout.session.completed", "invoice.paid"),
    "payment_intent.succeeded": ("charge.succeeded", "checkout.session.completed", "invoice.paid"),
    "refund.created": ("charge.refunded",),
    "charge.refunded": ("refund.created",),
    "refund.failed": ("refund.updated", "charge.refund.updated"),
    "refund.updated": ("refund.failed", "charge.refund.updated"),
    "charge.refund.updated": ("refund.updated",),
    "charge.dispute.created": ("charge.dispute.funds_withdrawn",),
    "charge.dispute.funds_withdrawn": ("charge.dispute.created",),
    "invoice_payment.paid": ("invoice.paid",),
}


class _InProcess(stripe.HTTPClient):
    """Carries a request to the fake by calling it."""

    name: ClassVar[str] = "in-process"

    def __init__(self, api: Api) -> None:
        super().__init__()
        self._api = api

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query) + parse_qsl(post_data or "")
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        answer = self._api.answer(Request(method.upper(), parts.path, pairs, lower))
        return json.dumps(answer.body), answer.status, answer.headers


class Asker:
    """The worker's round of questions to one World."""

    def __init__(self, database: Database, settings: Settings, world: World) -> None:
        self._database = database
        self._settings = settings
        self._client = _InProcess(Api(world, ROUTES))

    def ask(self, now: datetime, look: Callable[[datetime], None]) -> int:
        """Asks all that is due, with a reader's look at the totals after each; how many questions were answered."""
        answered = 0
        one_each = mock.patch.object(look_ups, "ROUND_MAX", 1)
        with one_each, mock.patch.object(asking, "transport", return_value=self._client):
            while ended := look_ups.ask_due(self._database, self._settings, now=now):
                answered += ended.get("answered", 0)
                look(now)
        return answered
