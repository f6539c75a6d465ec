"""Signed messages as the services send them, from the fixtures beside this file."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from stripe import WebhookSignature

from campaigns.providers import sandbox
from campaigns.providers.contract import Endpoint
from tests.fakes.btcpay import server as btcpay
from tests.fakes.patreon import server as patreon
from tests.fakes.paypal import messages
from tests.fakes.paypal.server import FakePaypal

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2026, 11, 22, 19, 0, 0, tzinfo=UTC)
STRIPE_SECRET = "whsec_" + "k" * 32
SANDBOX_SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZg=="

COFFEE_SECRET = "coffee_" + "c" * 32
KOFI_TOKEN = "5f0d3c8a-2b1e-4d7f-9a66-0c1d2e3f4a5b"

BTCPAY = Endpoint("main", "live", (btcpay.SECRET,), {"url": "https://pay.example", "store_id": btcpay.STORE})

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


@pytest.fixture(scope="session")
def paypal() -> Iterator[FakePaypal]:
    """A pretend PayPal that serves certificates."""
    with FakePaypal() as made:
        yield made


@pytest.fixture
def paypal_endpoint(paypal: FakePaypal, tmp_path: Path) -> Endpoint:
    return Endpoint("main", "test", ("m" * 32,), paypal.settings(tmp_path, environment="sandbox"))


@pytest.fixture
def fixture() -> Callable[[str], dict[str, Any]]:
    """`fixture("stripe/charge_succeeded_2026")` is that event, fresh each time."""
    return lambda name: json.loads((FIXTURES / f"{name}.json").read_text())


@pytest.fixture
def signed(stripe_endpoint: Endpoint, sandbox_endpoint: Endpoint, paypal_endpoint: Endpoint) -> Callable[[str], Signed]:
    """`signed(kind)` is an endpoint with the headers and body of a message it must accept at `now`."""

    def stripe() -> Signed:
        body = (FIXTURES / "stripe/charge_succeeded_2026.json").read_bytes()
        header = WebhookSignature.generate_signature_header(body.decode(), STRIPE_SECRET, int(NOW.timestamp()))
        return stripe_endpoint, {"stripe-signature": header}, body

    def pretend() -> Signed:
        body = (FIXTURES / "sandbox/dispute_won.json").read_bytes()
        return sandbox_endpoint, sandbox.sign(SANDBOX_SECRET, "msg_1", body, NOW), body

    def coffee() -> Signed:
        body = (FIXTURES / "buymeacoffee/donation_created.json").read_bytes()
        signature = hmac.new(COFFEE_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return Endpoint("main", "live", (COFFEE_SECRET,), {}), {"x-signature-sha256": signature}, body

    def kofi() -> Signed:
        text = (FIXTURES / "kofi/donation.json").read_text()
        return Endpoint("main", "live", (KOFI_TOKEN,), {}), {}, urlencode({"data": text}).encode()

    def bitcoin() -> Signed:
        body = (FIXTURES / "btcpay/invoice_settled.json").read_bytes()
        return BTCPAY, btcpay.sign(body), body

    def friend() -> Signed:
        body = messages.body_of(messages.event("PAYMENT.CAPTURE.COMPLETED", "capture", {"id": "9XT"}, NOW))
        return paypal_endpoint, messages.sign(body, at=NOW), body

    def patron() -> Signed:
        fake = patreon.FakePatreon()
        body = fake.charge(fake.join(), 500)
        signature = {"x-patreon-signature": patreon.sign(body)["x-patreon-signature"]}
        return Endpoint("main", "live", (patreon.SECRET,), {"currency": "USD"}), signature, body

    made = {
        "paypal": friend,
        "patreon": patron,
        "btcpay": bitcoin,
        "stripe": stripe,
        "sandbox": pretend,
        "buymeacoffee": coffee,
        "kofi": kofi,
    }
    return lambda kind: made[kind]()
