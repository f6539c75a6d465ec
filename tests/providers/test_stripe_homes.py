"""Which campaign, linked to what, given by whom: everything Stripe says that is not money."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from stripe.params._webhook_endpoint_create_params import WebhookEndpointCreateParams

from campaigns.providers import stripe
from campaigns.providers.contract import Donor, Hint, HintRank, Link, Reading
from tests.providers.bodies import Load, changed, entries, read

STATED = datetime(2026, 11, 22, 19, 1, tzinfo=UTC)
FIXTURES = sorted((Path(__file__).parent / "fixtures/stripe").glob("*.json"))


def pairs(reading: Reading) -> set[tuple[str, str]]:
    return {(link.child, link.parent) for link in reading.links}


def test_a_charge_names_its_campaign_its_intent_and_its_donor(fixture: Load) -> None:
    reading = read(fixture("stripe/charge_succeeded_2026"))
    assert reading.hints == (Hint("ch_3Q1", HintRank.MONEY, "newsroom", STATED),)
    assert reading.links == (Link("ch_3Q1", "pi_3Q1"),)
    assert reading.donors == (Donor("ch_3Q1", "Ada Reader", "ada@example.org", None, show_name=False),)


def test_the_address_for_receipts_stands_in_for_a_missing_one(fixture: Load) -> None:
    event = fixture("stripe/charge_succeeded_2026")
    event["data"]["object"]["billing_details"] = None
    assert read(event).donors == (Donor("ch_3Q1", None, "receipts@example.org", None, show_name=False),)
    event["data"]["object"]["receipt_email"] = None
    assert read(event).donors == ()


def test_an_expanded_intent_is_read_like_its_id(fixture: Load) -> None:
    event = fixture("stripe/charge_succeeded_2026")
    event["data"]["object"]["payment_intent"] = {"id": "pi_3Q1", "object": "payment_intent", "metadata": {}}
    assert read(event).links == (Link("ch_3Q1", "pi_3Q1"),)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        "newsroom",
        {},
        {"campaign": None},
        {"campaign": ""},
        {"campaign": " \n"},
        {"campaign": 7},
        {"campaign": ["newsroom"]},
        {"Campaign": "newsroom"},
    ],
)
def test_metadata_that_names_no_campaign_is_no_hint(fixture: Load, metadata: object) -> None:
    event = fixture("stripe/charge_succeeded_2026")
    event["data"]["object"]["metadata"] = metadata
    assert read(event).hints == ()
    assert len(read(event).movements) == 1


@pytest.mark.parametrize(
    ("written", "named"),
    [
        (" newsroom\n", "newsroom"),
        ("No Such Campaign!", "No Such Campaign!"),
        ("Newsroom", "Newsroom"),
        ("news\x00room", "news\ufffdroom"),
        ("news\ud800room", "news\ufffdroom"),
        ("n" * 500, "n" * 200),
    ],
)
def test_a_name_that_is_no_slug_is_a_hint_all_the_same(fixture: Load, written: str, named: str) -> None:
    event = fixture("stripe/charge_succeeded_2026")
    event["data"]["object"]["metadata"] = {"campaign": written}
    assert [hint.campaign for hint in read(event).hints] == [named]


@pytest.mark.parametrize(
    "name",
    [
        "intent_succeeded_2026",
        "invoice_paid_2024",
        "invoice_paid_2026",
        "invoice_payment_paid_2026",
        "session_completed_2026",
        "session_monthly_2024",
        "subscription_created_2026",
    ],
)
def test_sessions_intents_invoices_and_subscriptions_state_no_money(fixture: Load, name: str) -> None:
    reading = read(fixture(f"stripe/{name}"))
    assert (reading.movements, reading.pendings, reading.refunded) == ((), (), ())
    assert reading.links
    assert (reading.ignored, reading.needs) == (None, ())


def test_an_old_intent_states_only_the_money_of_the_charges_written_out_in_it(fixture: Load) -> None:
    event = fixture("stripe/intent_succeeded_2019")
    assert entries(read(event)) == [("ch_1E2", "ch_1E2", "donation", 2500, "USD")]
    event["data"]["object"]["charges"] = {"object": "list", "data": ["ch_1E2"]}
    assert (read(event).movements, pairs(read(event))) == ((), {("ch_1E2", "pi_1E2"), ("pi_1E2", "in_1E2")})


def test_a_session_names_the_campaign_for_what_it_made(fixture: Load) -> None:
    once = read(fixture("stripe/session_completed_2026"))
    made = datetime(2026, 11, 22, 18, 58, tzinfo=UTC)
    assert once.hints == (Hint("cs_live_a1Q", HintRank.CHECKOUT, "newsroom", made),)
    untimed = read(changed(fixture("stripe/session_completed_2026"), created=None))
    assert untimed.hints == (Hint("cs_live_a1Q", HintRank.CHECKOUT, "newsroom", STATED),)
    assert once.donors == (Donor("cs_live_a1Q", "Ada Reader", "ada@example.org", None, show_name=False),)
    assert pairs(once) == {("pi_3Q1", "cs_live_a1Q")}
    monthly = read(fixture("stripe/session_monthly_2024"))
    assert pairs(monthly) == {("in_1Q1", "cs_live_b1Q"), ("sub_1Q1", "cs_live_b1Q")}


def test_an_intent_leads_from_its_charge_and_to_its_invoice_in_old_and_new_versions(fixture: Load) -> None:
    new = read(fixture("stripe/intent_succeeded_2026"))
    assert pairs(new) == {("ch_3Q1", "pi_3Q1")}
    assert new.hints == (Hint("pi_3Q1", HintRank.MONEY, "newsroom", STATED),)
    assert pairs(read(fixture("stripe/intent_succeeded_2019"))) == {
        ("ch_1E2", "pi_1E2"),
        ("pi_1E2", "in_1E2"),
    }


def test_an_invoice_hands_down_its_subscriptions_campaign_in_old_and_new_versions(fixture: Load) -> None:
    new, old = read(fixture("stripe/invoice_paid_2026")), read(fixture("stripe/invoice_paid_2024"))
    assert new.hints == (Hint("in_1Q1", HintRank.CHECKOUT, "newsroom", STATED),)
    assert pairs(new) == {("in_1Q1", "sub_1Q1"), ("pi_1Q9", "in_1Q1")}
    assert [hint.campaign for hint in old.hints] == ["newsroom"]
    assert pairs(old) == {("in_1E1", "sub_1E1"), ("pi_1E1", "in_1E1"), ("ch_1E1", "in_1E1")}


def test_an_invoices_own_campaign_comes_before_its_subscriptions(fixture: Load) -> None:
    event = fixture("stripe/invoice_paid_2026")
    event["data"]["object"]["metadata"] = {"campaign": "roof"}
    assert [hint.campaign for hint in read(event).hints] == ["roof"]


def test_an_invoice_payment_ties_an_intent_to_its_invoice(fixture: Load) -> None:
    assert pairs(read(fixture("stripe/invoice_payment_paid_2026"))) == {("pi_1Q9", "in_1Q1")}


def test_a_subscription_names_the_campaign_of_its_renewals(fixture: Load) -> None:
    reading = read(fixture("stripe/subscription_created_2026"))
    assert reading.hints == (Hint("sub_1Q1", HintRank.CHECKOUT, "newsroom", STATED),)
    assert pairs(reading) == {("in_1Q1", "sub_1Q1")}


def test_a_refund_or_dispute_that_comes_first_knows_the_intent_too(fixture: Load) -> None:
    assert pairs(read(fixture("stripe/refund_failed_2026"))) == {("ch_3Q1", "pi_3Q1")}
    assert pairs(read(fixture("stripe/dispute_reinstated_2026"))) == {("ch_3Q1", "pi_3Q1")}


def test_nothing_is_linked_to_itself(fixture: Load) -> None:
    event = fixture("stripe/intent_succeeded_2026")
    event["data"]["object"]["latest_charge"] = "pi_3Q1"
    assert read(event).links == ()


def test_links_never_run_in_a_circle(fixture: Load) -> None:
    links = {pair for path in FIXTURES for pair in pairs(read(fixture(f"stripe/{path.stem}")))}
    remaining = {child: {parent for below, parent in links if below == child} for child, _ in links}
    while leaves := [ref for ref, parents in remaining.items() if not parents & remaining.keys()]:
        for ref in leaves:
            del remaining[ref]
    assert not remaining


def test_an_object_without_an_id_that_holds_no_money_is_ignored(fixture: Load) -> None:
    event = fixture("stripe/invoice_paid_2026") | {"type": "invoice.upcoming"}
    event["data"]["object"]["id"] = None
    assert read(event) == Reading(ignored="type invoice.upcoming without the id of its invoice")


def test_every_event_we_ask_for_is_one_that_stripe_sends() -> None:
    known = get_args(get_args(WebhookEndpointCreateParams.__annotations__["enabled_events"])[0])
    assert set(stripe.EVENTS) <= set(known)


@pytest.mark.parametrize(
    ("change", "settled"),
    [
        ({}, ["pi_3Q1"]),
        ({"payment_intent": None, "invoice": "in_1"}, ["in_1"]),
        ({"payment_intent": {"id": "pi_3Q1"}}, ["pi_3Q1"]),
        ({"payment_intent": None}, []),
        ({"payment_status": "unpaid"}, []),
        ({"payment_status": "no_payment_required"}, []),
        ({"payment_status": None}, []),
        ({"amount_total": 0}, []),
        ({"amount_total": None}, ["pi_3Q1"]),
    ],
)
def test_a_session_says_that_a_payment_must_exist_only_when_it_was_paid(
    fixture: Load, change: dict[str, object], settled: list[str]
) -> None:
    event = fixture("stripe/session_completed_2026")
    event["data"]["object"].update(change)
    assert [one.ref for one in read(event).settled] == settled


def test_what_a_delayed_payment_came_to_is_told_by_its_session_later(fixture: Load) -> None:
    assert read(fixture("stripe/session_delayed_2026")).settled == ()
    assert [one.ref for one in read(fixture("stripe/session_delayed_paid_2026")).settled] == ["pi_7Q1"]
    for name in ("session_delayed_failed_2026", "session_expired_2026"):
        reading = read(fixture(f"stripe/{name}"))
        assert (reading.settled, reading.movements, reading.needs) == ((), (), ())


KEY = "k" * 20
MEANT = {"intent": KEY}


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        ("charge_succeeded_2026", "ch_3Q1"),
        ("intent_succeeded_2026", "pi_3Q1"),
        ("session_completed_2026", "cs_live_a1Q"),
        ("invoice_paid_2026", "in_1Q1"),
        ("subscription_created_2026", "sub_1Q1"),
    ],
)
def test_what_our_own_page_ordered_is_linked_to_the_wish_it_was_ordered_for(fixture: Load, name: str, ref: str) -> None:
    told = read(changed(fixture(f"stripe/{name}"), metadata=MEANT))
    assert [link for link in told.links if link.parent.startswith("intent:")] == [Link(ref, f"intent:{KEY}")]
    strange: tuple[object, ...] = (None, [], {"intent": KEY + "k"}, {"intent": None}, {"Intent": KEY})
    for odd in strange:
        told = read(changed(fixture(f"stripe/{name}"), metadata=odd))
        assert [link for link in told.links if link.parent.startswith("intent:")] == []


def test_a_renewal_is_linked_to_the_wish_that_its_subscription_names_in_new_and_old_shapes(fixture: Load) -> None:
    new = fixture("stripe/invoice_paid_2026")
    new["data"]["object"]["parent"]["subscription_details"]["metadata"] = MEANT
    old = changed(fixture("stripe/invoice_paid_2024"), subscription_details={"metadata": MEANT})
    for event in (new, old):
        ref = event["data"]["object"]["id"]
        assert Link(ref, f"intent:{KEY}") in read(event).links


def test_the_address_that_a_session_was_opened_with_stands_in_for_a_missing_one(fixture: Load) -> None:
    opened_with = {"customer_details": None, "customer_email": "typed@example.org"}
    told = read(changed(fixture("stripe/session_completed_2026"), **opened_with))
    assert told.donors == (Donor("cs_live_a1Q", None, "typed@example.org", None, show_name=False),)
