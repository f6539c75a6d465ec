"""The pretend payment service: everything it lets happen reaches the bar by a signed message."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from campaigns import clock
from campaigns.inbox.models import WebhookEndpoint
from campaigns.sandbox import payments, sending
from campaigns.sandbox.models import SandboxPayment
from tests.bed.desk import Desk


@pytest.fixture
def newsroom(database, settings) -> Desk:
    desk = Desk(database, settings, now=clock.now())
    desk.campaign()
    return desk


@pytest.fixture
def sent(monkeypatch):
    """Messages that wait for the test to deliver them."""
    messages = []
    monkeypatch.setattr(sending, "send", lambda url, what: messages.append((url, what)))
    return messages


@pytest.fixture
def delivered(client, monkeypatch):
    """Messages go straight to the webhook's URL, in the same thread; what was answered."""
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


def give(client, amount="200", **fields) -> str:
    """The address of the checkout."""
    token = form_token(client.get("/c/newsroom/donate").get_data(as_text=True))
    answer = client.post("/c/newsroom/donate", data={"csrf_token": token, "amount": amount, **fields})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


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
    answer = decide(client, give(client, name="Ada", email="ada@example.org"), "pay")
    assert (answer.status_code, delivered) == (303, [{"status": "processed"}])
    assert newsroom.raised() == 20_000
    thanks = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Your gift of $200 has arrived and is in the bar below." in thanks
    assert "ada@example.org" not in answer.headers["Location"] + thanks


def test_paying_twice_with_one_form_counts_once(newsroom, client, delivered):
    address = give(client)
    token = form_token(client.get(address).get_data(as_text=True))
    places = [client.post(address, data={"csrf_token": token, "act": "pay"}).headers["Location"] for _ in range(2)]
    assert len(delivered) == 2
    assert places[0] == places[1]
    assert newsroom.raised() == 20_000


def test_the_checkout_of_a_payment_that_is_over_offers_no_button(newsroom, client, delivered):
    for act, words in (("pay", "This payment was made"), ("pay_later", "on its way"), ("fail", "was declined")):
        address = give(client)
        decide(client, address, act)
        page = client.get(address).get_data(as_text=True)
        assert words in page
        assert "<form" not in page


def test_a_late_payment_is_pending_until_it_is_settled(newsroom, client, delivered):
    answer = decide(client, give(client), "pay_later")
    assert (newsroom.raised(), newsroom.pending()) == (0, 20_000)
    assert "Your gift of $200 is on its way" in client.get(answer.headers["Location"]).get_data(as_text=True)
    change(client, the_payment(newsroom).key, "settle")
    assert (newsroom.raised(), newsroom.pending()) == (20_000, 0)
    assert "has arrived" in client.get(answer.headers["Location"]).get_data(as_text=True)


def test_a_declined_payment_leaves_nothing_and_can_be_tried_again_with_the_same_amount(newsroom, client, delivered):
    answer = decide(client, give(client, amount="12.50"), "fail")
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "/c/newsroom/donate?amount=12.50&amp;frequency=once" in page
    assert (newsroom.raised(), newsroom.pending()) == (0, 0)


def test_a_late_payment_that_fails_leaves_nothing(newsroom, client, delivered):
    answer = decide(client, give(client), "pay_later")
    change(client, the_payment(newsroom).key, "fail")
    assert (newsroom.raised(), newsroom.pending()) == (0, 0)
    assert "was declined" in client.get(answer.headers["Location"]).get_data(as_text=True)


def test_refunds_and_disputes_take_away_and_give_back(newsroom, client, delivered):
    decide(client, give(client), "pay")
    key = the_payment(newsroom).key
    for act, fields, raised in (
        ("refund", {"amount": "50"}, 15_000),
        ("refund", {"amount": "25.50"}, 12_450),
        ("fail_refund", {}, 15_000),
        ("dispute", {}, 0),
        ("win_dispute", {}, 15_000),
        ("send_again", {}, 15_000),
    ):
        assert change(client, key, act, **fields).status_code == 303
        assert newsroom.raised() == raised, act
    assert {answer["status"] for answer in delivered} == {"processed"}
    assert newsroom.check().findings == ()


