"""What Stripe keeps: an entry beside the money, named by its transaction, whichever way it becomes known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.providers.contract import Movement, Unreadable, Wish
from tests.providers.bodies import Load, changed, entries, fees, read, read_answer


@pytest.fixture
def charge(fixture: Load) -> dict[str, Any]:
    """`charge.updated`, which tells for the first time by which transaction the money came."""
    return fixture("stripe/charge_updated_2026")


@pytest.fixture
def transaction(fixture: Load) -> dict[str, Any]:
    return fixture("stripe_answers/balance_transaction")


def test_a_transaction_that_is_only_named_is_wished_to_be_known(charge: dict[str, Any]) -> None:
    wish = Wish("ch_7Q1", "fee", "balance_transaction:txn_7Q1")
    assert wish in read(charge).wishes
    assert fees(read(charge)) == []
    assert wish not in read(changed(charge, balance_transaction=None)).wishes


def test_a_transaction_written_out_tells_the_fee_at_once(charge: dict[str, Any], transaction: dict[str, Any]) -> None:
    reading = read(changed(charge, balance_transaction=transaction))
    assert fees(reading) == [("ch_7Q1", "txn_7Q1:fee", -102, "USD")]
    assert entries(reading) == [("ch_7Q1", "ch_7Q1", "donation", 2500, "USD")]
    assert [wish.purpose for wish in reading.wishes] == ["home"]


def test_event_and_answer_state_the_same_fee(charge: dict[str, Any], transaction: dict[str, Any]) -> None:
    made = datetime.fromtimestamp(transaction["created"], UTC)
    fee = Movement("ch_7Q1", "txn_7Q1:fee", "fee", -102, "USD", made)
    assert fee in read(changed(charge, balance_transaction=transaction)).movements
    assert read_answer(transaction).movements == (fee,)


def test_the_fee_is_in_the_currency_that_the_account_is_settled_in(transaction: dict[str, Any]) -> None:
    assert fees(read_answer(transaction | {"currency": "jpy", "fee": 95})) == [("ch_7Q1", "txn_7Q1:fee", -95, "JPY")]


@pytest.mark.parametrize(
    ("change", "stated"),
    [
        ({"fee": 0}, []),
        ({"fee": None}, []),
        ({"fee": 1}, [("ch_7Q1", "txn_7Q1:fee", -1, "USD")]),
        ({"fee": -20}, [("ch_7Q1", "txn_7Q1:fee", 20, "USD")]),
    ],
)
def test_no_fee_is_no_entry_and_one_given_back_is_one_above_nothing(
    transaction: dict[str, Any], change: dict[str, Any], stated: list[tuple[str, str, int, str]]
) -> None:
    assert fees(read_answer(transaction | change)) == stated


@pytest.mark.parametrize(
    "change",
    [{"fee": "102"}, {"fee": True}, {"currency": "zzz"}, {"created": None}, {"currency": "isk", "fee": 1}],
)
def test_a_fee_that_cannot_be_read_does_not_keep_its_donation_from_counting(
    charge: dict[str, Any], transaction: dict[str, Any], change: dict[str, Any]
) -> None:
    reading = read(changed(charge, balance_transaction=transaction | change))
    assert entries(reading) == [("ch_7Q1", "ch_7Q1", "donation", 2500, "USD")]
    assert fees(reading) == []
    assert Wish("ch_7Q1", "fee", "balance_transaction:txn_7Q1") in reading.wishes
    with pytest.raises(Unreadable):
        read_answer(transaction | change)


@pytest.mark.parametrize("change", [{"type": "adjustment"}, {"type": "refund"}, {"source": None}, {"source": 7}])
def test_an_asked_transaction_that_is_of_no_charge_states_nothing(
    transaction: dict[str, Any], change: dict[str, Any]
) -> None:
    assert read_answer(transaction | change).movements == ()


def test_an_asked_transaction_may_write_out_its_charge(transaction: dict[str, Any]) -> None:
    source = {"id": "py_7Q1", "object": "charge"}
    paid = read_answer(transaction | {"type": "payment", "source": source})
    assert fees(paid) == [("py_7Q1", "txn_7Q1:fee", -102, "USD")]


def test_a_disputes_fee_that_cannot_be_read_is_asked_for_and_the_dispute_subtracts(fixture: Load) -> None:
    event = fixture("stripe/dispute_lost_at_once_2025")
    event["data"]["object"]["balance_transactions"][0]["fee"] = "1500"
    reading = read(event)
    assert entries(reading) == [("ch_7Q1", "txn_7Q1", "dispute", -2500, "USD")]
    assert reading.wishes == (Wish("ch_7Q1", "fee", "balance_transaction:txn_7Q1"),)


def test_a_disputes_fee_on_a_line_of_its_own_is_a_fee(fixture: Load) -> None:
    reading = read(fixture("stripe/dispute_with_fee_line_2026"))
    assert entries(reading) == [("ch_7Q1", "txn_7Q1", "dispute", -2500, "USD")]
    assert fees(reading) == [("ch_7Q1", "txn_7Q2:fee", -1500, "USD")]


@pytest.mark.parametrize("kind", [None, 7, [], {}])
def test_a_line_of_no_kind_could_be_either_and_is_neither(fixture: Load, kind: object) -> None:
    event = fixture("stripe/dispute_with_fee_line_2026")
    event["data"]["object"]["balance_transactions"][1]["type"] = kind
    with pytest.raises(Unreadable, match="balance transaction txn_7Q2: type is"):
        read(event)
