"""Stripe's fixtures, changed in one place and read; and what a reading comes to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from campaigns.providers import stripe
from campaigns.providers.contract import Endpoint, Reading

Load = Callable[[str], dict[str, Any]]
ENDPOINT = Endpoint("main", "live", (), {})


def read(event: dict[str, Any], endpoint: Endpoint = ENDPOINT) -> Reading:
    return stripe.read(json.dumps(event).encode(), endpoint)


def entries(reading: Reading) -> list[tuple[str, str, str, int, str]]:
    return [(m.ref, m.key, m.kind, m.amount_minor, m.currency) for m in reading.movements]


def changed(event: dict[str, Any], kind: str | None = None, **fields: object) -> dict[str, Any]:
    """`event` itself, of the type `kind`, with `fields` of its object set."""
    event["data"]["object"].update(fields)
    event["type"] = kind or event["type"]
    return event
