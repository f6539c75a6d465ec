"""Messages that never come: what is missing is noticed by what did come, and never taken for something else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from campaigns.inbox import endpoints, look_ups
from tests.bed import stripe_events as stripe
from tests.bed.desk import Desk
from tests.fakes.stripe.server import FakeStripe
from tests.fakes.stripe.world import in_version, thin
from tests.inbox.look_ups.rounds import KEY, ask, rows, told, told_of


def test_a_first_gift_that_is_missing_is_not_taken_for_the_renewal_that_came(keyless, fake):
    session_id = fake.world.create_session(amount=1_500, campaign="newsroom", mode="subscription")
    fake.world.complete_session(session_id)
    begun = told(fake, "checkout.session.completed")
    assert keyless.send(begun) == "queued"
    before = len(fake.world.events)
    fake.world.advance(31 * 86_400)
    keyless.later(days=31)
    for event in fake.world.events[before:]:
        keyless.send(event)
    keyless.later(hours=5)
    keyless.drain()
    assert keyless.event(begun["id"]).status == "waiting"


def test_a_first_gift_told_of_after_its_renewal_is_asked_for(desk, fake):
    session_id = fake.world.create_session(amount=1_500, campaign="newsroom", mode="subscription")
    first = fake.world.complete_session(session_id)
    late = told(fake, "checkout.session.completed")
    fake.world.renew(fake.world.subscription_of(first))
    for kind in ("charge.succeeded", "invoice_payment.paid", "invoice.paid"):
        desk.send(told(fake, kind))
    assert desk.raised() == 1_500
    desk.send(late)
    ask(desk)
    assert desk.raised() == 3_000


def test_an_invoice_paid_in_two_parts_is_not_settled_by_one(desk, fake):
    charges = [fake.world.pay(amount=amount, campaign="newsroom") for amount in (1_000, 2_000)]
    payments = [_payment(fake, f"inpay_{n}", "in_two", charge) for n, charge in enumerate(charges)]
    invoice = _invoice("in_two", 3_000) | {"payments": {"object": "list", "data": payments, "has_more": False}}
    desk.send(told_of(fake, "charge.succeeded", charges[0]))
    desk.send(stripe.event("invoice.paid", invoice, created=int(desk.now.timestamp())))
    ask(desk)
    assert desk.raised() == 3_000


def test_an_invoice_paid_by_a_bare_charge_is_asked_for(desk, fake):
    charge = fake.world.pay(amount=1_500, campaign="newsroom")
    payment = _payment(fake, "inpay_1", "in_1", charge) | {"payment": {"type": "charge", "charge": charge}}
    fake.world.objects |= {"in_1": _invoice("in_1", 1_500), "inpay_1": payment}
    desk.send(stripe.event("invoice.paid", _invoice("in_1", 1_500), created=int(desk.now.timestamp())))
    ask(desk)
    assert desk.raised() == 1_500


@pytest.mark.parametrize("kind", ["refund.created", "charge.dispute.created"])
def test_a_thin_reversal_whose_charge_was_never_told_asks_for_the_charge(desk, fake, kind):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    if kind == "refund.created":
        fake.world.refund(charge_id, 2_000)
    else:
        fake.world.dispute(charge_id, 2_000)
    assert desk.send(thin(told(fake, kind))) == "queued"
    ask(desk)
    assert desk.raised() == 3_000


@pytest.mark.parametrize("kind", ["checkout.session.completed", "invoice_payment.paid", "invoice.paid"])
def test_a_thin_word_about_a_payment_leads_to_its_charge(desk, fake, kind):
    session_id = fake.world.create_session(amount=1_500, campaign="newsroom", mode="subscription")
    fake.world.complete_session(session_id)
    assert desk.send(thin(told(fake, kind))) == "queued"
    ask(desk)
    assert desk.raised() == 1_500


@pytest.mark.parametrize("version", ["2026-10-28.endive", "2022-11-15"])
def test_a_lost_refund_of_a_partly_captured_charge_is_missed(desk, fake, version):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom", capture="manual")
    fake.world.capture(charge_id, 3_000)
    fake.world.refund(charge_id, 2_000)
    desk.send(in_version(told(fake, "charge.captured"), version))
    desk.send(in_version(told(fake, "charge.refunded"), version))
    ask(desk)
    assert desk.raised() == 1_000


def test_a_lost_refund_is_not_hidden_by_a_later_one(keyless, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 1_000)
    running = told(fake, "charge.refunded")
    fake.world.advance(86_400)
    keyless.later(days=1)
    fake.world.refund(charge_id, 1_000)
    keyless.send(told(fake, "charge.succeeded"))
    keyless.send(told(fake, "refund.created"))
    assert keyless.send(running) == "queued"


@pytest.mark.parametrize("seconds", [1, 2])
def test_a_lost_refund_is_not_hidden_by_one_that_was_made_right_after_it(desk, fake, seconds):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 1_000)
    running = told(fake, "charge.refunded")
    fake.world.advance(seconds)
    fake.world.refund(charge_id, 1_000)
    desk.send(told(fake, "charge.succeeded"))
    desk.send(told(fake, "refund.created"))
    desk.send(running)
    ask(desk)
    assert desk.raised() == 3_000


def test_a_lost_refund_is_not_hidden_by_one_that_failed(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    first = fake.world.refund(charge_id, 2_000)
    for kind in ("charge.succeeded", "refund.created", "charge.refunded"):
        desk.send(told(fake, kind))
    fake.world.advance(86_400)
    fake.world.fail_refund(first)
    desk.send(told(fake, "refund.failed"))
    fake.world.advance(86_400)
    fake.world.refund(charge_id, 2_000)
    desk.later(days=2)
    desk.send(told(fake, "charge.refunded"))
    ask(desk)
    assert desk.raised() == 3_000


def test_a_lost_refund_is_not_hidden_by_one_whose_failure_is_told_late(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    first = fake.world.refund(charge_id, 2_000)
    for kind in ("charge.succeeded", "refund.created", "charge.refunded"):
        desk.send(told(fake, kind))
    fake.world.advance(60)
    fake.world.fail_refund(first)
    failed = told(fake, "refund.failed")
    fake.world.advance(60)
    fake.world.refund(charge_id, 2_000)
    desk.later(seconds=120)
    assert desk.send(told(fake, "charge.refunded")) == "processed"  # what it adds up to has been told
    desk.send(failed)
    ask(desk)
    assert desk.raised() == 3_000


def test_a_running_total_older_than_a_failure_waits_for_nothing_where_nobody_can_be_asked(keyless, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    refund = fake.world.refund(charge_id, 2_000)
    running = told(fake, "charge.refunded")
    fake.world.fail_refund(refund)
    for event in (told(fake, "charge.succeeded"), told(fake, "refund.failed")):
        keyless.send(event)
    assert keyless.send(running) == "processed"
    assert keyless.raised() == 5_000


@pytest.mark.parametrize("kind", ["charge.succeeded", "payment_intent.succeeded"])
def test_what_the_key_of_another_account_did_not_find_is_asked_again_once_the_key_is_right(
    database, settings, fake, other_account, kind
):
    desk = Desk(database, settings)
    desk.campaign()
    desk.endpoint(api_key=KEY, api_base=other_account.url)
    session_id = fake.world.create_session(amount=1_500, campaign="newsroom", label="session")
    fake.world.complete_session(session_id)
    desk.send(told(fake, kind))
    ask(desk)
    assert desk.raised() == 0
    with database.writing() as session:
        _right_the_key(session, desk, fake)
    for _ in range(3):
        ask(desk)
    assert desk.raised() == 1_500


def test_an_event_given_up_is_taken_up_again_when_its_part_arrives_after_all(desk):
    created = int(desk.now.timestamp())
    message = stripe.event("refund.created", stripe.refund("re_1", "ch_late", 500, created=created), created=created)
    desk.send(message)
    ask(desk)
    assert desk.event(message["id"]).status == "failed"
    charge = stripe.charge("ch_late", 5_000, created=created, campaign="newsroom")
    desk.send(stripe.event("charge.succeeded", charge, created=created))
    desk.drain()
    assert desk.raised() == 4_500
    assert desk.event(message["id"]).status == "processed"


def test_a_one_off_checkout_with_an_invoice_finds_its_session(desk, fake):
    session_id = fake.world.create_session(amount=1_500, campaign="newsroom", label="session")
    charge = fake.world.complete_session(session_id)
    fake.world.objects |= {"in_1": _invoice("in_1", 1_500), "inpay_1": _payment(fake, "inpay_1", "in_1", charge)}
    fake.world.objects[session_id]["invoice"] = "in_1"
    desk.send(told(fake, "charge.succeeded"))
    ask(desk)
    assert desk.raised() == 1_500


def test_what_cannot_be_told_in_parts_stays_with_a_person_and_undoes_nothing(desk, fake):
    fake.world.settlement_currency = "eur"
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    dispute = fake.world.dispute(charge_id)
    fake.world.lose(dispute)
    fake.world.reinstate(dispute, 1_000)
    fake.world.reinstate(dispute, 1_000)
    message = thin(told(fake, "charge.dispute.created"))
    desk.send(message)
    ask(desk)
    assert [row.status for row in rows(desk) if row.purpose == "parts"] == ["answered"]
    assert desk.event(message["id"]).status == "processed"
    assert desk.donation(charge_id).amount_minor == 5_000


def _payment(fake: FakeStripe, name: str, invoice: str, charge: str) -> dict[str, Any]:
    body = fake.world.objects[charge]
    means = {"type": "payment_intent", "payment_intent": body["payment_intent"]}
    said = {"id": name, "object": "invoice_payment", "status": "paid", "invoice": invoice, "livemode": False}
    return said | {"amount_paid": body["amount"], "created": body["created"], "payment": means}


def _invoice(name: str, paid: int) -> dict[str, Any]:
    said = {"id": name, "object": "invoice", "status": "paid", "amount_paid": paid, "metadata": {}, "parent": None}
    return said | {"livemode": False}


def _right_the_key(session: Session, desk: Desk, fake: FakeStripe) -> None:
    endpoint = endpoints.find(session, "stripe", "main")
    endpoint.settings = {**endpoint.settings, "api_base": fake.url}
    look_ups.key_given(session, endpoint, now=desk.now)
