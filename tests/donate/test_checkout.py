"""From the form to a checkout at Stripe and back to the ledger: opened once, at the amount that the server decided."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from campaigns import clock
from campaigns.crypto import Sealer
from campaigns.donate import checkout, intents
from campaigns.donate.models import DonationIntent
from campaigns.inbox import endpoints
from campaigns.ledger.models import Attention, Donation
from campaigns.outbox.models import OutboxMessage
from tests.bed.desk import Desk
from tests.fakes.stripe.api import SECRET_KEY
from tests.fakes.stripe.server import FakeStripe
from tests.fakes.stripe.world import World


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    with FakeStripe(World(seed=7, now=int(clock.now().timestamp()))) as started:
        yield started


@pytest.fixture
def desk(database, settings, fake) -> Desk:
    desk = Desk(database, settings, now=clock.now())
    desk.campaign()
    desk.endpoint(api_key=SECRET_KEY, api_base=fake.url)
    return desk


def form(client: FlaskClient, **query: str) -> dict[str, str]:
    page = client.get("/c/newsroom/donate", query_string=query).get_data(as_text=True)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def give(client: FlaskClient, **fields: str):
    return client.post("/c/newsroom/donate", data=form(client) | {"method": "stripe", "amount": "50"} | fields)


def sessions(fake: FakeStripe) -> list[dict[str, Any]]:
    return [one for one in fake.world.objects.values() if one["object"] == "checkout.session"]


def hear(desk: Desk, fake: FakeStripe) -> None:
    """Everything Stripe has told reaches the desk."""
    desk.now = clock.now()
    for event in fake.world.events:
        desk.send(event)


def test_a_gift_opens_one_session_of_the_checked_amount_that_leads_back_to_its_thanks(desk, client, fake):
    answer = give(client, own_amount="12.50", email="ada@example.org", name="Ada", cover_fees="")
    assert answer.status_code == 303
    (session,) = sessions(fake)
    assert answer.headers["Location"] == session["url"]
    assert (session["amount_total"], session["currency"], session["mode"]) == (1_250, "usd", "payment")
    assert session["customer_email"] == "ada@example.org"
    with desk.database.reading() as reading:
        (intent,) = reading.scalars(select(DonationIntent)).all()
    assert session["metadata"] == {"campaign": "newsroom", "intent": intent.key}
    back = urlsplit(session["success_url"])
    assert (back.path, parse_qs(back.query)["gift"]) == ("/c/newsroom/thanks", [intent.key])
    assert "ada" not in session["success_url"].lower() + session["cancel_url"].lower()
    assert (intent.status, intent.remote_ref, intent.amount_minor) == ("open", session["id"], 1_250)


def test_who_closes_the_tab_after_paying_is_counted_under_what_was_typed_here(desk, client, fake):
    give(client, name="Ada L.", email="ada@example.org", message="Go on!", show_name="yes")
    (session,) = sessions(fake)
    fake.world.complete_session(session["id"])
    hear(desk, fake)
    with desk.database.reading() as reading:
        (donation,) = reading.scalars(select(Donation)).all()
        (intent,) = reading.scalars(select(DonationIntent)).all()
        promised = reading.scalars(select(OutboxMessage).filter_by(type="receipt")).all()
    assert (donation.counted_minor, donation.intent_ref_id) == (5_000, intent.ref_id)
    assert (donation.donor_name, donation.donor_message, donation.show_name) == ("Ada L.", "Go on!", True)
    assert [one.payload for one in promised] == [{"donation": donation.key}]
    page = client.get(f"/c/newsroom/thanks?gift={intent.key}").get_data(as_text=True)
    assert "Your gift of $50 has arrived and is in the bar below." in page


def test_a_monthly_gift_is_a_subscription_whose_renewals_are_the_same_wish(desk, client, fake):
    give(client, frequency="monthly")
    (session,) = sessions(fake)
    assert session["mode"] == "subscription"
    first = fake.world.complete_session(session["id"])
    fake.world.renew(fake.world.subscription_of(first))
    hear(desk, fake)
    with desk.database.reading() as reading:
        refs = reading.scalars(select(Donation.intent_ref_id)).all()
        assert refs == [reading.scalars(select(DonationIntent.ref_id)).one()] * 2
        assert reading.scalar(select(func.count()).select_from(OutboxMessage).filter_by(type="receipt")) == 2
    assert desk.raised() == 10_000


def test_covering_the_fee_adds_what_arrives_whole_and_names_it(desk, client, fake):
    give(client, cover_fees="yes")
    (session,) = sessions(fake)
    assert session["amount_total"] == 5_181  # 5181 - 2.9 % - 30 is 5000 and a bit
    with desk.database.reading() as reading:
        assert reading.scalars(select(DonationIntent.cover_minor)).all() == [181]


def test_the_amount_is_the_servers_whatever_the_form_says(desk, client, fake):
    for amount in ("0.49", "100001", "-5", "1e3", "５０"):
        assert give(client, own_amount=amount).status_code == 422
    assert sessions(fake) == []


def test_a_double_click_opens_one_session(desk, client, fake):
    fields = form(client) | {"method": "stripe", "amount": "50"}
    first, second = (client.post("/c/newsroom/donate", data=fields) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(sessions(fake)) == 1
    changed = client.post("/c/newsroom/donate", data=fields | {"amount": "100"})
    assert changed.headers["Location"] != first.headers["Location"]
    assert [one["amount_total"] for one in sessions(fake)] == [5_000, 10_000]


def test_the_same_press_after_the_gift_arrived_is_another_gift(desk, client, fake):
    fields = form(client) | {"method": "stripe", "amount": "50"}
    first = client.post("/c/newsroom/donate", data=fields)
    fake.world.complete_session(sessions(fake)[0]["id"])
    hear(desk, fake)
    assert client.post("/c/newsroom/donate", data=fields).headers["Location"] != first.headers["Location"]


def test_twenty_clicks_at_once_open_one_session(desk, app, fake):
    fields = form(app.test_client()) | {"method": "stripe", "amount": "50"}
    led: list[str] = []

    def click() -> None:
        led.append(app.test_client().post("/c/newsroom/donate", data=fields).headers.get("Location", "refused"))

    threads = [threading.Thread(target=click) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sessions(fake)) == 1
    assert led == [sessions(fake)[0]["url"]] * 20


def test_a_service_that_does_not_answer_costs_nothing_typed_and_the_next_press_goes_on(desk, client, fake):
    fake.misbehave(server_errors=100)
    fields = form(client) | {"method": "stripe", "amount": "50", "name": "Ada Typed"}
    answer = client.post("/c/newsroom/donate", data=fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert "does not answer just now" in page
    assert "Ada Typed" in page
    fake.behave()
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert again["click"] == fields["click"]
    assert client.post("/c/newsroom/donate", data=fields | again).status_code == 303
    assert len(sessions(fake)) == 1


def test_a_key_that_may_not_open_a_checkout_is_told_to_staff_and_the_donor_gets_the_other_ways(desk, client, fake):
    with desk.database.writing() as session:
        sealing = {"sealer": Sealer(desk.settings.secret_key), "mode": desk.settings.mode, "now": desk.now}
        endpoint = endpoints.find(session, "stripe", "main")
        endpoints.set_setting(session, endpoint, "api_key", "sk_test_wrong_key_000000", **sealing)
    answer = give(client)
    assert answer.status_code == 409
    assert "Please choose another" in answer.get_data(as_text=True)
    with desk.database.reading() as reading:
        (told,) = reading.scalars(select(Attention).filter_by(kind="checkout_refused")).all()
    assert "api_key" in told.detail


def test_nobody_is_led_anywhere_but_to_the_service(desk, client, fake, monkeypatch):
    monkeypatch.setattr(fake.api, "base_url", "https://checkout.stripe.com.evil.example")
    assert give(client).status_code == 409


def test_a_request_that_another_opens_for_waits_no_longer_than_it_must(desk, client, fake, monkeypatch):
    monkeypatch.setattr(checkout, "OTHERS_SECONDS_MAX", 0.3)
    monkeypatch.setattr(intents, "claim_opening", lambda *_args, **_named: False)
    assert give(client).status_code == 503