def test_messages_that_come_in_another_order_lead_to_the_same_total(newsroom, client, sent):
    decide(client, give(client), "pay")
    key = the_payment(newsroom).key
    for act, fields in (("refund", {"amount": "50"}), ("dispute", {}), ("win_dispute", {}), ("fail_refund", {})):
        change(client, key, act, **fields)
    for url, what in [*reversed(sent), *sent]:
        client.post(url.split("tidemark.test", 1)[1], data=what.body, headers=what.headers)
    assert newsroom.raised() == 20_000
    assert newsroom.check().findings == ()


@pytest.mark.parametrize("amount", ["200.01", "0", "", "abc", "-5", "1e2", "9" * 30])
def test_more_than_is_left_or_no_amount_cannot_be_refunded(newsroom, client, delivered, amount):
    decide(client, give(client), "pay")
    answer = change(client, the_payment(newsroom).key, "refund", amount=amount)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert (newsroom.raised(), len(delivered)) == (20_000, 1)


def test_what_cannot_happen_is_refused_and_changes_nothing(newsroom, client, delivered):
    decide(client, give(client), "pay")
    key = the_payment(newsroom).key
    for act in ("fail", "pay_later", "fail_refund", "win_dispute"):
        assert change(client, key, act).status_code == 409
    assert change(client, key, "no-such-act").status_code == 422
    assert change(client, "pay_unknown", "dispute").status_code == 400
    change(client, key, "dispute")
    assert change(client, key, "dispute").status_code == 409
    assert change(client, key, "refund", amount="1").status_code == 422
    assert newsroom.raised() == 0


def test_nothing_happens_without_the_forms_own_token(newsroom, client, delivered):
    decide(client, give(client), "pay_later")
    key, address, before = the_payment(newsroom).key, give(client), len(delivered)
    of_another = form_token(client.get("/c/newsroom/donate").get_data(as_text=True))
    for token in ("", "x", of_another):
        assert client.post(address, data={"act": "pay", "csrf_token": token}).status_code == 400
        assert client.post(f"/sandbox/payments/{key}", data={"act": "pay", "csrf_token": token}).status_code == 400
    assert (the_payment(newsroom).status, len(delivered)) == ("pending", before)


def test_no_page_of_the_sandbox_sets_a_cookie_or_shows_who_gave(newsroom, client, delivered):
    address = give(client, name="Ada Secret", email="ada@example.org", message="from me")
    for path in (address, "/sandbox/payments"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Ada Secret" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("key", ["nope", "pay_" + "x" * 60, "%00", "pay_%F0%9F%90%98", "pay_a%27--"])
def test_an_unknown_payment_has_no_checkout(newsroom, client, key):
    assert client.get(f"/sandbox/checkout/{key}").status_code == 404


def test_the_endpoint_is_made_at_the_first_payment_and_once(newsroom, client, delivered):
    for _ in range(2):
        decide(client, give(client), "pay")
    with newsroom.database.reading() as session:
        (endpoint,) = session.scalars(select(WebhookEndpoint)).all()
    assert (endpoint.provider, endpoint.name) == ("sandbox", "sandbox")
    assert newsroom.raised() == 40_000


@pytest.mark.parametrize("mode", ["live"])
def test_in_live_mode_there_is_no_sandbox(newsroom, client):
    for path in ("/sandbox/payments", "/sandbox/checkout/pay_x", "/demo/article"):
        assert client.get(path).status_code == 404
    assert client.post("/sandbox/payments/pay_x", data={"act": "pay"}).status_code == 404
    assert client.post("/webhooks/sandbox/sandbox", data=b"{}", content_type="application/json").status_code == 404


def test_the_article_is_part_of_the_demo_only(newsroom, client):
    assert client.get("/demo/article").status_code == 404


def test_the_list_says_so_while_it_is_empty(newsroom, client):
    assert "There is no payment yet." in client.get("/sandbox/payments").get_data(as_text=True)


def test_what_is_left_is_what_was_paid_less_what_stands_against_it(newsroom):
    paid = {"status": "succeeded", "amount_minor": 10_000, "currency": "USD", "refunds": [], "disputes": []}
    payment = SandboxPayment(key="pay_x", campaign_slug="newsroom", **paid)
    payments.refund(payment, 4_000, now=newsroom.now)
    payments.refund(payment, 1_000, now=newsroom.now)
    payments.fail_refund(payment)
    assert payments.left(payment) == 6_000
    payments.dispute(payment, now=newsroom.now)
    assert payments.left(payment) == 0
    payments.win_dispute(payment)
    assert payments.left(payment) == 6_000
