"""The pretend payment service: everything it lets happen reaches the bar by a signed message."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from campaigns.campaign import lifecycle
from campaigns.crypto import Sealer
from campaigns.inbox import endpoints
from campaigns.sandbox import payments, sending
from campaigns.sandbox.models import SandboxPayment
from tests.bed.desk import Desk


@pytest.fixture
def newsroom(database, settings) -> Desk:
    from campaigns import clock

    desk = Desk(database, settings, now=clock.now())
    desk.campaign()
    with database.writing() as session:
        endpoints.create(
            session,
            provider="sandbox",
            name="sandbox",
            secrets=(),
            settings={},
            campaign=None,
            sealer=Sealer(settings.secret_key),
            mode=settings.mode,
            now=desk.now,
        )
    return desk


@pytest.fixture
def delivered(client, monkeypatch):
    """Messages go straight to the webhook's URL, in the same thread."""
    answers = []

    def send(url, what):
        path = url.split("tidemark.test", 1)[1]
        answers.append(client.post(path, data=what.body, headers=what.headers).get_json())

    monkeypatch.setattr(sending, "send", send)
    return answers


def form_token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found.group(1)


def give(client, amount="200", **fields):
    token = form_token(client.get("/c/newsroom/donate").get_data(as_text=True))
    return client.post("/c/newsroom/donate", data={"csrf_token": token, "amount": amount, **fields})


def decide(client, address, act):
    token = form_token(client.get(address).get_data(as_text=True))
    return client.post(address, data={"csrf_token": token, "act": act})


def change(client, key, act, **fields):
    token = form_token(client.get("/sandbox/payments").get_data(as_text=True))
    return client.post(f"/sandbox/payments/{key}", data={"csrf_token": token, "act": act, **fields})


def the_payment(desk) -> SandboxPayment:
    with desk.database.reading() as session:
        payment: SandboxPayment = session.scalars(select(SandboxPayment)).one()
        return payment


def test_a_gift_goes_from_the_form_through_the_checkout_into_the_bar(newsroom, client, delivered):
    answer = give(client, name="Ada", email="ada@example.org")
    assert answer.status_code == 303
    answer = decide(client, answer.headers["Location"], "pay")
    assert (answer.status_code, delivered) == (303, [{"status": "processed"}])
    assert newsroom.raised() == 20_000
    thanks = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Your gift has arrived" in thanks
    assert "$200" in thanks
    assert "ada@example.org" not in answer.headers["Location"]


def test_paying_twice_counts_once(newsroom, client, delivered):
    address = give(client).headers["Location"]
    for _ in range(2):
        page = client.get(address).get_data(as_text=True)
        if "csrf_token" in page:
            decide(client, address, "pay")
    assert newsroom.raised() == 20_000


def test_a_late_payment_is_pending_until_it_is_settled(newsroom, client, delivered):
    answer = decide(client, give(client).headers["Location"], "pay_late")
    assert (newsroom.raised(), newsroom.pending()) == (0, 20_000)
    assert "on its way" in client.get(answer.headers["Location"]).get_data(as_text=True)
    change(client, the_payment(newsroom).key, "settle")
    assert (newsroom.raised(), newsroom.pending()) == (20_000, 0)


def test_a_declined_payment_leaves_nothing(newsroom, client, delivered):
    answer = decide(client, give(client).headers["Location"], "fail")
    assert answer.headers["Location"] == "/c/newsroom/donate"
    assert (newsroom.raised(), newsroom.pending()) == (0, 0)


def test_refunds_and_disputes_take_away_and_give_back(newsroom, client, delivered):
    decide(client, give(client).headers["Location"], "pay")
    key = the_payment(newsroom).key
    for act, fields, raised in (
        ("refund", {"amount": "50"}, 15_000),
        ("refund", {"amount": "25.50"}, 12_450),
        ("fail_refund", {}, 15_000),
        ("dispute", {}, 0),
        ("win_dispute", {}, 15_000),
    ):
        assert change(client, key, act, **fields).status_code == 303
        assert newsroom.raised() == raised, act
    assert newsroom.check().findings == ()


def test_more_than_is_left_cannot_be_refunded(newsroom, client, delivered):
    decide(client, give(client).headers["Location"], "pay")
    assert change(client, the_payment(newsroom).key, "refund", amount="200.01").status_code == 422
    assert newsroom.raised() == 20_000


def test_nothing_happens_without_the_pages_own_token(newsroom, client, delivered):
    address = give(client).headers["Location"]
    for token in ("", "x", form_token(client.get("/c/newsroom/donate").get_data(as_text=True))):
        assert client.post(address, data={"act": "pay", "csrf_token": token}).status_code == 400
    assert the_payment(newsroom).status == "open"


def test_coming_back_proves_nothing(newsroom, client):
    answer = client.get("/c/newsroom/thanks?payment=pay_made_up").get_data(as_text=True)
    assert "One moment" in answer
    assert 'http-equiv="refresh"' in answer


@pytest.mark.parametrize("mode", ["live"])
def test_in_live_mode_there_is_no_sandbox(database, settings, client):
    desk = Desk(database, settings)
    desk.campaign()
    assert client.get("/sandbox/payments").status_code == 404
    assert client.get("/demo/article").status_code == 404
    assert client.post("/webhooks/sandbox/sandbox", data=b"{}", content_type="application/json").status_code == 404
    page = client.get("/c/newsroom/donate").get_data(as_text=True)
    assert "<form" not in page


def test_a_message_that_is_lost_can_be_sent_again_with_the_same_outcome(newsroom):
    with newsroom.database.writing() as session:
        payment = payments.open_payment(
            session,
            campaign_slug="newsroom",
            amount_minor=500,
            currency="USD",
            name=None,
            email=None,
            message=None,
            show_name=False,
            now=newsroom.now,
        )
        payments.pay(payment)
        assert payments.pay(payment) == "payment.succeeded"
        assert payments.left(payment) == 500
        assert lifecycle.by_slug(session, "newsroom") is not None
