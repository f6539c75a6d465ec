"""A message of the pretend service goes over real HTTP, is tried again, and is given up plainly."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from campaigns.providers import sandbox
from campaigns.providers.contract import Endpoint
from campaigns.sandbox import sending
from campaigns.sandbox.models import SandboxPayment

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
SECRET = "a secret of the pretend service"
PATH = "/webhooks/sandbox/sandbox"


@pytest.fixture
def what(monkeypatch) -> sending.Message:
    monkeypatch.setattr(sending, "PAUSES_SECONDS", (0.0, 0.01, 0.01))
    payment = SandboxPayment(
        key="pay_x",
        campaign_slug="newsroom",
        amount_minor=2_500,
        currency="USD",
        status="succeeded",
        name="Zoë 🐘",
        show_name=True,
        refunds=[],
        disputes=[],
        created_at=NOW,
    )
    return sending.message(payment, "payment.succeeded", secret=SECRET, now=NOW)


def test_a_message_is_one_that_its_provider_takes_for_genuine(what):
    endpoint = Endpoint(name="sandbox", mode="test", secrets=(SECRET,), settings={})
    verified = sandbox.verify(endpoint, what.headers, what.body, NOW)
    assert (verified.remote_id, verified.type, verified.live) == (what.id, "payment.succeeded", False)
    (movement,) = sandbox.read(what.body, endpoint).movements
    assert (movement.ref, movement.amount_minor, movement.currency) == ("pay_x", 2_500, "USD")


def test_a_message_is_tried_again_until_it_is_taken(what, httpserver: HTTPServer):
    httpserver.expect_ordered_request(PATH, method="POST").respond_with_data("later", status=503)
    httpserver.expect_ordered_request(PATH, method="POST").respond_with_data("<p>a proxy</p>", status=200)
    httpserver.expect_ordered_request(PATH, method="POST").respond_with_json({"status": "processed"})
    sending.send(httpserver.url_for(PATH), what).join(timeout=20)
    httpserver.check_assertions()
    assert [request.get_data() for request, _ in httpserver.log] == [what.body] * 3
    assert {request.headers["webhook-id"] for request, _ in httpserver.log} == {what.id}


def test_a_message_that_nobody_takes_is_given_up_and_said_so(what, httpserver: HTTPServer, caplog, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    httpserver.expect_request(PATH).respond_with_data("", status=302, headers={"Location": "/elsewhere"})
    with caplog.at_level(logging.WARNING):
        sending.send(httpserver.url_for(PATH), what).join(timeout=20)
    assert len(httpserver.log) == 3
    assert "is given up" in caplog.text
    assert json.loads(what.body)["payment"]["name"] not in caplog.text
