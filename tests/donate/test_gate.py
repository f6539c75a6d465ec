"""The gate as a reader meets it: the form comes back with all that was typed, and says what to do."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Response

from campaigns import clock
from campaigns.app import create_app
from campaigns.donate import limits, proof, tickets
from campaigns.web import headers
from tests.bed.desk import Desk
from tests.bed.stripe_events import Json
from tests.donate.pressing import solved

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
TYPED = {"own_amount": "12.50", "name": "Ada Typed", "email": "ada@example.org", "message": "Typed words"}
HOME = "93.184.216.34"


@pytest.fixture
def client(database, settings, monkeypatch):
    monkeypatch.setattr(proof, "TRIES", 3)
    desk = Desk(database, settings, now=clock.now())
    desk.campaign(ways=[("PayPal", "https://pay.example/us")])
    return create_app(settings.model_copy(update={"trusted_proxies": 1}), database).test_client()


def form(client, address=HOME) -> dict[str, str]:
    answer = client.get("/c/newsroom/donate", headers={"X-Forwarded-For": address})
    return dict(HIDDEN.findall(answer.get_data(as_text=True)))


def press(client, fields=None, address=HOME, **brought):
    data = {**(form(client, address) if fields is None else fields), **TYPED, **brought}
    return client.post("/c/newsroom/donate", data=data, headers={"X-Forwarded-For": address})


def use_up(client, count=limits.BLOCK_FREE) -> None:
    for _ in range(count):
        assert press(client).status_code == 303


def challenge(client) -> Json:
    found: Json = client.get("/c/newsroom/proof", headers={"X-Forwarded-For": HOME}).json["challenge"]
    return found


def test_the_form_comes_back_with_all_that_was_typed_and_a_ticket(client):
    use_up(client)
    answer = press(client)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for kept in TYPED.values():
        assert kept in page
    assert 'data-wanted="yes"' in page
    assert f"Please wait {tickets.WAIT.seconds} seconds" in page
    assert HIDDEN.search(page)
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers


def test_a_proof_that_the_browser_was_given_while_the_form_was_filled_in_opens_the_checkout(client):
    assert challenge(client) is None
    use_up(client)
    fields = form(client)
    fields["proof"] = solved(challenge(client))
    assert press(client, fields).status_code == 303
    assert press(client, {**fields, "click": "another"}).status_code == 422  # it was good once


def test_without_javascript_the_page_that_comes_back_opens_the_checkout_after_the_wait(client):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        use_up(client)
        fields = dict(HIDDEN.findall(press(client).get_data(as_text=True)))
        traveller.shift(timedelta(seconds=5))
        too_soon = press(client, fields).get_data(as_text=True)
        assert re.search(r"Please wait 1[56] seconds", too_soon)
        fields = dict(HIDDEN.findall(too_soon))
        traveller.shift(tickets.WAIT)
        assert press(client, fields).status_code == 303


def test_a_press_that_arrives_again_is_not_judged_again(client):
    fields = form(client)
    places = {press(client, fields).headers["Location"] for _ in range(limits.BLOCK_MAX + 2)}
    assert len(places) == 1
    assert press(client).status_code == 303  # and took one place only


def test_above_the_limit_the_form_says_when_to_try_again_and_shows_the_other_ways(client):
    use_up(client)
    for _ in range(limits.BLOCK_MAX - limits.BLOCK_FREE):
        assert press(client, proof=solved(challenge(client))).status_code == 303
    answer = press(client)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert "Please wait a little" in page
    assert "https://pay.example/us" in page
    assert "Ada Typed" in page
    assert press(client, address="8.8.8.8").status_code == 303


def test_a_form_with_a_slip_in_it_costs_no_place(client):
    for _ in range(limits.BLOCK_MAX + 3):
        assert press(client, own_amount="nothing").status_code == 422
    assert press(client).status_code == 303


def test_where_an_address_is_nobodys_only_campaign_and_installation_are_limited(client, monkeypatch):
    for _ in range(limits.BLOCK_MAX + 2):
        assert press(client, address="10.0.0.7").status_code == 303
    monkeypatch.setattr(limits, "CAMPAIGN_MAX", limits.BLOCK_MAX + 2)
    assert press(client, address="10.0.0.7").status_code == 429


def test_the_forms_policy_lets_it_lead_to_named_checkouts_and_nowhere_else(app):
    with app.test_request_context():
        policy = headers.donation(Response(), leads_to=["https://checkout.stripe.com"]).headers[
            "Content-Security-Policy"
        ]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["form-action"] == "'self' https://checkout.stripe.com"
    assert {name: rule for name, rule in rules.items() if name != "form-action"} == {
        name: rule
        for name, rule in (rule.strip().partition(" ")[::2] for rule in headers.POLICY.split(";"))
        if name != "form-action"
    }
