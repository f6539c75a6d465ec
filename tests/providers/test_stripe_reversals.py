"""The money in Stripe's refunds and disputes, in every state of one."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.providers.contract import Movement, Needs, Reading, Unreadable, Wish
from tests.providers.bodies import Load, changed, entries, fees, read


@pytest.fixture
def refund(fixture: Load) -> dict[str, Any]:
    return fixture("stripe/refund_failed_2026")


@pytest.fixture
def dispute(fixture: Load) -> dict[str, Any]:
    return fixture("stripe/dispute_reinstated_2026")


def money(event: dict[str, Any]) -> list[Movement]:
    return [movement for movement in read(event).movements if movement.kind != "fee"]


@pytest.mark.parametrize("status", ["pending", "requires_action", "succeeded"])
def test_a_refund_subtracts_as_soon_as_it_is_asked_for(refund: dict[str, Any], status: str) -> None:
    reading = read(changed(refund, "refund.created", status=status))
    assert entries(reading) == [("ch_3Q1", "re_3Q1", "refund", -500, "USD")]


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_fails_is_given_back(refund: dict[str, Any], status: str) -> None:
    assert entries(read(changed(refund, status=status))) == [
        ("ch_3Q1", "re_3Q1", "refund", -500, "USD"),
        ("ch_3Q1", "re_3Q1:failed", "refund_failed", 500, "USD"),
    ]


def test_the_refund_event_of_older_versions_is_read(fixture: Load) -> None:
    assert entries(read(fixture("stripe/refund_updated_2022"))) == [("ch_3Q1", "re_3Q1", "refund", -500, "USD")]


def test_a_refund_names_its_charge_or_waits(refund: dict[str, Any]) -> None:
    assert entries(read(changed(refund, charge={"id": "ch_9", "object": "charge"})))[0][0] == "ch_9"
    unnamed: tuple[object, ...] = (None, "", 7, {}, "ch 9")
    for charge in unnamed:
        reading = read(changed(refund, charge=charge))
        assert reading == Reading(needs=(Needs("refund re_3Q1 names no charge", "refund:re_3Q1"),))


def test_a_refund_in_a_state_we_do_not_know_moves_nothing(refund: dict[str, Any]) -> None:
    for status in (None, "reversed", 0):
        with pytest.raises(Unreadable, match="refund re_3Q1: status"):
            read(changed(refund, status=status))


def test_a_refund_of_nothing_is_no_entry(refund: dict[str, Any]) -> None:
    assert read(changed(refund, amount=0)).movements == ()


def test_a_dispute_is_booked_by_its_balance_transactions_and_their_signs(dispute: dict[str, Any]) -> None:
    assert entries(read(dispute)) == [
        ("ch_3Q1", "txn_1Qa", "dispute", -2500, "USD"),
        ("ch_3Q1", "txn_1Qb", "dispute_reversal", 2500, "USD"),
    ]
    made = [t["created"] for t in dispute["data"]["object"]["balance_transactions"]]
    assert [int(m.occurred_at.timestamp()) for m in money(dispute)] == made


@pytest.mark.parametrize("status", ["needs_response", "under_review", "won", "lost", "appeal_under_review", "x", None])
def test_a_disputes_status_moves_no_money(dispute: dict[str, Any], status: object) -> None:
    assert [m.amount_minor for m in money(changed(dispute, status=status))] == [-2500, 2500]


def test_a_partial_chargeback_takes_its_part(dispute: dict[str, Any]) -> None:
    dispute["data"]["object"]["balance_transactions"][0]["amount"] = -1000
    assert money(dispute)[0].amount_minor == -1000


def test_a_dispute_settled_in_another_currency_takes_only_the_sign(dispute: dict[str, Any]) -> None:
    for transaction in dispute["data"]["object"]["balance_transactions"]:
        transaction.update(currency="eur", amount=transaction["amount"] * 9 // 10)
    assert [(m.amount_minor, m.currency) for m in money(dispute)] == [(-2500, "USD"), (2500, "USD")]


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review", "warning_closed", "prevented"])
def test_an_inquiry_moves_no_money(dispute: dict[str, Any], status: str) -> None:
    reading = read(changed(dispute, "charge.dispute.created", status=status, balance_transactions=[]))
    assert reading == Reading(ignored="dispute du_1Q1 moves no money")


def test_a_transaction_of_nothing_is_no_entry(dispute: dict[str, Any]) -> None:
    dispute["data"]["object"]["balance_transactions"][1].update(amount=0, currency="eur")
    assert [m.key for m in money(dispute)] == ["txn_1Qa"]


def test_a_transaction_without_a_time_of_its_own_takes_its_disputes(dispute: dict[str, Any]) -> None:
    del dispute["data"]["object"]["balance_transactions"][0]["created"]
    assert int(money(dispute)[0].occurred_at.timestamp()) == dispute["data"]["object"]["created"]
    assert read(dispute).wishes == (Wish("ch_3Q1", "fee", "balance_transaction:txn_1Qa"),)


def test_an_inquiry_that_did_move_money_is_believed_by_its_transactions(dispute: dict[str, Any]) -> None:
    assert [m.amount_minor for m in money(changed(dispute, status="warning_closed"))] == [-2500, 2500]


def test_a_dispute_that_has_not_moved_money_yet_states_nothing(dispute: dict[str, Any]) -> None:
    reading = read(changed(dispute, "charge.dispute.created", status="needs_response", balance_transactions=[]))
    assert (reading.movements, reading.needs, reading.ignored) == ((), (), None)


def test_a_dispute_that_hides_its_transactions_waits(dispute: dict[str, Any]) -> None:
    named = read(changed(dispute, balance_transactions=["txn_1Qa"]))
    by_name = Needs("dispute du_1Q1 gives balance transaction 'txn_1Qa' by name only", "dispute:du_1Q1")
    assert (named.movements, named.needs) == ((), (by_name,))
    hidden = (Needs("dispute du_1Q1 has moved money, but does not say which", "dispute:du_1Q1"),)
    assert read(changed(dispute, "charge.dispute.funds_withdrawn", balance_transactions=[])).needs == hidden
    inquiry = changed(dispute, "charge.dispute.funds_withdrawn", status="warning_closed")
    assert (read(inquiry).needs, read(inquiry).ignored) == (hidden, None)
    assert read(changed(dispute, "charge.dispute.closed", status="lost", balance_transactions=None)).needs == hidden
    unnamed = read(changed(dispute, charge=None))
    assert unnamed == Reading(needs=(Needs("dispute du_1Q1 names no charge", "dispute:du_1Q1"),))


def test_the_fee_of_a_dispute_is_not_the_donors_money(dispute: dict[str, Any]) -> None:
    assert fees(read(dispute)) == [("ch_3Q1", "txn_1Qa:fee", -1500, "USD")]
    dispute["data"]["object"]["balance_transactions"][1].update(type="stripe_fee", amount=-1700)
    assert [m.key for m in money(dispute)] == ["txn_1Qa"]
    assert fees(read(dispute)) == [("ch_3Q1", "txn_1Qa:fee", -1500, "USD"), ("ch_3Q1", "txn_1Qb:fee", -1700, "USD")]


def test_money_moved_in_parts_and_told_in_another_currency_is_stated_once_each_way(fixture: Load) -> None:
    event = fixture("stripe/dispute_settled_abroad_2026")
    lines = event["data"]["object"]["balance_transactions"]
    lines.append(lines[1] | {"id": "txn_third", "amount": 500})
    reading = read(event)
    assert entries(reading) == [
        ("ch_7Q1", "txn_7Q1", "dispute", -2500, "USD"),
        ("ch_7Q1", "txn_7Q2", "dispute_reversal", 2500, "USD"),
    ]
    assert [need.reason for need in reading.needs] == [
        "dispute du_7Q1 moved money in parts, which balance transaction txn_third tells in another currency"
    ]


def test_a_dispute_can_take_more_than_was_given_and_give_back_in_parts(dispute: dict[str, Any]) -> None:
    lines = dispute["data"]["object"]["balance_transactions"]
    lines[0]["amount"] = -3000
    lines.append(lines[1] | {"id": "txn_1Qc", "amount": 500})
    assert [m.amount_minor for m in money(dispute)] == [-3000, 2500, 500]


def test_a_dispute_that_was_lost_at_once_or_is_first_heard_of_when_closed_is_read_all_the_same(fixture: Load) -> None:
    lost = fixture("stripe/dispute_lost_at_once_2025")
    closed = changed(fixture("stripe/dispute_lost_at_once_2025"), "charge.dispute.closed")
    assert entries(read(lost)) == entries(read(closed)) == [("ch_7Q1", "txn_7Q1", "dispute", -2500, "USD")]


def test_a_dispute_without_an_intent_is_tied_to_its_charge_alone(dispute: dict[str, Any]) -> None:
    reading = read(changed(dispute, payment_intent=None))
    assert reading.links == ()
    assert {m.ref for m in reading.movements} == {"ch_3Q1"}
