"""Which of Stripe's events are ours to read, and what is kept of their bodies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import stripe as library
from stripe.events._event_classes import get_v2_event_notification_class

from campaigns.providers import stripe
from campaigns.providers.contract import Needs, Reading, Unreadable
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
    assert reading == Reading(needs=(Needs("v1.charge.refunded only names charge ch_3Q1", "charge:ch_3Q1"),))


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


def test_a_thin_event_of_none_of_our_types_is_ignored(fixture: Load) -> None:
    thin = fixture("stripe/thin_refunded_2026")
    for kind in ("v1.payout.paid", "v1.invoiceitem.created", "v2.core.account.updated", "charge.refunded", "v1.x"):
        assert read(thin | {"type": kind}) == Reading(ignored=f"type {kind}")
    upcoming = thin | {"type": "v1.invoice.upcoming", "related_object": None}
    assert read(upcoming) == Reading(ignored="type v1.invoice.upcoming")


@pytest.mark.parametrize("about", [None, {}, {"id": "ch_1"}, {"id": "ch 1", "type": "charge"}, {"id": "c", "type": 7}])
def test_a_thin_event_about_money_that_names_nothing_waits_for_a_person(fixture: Load, about: object) -> None:
    with pytest.raises(Unreadable, match="does not say which charge it is about"):
        read(fixture("stripe/thin_refunded_2026") | {"related_object": about})


@pytest.mark.parametrize("kind", stripe.EVENTS)
def test_a_thin_event_of_each_of_our_types_asks_for_what_stripes_library_says_it_is_about(
    fixture: Load, kind: str
) -> None:
    noun = related(f"v1.{kind}")
    thin = fixture("stripe/thin_refunded_2026") | {"type": f"v1.{kind}", "related_object": {"id": "x_1", "type": noun}}
    assert [need.subject for need in read(thin).needs] == [f"{noun}:x_1"]


def related(kind: str) -> str:
    """The kind of object that the library fetches for a thin event."""
    notification = get_v2_event_notification_class(kind)
    about = str(notification.fetch_related_object.__annotations__["return"]).strip("'")
    found = library.checkout.Session if about == "Session" else getattr(library, about)
    return str(found.OBJECT_NAME)


def test_stripe_exists_in_every_mode_speaks_json_and_gives_an_id_once_over_all_endpoints() -> None:
    assert (stripe.MODES, stripe.SCOPE) == (("demo", "test", "live"), "")
    assert stripe.CONTENT_TYPES == ("application/json",)
