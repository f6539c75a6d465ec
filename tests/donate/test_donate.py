"""The donation page: what is typed is checked on the server, told clearly, and not lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.donate.models import DonationIntent
from campaigns.ledger.models import PaymentDonor
from tests.bed.desk import Desk


@pytest.fixture
def desk(database, settings) -> Desk:
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
        return list(session.scalars(select(DonationIntent.amount_minor).order_by(DonationIntent.id)))


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
    page = client.get("/c/newsroom/donate?amount=75").get_data(as_text=True)
    assert re.findall(r'name="amount" value="([^"]+)"', page) == ["25", "50", "75", "100", "200"]
    assert 'value="75" checked' in page
    assert 'value="75" checked' in client.get("/c/newsroom/donate?amount=75.00").get_data(as_text=True)
    for nonsense in ("1e5", "-1", "<script>", "9" * 400, "0", "100000.01", "\u0000"):
        page = client.get("/c/newsroom/donate", query_string={"amount": nonsense}).get_data(as_text=True)
        assert re.findall(r'name="amount" value="([^"]+)"', page) == ["25", "50", "100", "200"]
        assert "<script>" not in page


def test_the_amounts_offered_suit_the_currency(desk, client):
    for currency, offered in (("EUR", "25 50 100 200"), ("JPY", "2500 5000 10000 20000"), ("KWD", "25 50 100 200")):
        desk.campaign(currency.lower(), currency=currency)
        page = client.get(f"/c/{currency.lower()}/donate").get_data(as_text=True)
        assert re.findall(r'name="amount" value="([^"]+)"', page) == offered.split()


def test_a_broken_address_another_rhythm_and_another_way_to_pay_are_told(desk, client):
    for address in ("not an address", "a@b", "a@@example.org", "@example.org", "a" * 300 + "@example.org"):
        assert post(client, amount="50", email=address).status_code == 422
    assert post(client, amount="50", frequency="weekly").status_code == 422
    assert post(client, amount="50", method="card").status_code == 422
    assert opened(desk) == []


def test_everything_that_is_wrong_is_told_at_once_and_nothing_typed_is_lost(desk, client):
    typed = {"own_amount": "12,5O", "name": "Ada <b>", "email": "ada", "message": "ünsere Wörter", "show_name": "yes"}
    page = post(client, amount="100", **typed).get_data(as_text=True)
    assert page.count('aria-invalid="true"') == 2
    for kept in (
        'value="12,5O"',
        "Ada &lt;b&gt;",
        'value="ada"',
        "ünsere Wörter",
        'value="yes" checked',
        'value="100" checked',
    ):
        assert kept in page, kept


def test_what_a_reader_typed_is_kept_as_plain_text(desk, client):
    typed = {
        "name": "  Zoë\u0000\n  B. ",
        "email": "Zoe@Example.org",
        "message": "line one\r\nline two",
        "show_name": "yes",
    }
    assert post(client, amount="50", **typed).status_code == 303
    assert post(client, amount="50", name=" ", email="", show_name="maybe").status_code == 303
    with desk.database.reading() as session:
        first, second = session.scalars(select(PaymentDonor).order_by(PaymentDonor.ref_id)).all()
    assert (first.name, first.email, first.message, first.show_name) == (
        "Zoë B.",
        "Zoe@example.org",
        "line one line two",
        True,
    )
    assert (second.name, second.email, second.message, second.show_name) == (None, None, None, False)


def test_a_link_can_ask_for_a_monthly_gift(desk, client):
    chosen = re.compile(r'name="frequency" value="(\w+)" checked')
    for asked, stands in (("?frequency=monthly", "monthly"), ("?frequency=once", "once"), ("?frequency=x", "once")):
        page = client.get(f"/c/newsroom/donate{asked}").get_data(as_text=True)
        assert chosen.findall(page) == [stands]
    assert post(client, amount="50", frequency="monthly").status_code == 303
    with desk.database.reading() as session:
        assert session.scalars(select(DonationIntent.frequency)).all() == ["monthly"]


def test_a_further_name_of_the_campaign_leads_to_its_donation_page(desk, client):
    with desk.database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        lifecycle.add_alias(session, campaign, "news", now=desk.now)
    answer = client.get("/c/news/donate?amount=75&lang=de&utm=x")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/c/newsroom/donate?amount=75&lang=de")


def test_the_readers_language_goes_all_the_way(desk, client):
    page = client.get("/c/newsroom/donate?lang=de").get_data(as_text=True)
    assert "<bdi>25\xa0$</bdi>" in page
    assert '<html lang="de" dir="ltr">' in page
    assert '<html lang="ar" dir="rtl">' in client.get("/c/newsroom/donate?lang=ar").get_data(as_text=True)
    assert '<html lang="en" dir="ltr">' in client.get("/c/newsroom/donate?lang=tlh").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = client.post("/c/newsroom/donate?lang=de", data={"csrf_token": token.group(1), "amount": "50"})
    with desk.database.reading() as session:
        assert session.scalars(select(DonationIntent.language)).all() == ["de"]
    assert answer.status_code == 303


def test_a_form_without_or_with_anothers_token_is_refused(desk, client):
    desk.campaign("roof")
    page = client.get("/c/roof/donate").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    for token in ("", "x", found.group(1)):
        answer = client.post("/c/newsroom/donate", data={"csrf_token": token, "amount": "50", "name": "Ada Typed"})
        assert answer.status_code == 400
        assert "Ada Typed" in answer.get_data(as_text=True)
    assert opened(desk) == []


def test_a_form_that_lay_open_for_too_long_keeps_what_was_typed_and_works_at_the_second_press(desk, client):
    with time_machine.travel(clock.now() - timedelta(hours=5)):
        old = client.get("/c/newsroom/donate").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', old)
    assert token
    fields = {"amount": "100", "message": "Typed slowly"}
    answer = client.post("/c/newsroom/donate", data={"csrf_token": token.group(1), **fields})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "Typed slowly" in page, 'value="100" checked' in page) == (400, True, True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    assert client.post("/c/newsroom/donate", data={"csrf_token": token.group(1), **fields}).status_code == 303


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
            answer = client.post("/c/newsroom/donate", data=fields)
            assert (answer.status_code, "<form" in answer.get_data(as_text=True)) == (409, False)
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
    desk.campaign("roof")
    assert "No way to give is set up" in client.get("/c/roof/donate").get_data(as_text=True)
    assert client.post("/c/newsroom/donate", data={"amount": "50"}).status_code == 409
    assert "Every gift counts" in client.get("/c/newsroom/thanks?gift=pay_x").get_data(as_text=True)
    assert opened(desk) == []
