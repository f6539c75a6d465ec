"""Which of Stripe's events are ours to read, and what is kept of their bodies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from campaigns.providers import stripe
from campaigns.providers.contract import Reading, Unreadable
from tests.providers.bodies import ENDPOINT, Load, changed, entries, read


@pytest.fixture
def charge(fixture: Load) -> dict[str, Any]:
    return fixture("stripe/charge_succeeded_2026")


@pytest.mark.parametrize(
    "kind",
    [
        "payout.paid",
        "balance.available",
        "customer.created",
        "invoiceitem.created",
        "charges.succeeded",
        "charge",
        "x",
    ],
)
def test_an_event_type_that_is_none_of_ours_is_ignored_by_name(charge: dict[str, Any], kind: str) -> None:
    assert read(changed(charge, kind)) == Reading(ignored=f"type {kind}")


def test_an_event_of_another_account_is_ignored(charge: dict[str, Any]) -> None:
    ours = replace(ENDPOINT, settings={"account": "acct_1"})
    assert read(charge | {"account": "acct_2"}, ours) == Reading(ignored="account acct_2")
    assert read(charge | {"account": "acct_2"}) == Reading(ignored="account acct_2")
    assert read(charge | {"account": "acct_1"}, ours).movements
    assert read(charge, ours).movements


@pytest.mark.parametrize(
    ("mode", "live", "counts"), [("live", True, 1), ("live", False, 0), ("test", True, 0), ("demo", False, 1)]
)
def test_test_money_never_counts_in_live_nor_live_money_in_test(
    charge: dict[str, Any], mode: str, live: bool, counts: int
) -> None:
    assert len(read(charge | {"livemode": live}, replace(ENDPOINT, mode=mode)).movements) == counts


def test_a_thin_event_waits_for_a_look_up(fixture: Load) -> None:
    reading = read(fixture("stripe/thin_refunded_2026"))
    assert (reading.movements, reading.ignored) == ((), None)
    assert "v1.charge.refunded" in (reading.needs or "")


def test_an_event_that_carries_something_else_than_its_type_says_is_unreadable(
    charge: dict[str, Any],
) -> None:
    with pytest.raises(Unreadable, match="does not say when it happened"):
        read(charge | {"created": None})
    empty: tuple[object, ...] = (None, [], {}, {"object": None}, {"object": {}}, {"object": "ch_3Q1"})
    for data in empty:
        with pytest.raises(Unreadable, match=r"charge.succeeded carries missing, not charge"):
            read(charge | {"data": data})
    with pytest.raises(Unreadable, match=r"refund.created carries 'charge', not refund"):
        read(changed(charge, "refund.created"))


def test_the_order_of_the_readings_does_not_change_their_union(fixture: Load, charge: dict[str, Any]) -> None:
    refunds = [changed(fixture("stripe/refund_failed_2026"), status=s) for s in ("pending", "succeeded", "failed")]
    stated = {entry for event in (charge, *refunds, *reversed(refunds)) for entry in entries(read(event))}
    assert sum(amount for *_, amount, _ in stated) == 2500


def test_a_client_secret_is_not_stored(fixture: Load) -> None:
    body = json.dumps(fixture("stripe/intent_succeeded_2026")).encode()
    redacted = stripe.redact(body)
    assert b"pi_3Q1_secret_Dm43" not in redacted
    assert stripe.read(redacted, ENDPOINT) == stripe.read(body, ENDPOINT)
    charge = json.dumps(fixture("stripe/charge_succeeded_2026")).encode()
    assert stripe.redact(charge) == charge
