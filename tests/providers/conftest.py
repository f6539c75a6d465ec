"""What tests of providers are given: a genuine message of each, and a pretend PayPal that serves certificates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from campaigns.providers.contract import Endpoint
from tests.fakes.paypal.server import FakePaypal
from tests.providers.samples import (
    BTCPAY,
    COFFEE_SECRET,
    FIXTURES,
    KOFI_TOKEN,
    NOW,
    SANDBOX,
    SANDBOX_SECRET,
    STRIPE,
    STRIPE_SECRET,
    Sample,
    samples,
)

__all__ = ["BTCPAY", "COFFEE_SECRET", "FIXTURES", "KOFI_TOKEN", "NOW", "SANDBOX_SECRET", "STRIPE_SECRET"]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def stripe_endpoint() -> Endpoint:
    return STRIPE


@pytest.fixture
def sandbox_endpoint() -> Endpoint:
    return SANDBOX


@pytest.fixture(scope="session")
def paypal() -> Iterator[FakePaypal]:
    with FakePaypal() as made:
        yield made


@pytest.fixture
def fixture() -> Callable[[str], dict[str, Any]]:
    """`fixture("stripe/charge_succeeded_2026")` is that event, fresh each time."""
    return lambda name: json.loads((FIXTURES / f"{name}.json").read_text())


@pytest.fixture
def signed(paypal: FakePaypal, tmp_path: Path) -> Callable[[str], Sample]:
    """`signed(kind)` is an endpoint with the headers and body of a message it must accept at `now`."""
    made = samples(paypal, tmp_path)
    return lambda kind: made[kind]
