"""The money in Stripe's refunds and disputes, in every state of one."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.providers.contract import Reading, Unreadable
from tests.providers.bodies import Load, changed, entries, read


@pytest.fixture
def refund(fixture: Load) -> dict[str, Any]:
    return fixture("stripe/refund_failed_2026")


@pytest.fixture
def dispute(fixture: Load) -> dict[str, Any]:
    return fixture("stripe/dispute_reinstated_2026")


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
        assert (reading.movements, reading.links) == ((), ())
        assert reading.needs == "refund re_3Q1 names no charge"


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
    assert [int(m.occurred_at.timestamp()) for m in read(dispute).movements] == made


@pytest.mark.parametrize("status", ["needs_response", "under_review", "won", "lost", "appeal_under_review", "x", None])
def test_a_disputes_status_moves_no_money(dispute: dict[str, Any], status: object) -> None:
    assert [m.amount_minor for m in read(changed(dispute, status=status)).movements] == [-2500, 2500]


def test_a_partial_chargeback_takes_its_part(dispute: dict[str, Any]) -> None:
    dispute["data"]["object"]["balance_transactions"][0]["amount"] = -1000
    assert read(dispute).movements[0].amount_minor == -1000


def test_a_dispute_settled_in_another_currency_takes_only_the_sign(dispute: dict[str, Any]) -> None:
    for transaction in dispute["data"]["object"]["balance_transactions"]:
        transaction.update(currency="eur", amount=transaction["amount"] * 9 // 10)
    assert [(m.amount_minor, m.currency) for m in read(dispute).movements] == [(-2500, "USD"), (2500, "USD")]


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review", "warning_closed", "prevented"])
def test_an_inquiry_moves_no_money(dispute: dict[str, Any], status: str) -> None:
    reading = read(changed(dispute, "charge.dispute.created", status=status, balance_transactions=[]))
    assert reading == Reading(ignored="dispute du_1Q1 moves no money")


def test_a_transaction_of_nothing_is_no_entry(dispute: dict[str, Any]) -> None:
    dispute["data"]["object"]["balance_transactions"][1].update(amount=0, currency="eur")
    assert [m.key for m in read(dispute).movements] == ["txn_1Qa"]


def test_a_transaction_without_a_time_of_its_own_takes_its_disputes(dispute: dict[str, Any]) -> None:
    del dispute["data"]["object"]["balance_transactions"][0]["created"]
    assert int(read(dispute).movements[0].occurred_at.timestamp()) == dispute["data"]["object"]["created"]


def test_an_inquiry_that_did_move_money_is_believed_by_its_transactions(dispute: dict[str, Any]) -> None:
    assert [m.amount_minor for m in read(changed(dispute, status="warning_closed")).movements] == [-2500, 2500]


def test_a_dispute_that_has_not_moved_money_yet_states_nothing(dispute: dict[str, Any]) -> None:
    reading = read(changed(dispute, "charge.dispute.created", status="needs_response", balance_transactions=[]))
    assert (reading.movements, reading.needs, reading.ignored) == ((), None, None)


def test_a_dispute_that_hides_its_transactions_waits(dispute: dict[str, Any]) -> None:
    named = read(changed(dispute, balance_transactions=["txn_1Qa"]))
    assert (named.movements, named.needs) == (
        (),
        "dispute du_1Q1 gives balance transaction 'txn_1Qa' by name only",
    )
    assert read(changed(dispute, "charge.dispute.funds_withdrawn", balance_transactions=[])).needs
    assert read(changed(dispute, "charge.dispute.closed", status="lost", balance_transactions=None)).needs
    assert read(changed(dispute, charge=None)).needs == "dispute du_1Q1 names no charge"


def test_the_fee_of_a_dispute_is_not_the_donors_money(dispute: dict[str, Any]) -> None:
    dispute["data"]["object"]["balance_transactions"][1].update(type="stripe_fee", amount=-1500)
    assert [m.key for m in read(dispute).movements] == ["txn_1Qa"]
