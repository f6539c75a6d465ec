"""Staff decide which ways of our own a campaign's readers get: accounts that open checkouts, and a bank account."""

from __future__ import annotations

import re
from typing import Any

import pytest
import segno.helpers
from sqlalchemy import select

from campaigns import clock
from campaigns.donate.models import DonationIntent
from tests.bed.cast import Cast, post
from tests.bed.desk import Desk
from tests.bed.stripe_events import charge, event

IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.fixture
def desk(database, settings) -> Desk:
    desk = Desk(database, settings, now=clock.now())
    desk.campaign(currency="EUR")
    desk.endpoint("berlin", api_key="rk_test_0123456789abcdef")
    desk.endpoint("paris", api_key="rk_test_0123456789abcdeg")
    return desk


@pytest.fixture
def editor(app, desk):
    return Cast(app, desk.database).client("editor")


def methods(client) -> list[str]:
    page = client.get("/c/newsroom/donate").get_data(as_text=True)
    return re.findall(r'name="method" value="([^"]+)"', page)


def ids(browser) -> list[str]:
    page = browser.get("/console/campaigns/newsroom/ways").get_data(as_text=True)
    return re.findall(r'name="endpoints" value="(\d+)"', page)


def save(browser, **fields):
    return post(browser, "/console/campaigns/newsroom/ways", fields)


def test_every_account_that_can_is_offered_until_staff_say_otherwise(desk, client, editor):
    assert methods(client) == ["stripe:berlin", "stripe:paris", "sandbox"]
    berlin, _paris = ids(editor)
    assert save(editor, endpoints=[berlin]).status_code == 303
    assert methods(client) == ["stripe", "sandbox"]
    assert save(editor).status_code == 303
    assert methods(client) == ["sandbox"]
    assert save(editor, endpoints=ids(editor)).status_code == 303
    desk.endpoint("rome", api_key="rk_test_0123456789abcdeh")
    assert methods(client) == ["stripe:berlin", "stripe:paris", "stripe:rome", "sandbox"]


def test_an_account_without_a_key_or_of_another_campaign_alone_is_not_offered(desk, client, editor):
    desk.campaign("roof")
    desk.endpoint("keyless")
    desk.endpoint("roofs-own", "roof", api_key="rk_test_0123456789abcdei")
    assert methods(client) == ["stripe:berlin", "stripe:paris", "sandbox"]
    assert save(editor, endpoints=["999"]).status_code == 422


def test_a_transfer_gives_the_donor_account_reference_and_a_code_to_scan(desk, client, editor):
    assert save(editor, endpoints=ids(editor), holder="Newsroom e.V.", iban=IBAN).status_code == 303
    assert methods(client) == ["stripe:berlin", "stripe:paris", "bank", "sandbox"]
    page = client.get("/c/newsroom/donate").get_data(as_text=True)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    answer = client.post("/c/newsroom/donate", data=hidden | {"method": "bank", "amount": "50", "frequency": "once"})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    with desk.database.reading() as session:
        reference = session.scalars(select(DonationIntent.reference)).one()
    assert re.fullmatch("TM-[0-9A-Z]{4}-[0-9A-Z]{4}", reference or "")
    for shown in (reference, IBAN, "Newsroom e.V.", "€50", "<svg", "scan this"):
        assert shown in page, shown
    assert desk.raised() == 0
    monthly = hidden | {"method": "bank", "amount": "50", "frequency": "monthly", "click": "another"}
    assert client.post("/c/newsroom/donate", data=monthly).status_code == 422


def test_the_code_holds_what_a_banking_app_needs(monkeypatch, desk, client, editor):
    asked: dict[str, Any] = {}
    genuine = segno.helpers.make_epc_qr

    def make(**given: Any) -> segno.QRCode:
        asked.update(given)
        return genuine(**given)

    monkeypatch.setattr(segno.helpers, "make_epc_qr", make)
    save(editor, holder="Newsroom e.V.", iban=IBAN, bic="COBADEFFXXX")
    page = client.get("/c/newsroom/donate").get_data(as_text=True)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    answer = client.post("/c/newsroom/donate", data=hidden | {"method": "bank", "own_amount": "12.34"})
    client.get(answer.headers["Location"])
    assert (str(asked["amount"]), asked["iban"], asked["bic"]) == ("12.34", IBAN, "COBADEFFXXX")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"iban": IBAN}, "whose account"),
        ({"holder": "Us", "iban": "DE89 3704 0044 0532 0130 01"}, "check digits"),
        ({"holder": "Us", "iban": ""}, "IBAN"),
        ({"holder": "Us", "iban": IBAN, "bic": "X"}, "BIC"),
        ({"holder": "x" * 71, "iban": IBAN}, "70"),
    ],
)
def test_an_account_that_cannot_be_is_told_and_nothing_typed_is_lost(desk, client, editor, fields, told):
    answer = save(editor, **fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in page
    assert all(value in page for value in fields.values())
    assert "bank" not in methods(client)


def test_the_wall_of_thanks_is_switched_off_and_on(desk, client, editor):
    created = int(desk.now.timestamp()) - 5
    body = charge("ch_1", 500, created=created, currency="eur", campaign="newsroom")
    desk.send(event("charge.succeeded", body, created=created), "berlin")
    assert "without a name" in client.get("/c/newsroom").get_data(as_text=True)
    save(editor)
    assert "without a name" not in client.get("/c/newsroom").get_data(as_text=True)
    save(editor, donor_wall="y")
    assert "without a name" in client.get("/c/newsroom").get_data(as_text=True)


def test_viewers_do_not_decide(desk, app):
    viewer = Cast(app, desk.database).client("viewer")
    assert viewer.get("/console/campaigns/newsroom/ways").status_code == 403
