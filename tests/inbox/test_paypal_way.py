"""PayPal over the whole way: messages that are only hints, an API that is asked, and a bar that is exact."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
import time_machine
from sqlalchemy import select

from campaigns.crypto import Sealer
from campaigns.inbox import endpoints, look_ups, proof
from campaigns.inbox.models import LookUp, WebhookEvent
from campaigns.keys import new_key
from campaigns.ledger import check, rebuild
from campaigns.ledger.models import Attention, Donation
from tests.bed.desk import NOW, Desk
from tests.fakes.paypal import messages, schemas
from tests.fakes.paypal.lives import live
from tests.fakes.paypal.server import FakePaypal


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as made:
        yield made


@pytest.fixture
def fake(traveller) -> Iterator[FakePaypal]:
    with FakePaypal() as made:
        yield made


@pytest.fixture
def connected(desk: Desk, fake: FakePaypal, tmp_path) -> Desk:
    with desk.database.writing() as session:
        endpoints.create(
            session,
            provider="paypal",
            name="main",
            secrets=[],
            settings=fake.settings(tmp_path),
            campaign=None,
            sealer=Sealer(desk.settings.secret_key),
            mode=desk.settings.mode,
            now=desk.now,
        )
    return desk


def deliver(client, message: dict[str, Any] | bytes, **signing: Any) -> str:
    body = message if isinstance(message, bytes) else messages.body_of(message)
    headers = messages.sign(body, at=NOW, **signing)
    answer = client.post("/webhooks/paypal/main", data=body, headers=headers, content_type="application/json")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return str(answer.get_json()["status"])


def work(desk: Desk, traveller: time_machine.Traveller, rounds: int = 4) -> None:
    """The worker, over some hours; afterwards the ledger is whole."""
    for _ in range(rounds):
        traveller.shift(timedelta(minutes=20))
        desk.now += timedelta(minutes=20)
        desk.drain()
        look_ups.ask_due(desk.database, desk.settings, now=desk.now)
        desk.drain()
    with desk.database.reading() as session:
        assert check.check(session, proof.reader(session, desk.settings)).findings == ()


def unfinished(desk: Desk) -> list[tuple[str, str, str | None]]:
    with desk.database.reading() as session:
        rows = select(WebhookEvent.type, WebhookEvent.status, WebhookEvent.reason)
        rows = rows.where(WebhookEvent.status.not_in(("processed", "ignored")))
        return [(kind, status, reason) for kind, status, reason in session.execute(rows)]


def attention(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        return list(session.scalars(select(Attention.kind).order_by(Attention.id)))


def test_a_capture_counts_once_it_was_asked_for(connected, client, fake, traveller):
    paid = fake.pay("25.00")
    assert deliver(client, paid) == "queued"
    assert connected.raised() == 0
    assert deliver(client, paid) == "duplicate"
    work(connected, traveller)
    assert connected.raised() == 2500
    donation = connected.donation(paid["resource"]["id"])
    assert (donation.donor_name, donation.donor_email) == ("Rosa Mayreder", "rosa@example.org")
    assert [(e.kind, e.amount_minor) for e in connected.entries(paid["resource"]["id"])] == [
        ("donation", 2500),
        ("fee", -102),
    ]


def test_a_forged_body_with_a_genuine_signature_moves_nothing_and_is_seen(connected, client, fake, traveller):
    paid = fake.pay("25.00")
    body = messages.body_of(paid)
    deliver(client, body, transmission_id="genuine-0001-7ead")
    forged = json.loads(body)
    forged["resource"]["amount"]["value"] = "999999.00"
    forged["resource"]["id"] = "9X00000000000000T"
    text = messages.body_of(forged)
    deliver(client, text, transmission_id="genuine-0001-7ead")  # as if its CRC-32 had been made the same
    work(connected, traveller)
    assert connected.raised() == 2500
    assert attention(connected) == ["two_bodies"]


def test_a_message_forged_ahead_of_the_genuine_one_does_not_hide_it(connected, client, fake, traveller):
    paid = fake.pay("25.00")
    forged = {**paid, "resource": {**paid["resource"], "id": "9X00000000000000T"}}
    deliver(client, forged)
    assert deliver(client, paid) == "queued"
    work(connected, traveller)
    assert connected.raised() == 2500


@pytest.mark.parametrize("reason", ["ECHECK", "PENDING_REVIEW", "SOMETHING_NEW"])
def test_pending_counts_nothing_for_whatever_reason_and_never_comes_back(connected, client, fake, traveller, reason):
    fake.pends = reason
    pending = fake.pay("25.00")
    deliver(client, pending)
    work(connected, traveller)
    assert (connected.raised(), connected.pending()) == (0, 2500)
    settled = fake.settle(pending["resource"]["id"])
    deliver(client, settled)
    late = {**pending, "id": "WH-late"}
    deliver(client, late)
    work(connected, traveller)
    assert (connected.raised(), connected.pending()) == (2500, 0)


def test_what_is_denied_is_no_longer_on_its_way(connected, client, fake, traveller):
    fake.pends = "ECHECK"
    pending = fake.pay("25.00")
    deliver(client, pending)
    work(connected, traveller)
    deliver(client, fake.deny(pending["resource"]["id"]))
    work(connected, traveller)
    assert (connected.raised(), connected.pending()) == (0, 0)


def test_each_refund_takes_off_its_own_amount_and_never_the_running_total(connected, client, fake, traveller):
    paid = fake.pay("25.00")
    capture_id = paid["resource"]["id"]
    for message in (paid, *(fake.refund(capture_id, amount) for amount in ("5.00", "3.50", "1.25"))):
        deliver(client, message)
    work(connected, traveller)
    assert connected.raised() == 1525
    assert not unfinished(connected)


def test_a_refund_message_alone_brings_payment_and_earlier_refunds_along(connected, client, fake, traveller):
    capture_id = fake.pay("25.00")["resource"]["id"]
    fake.refund(capture_id, "5.00")
    deliver(client, fake.refund(capture_id, "3.50"))
    work(connected, traveller)
    assert connected.raised() == 1650


def test_a_refund_that_fails_counts_again(connected, client, fake, traveller):
    capture_id = fake.pay("25.00")["resource"]["id"]
    refund = fake.refund(capture_id, "25.00", status="PENDING")
    deliver(client, refund)
    work(connected, traveller)
    assert connected.raised() == 0
    deliver(client, fake.fail_refund(refund["resource"]["id"]))
    work(connected, traveller)
    assert connected.raised() == 2500
    assert not unfinished(connected)


def test_a_refund_message_that_carries_the_capture_is_understood(connected, client, fake, traveller):
    paid = fake.pay("25.00")
    fake.refund(paid["resource"]["id"], "5.00")
    odd = messages.event("PAYMENT.CAPTURE.REFUNDED", "capture", fake.captures[paid["resource"]["id"]], NOW)
    deliver(client, odd)
    work(connected, traveller)
    assert connected.raised() == 2000


def test_a_dispute_holds_money_and_takes_none(connected, client, fake, traveller):
    paid = fake.pay("25.00")
    deliver(client, paid)
    opened = fake.dispute(paid["resource"]["id"])
    deliver(client, opened)
    work(connected, traveller)
    assert connected.raised() == 2500
    assert attention(connected) == ["disputed"]
    deliver(client, fake.win(opened["resource"]["dispute_id"]))
    work(connected, traveller)
    assert connected.raised() == 2500


@pytest.mark.parametrize("lost", [(), (0,), (1,)])
def test_a_dispute_that_is_lost_is_booked_once(connected, client, fake, traveller, lost):
    paid = fake.pay("25.00")
    deliver(client, paid)
    opened = fake.dispute(paid["resource"]["id"])
    for place, message in enumerate(fake.lose(opened["resource"]["dispute_id"])):
        if place not in lost:
            deliver(client, message)
    work(connected, traveller)
    assert connected.raised() == 0
    assert connected.donation(paid["resource"]["id"]).net_minor == 0
    assert not unfinished(connected)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2,)])
def test_a_reversal_that_is_cancelled_counts_again(connected, client, fake, traveller, order):
    paid = fake.pay("25.00")
    name = fake.dispute(paid["resource"]["id"])["resource"]["dispute_id"]
    told = [paid, fake.take_meanwhile(name), fake.win(name)]
    for place in order:
        deliver(client, told[place])
    work(connected, traveller)
    assert connected.raised() == 2500
    assert [e.kind for e in connected.entries(paid["resource"]["id"])].count("dispute_reversal") == 1
    assert not unfinished(connected)


def test_two_disputes_of_one_payment_that_are_won_give_back_both(connected, client, fake, traveller):
    name = fake.pay("25.00")["resource"]["id"]
    disputes = [fake.dispute(name, "10.00")["resource"]["dispute_id"] for _ in range(2)]
    for dispute in disputes:
        deliver(client, fake.take_meanwhile(dispute))
    for dispute in disputes:
        deliver(client, fake.win(dispute))
    work(connected, traveller)
    assert connected.raised() == 2500


def test_a_refund_of_ours_that_fails_after_a_dispute_was_won_counts_again_too(connected, client, fake, traveller):
    name = fake.pay("25.00")["resource"]["id"]
    dispute = fake.dispute(name, "10.00")["resource"]["dispute_id"]
    ours = fake.refund(name, "10.00", status="PENDING")
    for message in (ours, fake.take_meanwhile(dispute), fake.win(dispute)):
        deliver(client, message)
    work(connected, traveller)
    assert connected.raised() == 1500
    deliver(client, fake.fail_refund(ours["resource"]["id"]))
    work(connected, traveller)
    assert connected.raised() == 2500


def test_money_given_back_that_was_never_seen_to_be_taken_is_for_a_person(connected, client, fake, traveller):
    name = fake.pay("25.00")["resource"]["id"]
    dispute = fake.dispute(name)["resource"]["dispute_id"]
    fake.disputes[dispute]["money_movements"].append(
        {
            "affected_party": "SELLER",
            "type": "CREDIT",
            "amount": messages.amount("25.00"),
            "reason": "DISPUTE_SETTLEMENT",
        }
    )
    deliver(client, fake.win(dispute))
    work(connected, traveller)
    assert (connected.raised(), attention(connected)) == (2500, ["unclear_answer"])


def test_a_reversed_sale_that_is_won_back_counts_again(connected, client, fake, traveller):
    sale = fake.renew(fake.subscribe("5.00"))["resource"]["id"]
    dispute = fake.dispute(sale)["resource"]["dispute_id"]
    deliver(client, fake.reverse_sale(sale, older=False))
    work(connected, traveller)
    assert connected.raised() == 0
    fake.sales[sale]["state"] = "completed"
    fake.move(dispute, "DEBIT")
    deliver(client, fake.win(dispute))
    work(connected, traveller)
    assert connected.raised() == 500


def test_a_forged_reversal_takes_nothing_where_a_genuine_refund_exists(connected, client, fake, traveller):
    sale = fake.renew(fake.subscribe("50.00"))
    name = sale["resource"]["id"]
    for message in (sale, fake.refund_sale(name, "5.00")):
        deliver(client, message)
    deliver(client, messages.event("PAYMENT.SALE.REVERSED", "sale", fake.sales[name], NOW))
    work(connected, traveller)
    assert connected.raised() == 4500


def test_refunds_whose_messages_were_lost_do_not_stay_counted_unseen(connected, client, fake, traveller):
    sale = fake.renew(fake.subscribe("50.00"))
    deliver(client, sale)
    work(connected, traveller)
    fake.refund_sale(sale["resource"]["id"], "50.00")
    deliver(client, fake.dispute(sale["resource"]["id"]))
    work(connected, traveller)
    assert "unclear_answer" in attention(connected)
    other = fake.renew(fake.subscribe("50.00"))["resource"]["id"]
    fake.reverse_sale(other, older=False)
    deliver(client, messages.event("PAYMENT.SALE.COMPLETED", "sale", fake.sales[other], NOW))
    work(connected, traveller)
    assert connected.donation(other).net_minor == 0


def test_a_refund_told_by_its_capture_waits_for_an_api_that_is_behind(connected, client, fake, traveller):
    name = fake.pay("25.00")["resource"]["id"]
    older = json.loads(json.dumps(fake.captures[name]))
    fake.refund(name, "5.00")
    fake.lags[name] = [older]
    deliver(client, messages.event("PAYMENT.CAPTURE.REFUNDED", "capture", fake.captures[name], NOW))
    work(connected, traveller)
    assert connected.raised() == 2000


def test_each_month_of_a_subscription_is_a_gift_of_its_own(connected, client, fake, traveller):
    subscription = fake.subscribe("5.00")
    for _ in range(3):
        deliver(client, fake.renew(subscription))
    work(connected, traveller)
    assert connected.raised() == 1500
    with connected.database.reading() as session:
        assert set(session.scalars(select(Donation.donor_name))) == {"Hedy Lamarr"}


@pytest.mark.parametrize("sign", ["-", ""])
def test_refunds_of_a_sale_take_off_whatever_their_sign(connected, client, fake, traveller, sign):
    sale = fake.renew(fake.subscribe("5.00"))
    for message in (sale, fake.refund_sale(sale["resource"]["id"], "2.00", sign=sign)):
        deliver(client, message)
    deliver(client, fake.refund_sale(sale["resource"]["id"], "1.00", sign=sign))
    work(connected, traveller)
    assert connected.raised() == 200


@pytest.mark.parametrize("older", [True, False])
def test_a_sale_that_is_reversed_is_taken_off_once(connected, client, fake, traveller, older):
    sale = fake.renew(fake.subscribe("5.00"))
    deliver(client, sale)
    reversal = fake.reverse_sale(sale["resource"]["id"], older=older)
    for name in (reversal["id"], "WH-again"):
        deliver(client, {**reversal, "id": name})
    work(connected, traveller)
    assert connected.raised() == 0
    kinds = [e.kind for e in connected.entries(sale["resource"]["id"])]
    assert sorted(kinds) == ["donation", "fee", "refund"]


def test_a_reversal_that_the_sale_does_not_show_moves_nothing(connected, client, fake, traveller):
    sale = fake.renew(fake.subscribe("5.00"))
    deliver(client, sale)
    reversal = fake.reverse_sale(sale["resource"]["id"], older=True)
    fake.sales[sale["resource"]["id"]]["state"] = "completed"
    deliver(client, reversal)
    work(connected, traveller)
    assert connected.raised() == 500
    fake.sales[sale["resource"]["id"]]["state"] = "reversed"
    work(connected, traveller, rounds=20)
    assert connected.raised() == 0


def test_an_api_that_is_behind_its_own_messages_is_asked_again(connected, client, fake, traveller):
    fake.pends = "PENDING_REVIEW"
    name = fake.pay("25.00")["resource"]["id"]
    older = json.loads(json.dumps(fake.captures[name]))
    settled = fake.settle(name)
    fake.lags[name] = [older, older]
    fake.orders.clear()
    deliver(client, settled)
    work(connected, traveller, rounds=1)
    assert connected.raised() == 0
    work(connected, traveller)
    assert connected.raised() == 2500


def test_while_paypal_is_away_nothing_is_lost(connected, client, fake, traveller):
    paid = fake.pay("25.00")
    deliver(client, paid)
    fake.bad_days = [(503, {}, b""), (429, {"Retry-After": "60"}, b""), (200, {}, b"<html>"), (500, {}, b"{}")]
    work(connected, traveller, rounds=12)
    assert connected.raised() == 2500


def test_a_token_that_ended_early_is_fetched_anew(connected, client, fake, traveller):
    deliver(client, fake.pay("25.00"))
    work(connected, traveller)
    fake.end_tokens()
    deliver(client, fake.pay("10.00"))
    work(connected, traveller, rounds=1)
    assert connected.raised() == 3500


def test_a_payment_that_paypal_does_not_know_is_for_a_person(connected, client, fake, traveller):
    paid = fake.pay("25.00")
    fake.captures.clear()
    deliver(client, paid)
    work(connected, traveller)
    assert connected.raised() == 0
    assert [status for _, status, _ in unfinished(connected)] == ["failed"]


def test_money_that_names_no_campaign_waits_for_staff(connected, client, fake, traveller):
    deliver(client, fake.pay("25.00", custom_id=None))
    deliver(client, fake.pay("10.00", custom_id="nowhere"))
    work(connected, traveller)
    assert connected.raised() == 0
    with connected.database.reading() as session:
        reasons = set(session.scalars(select(Donation.unassigned_reason)))
    assert reasons == {"no_hint", "unknown_campaign"}


def test_forints_and_yen_are_counted_in_their_own_units(connected, client, fake, traveller):
    connected.campaign("forint", currency="HUF")
    connected.campaign("yen", currency="JPY")
    deliver(client, fake.pay("2500", custom_id="forint", currency="HUF"))
    deliver(client, fake.pay("2500", custom_id="yen", currency="JPY"))
    work(connected, traveller)
    assert (connected.raised("forint"), connected.raised("yen")) == (250_000, 2500)


def test_a_gift_whose_donor_closed_the_tab_is_captured_by_the_message_and_counted_once(
    connected, client, fake, traveller
):
    unit = {"custom_id": f"newsroom:{new_key()}", "amount": messages.amount("25.00")}
    order = fake.make_order({"intent": "CAPTURE", "purchase_units": [unit]}, lambda name: name)
    approved = fake.approve(order["id"])
    deliver(client, approved)
    deliver(client, {**approved, "id": "WH-again"})
    work(connected, traveller)
    assert (connected.raised(), len(fake.captures)) == (2500, 1)
    for message in fake.outbox:
        deliver(client, message)
    work(connected, traveller)
    assert connected.raised() == 2500


def test_unknown_kinds_of_messages_move_nothing(connected, client, fake, traveller):
    for kind in ("PAYMENT.PAYOUTSBATCH.SUCCESS", "BILLING.PLAN.CREATED", "SOMETHING.NEW"):
        assert deliver(client, messages.event(kind, "other", {"id": "X1"}, NOW)) == "ignored"
    with connected.database.reading() as session:
        assert session.scalar(select(LookUp.id)) is None


@pytest.mark.parametrize("seed", range(10))
def test_in_whatever_order_messages_come_the_sum_is_what_paypal_holds(connected, client, fake, traveller, seed):
    chance = random.Random(seed)
    for _ in range(12):
        live(fake, chance)
    check_documents(fake)
    told = [message for message in fake.outbox if chance.random() > 0.1]
    told += chance.choices(told, k=6)
    chance.shuffle(told)
    for message in told:
        deliver(client, message)
        if chance.random() < 0.1:
            work(connected, traveller, rounds=1)
    for name in fake.captures:  # of what was lost, the last word on each payment is told again
        deliver(client, messages.event("PAYMENT.CAPTURE.PENDING", "capture", fake.captures[name], fake.now))
    for message in fake.outbox:
        if message["event_type"].startswith(("PAYMENT.SALE", "CUSTOMER.DISPUTE.RESOLVED")):
            deliver(client, message)
    work(connected, traveller, rounds=8)
    assert connected.raised() == fake.raised()
    with connected.database.writing() as session:
        assert rebuild.rebuild(session, now=connected.now) == 0


def check_documents(fake: FakePaypal) -> None:
    """Whatever the pretend PayPal answers has the published shape."""
    kinds: dict[str, Any] = {"capture": fake.captures, "refund": fake.refunds, "dispute": fake.disputes}
    kinds |= {"subscription": fake.subscriptions, "order": {name: fake.order_document(name) for name in fake.orders}}
    for noun, documents in kinds.items():
        for document in documents.values():
            jsonschema.validate(document, schemas.of(noun), format_checker=jsonschema.FormatChecker())
