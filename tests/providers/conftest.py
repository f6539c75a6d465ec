"""Signed messages as the services send them, from the fixtures beside this file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from stripe import WebhookSignature

from campaigns.providers import sandbox
from campaigns.providers.contract import Endpoint

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2026, 11, 22, 19, 0, 0, tzinfo=UTC)
STRIPE_SECRET = "whsec_" + "k" * 32
SANDBOX_SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZg=="

Signed = tuple[Endpoint, dict[str, str], bytes]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def stripe_endpoint() -> Endpoint:
    return Endpoint("main", "live", (STRIPE_SECRET,), {})


@pytest.fixture
def sandbox_endpoint() -> Endpoint:
    return Endpoint("main", "demo", (SANDBOX_SECRET,), {})


@pytest.fixture
def fixture() -> Callable[[str], dict[str, Any]]:
    """`fixture("stripe/charge_succeeded_2026")` is that event, fresh each time."""
    return lambda name: json.loads((FIXTURES / f"{name}.json").read_text())


@pytest.fixture
def signed(stripe_endpoint: Endpoint, sandbox_endpoint: Endpoint) -> Callable[[str], Signed]:
    """`signed(kind)` is an endpoint with the headers and body of a message it must accept at `now`."""

    def stripe() -> Signed:
        body = (FIXTURES / "stripe/charge_succeeded_2026.json").read_bytes()
        header = WebhookSignature.generate_signature_header(body.decode(), STRIPE_SECRET, int(NOW.timestamp()))
        return stripe_endpoint, {"stripe-signature": header}, body

    def pretend() -> Signed:
        body = (FIXTURES / "sandbox/dispute_won.json").read_bytes()
        return sandbox_endpoint, sandbox.sign(SANDBOX_SECRET, "msg_1", body, NOW), body

    return lambda kind: {"stripe": stripe, "sandbox": pretend}[kind]()
