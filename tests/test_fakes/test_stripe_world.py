"""The fake's deeds: what they tell, what they refuse, and that the balance agrees with the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.fakes.stripe.shapes_billing import later
from tests.fakes.stripe.state import Json
from tests.fakes.stripe.world import StripeError, World
from tests.test_fakes.worlds import lived_in

SIGNS = {"captured": 1, "refund_failed": 1, "refund_cancelled": 1, "reinstated": 1}
SIGNS |= {"bounced": -1, "refund": -1, "withdrawn": -1}


@pytest.fixture
def world() -> World:
    return World()


def _told(world: World, since: int = 0) -> list[str]:
    return [event["type"] for event in world.events[since:]]


def test_a_card_checkout_tells_the_charge_before_its_fee(world):
    charge = world.complete_session(world.create_session(amount=2500, campaign="roof"))
    assert _told(world) == [
        "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
    ]  # fmt: skip
    assert world.events[1]["data"]["object"]["balance_transaction"] is None
    txn = world.set_balance_transaction(charge)
    assert _told(world)[4:] == ["charge.updated"]
    assert world.events[-1]["data"]["previous_attributes"] == {"balance_transaction": None}
    assert world.set_balance_transaction(charge) == txn
    assert len(world.events) == 5


def test_an_events_object_stays_as_it_was(world):
    charge = world.pay(amount=2500)
    world.refund(charge)
    succeeded = next(event for event in world.events if event["type"] == "charge.succeeded")
    assert succeeded["data"]["object"]["amount_refunded"] == 0
    assert world.get(charge)["amount_refunded"] == 2500


@pytest.mark.parametrize(
    ("label", "where"),
    [
        ("both", {"checkout.session", "payment_intent", "charge"}),
        ("session", {"checkout.session"}),
        ("intent", {"payment_intent", "charge"}),
        ("none", set()),
    ],
)
def test_metadata_travels_from_the_intent_to_its_charge_and_from_the_session_nowhere(world, label, where):
    world.complete_session(world.create_session(amount=2500, campaign="roof", label=label))
    assert {thing["object"] for thing in world.objects.values() if thing["metadata"]} == where
    assert {world.get(deed.thing)["object"] for deed in world.journal if deed.kind == "labelled"} == where


def test_a_subscriptions_metadata_is_frozen_in_each_invoice_and_never_on_a_charge(world):
    first = world.complete_session(
        world.create_session(amount=900, campaign="roof", label="intent", mode="subscription")
    )
    about = world.subscription_of(first)
    world.label(about, "cellar")
    second = world.renew(about)
    frozen = [world.get(world.invoice_of(one))["parent"]["subscription_details"]["metadata"] for one in (first, second)]
    assert frozen == [{"campaign": "roof"}, {"campaign": "cellar"}]
    assert world.get(first)["metadata"] == world.get(second)["metadata"] == {}


def test_a_relabelled_intent_does_not_relabel_the_charge_and_is_told_by_nobody(world):
    charge = world.pay(amount=900)
    before = len(world.events)
    world.label(world.intent_of(charge), "roof")
    assert world.get(charge)["metadata"] == {}
    assert len(world.events) == before
    world.label(charge, "cellar")
    assert _told(world, before) == ["charge.updated"]


def test_the_clock_renews_what_falls_due_in_its_own_time_and_order(world):
    starts = world.now
    about = world.subscription_of(world.complete_session(world.create_session(amount=900, mode="subscription")))
    world.advance(100 * 86_400)
    paid = [deed for deed in world.journal if deed.kind == "captured"]
    assert [(deed.at - starts) // 86_400 for deed in paid] == [0, 30, 61, 92]
    assert {world.subscription_of(deed.charge) for deed in paid} == {about}
    assert world.now == starts + 100 * 86_400


def test_a_session_that_nobody_pays_expires_after_a_day_with_the_intent_it_had(world):
    session = world.create_session(amount=900)
    world.decline_session(session)
    world.advance(86_400)
    assert world.get(session)["status"] == "expired"
    assert _told(world)[-2:] == ["payment_intent.canceled", "checkout.session.expired"]
    world.advance(86_400)
    assert _told(world)[-1] == "checkout.session.expired"


def test_a_session_of_nothing_is_complete_without_a_charge(world):
    session = world.create_session(amount=0)
    assert world.complete_session(session) is None
    assert world.get(session)["payment_status"] == "no_payment_required"


def test_a_declined_card_starts_no_subscription(world):
    session = world.create_session(amount=900, mode="subscription")
    assert world.decline_session(session) is None
    assert world.journal == []
    assert world.complete_session(session)


@pytest.mark.parametrize(
    ("start", "interval", "ends"),
    [
        ("2026-01-31T12:00:00+00:00", "month", "2026-02-28T12:00:00+00:00"),
        ("2028-01-31T12:00:00+00:00", "month", "2028-02-29T12:00:00+00:00"),
        ("2026-12-15T00:00:00+00:00", "month", "2027-01-15T00:00:00+00:00"),
        ("2028-02-29T00:00:00+00:00", "year", "2029-02-28T00:00:00+00:00"),
        ("2026-12-31T00:00:00+00:00", "week", "2027-01-07T00:00:00+00:00"),
        ("2026-12-31T00:00:00+00:00", "day", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_an_interval_ends_on_a_day_that_there_is(start, interval, ends):
    at = int(datetime.fromisoformat(start).timestamp())
    assert datetime.fromtimestamp(later(at, interval), UTC) == datetime.fromisoformat(ends)


def test_a_trial_makes_an_invoice_of_nothing_and_a_charge_when_it_is_over(world):
    session = world.create_session(amount=900, mode="subscription", trial_days=7)
    assert world.complete_session(session) is None
    assert world.get(session)["payment_status"] == "no_payment_required"
    assert [deed.kind for deed in world.journal] == ["subscribed", "zero_invoice"]
    world.advance(8 * 86_400)
    assert [deed.amount for deed in world.journal if deed.kind == "captured"] == [900]


def test_an_invoice_paid_by_hand_has_no_charge_and_no_succeeded_event(world):
    about = world.subscription_of(world.complete_session(world.create_session(amount=900, mode="subscription")))
    before = len(world.events)
    invoice = world.pay_out_of_band(about)
    assert "invoice.paid" in _told(world, before)
    assert not {"invoice.payment_succeeded", "charge.succeeded", "invoice_payment.paid"} & set(_told(world, before))
    assert world.get(invoice)["amount_paid_off_stripe"] == 900


def test_a_pending_refund_fails_when_its_charge_is_disputed(world):
    charge = world.pay(amount=2500)
    refund = world.refund(charge, 500, status="pending")
    world.dispute(charge)
    assert world.get(refund)["failure_reason"] == "charge_for_pending_refund_disputed"
    assert world.get(charge)["amount_refunded"] == 0


def test_an_inquiry_moves_nothing_until_it_is_escalated(world):
    dispute = world.dispute(world.pay(amount=2500), inquiry=True)
    assert world.get(dispute)["balance_transactions"] == []
    assert [deed.kind for deed in world.journal][-1] == "inquiry"
    world.escalate(dispute)
    assert [one["amount"] for one in world.get(dispute)["balance_transactions"]] == [-2500]


def test_an_account_that_settles_in_another_currency_converts_what_moves(world):
    world.settlement_currency = "eur"
    charge = world.pay(amount=1000)
    txn = world.get(world.set_balance_transaction(charge))
    assert (txn["amount"], txn["currency"], txn["exchange_rate"]) == (900, "eur", 0.9)
    moved = world.get(world.dispute(charge))["balance_transactions"][0]
    assert (moved["amount"], moved["currency"]) == (-900, "eur")
    assert world.get(charge)["amount"] == 1000


def test_a_connected_accounts_events_name_it():
    world = World(account="acct_other", connected=True)
    world.pay(amount=900)
    assert {event["account"] for event in world.events} == {"acct_other"}
    ours = World()
    ours.pay(amount=900)
    assert "account" not in ours.events[0]


REFUSED: dict[str, Callable[[World], object]] = {
    "refund more than was paid": lambda world: world.refund(world.pay(amount=900), 901),
    "refund nothing": lambda world: world.refund(world.pay(amount=900), 0),
    "refund what is only held": lambda world: world.refund(world.pay(amount=900, capture="manual")),
    "refund what is pending": lambda world: world.refund(world.pay(amount=900, method="debit")),
    "refund what is disputed": lambda world: world.refund(_disputed(world)),
    "capture more than is held": lambda world: world.capture(world.pay(amount=900, capture="manual"), 901),
    "capture twice": lambda world: world.capture(world.pay(amount=900)),
    "bounce a card": lambda world: world.bounce(world.pay(amount=900)),
    "settle a card": lambda world: world.settle(world.pay(amount=900)),
    "dispute what is only held": lambda world: world.dispute(world.pay(amount=900, capture="manual")),
    "win an inquiry": lambda world: world.win(world.dispute(world.pay(amount=900), inquiry=True)),
    "reinstate more than was taken": lambda world: world.reinstate(world.dispute(world.pay(amount=900)), 901),
    "settle a settled refund": lambda world: world.settle_refund(world.refund(world.pay(amount=900))),
    "call off a settled refund": lambda world: world.cancel_refund(world.refund(world.pay(amount=900))),
    "dispute nothing": lambda world: world.dispute(world.pay(amount=900), 0),
    "ask for less than nothing": lambda world: world.create_session(amount=-1),
    "confirm what is paid": lambda world: world.confirm_intent(world.intent_of(world.pay(amount=900)) or ""),
    "pay nothing": lambda world: world.pay(amount=0),
    "know the fee of what is held": lambda world: world.set_balance_transaction(_held(world)),
    "pay twice": lambda world: [world.complete_session(one) for one in [world.create_session(amount=900)] * 2],
    "renew what has ended": lambda world: world.renew(_ended(world)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_nobody_can(world, what):
    with pytest.raises(StripeError):
        REFUSED[what](world)


def test_a_released_authorisation_cannot_be_captured_or_released_again(world):
    charge = world.pay(amount=900, capture="manual")
    world.release(charge)
    for again in (world.capture, world.release):
        with pytest.raises(StripeError):
            again(charge)


@pytest.mark.parametrize("seed", range(3))
def test_the_balance_agrees_with_the_journal_charge_by_charge(seed):
    world = lived_in(seed)
    world.advance(1)
    moved: Counter[str] = Counter()
    for thing in world.objects.values():
        if thing["object"] == "balance_transaction":
            moved[_charge_of(world, thing)] += thing["amount"]
    journal: Counter[str] = Counter()
    for deed in world.journal:
        if deed.kind in SIGNS and deed.charge:
            journal[deed.charge] += SIGNS[deed.kind] * deed.amount
    for charge_id in set(moved) | set(journal):
        refunds = world.refunds_of(charge_id)
        promised = sum(one["amount"] for one in refunds if one["status"] in ("pending", "requires_action"))
        assert moved[charge_id] - promised == journal[charge_id], charge_id


def _charge_of(world: World, txn: Json) -> str:
    source = world.get(txn["source"])
    return str(source["id"] if source["object"] == "charge" else source["charge"])


def _held(world: World) -> str:
    return world.pay(amount=900, capture="manual")


def _disputed(world: World) -> str:
    charge = world.pay(amount=900)
    world.dispute(charge)
    return charge


def _ended(world: World) -> str:
    first = world.complete_session(world.create_session(amount=900, mode="subscription"))
    about = world.subscription_of(first or "") or ""
    world.cancel_subscription(about)
    return about
