"""BTCPay Server over the whole way: webhooks that only announce, a server that is asked, and a bar that is exact."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from campaigns.campaign import lifecycle
from campaigns.crypto import Sealer
from campaigns.inbox import endpoints, look_ups, proof
from campaigns.ledger import check
from tests.bed.desk import NOW, Desk
from tests.fakes.btcpay.server import KEY, SECRET, STORE, FakeBtcpay, sign, written


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as made:
        yield made


@pytest.fixture
def fake(traveller) -> Iterator[FakeBtcpay]:
    with FakeBtcpay() as made:
        made.now = int(NOW.timestamp())
        yield made


@pytest.fixture
def connected(desk: Desk, fake: FakeBtcpay) -> Desk:
    with desk.database.writing() as session:
        endpoints.create(
            session,
            provider="btcpay",
            name="main",
            secrets=[SECRET],
            settings={"url": fake.url, "store_id": STORE, "api_key": KEY},
            campaign=lifecycle.by_slug(session, "newsroom"),
            sealer=Sealer(desk.settings.secret_key),
            mode=desk.settings.mode,
            now=desk.now,
        )
    return desk


def deliver(client, event: dict[str, Any]) -> str:
    body = written(event)
    answer = client.post("/webhooks/btcpay/main", data=body, headers=sign(body), content_type="application/json")
    assert answer.status_code == 200
    return str(answer.get_json()["status"])


def work(desk: Desk, traveller: time_machine.Traveller, rounds: int = 6) -> None:
    """The worker, over some hours."""
    for _ in range(rounds):
        traveller.shift(timedelta(minutes=20))
        desk.now += timedelta(minutes=20)
        desk.drain()
        look_ups.ask_due(desk.database, desk.settings, now=desk.now)
        desk.drain()
    with desk.database.reading() as session:
        assert check.check(session, proof.reader(session, desk.settings)).findings == ()


def shown(client) -> dict[str, Any]:
    made: dict[str, Any] = client.get("/api/v1/campaigns/newsroom").get_json()
    return made


def test_a_gift_is_on_its_way_and_then_counts(connected, client, fake, traveller):
    invoice = fake.invoice("25.00", metadata={"campaign": "newsroom"})
    payment, received = fake.pay(invoice, "25.00")
    assert deliver(client, received) == "queued"
    work(connected, traveller)
    assert (shown(client)["raised"]["amount"], shown(client)["pending"]["amount"]) == (0, 2500)
    for event in fake.settle(invoice, payment):
        assert deliver(client, event) == "queued"
        assert deliver(client, fake.again(event)) == "duplicate"
    work(connected, traveller)
    assert (shown(client)["raised"]["amount"], shown(client)["pending"]["amount"]) == (2500, 0)
    assert shown(client)["donations"] == 1


def test_a_payment_that_is_spent_twice_is_no_longer_on_its_way(connected, client, fake, traveller):
    invoice = fake.invoice("25.00")
    payment, received = fake.pay(invoice, "25.00")
    deliver(client, received)
    work(connected, traveller)
    deliver(client, fake.lose(invoice, payment))
    work(connected, traveller)
    assert (shown(client)["raised"]["amount"], shown(client)["pending"]["amount"]) == (0, 0)


def test_while_the_server_is_away_nothing_is_lost(connected, client, fake, traveller):
    invoice = fake.invoice("25.00")
    payment, _ = fake.pay(invoice, "25.00")
    fake.bad_days = [(503, {}, b""), (429, {"Retry-After": "60"}, b""), (200, {}, b"<html>")]
    deliver(client, fake.settle(invoice, payment)[-1])
    work(connected, traveller, rounds=12)
    assert shown(client)["raised"]["amount"] == 2500


@pytest.mark.parametrize("seed", range(6))
def test_in_whatever_order_messages_come_the_sum_is_what_was_settled(connected, client, fake, traveller, seed):
    chance = random.Random(seed)
    events: list[dict[str, Any]] = []
    for amount in ("25.00", "10.00", "7.30", "100.00"):
        invoice = fake.invoice(amount, metadata={"campaign": "newsroom"})
        payment, received = fake.pay(invoice, chance.choice([amount, "3.00", "120.00"]))
        events += [received]
        if chance.random() < 0.3:
            events += [fake.expire(invoice)]
        events += fake.settle(invoice, payment) if chance.random() < 0.8 else [fake.lose(invoice, payment)]
    chance.shuffle(events)
    for event in itertools.chain(events, (fake.again(one) for one in events)):
        deliver(client, event)
    work(connected, traveller)
    settled = [one for invoice in fake.invoices.values() for one in invoice.payments if one.status == "Settled"]
    rates = {one.id: invoice.rate for invoice in fake.invoices.values() for one in invoice.payments}
    expected = sum(round(one.value * rates[one.id] * 100) for one in settled)
    assert shown(client)["raised"]["amount"] == expected
    assert shown(client)["pending"]["amount"] == 0
