"""The money in Stripe's charges, in every state of one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.providers.contract import Movement, Pending, RefundedSoFar, Unreadable, Wish
from tests.providers.bodies import Load, changed, entries, read

STATED = datetime(2026, 11, 22, 19, 1, tzinfo=UTC)
CREATED = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


@pytest.fixture
def charge(fixture: Load) -> dict[str, Any]:
    return fixture("stripe/charge_succeeded_2026")


def test_a_captured_charge_is_a_donation_of_what_was_captured_when_it_was_created(
    charge: dict[str, Any],
) -> None:
    reading = read(changed(charge, created=int(CREATED.timestamp())))
    assert reading.movements == (Movement("ch_3Q1", "ch_3Q1", "donation", 2500, "USD", CREATED),)
    assert (reading.pendings, reading.refunded, reading.ignored, reading.needs) == ((), (), None, ())


@pytest.mark.parametrize("kind", ["charge.succeeded", "charge.captured", "charge.updated", "charge.refunded"])
def test_every_charge_event_states_the_same_entry(charge: dict[str, Any], kind: str) -> None:
    assert entries(read(changed(charge, kind))) == [("ch_3Q1", "ch_3Q1", "donation", 2500, "USD")]


def test_what_the_donor_saw_in_another_currency_is_not_booked(charge: dict[str, Any]) -> None:
    assert charge["data"]["object"]["presentment_details"]["presentment_currency"] == "eur"
    assert read(charge).movements[0].currency == "USD"


def test_yen_are_not_divided_by_a_hundred(charge: dict[str, Any]) -> None:
    assert entries(read(changed(charge, currency="jpy", amount_captured=500)))[0][3:] == (500, "JPY")
    assert entries(read(changed(charge, currency="isk", amount_captured=50000)))[0][3:] == (500, "ISK")


def test_a_charge_of_a_time_that_knew_no_amount_captured_counts_its_amount(charge: dict[str, Any]) -> None:
    del charge["data"]["object"]["amount_captured"]
    assert entries(read(charge | {"api_version": "2020-03-02"})) == [("ch_3Q1", "ch_3Q1", "donation", 2500, "USD")]


@pytest.mark.parametrize("version", ["2020-08-27", "2026-10-28.endive", None, 7])
def test_any_later_charge_must_tell_what_was_captured(charge: dict[str, Any], version: object) -> None:
    del charge["data"]["object"]["amount_captured"]
    with pytest.raises(Unreadable, match="amount_captured is missing"):
        read(charge | {"api_version": version})
    with pytest.raises(Unreadable, match="amount_captured is missing"):
        read(changed(charge | {"api_version": "2019-05-16"}, amount_captured=None))


def test_a_charge_of_nothing_is_no_donation(charge: dict[str, Any]) -> None:
    reading = read(changed(charge, amount=0, amount_captured=0))
    assert (reading.movements, reading.pendings, reading.refunded) == ((), (), ())


def test_a_promise_of_nothing_is_no_promise(charge: dict[str, Any]) -> None:
    assert read(changed(charge, "charge.pending", status="pending", amount=0)).pendings == ()


def test_an_authorisation_is_pending_until_it_is_captured_or_lapses(charge: dict[str, Any]) -> None:
    held = read(changed(charge, captured=False, amount_captured=0))
    assert held.movements == ()
    assert held.pendings == (Pending("ch_3Q1", 2500, "USD", CREATED, over=False),)
    assert read(changed(charge, "charge.expired")).pendings == (Pending("ch_3Q1", 2500, "USD", CREATED, over=True),)
    released = read(changed(charge, "charge.refunded", refunded=True, amount_refunded=2500))
    assert (released.movements, released.refunded) == ((), ())
    assert released.pendings[0].over


def test_a_delayed_method_is_pending_then_paid_or_over(fixture: Load) -> None:
    pending = read(fixture("stripe/charge_pending_2024"))
    assert (pending.movements, pending.pendings[0].over) == ((), False)
    failed = read(changed(fixture("stripe/charge_pending_2024"), "charge.failed", status="failed"))
    assert (failed.movements, failed.pendings[0].over) == ((), True)
    paid = read(changed(fixture("stripe/charge_pending_2024"), "charge.succeeded", status="succeeded"))
    assert entries(paid) == [("py_1P1", "py_1P1", "donation", 2500, "USD")]


def test_a_debit_that_bounces_after_it_succeeded_is_taken_back(fixture: Load) -> None:
    reading = read(fixture("stripe/charge_failed_2025"))
    assert entries(reading) == [
        ("py_1P2", "py_1P2", "donation", 2500, "USD"),
        ("py_1P2", "txn_1P2", "dispute", -2500, "USD"),
    ]
    assert reading.pendings[0].over
    for taken, whole in ((2000, 2000), (0, 2500), (None, 2500)):
        changed_one = read(changed(fixture("stripe/charge_failed_2025"), amount_captured=taken))
        assert [entry[3] for entry in entries(changed_one)] == [whole, -whole]


def test_a_debit_that_bounced_though_it_reads_as_succeeded_is_a_donation_and_taken_back(charge: dict[str, Any]) -> None:
    reading = read(changed(charge, failure_balance_transaction="txn_back"))
    assert entries(reading) == [
        ("ch_3Q1", "ch_3Q1", "donation", 2500, "USD"),
        ("ch_3Q1", "txn_back", "dispute", -2500, "USD"),
    ]


def test_a_charge_in_a_state_we_do_not_know_moves_nothing_and_waits_for_a_person(
    charge: dict[str, Any],
) -> None:
    for status in ("paid", "", None, 7, "SUCCEEDED"):
        with pytest.raises(Unreadable, match="charge ch_3Q1: status is"):
            read(changed(charge, status=status))
    with pytest.raises(Unreadable, match="captured"):
        read(changed(charge, status="succeeded", captured="yes"))


@pytest.mark.parametrize("amount", [-1, 10**13, 12.5, "2500", True, [2500], {}, None])
def test_an_amount_that_is_no_amount_is_refused_by_name(charge: dict[str, Any], amount: object) -> None:
    with pytest.raises(Unreadable, match="charge ch_3Q1: amount is"):
        read(changed(charge, amount=amount))
    if amount is not None:
        with pytest.raises(Unreadable, match="charge ch_3Q1: amount_captured is"):
            read(changed(charge, amount=2500, amount_captured=amount))


@pytest.mark.parametrize("currency", [None, "", "us", "usdollar", "zzz", "ÄUR", 840, "xau"])
def test_a_currency_that_is_none_is_refused(charge: dict[str, Any], currency: object) -> None:
    with pytest.raises(Unreadable):
        read(changed(charge, currency=currency))


@pytest.mark.parametrize("created", [None, -1, 10**15, "2026-11-22", 1.5, True])
def test_a_charge_must_say_when_it_was_made(charge: dict[str, Any], created: object) -> None:
    with pytest.raises(Unreadable, match="created"):
        read(changed(charge, created=created))


def test_a_running_total_of_refunds_is_checked_and_never_booked(charge: dict[str, Any]) -> None:
    reading = read(changed(charge, "charge.refunded", amount_refunded=700))
    assert entries(reading) == [("ch_3Q1", "ch_3Q1", "donation", 2500, "USD")]
    assert reading.refunded == (RefundedSoFar("ch_3Q1", 700, "USD", STATED),)
    for untold in (0, None):
        assert read(changed(charge, amount_refunded=untold)).refunded == ()


def test_an_old_body_with_its_refunds_written_out_states_them_too(fixture: Load) -> None:
    reading = read(fixture("stripe/charge_refunded_2019"))
    assert entries(reading) == [
        ("ch_1E1", "ch_1E1", "donation", 2500, "USD"),
        ("ch_1E1", "re_1E1", "refund", -500, "USD"),
    ]
    assert reading.refunded == (RefundedSoFar("ch_1E1", 500, "USD", STATED),)


def test_a_written_out_refund_we_cannot_read_does_not_hide_its_donation(fixture: Load) -> None:
    event = fixture("stripe/charge_refunded_2019")
    event["data"]["object"]["refunds"]["data"] = [{"id": "re_1", "amount": 5, "status": "odd"}, None, "re_2"]
    reading = read(event)
    assert entries(reading) == [("ch_1E1", "ch_1E1", "donation", 2500, "USD")]
    assert [(need.reason[:33], need.subject) for need in reading.needs] == [
        ("refund re_1: status is 'odd', not", "charge:ch_1E1"),
        ("refund without an id: missing", "charge:ch_1E1"),
    ]


def test_the_rest_that_was_never_captured_is_not_a_refund(fixture: Load) -> None:
    event = changed(fixture("stripe/charge_refunded_2019"), amount_captured=2000, amount_refunded=500)
    assert entries(read(event)) == [("ch_1E1", "ch_1E1", "donation", 2000, "USD")]
    assert read(event).refunded == ()
    assert read(changed(event, amount_refunded=700)).refunded == (RefundedSoFar("ch_1E1", 200, "USD", STATED),)
    assert read(changed(event, amount_refunded=300)).refunded == (RefundedSoFar("ch_1E1", 300, "USD", STATED),)


def test_a_partial_capture_counts_what_was_taken_and_its_rest_is_no_refund(fixture: Load) -> None:
    for name in ("charge_captured_in_part_2024", "charge_captured_in_part_2026"):
        reading = read(fixture(f"stripe/{name}"))
        assert entries(reading) == [("ch_7Q1", "ch_7Q1", "donation", 2000, "USD")]
        assert (reading.refunded, reading.pendings) == ((), ())


def test_a_charge_without_an_intent_is_at_home_by_its_invoice_or_nowhere(charge: dict[str, Any]) -> None:
    assert [wish.subject for wish in read(charge).wishes] == ["home:pi_3Q1"]
    old = read(changed(charge, payment_intent=None, invoice="in_1"))
    assert [wish.subject for wish in old.wishes] == ["home:in_1"]
    assert read(changed(charge, invoice=None)).wishes == ()


def test_money_that_is_promised_has_a_home_to_ask_for_and_money_that_will_never_come_has_none(
    charge: dict[str, Any],
) -> None:
    wished = (Wish("ch_3Q1", "home", "home:pi_3Q1"),)
    assert read(changed(charge, "charge.pending", status="pending")).wishes == wished
    assert read(changed(charge, status="succeeded", captured=False)).wishes == wished
    assert read(changed(charge, "charge.expired", captured=False)).wishes == ()
    assert read(changed(charge, "charge.failed", status="failed")).wishes == ()


@pytest.mark.parametrize("name", ["intent_canceled_2022", "intent_canceled_2026", "intent_failed_2026"])
def test_an_intent_that_came_to_nothing_ends_what_its_charge_promised(fixture: Load, name: str) -> None:
    reading = read(fixture(f"stripe/{name}"))
    assert [one.ref[2:] for one in reading.pendings if one.over] == ["_7Q1"]
    assert (reading.movements, reading.settled) == ((), ())


def test_an_intent_ends_the_failed_attempt_and_not_the_one_under_way(fixture: Load) -> None:
    event = changed(fixture("stripe/intent_failed_2026"), "payment_intent.processing", status="processing")
    error = {"charge": "ch_first", "code": "card_declined"}
    reading = read(changed(event, latest_charge="ch_second", last_payment_error=error))
    assert [one.ref for one in reading.pendings] == ["ch_first"]


def test_an_intent_that_cannot_tell_of_money_leaves_that_to_its_charge(fixture: Load) -> None:
    for fault in ({"currency": None}, {"created": "yesterday"}):
        event = changed(fixture("stripe/intent_canceled_2026"), **fault)
        assert read(event).pendings == ()
        assert read(event).links


def test_an_intent_that_succeeded_says_that_its_charge_must_exist(fixture: Load) -> None:
    event = fixture("stripe/intent_succeeded_2026")
    assert [one.ref for one in read(event).settled] == ["ch_3Q1"]
    assert [one.ref for one in read(changed(event, latest_charge=None)).settled] == ["pi_3Q1"]
    assert read(changed(event, amount_received=0)).settled == ()
    assert read(changed(event, "payment_intent.processing", status="processing")).settled == ()


def test_a_charge_written_out_in_an_intent_that_cannot_be_read_is_asked_for(fixture: Load) -> None:
    event = fixture("stripe/intent_succeeded_2022")
    event["data"]["object"]["charges"]["data"][0]["status"] = "odd"
    reading = read(event)
    assert reading.movements == ()
    assert [(need.reason[:29], need.subject) for need in reading.needs] == [
        ("charge ch_7Q1: status is 'odd'"[:29], "charge:ch_7Q1")
    ]
    assert [one.ref for one in reading.settled] == ["pi_7Q1"]
