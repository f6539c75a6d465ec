"""Stripe's events and answers, changed in one place and read; and what a reading comes to."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from campaigns.providers import stripe
from campaigns.providers.contract import Endpoint, Reading

Load = Callable[[str], dict[str, Any]]
ENDPOINT = Endpoint("main", "live", (), {})
ANSWERED = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def read(event: dict[str, Any], endpoint: Endpoint = ENDPOINT) -> Reading:
    return stripe.read(json.dumps(event).encode(), endpoint)


def read_answer(answer: dict[str, Any], endpoint: Endpoint = ENDPOINT) -> Reading:
    return stripe.read_answer(json.dumps(answer).encode(), endpoint, ANSWERED)


def entries(reading: Reading) -> list[tuple[str, str, str, int, str]]:
    """What is booked of the donors' money; fees stand beside it."""
    return [(m.ref, m.key, m.kind, m.amount_minor, m.currency) for m in reading.movements if m.kind != "fee"]


def fees(reading: Reading) -> list[tuple[str, str, int, str]]:
    """What the service kept of it."""
    return [(m.ref, m.key, m.amount_minor, m.currency) for m in reading.movements if m.kind == "fee"]


def reasons(reading: Reading) -> list[str]:
    """What is known to be missing, in words."""
    return [need.reason for need in reading.needs]


def changed(event: dict[str, Any], kind: str | None = None, **fields: object) -> dict[str, Any]:
    """`event` itself, of the type `kind`, with `fields` of its object set."""
    event["data"]["object"].update(fields)
    event["type"] = kind or event["type"]
    return event
