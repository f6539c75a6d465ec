"""The thank-you waits for the ledger: it says what has arrived, and nothing on the word of a link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.crypto import Sealer
from campaigns.donate import intents, ways
from campaigns.donate.gift import Gift
from campaigns.inbox import endpoints, processing, receiving
from campaigns.providers import shelf
from campaigns.sandbox import payments, sending
from campaigns.sandbox.models import SandboxPayment
from tests.bed.desk import Desk


@pytest.fixture
def desk(database, settings) -> Desk:
    desk = Desk(database, settings, now=clock.now())
    desk.campaign()
    return desk


def opened(desk: Desk, slug: str = "newsroom", currency: str = "USD") -> str:
    """A wish to give, and the pretend payment that came of it; the wish's key."""
    donor: dict[str, Any] = {"name": "Ada Secret", "email": "a@example.org", "message": None, "show_name": False}
    sealer = Sealer(desk.settings.secret_key)
    with desk.database.writing() as session:
        endpoints.ensure(
            session, provider="sandbox", name="sandbox", sealer=sealer, mode=desk.settings.mode, now=desk.now
        )
        campaign, _ = lifecycle.find(session, slug)
        (way,) = ways.offered(session, campaign, desk.settings)
        gift = Gift(amount_minor=5_000, cover_minor=0, frequency="once", tribute=None, **donor)
        intent, _ = intents.begin(session, campaign, intents.Wish(gift, way, "", "en"), now=desk.now)
        payments.open_payment(
            session, campaign_slug=slug, amount_minor=5_000, currency=currency, intent=intent.key, now=desk.now, **donor
        )
        return str(intent.key)


def of_wish(session: Session, key: str) -> str:
    return session.scalars(select(SandboxPayment.key).filter_by(intent=key)).one()


def happens(desk: Desk, key: str, *acts) -> str:
    """Lets `acts` happen to the payment; the type of the last message, which is not sent yet."""
    with desk.database.writing() as session:
        payment = payments.hold(session, of_wish(session, key))
        return str([act(payment) for act in acts][-1])


def arrives(desk: Desk, key: str, kind: str) -> None:
    """The message about the payment as it stands comes in."""
    settings, sealer = desk.settings, Sealer(desk.settings.secret_key)
    with desk.database.writing() as session:
        endpoint = endpoints.ensure(
            session, provider="sandbox", name="sandbox", sealer=sealer, mode=settings.mode, now=desk.now
        )
        known = endpoints.opened(endpoint, sealer, settings.mode)
        what = sending.message(
            payments.find(session, of_wish(session, key)), kind, secret=known.secrets[0], now=desk.now
        )
        event_id, _ = receiving.store(
            session, endpoint, shelf()["sandbox"], known, headers=what.headers, body=what.body, now=desk.now
        )
    processing.process(desk.database, settings, event_id, now=desk.now)


def thanks(client, key: str | None, slug: str = "newsroom", **query) -> str:
    answer = client.get(f"/c/{slug}/thanks", query_string=query | ({"gift": key} if key is not None else {}))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.get_data(as_text=True))


def test_it_waits_until_the_gift_is_in_the_ledger(desk, client):
    key = opened(desk)
    kind = happens(desk, key, payments.pay)
    page = thanks(client, key)
    assert "One moment" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "has arrived and" not in page
    arrives(desk, key, kind)
    page = thanks(client, key)
    assert "Your gift of $50 has arrived and is in the bar below." in page
    assert 'aria-valuenow="5000"' in page
    assert "refresh" not in page
    assert "Ada Secret" not in page


def test_it_does_not_wait_for_ever(desk, client):
    key = opened(desk)
    happens(desk, key, payments.pay)
    assert "looks=1" in thanks(client, key)
    assert "looks=6" in thanks(client, key, looks="5")
    page = thanks(client, key, looks="40")
    assert "takes longer than usual" in page
    assert "refresh" not in page
    for nonsense in ("-3", "x", "9" * 5000):
        assert "One moment" in thanks(client, key, looks=nonsense) or "longer" in thanks(client, key, looks=nonsense)


@pytest.mark.parametrize("key", [None, "", "pay_made_up", "pay_\u0000", "ch_1", "x" * 400, "🐘"])
def test_an_absent_or_unknown_payment_gets_a_plain_thank_you(desk, client, key):
    page = thanks(client, key)
    assert "Every gift counts as soon as it has arrived." in page
    assert "refresh" not in page


def test_a_payment_of_another_campaign_is_unknown_here(desk, client):
    desk.campaign("roof")
    key = opened(desk, "roof")
    arrives(desk, key, happens(desk, key, payments.pay))
    assert "Every gift counts" in thanks(client, key)
    assert "has arrived and is in the bar" in thanks(client, key, "roof")


def test_a_gift_in_another_currency_has_arrived_and_is_not_said_to_be_in_the_bar(desk, client):
    key = opened(desk, currency="EUR")
    arrives(desk, key, happens(desk, key, payments.pay))
    page = thanks(client, key)
    assert "Your gift of €50 has arrived." in page
    assert "in the bar" not in page


def test_what_was_refunded_or_failed_is_said(desk, client):
    key = opened(desk)
    kind = happens(desk, key, payments.pay, lambda payment: payments.refund(payment, 5_000, now=desk.now))
    arrives(desk, key, kind)
    assert "A gift of $50 went back to its giver" in thanks(client, key)
    key = opened(desk)
    kind = happens(desk, key, payments.pay_later, payments.fail)
    arrives(desk, key, kind)
    assert "was declined" in thanks(client, key)


def test_a_gift_of_a_closed_period_is_not_said_to_be_in_the_present_bar(desk, client, monkeypatch):
    key = opened(desk)
    arrives(desk, key, happens(desk, key, payments.pay))
    monkeypatch.setattr(clock, "now", lambda: desk.now + timedelta(days=40))
    page = thanks(client, key)
    assert "Your gift of $50 has arrived." in page
    assert "in the bar" not in page
