"""The fake's hosted pages and its control surface."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fakes.stripe.server import FakeStripe

PRICE: Any = {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Donation"}}
BACK = "http://127.0.0.1/thanks?s={CHECKOUT_SESSION_ID}"


@pytest.fixture
def visitor(fake: FakeStripe) -> FlaskClient:
    """Somebody with a browser that runs no scripts."""
    return fake.app.test_client()


@pytest.fixture
def session(client) -> Any:
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"quantity": 1, "price_data": PRICE}],
            "success_url": BACK,
            "cancel_url": "http://127.0.0.1/back",
        }
    )


def test_the_donor_pays_by_card_and_is_sent_back_with_the_sessions_name(fake, client, visitor, session):
    page = visitor.get(_path(fake, session.url))
    assert page.status_code == 200
    assert "2500" in page.text
    assert "http://127.0.0.1/back" in page.text
    assert "<script" not in page.text
    answer = visitor.post(
        _path(fake, session.url), data={"choice": "success", "name": "Eve <b>", "email": "e@example.org"}
    )
    assert (answer.status_code, answer.location) == (303, f"http://127.0.0.1/thanks?s={session.id}")
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.payment_status, paid.customer_details.email) == ("paid", "e@example.org")
    assert "complete" in visitor.get(_path(fake, session.url)).text


def test_a_declined_card_leaves_the_session_open_and_a_debit_is_pending(fake, client, visitor, session):
    answer = visitor.post(_path(fake, session.url), data={"choice": "decline"})
    assert "declined" in visitor.get(answer.location).text
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    visitor.post(_path(fake, session.url), data={"choice": "debit"})
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (paid.status, paid.payment_status) == ("complete", "unpaid")
    assert paid.payment_intent.latest_charge.status == "pending"
    assert visitor.post(_path(fake, session.url), data={"choice": "success"}).status_code == 400


def test_an_unknown_session_and_an_unknown_choice_are_refused(fake, visitor, session):
    assert visitor.get("/c/pay/cs_test_none").status_code == 404
    assert visitor.post(_path(fake, session.url), data={"choice": "steal"}).status_code == 400


def test_a_payment_link_makes_a_session_for_each_visitor(fake, client, visitor):
    link = client.v1.payment_links.create(
        {
            "line_items": [{"quantity": 1, "price_data": PRICE}],
            "metadata": {"campaign": "roof"},
            "payment_intent_data": {"metadata": {"via": "link"}},
        }
    )
    place = _path(fake, link.url)
    first = visitor.get(place + "?client_reference_id=poster-7&prefilled_email=eve%40example.org").location
    second = visitor.get(place).location
    assert first != second
    assert visitor.post(_path(fake, first), data={"choice": "success"}).location.endswith("/thanks")
    sessions = {
        one.client_reference_id: one for one in client.v1.checkout.sessions.list({"payment_link": link.id}).data
    }
    paid = sessions["poster-7"]
    assert (paid.metadata["campaign"], paid.customer_details.email) == ("roof", "eve@example.org")
    charge = client.v1.charges.list({"payment_intent": paid.payment_intent}).data[0]
    assert charge.metadata.to_dict() == {"via": "link"}
    assert visitor.get("/thanks").status_code == 200


def test_a_monthly_payment_link_makes_a_subscription(fake, client, visitor):
    price = PRICE | {"recurring": {"interval": "month"}}
    data = {"metadata": {"campaign": "roof"}}
    link = client.v1.payment_links.create(
        {"line_items": [{"quantity": 1, "price_data": price}], "subscription_data": data}
    )
    visitor.post(_path(fake, visitor.get(_path(fake, link.url)).location), data={"choice": "success"})
    about = client.v1.subscriptions.list().data[0]
    assert about.metadata["campaign"] == "roof"
    assert len(client.v1.checkout.sessions.list({"subscription": about.id}).data) == 1


def test_a_donor_ends_her_own_subscription_in_the_portal_and_nobody_elses(fake, client, visitor):
    mine, hers = (
        fake.world.subscription_of(
            fake.world.complete_session(fake.world.create_session(amount=900, mode="subscription"))
        )
        for _ in range(2)
    )
    customer = fake.world.get(mine)["customer"]
    portal = client.v1.billing_portal.sessions.create({"customer": customer, "return_url": "http://127.0.0.1/me"})
    place = _path(fake, portal.url)
    assert mine in visitor.get(place).text
    assert hers not in visitor.get(place).text
    assert visitor.post(place + "/cancel", data={"subscription": hers}).status_code == 404
    assert visitor.post(place + "/cancel", data={"subscription": mine}).status_code == 303
    assert [fake.world.get(one)["cancel_at_period_end"] for one in (mine, hers)] == [True, False]


def test_every_button_on_the_page_does_what_it_says(fake, visitor):
    visitor.post("/_fake/buttons/pay", data={"amount": "2500", "currency": "USD", "campaign": "roof", "method": "card"})
    visitor.post("/_fake/buttons/pay", data={"amount": "900", "currency": "usd", "campaign": "", "method": "debit"})
    visitor.post("/_fake/buttons/pay", data={"amount": "800", "currency": "usd", "capture": "manual"})
    fake.world.complete_session(fake.world.create_session(amount=700, mode="subscription"))
    fake.world.dispute(fake.world.pay(amount=600), inquiry=True)
    pressed: set[str] = set()
    while button := _next_button(visitor.get("/").text, pressed):
        name, argument, value = button
        pressed.add(name)
        answer = visitor.post(f"/_fake/buttons/{name}", data={argument: value, "amount": ""})
        assert (answer.status_code, answer.location) == (303, "/"), name
    assert pressed >= {
        "settle", "capture", "refund", "dispute", "renew", "fail_refund", "win", "escalate", "set_balance_transaction",
    }  # fmt: skip


def test_a_button_that_comes_too_late_says_why_it_did_nothing(fake, visitor):
    charge = fake.world.pay(amount=900)
    fake.world.refund(charge)
    answer = visitor.post("/_fake/buttons/refund", data={"charge_id": charge})
    assert "has already been refunded" in visitor.get(answer.location).text


def test_monthly_giving_can_be_started_from_the_page(fake, visitor):
    visitor.post("/_fake/buttons/create_session", data={"mode": "subscription", "amount": "1000", "campaign": "roof"})
    session = next(one for one in fake.world.objects.values() if one["object"] == "checkout.session")
    assert session["url"] in visitor.get("/").text
    visitor.post(_path(fake, session["url"]), data={"choice": "success"})
    assert [deed.amount for deed in fake.world.journal if deed.kind == "captured"] == [1000]


def test_the_page_switches_misbehaviour_on_and_off(fake, visitor):
    visitor.post("/_fake/buttons/misbehave", data={"duplicate": "0.5", "reorder": "on", "cut": "2"})
    behaviour = fake.courier.misbehaviour
    assert (behaviour.duplicate, behaviour.reorder, behaviour.cut, behaviour.drop) == (0.5, True, 2, 0.0)
    visitor.post("/_fake/buttons/misbehave", data={"leave_metadata_off_renewals": "on"})
    assert (behaviour.duplicate, behaviour.reorder, fake.world.leave_metadata_off_renewals) == (0.0, False, True)


def test_the_control_surface_does_deeds_by_name(fake, visitor):
    made = visitor.post("/_fake/deeds/create_session", json={"amount": 2500, "campaign": "roof"}).json["result"]
    charge = visitor.post("/_fake/deeds/complete_session", json={"session_id": made}).json["result"]
    refund = visitor.post("/_fake/deeds/refund", json={"charge_id": charge, "amount": 500}).json["result"]
    visitor.post("/_fake/deeds/fail_refund", json={"refund_id": refund})
    before = fake.world.now
    visitor.post("/_fake/deeds/advance", json={"seconds": 3600})
    state = visitor.get("/_fake/state").json
    assert state["now"] >= before + 3600
    assert [deed["kind"] for deed in state["journal"] if deed["charge"]] == ["captured", "refund", "refund_failed"]
    assert state["objects"]["charge"] == 1


@pytest.mark.parametrize(
    ("deed", "arguments", "status"),
    [
        ("keep", {"thing": {}}, 404),
        ("refund", {"charge_id": "ch_none"}, 404),
        ("refund", {}, 400),
        ("refund", {"charge": "ch_1"}, 400),
        ("pay", {"amount": "lots"}, 400),
        ("pay", {"amount": 0}, 400),
    ],
)
def test_what_the_control_surface_cannot_do_it_refuses_in_stripes_words(visitor, deed, arguments, status):
    answer = visitor.post(f"/_fake/deeds/{deed}", json=arguments)
    assert answer.status_code == status
    assert answer.json["error"]["message"]


def test_the_control_surface_misbehaves_delivers_and_resends(fake, visitor):
    assert visitor.post("/_fake/misbehave", json={"duplicate": 1, "versions": ["2020-08-27"]}).json["duplicate"] == 1
    assert fake.courier.misbehaviour.versions == ("2020-08-27",)
    assert visitor.post("/_fake/misbehave", json={"nonsense": 1}).status_code == 400
    assert visitor.post("/_fake/misbehave", json={}).json["duplicate"] == 0
    fake.webhook("http://127.0.0.1:9/hook", "whsec_x", events=("charge.succeeded",))
    fake.world.pay(amount=900)
    event = visitor.post("/_fake/deliver", json={}).json["attempts"][0]
    assert event["status"] == 0
    assert len(visitor.post("/_fake/resend", json={"event": event["event"]}).json["attempts"]) == 2
    assert visitor.post("/_fake/resend", json={"event": "evt_none"}).status_code == 404


def test_another_sites_page_cannot_press_the_buttons(visitor):
    foreign = {"Origin": "https://elsewhere.example"}
    assert visitor.post("/_fake/deeds/pay", json={"amount": 900}, headers=foreign).status_code == 403
    assert visitor.post("/_fake/buttons/pay", data={"amount": 900}, headers={"Origin": "null"}).status_code == 403
    own = {"Origin": "http://localhost"}
    assert visitor.post("/_fake/buttons/pay", data={"amount": 900}, headers=own).status_code == 303


def _path(fake: Any, url: str) -> str:
    return "/" + url.removeprefix(fake.url).lstrip("/")


def _next_button(page: str, pressed: set[str]) -> tuple[str, str, str] | None:
    found = re.findall(r'action="/_fake/buttons/(\w+)">\s*<input type="hidden" name="(\w+)" value="([^"]+)">', page)
    of_a_row = (button for button in found if button[0] != "create_session")  # which asks for an amount too
    return next((button for button in of_a_row if button[0] not in pressed), None)
