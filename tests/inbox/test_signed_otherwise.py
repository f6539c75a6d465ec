"""The services that sign in another way than Stripe, over the whole way: from the webhook's URL to the bar."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from sqlalchemy import select

from campaigns.campaign import lifecycle
from campaigns.crypto import Sealer
from campaigns.inbox import endpoints, proof
from campaigns.inbox.models import WebhookEvent
from campaigns.ledger import check
from tests.bed.desk import NOW, Desk
from tests.providers.conftest import COFFEE_SECRET, FIXTURES, KOFI_TOKEN


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def message(name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return made


@pytest.fixture
def connected(desk: Desk) -> Desk:
    """Ko-fi and Buy Me a Coffee, all of whose money is the newsroom's."""
    with desk.database.writing() as session:
        campaign = lifecycle.by_slug(session, "newsroom")
        given: dict[str, Any] = {"settings": {}, "campaign": campaign, "now": desk.now, "mode": desk.settings.mode}
        sealer = Sealer(desk.settings.secret_key)
        for provider, secret in (("kofi", KOFI_TOKEN), ("buymeacoffee", COFFEE_SECRET)):
            endpoints.create(session, provider=provider, name="main", secrets=[secret], sealer=sealer, **given)
    return desk


def kofi(client, sent: dict[str, Any], **headers: str):
    return client.post(
        "/webhooks/kofi/main",
        data=urlencode({"data": json.dumps(sent)}),
        headers=headers,
        content_type="application/x-www-form-urlencoded",
    )


def coffee(client, sent: dict[str, Any]):
    body = json.dumps(sent).encode()
    signature = hmac.new(COFFEE_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-signature-sha256": signature}
    return client.post("/webhooks/buymeacoffee/main", data=body, headers=headers, content_type="application/json")


def in_test_mode(sent: dict[str, Any]) -> dict[str, Any]:
    return sent | {"live_mode": False}


def test_a_tip_is_counted_once_however_often_it_comes_and_its_token_is_kept_nowhere(connected, client):
    tip = message("kofi/donation")
    assert kofi(client, tip).get_json() == {"status": "processed"}
    assert kofi(client, tip).get_json() == {"status": "duplicate"}
    assert kofi(client, tip | {"message_id": "another-message"}).get_json() == {"status": "processed"}
    assert connected.raised() == 300
    with connected.database.reading() as session:
        bodies = session.scalars(select(WebhookEvent.body)).all()
        assert not [body for body in bodies if KOFI_TOKEN.encode() in body]
        assert check.check(session, proof.reader(session, connected.settings)).findings == ()


def test_a_tip_with_another_token_is_refused_and_json_is_another_type(connected, client):
    tip = message("kofi/donation")
    assert kofi(client, tip | {"verification_token": "5f0d3c8a-0000-0000-0000-0c1d2e3f4a5b"}).status_code == 400
    assert client.post("/webhooks/kofi/main", json=tip).status_code == 415
    assert connected.raised() == 0


def test_the_test_of_ko_fis_page_shows_that_the_endpoint_is_reached_and_counts_nothing(connected, client):
    test = message("kofi/donation") | {"kofi_transaction_id": "00000000-1111-2222-3333-444444444444"}
    assert kofi(client, test).get_json() == {"status": "ignored"}
    assert connected.raised() == 0


def test_support_and_its_refund_come_in_any_order(connected, client):
    support = in_test_mode(message("buymeacoffee/donation_created"))
    given_back = support | {"type": "donation.refunded", "event_id": 9009}
    given_back["data"] = support["data"] | {"refunded": "true", "refunded_at": 1_795_375_000}
    assert coffee(client, given_back).get_json() == {"status": "processed"}
    assert connected.raised() == 0
    assert coffee(client, support).get_json() == {"status": "processed"}
    assert connected.raised() == 0
    assert [entry.amount_minor for entry in connected.entries("support-58")] == [500, -500]


def test_a_renewal_counts_and_stands_on_the_list_of_what_needs_a_person(connected, client):
    renewal = in_test_mode(message("buymeacoffee/membership_updated"))
    renewal["data"] = renewal["data"] | {"currency": "USD"}
    assert coffee(client, renewal).get_json() == {"status": "processed"}
    assert coffee(client, renewal | {"event_id": 9010}).get_json() == {"status": "processed"}
    assert connected.raised() == 750
