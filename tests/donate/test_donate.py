"""The donation page: what is typed is checked on the server, told clearly, and not lost."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from campaigns.campaign import lifecycle
from campaigns.sandbox.models import SandboxPayment
from tests.bed.desk import Desk


@pytest.fixture
def desk(database, settings) -> Desk:
    from campaigns import clock

    desk = Desk(database, settings, now=clock.now())
    desk.campaign(ways=[("PayPal", "https://pay.example/us"), ("Patreon", "https://patreon.example/us")])
    return desk


def post(client, **fields):
    page = client.get("/c/newsroom/donate").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return client.post("/c/newsroom/donate", data={"csrf_token": token.group(1), **fields})


def opened(desk) -> list[int]:
    with desk.database.reading() as session:
        return list(session.scalars(select(SandboxPayment.amount_minor)))


@pytest.mark.parametrize(
    "amount",
    ["", "0", "-5", "1e9", "NaN", "１００", "1,000", "0.001", "100000.01", "9" * 30, "Infinity", "5 0", "\u0000"],
)
def test_what_is_no_amount_is_told_and_opens_nothing(desk, client, amount):
    answer = post(client, own_amount=amount, name="Ada Typed")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'role="alert"' in page
    assert "Ada Typed" in page
    assert opened(desk) == []


def test_the_typed_amount_beats_the_chosen_one(desk, client):
    assert post(client, amount="50", own_amount="12.50").status_code == 303
    assert post(client, amount="50").status_code == 303
    assert opened(desk) == [1_250, 5_000]


def test_a_link_can_ask_for_an_amount_and_nonsense_in_it_is_harmless(desk, client):
    assert 'value="75" checked' in client.get("/c/newsroom/donate?amount=75").get_data(as_text=True)
    for nonsense in ("1e5", "-1", "<script>", "9" * 400):
        page = client.get("/c/newsroom/donate", query_string={"amount": nonsense})
        assert page.status_code == 200
        assert b"<script>" not in page.data


def test_a_broken_address_and_a_monthly_gift_are_told(desk, client):
    assert post(client, amount="50", email="not an address").status_code == 422
    assert post(client, amount="50", frequency="monthly").status_code == 422
    assert opened(desk) == []


def test_a_form_without_or_with_anothers_token_is_refused(desk, client):
    desk.campaign("roof")
    page = client.get("/c/roof/donate").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    for token in ("", "x", found.group(1)):
        assert client.post("/c/newsroom/donate", data={"csrf_token": token, "amount": "50"}).status_code == 400
    assert opened(desk) == []


def test_no_cookie_is_set_and_every_way_stands_side_by_side(desk, client):
    answer = client.get("/c/newsroom/donate")
    assert "Set-Cookie" not in answer.headers
    page = answer.get_data(as_text=True)
    assert "https://pay.example/us" in page
    assert "https://patreon.example/us" in page


def test_a_paused_or_ended_campaign_offers_no_form_and_takes_none(desk, client):
    for act in (lifecycle.pause, lifecycle.end):
        page = client.get("/c/newsroom/donate").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        with desk.database.writing() as session:
            campaign, _ = lifecycle.find(session, "newsroom")
            act(session, campaign, now=desk.now)
        assert "<form" not in client.get("/c/newsroom/donate").get_data(as_text=True)
        if found:
            fields = {"csrf_token": found.group(1), "amount": "50"}
            assert client.post("/c/newsroom/donate", data=fields).status_code == 409
    assert opened(desk) == []


def test_an_unknown_or_unpublished_campaign_has_no_donation_page(desk, client):
    with desk.database.writing() as session:
        lifecycle.create(session, slug="draft", title="Draft", currency="USD", now=desk.now)
    for slug in ("draft", "nope"):
        assert client.get(f"/c/{slug}/donate").status_code == 404
        assert client.get(f"/c/{slug}/thanks").status_code == 404


@pytest.mark.parametrize("mode", ["live"])
def test_in_live_mode_only_the_links_are_offered(desk, client):
    page = client.get("/c/newsroom/donate").get_data(as_text=True)
    assert "https://pay.example/us" in page
    assert "<form" not in page
    with desk.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SandboxPayment)) == 0
