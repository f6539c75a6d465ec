"""A genuine, signed message of every provider, from the fixtures beside this file."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

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
STRIPE = Endpoint("main", "live", (STRIPE_SECRET,), {})
SANDBOX = Endpoint("main", "demo", (SANDBOX_SECRET,), {})
BTCPAY = Endpoint("main", "live", (btcpay.SECRET,), {"url": "https://pay.example", "store_id": btcpay.STORE})


class Sample(NamedTuple):
    """An endpoint, and the headers and body of a message that it must accept at NOW."""

    endpoint: Endpoint
    headers: dict[str, str]
    body: bytes


def samples(paypal: FakePaypal, folder: Path) -> dict[str, Sample]:
    """One of each kind. PayPal's certificate is served by `paypal`, its root put into `folder`."""
    charge = (FIXTURES / "stripe/charge_succeeded_2026.json").read_bytes()
    header = WebhookSignature.generate_signature_header(charge.decode(), STRIPE_SECRET, int(NOW.timestamp()))
    dispute = (FIXTURES / "sandbox/dispute_won.json").read_bytes()
    coffee = (FIXTURES / "buymeacoffee/donation_created.json").read_bytes()
    coffees = hmac.new(COFFEE_SECRET.encode(), coffee, hashlib.sha256).hexdigest()
    kofi = urlencode({"data": (FIXTURES / "kofi/donation.json").read_text()}).encode()
    invoice = (FIXTURES / "btcpay/invoice_settled.json").read_bytes()
    capture = messages.body_of(messages.event("PAYMENT.CAPTURE.COMPLETED", "capture", {"id": "9XT"}, NOW))
    patrons = patreon.FakePatreon()
    member = patrons.charge(patrons.join(), 500)
    by_patreon = {"x-patreon-signature": patreon.sign(member)["x-patreon-signature"]}
    at_paypal = Endpoint("main", "test", ("m" * 32,), paypal.settings(folder, environment="sandbox"))
    return {
        "btcpay": Sample(BTCPAY, btcpay.sign(invoice), invoice),
        "buymeacoffee": Sample(Endpoint("main", "live", (COFFEE_SECRET,), {}), {"x-signature-sha256": coffees}, coffee),
        "kofi": Sample(Endpoint("main", "live", (KOFI_TOKEN,), {}), {}, kofi),
        "patreon": Sample(Endpoint("main", "live", (patreon.SECRET,), {"currency": "USD"}), by_patreon, member),
        "paypal": Sample(at_paypal, messages.sign(capture, at=NOW), capture),
        "sandbox": Sample(SANDBOX, sandbox.sign(SANDBOX_SECRET, "msg_1", dispute, NOW), dispute),
        "stripe": Sample(STRIPE, {"stripe-signature": header}, charge),
    }
