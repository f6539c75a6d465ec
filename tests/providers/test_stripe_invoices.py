"""Invoices of all ages: paid by a charge, by hand, by nothing; and what follows for the money."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.providers.contract import Link, Notice, Reading, Settled
from tests.providers.bodies import Load, changed, read, read_answer

BY_HAND = Notice("out_of_band", "in_7Q1", "invoice in_7Q1 was marked as paid without a payment through Stripe")
PAID = Settled("in_7Q1", "invoice in_7Q1 was paid, and its charge was not told yet")


@pytest.fixture
def invoice(fixture: Load) -> dict[str, Any]:
    """Paid, in a version that does not tell how."""
    return fixture("stripe/invoice_paid_2025")


def paid(event: dict[str, Any]) -> tuple[tuple[Settled, ...], tuple[Notice, ...]]:
    return read(event).settled, read(event).notices


def payments(*rows: object) -> dict[str, Any]:
    return {"object": "list", "data": list(rows), "has_more": False}


@pytest.mark.parametrize("name", ["invoice_paid_2020", "invoice_paid_2025"])
def test_a_paid_invoice_says_that_a_payment_must_exist(fixture: Load, name: str) -> None:
    assert paid(fixture(f"stripe/{name}")) == ((PAID,), ())


@pytest.mark.parametrize("name", ["invoice_by_hand_2024", "invoice_by_hand_2026"])
def test_an_invoice_marked_as_paid_by_hand_is_shown_to_staff_and_states_no_money(fixture: Load, name: str) -> None:
    reading = read(fixture(f"stripe/{name}"))
    assert (reading.settled, reading.notices) == ((), (BY_HAND,))
    assert (reading.movements, reading.pendings) == ((), ())


def test_between_basil_and_the_field_for_it_only_the_answer_tells_that_it_was_by_hand(fixture: Load) -> None:
    assert paid(fixture("stripe/invoice_by_hand_2025")) == ((PAID,), ())
    answered = read_answer(fixture("stripe_answers/invoice_by_hand"))
    assert (answered.settled, answered.notices) == ((), (BY_HAND,))


@pytest.mark.parametrize("zero", [{"amount_paid": 0}, {"amount_paid": None}, {"amount_paid": "0"}, {"status": "open"}])
def test_an_invoice_that_took_nothing_says_nothing_of_money(invoice: dict[str, Any], zero: dict[str, Any]) -> None:
    assert paid(changed(invoice, **zero)) == ((), ())


def test_an_invoice_that_took_the_least_there_is_must_have_a_payment(invoice: dict[str, Any]) -> None:
    assert paid(changed(invoice, amount_paid=1)) == ((PAID,), ())


def test_a_trial_begins_with_an_invoice_of_nothing(fixture: Load) -> None:
    assert paid(fixture("stripe/invoice_of_nothing_2026")) == ((), ())
    assert read(fixture("stripe/session_trial_2026")).settled == ()


def test_an_invoice_paid_partly_by_hand_still_must_have_a_charge(fixture: Load) -> None:
    event = changed(fixture("stripe/invoice_by_hand_2026"), amount_paid_off_stripe=400)
    assert paid(event) == ((PAID,), ())


def test_an_invoice_whose_payments_are_all_records_of_staff_was_paid_by_hand(invoice: dict[str, Any]) -> None:
    record = {"object": "invoice_payment", "status": "paid", "payment": {"type": "payment_record"}}
    assert paid(changed(invoice, payments=payments(record))) == ((), (BY_HAND,))
    assert paid(changed(invoice, payments=payments())) == ((), (BY_HAND,))


def test_an_attempt_that_was_called_off_is_no_payment_of_it(invoice: dict[str, Any]) -> None:
    means = {"type": "payment_intent", "payment_intent": "pi_1"}
    called_off = {"object": "invoice_payment", "status": "canceled", "payment": means}
    assert paid(changed(invoice, payments=payments(called_off))) == ((), (BY_HAND,))
    assert paid(changed(invoice, payments=payments(called_off, called_off | {"status": "paid"}))) == (
        (Settled("pi_1", PAID.reason),),
        (),
    )
    attempted = called_off | {"status": "open", "payment": {"type": "payment_intent", "payment_intent": "pi_2"}}
    assert paid(changed(invoice, payments=payments(attempted))) == ((PAID,), ())


def test_an_invoice_can_be_paid_by_several_intents_or_by_a_charge(invoice: dict[str, Any]) -> None:
    rows = [{"payment": {"type": "payment_intent", "payment_intent": f"pi_{n}"}} for n in (1, 2)]
    rows.append({"payment": {"type": "charge", "charge": "ch_3"}})
    assert paid(changed(invoice, payments=payments(rows[2]))) == ((Settled("ch_3", PAID.reason),), ())
    reading = read(changed(invoice, payments=payments(*rows, None, "x")))
    assert set(reading.links) >= {Link("pi_1", "in_7Q1"), Link("pi_2", "in_7Q1"), Link("ch_3", "in_7Q1")}
    assert reading.settled == tuple(Settled(ref, PAID.reason) for ref in ("pi_1", "pi_2", "ch_3"))


def test_the_campaign_is_the_invoices_own_word_then_its_subscriptions_frozen_in_it(invoice: dict[str, Any]) -> None:
    assert [hint.campaign for hint in read(invoice).hints] == ["newsroom"]
    assert [hint.campaign for hint in read(changed(invoice, metadata={"campaign": "roof"})).hints] == ["roof"]
    silent = read(changed(invoice, metadata={}, parent=None))
    assert (silent.hints, silent.settled) == ((), (PAID,))


def test_an_invoice_that_failed_says_nothing_of_money(invoice: dict[str, Any]) -> None:
    failed = changed(invoice, "invoice.payment_failed", status="open", amount_paid=0)
    assert (read(failed).settled, read(failed).notices, read(failed).movements) == ((), (), ())


def test_a_payment_of_an_invoice_in_an_answer_may_write_the_invoice_out(fixture: Load) -> None:
    reading = read_answer(fixture("stripe_answers/invoice_payments"))
    assert Link("pi_7Q1", "in_7Q1") in reading.links
    assert Link("in_7Q1", "sub_7Q1") in reading.links
    assert [hint.ref for hint in reading.hints] == ["in_7Q1"]


def test_a_payment_of_an_invoice_by_a_charge_is_tied_to_it(fixture: Load) -> None:
    event = changed(fixture("stripe/invoice_payment_paid_2025"), payment={"type": "charge", "charge": "ch_1"})
    assert read(event).links == (Link("ch_1", "in_7Q1"),)
    assert read(changed(event, payment=None)) == Reading()
