"""What Stripe's API answers, read like the events: the same entries under the same names."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from campaigns.providers import stripe
from campaigns.providers._json import KEYS_MAX
from campaigns.providers.asking import looks_up
from campaigns.providers.contract import Endpoint, Needs, Reading, Unreadable
from campaigns.providers.stripe import subjects
from tests.providers.bodies import ANSWERED, ENDPOINT, Load, entries, read, read_answer, reasons
from tests.providers.lives import LIVES
from tests.providers.test_stripe_versions import happened, lived, stated, union

Answer = Callable[[str], dict[str, Any]]


@pytest.fixture
def answer(fixture: Load) -> Answer:
    return lambda name: fixture(f"stripe_answers/{name}")


def test_a_charge_with_its_refunds_and_disputes_is_all_the_money_of_a_payment(answer: Answer) -> None:
    whole = union(read_answer(answer(name)) for name in ("charge", "refunds", "disputes"))
    assert entries(whole) == [
        ("ch_7Q1", "ch_7Q1", "donation", 2500, "USD"),
        ("ch_7Q1", "re_7Q1", "refund", -300, "USD"),
        ("ch_7Q1", "re_7Q1:failed", "refund_failed", 300, "USD"),
        ("ch_7Q1", "re_7Q2", "refund", -500, "USD"),
        ("ch_7Q1", "txn_7Q1", "dispute", -1000, "USD"),
        ("ch_7Q1", "txn_7Q2", "dispute_reversal", 1000, "USD"),
    ]


@pytest.mark.parametrize("name", LIVES)
def test_the_objects_as_they_are_at_the_end_say_what_happened(name: str) -> None:
    world = lived(name)
    whole = union(read_answer(one) for one in world.objects.values() if one["object"] in stripe.objects.NOUNS)
    assert stated(whole.movements) == happened(world.journal)
    assert whole.needs == ()


def test_an_intents_answer_writes_out_its_charge(answer: Answer) -> None:
    assert entries(read_answer(answer("intent"))) == entries(read_answer(answer("charge")))


def test_the_uncaptured_rest_that_the_api_still_calls_a_refund_is_none(answer: Answer) -> None:
    rest = answer("refund_of_rest")
    assert read_answer(rest) == Reading()
    assert entries(read_answer(rest | {"balance_transaction": "txn_1"})) == [
        ("ch_7Q1", "re_7Q1", "refund", -500, "USD")
    ]
    assert entries(read_answer(rest | {"amount": 400})) == [("ch_7Q1", "re_7Q1", "refund", -400, "USD")]
    assert entries(read_answer(rest | {"status": "pending"})) == [("ch_7Q1", "re_7Q1", "refund", -500, "USD")]


@pytest.mark.parametrize("charge", ["ch_7Q1", {"id": "ch_7Q1"}, {"id": "ch_7Q1", "amount": 2500}])
def test_a_refund_without_a_transaction_is_not_believed_before_its_charge_is_known(
    answer: Answer, charge: object
) -> None:
    reading = read_answer(answer("refund_of_rest") | {"charge": charge})
    asked = Needs("refund re_7Q1 may be no more than an uncaptured rest", "refund:re_7Q1")
    assert reading == Reading(needs=(asked,))


def test_a_refund_event_of_before_basil_without_a_transaction_asks_and_one_of_today_counts(fixture: Load) -> None:
    event = fixture("stripe/refund_of_rest_2024")
    assert reasons(read(event)) == ["refund re_7Q1 may be no more than an uncaptured rest"]
    assert read(event).movements == ()
    assert reasons(read(event | {"api_version": None})) == reasons(read(event))
    today = read(event | {"api_version": "2025-03-31.basil"})
    assert (entries(today), today.needs) == ([("ch_7Q1", "re_7Q1", "refund", -500, "USD")], ())


def test_a_refund_or_dispute_that_names_no_charge_takes_its_intents(answer: Answer) -> None:
    intent = {"id": "pi_7Q1", "object": "payment_intent", "latest_charge": "ch_7Q1"}
    for name in ("refund", "dispute"):
        unnamed = answer(name) | {"charge": None, "payment_intent": intent}
        assert entries(read_answer(unnamed)) == entries(read_answer(answer(name)))


def test_an_authorisation_is_over_once_its_intent_was_cancelled(answer: Answer) -> None:
    held = answer("charge") | {"captured": False, "amount_captured": 0, "amount_refunded": 0}
    assert [one.over for one in read_answer(held).pendings] == [False]
    held["payment_intent"]["status"] = "canceled"
    assert {one.over for one in read_answer(held).pendings} == {True}


def test_one_row_of_a_list_that_cannot_be_read_does_not_hide_the_others(answer: Answer) -> None:
    refunds = answer("refunds")
    refunds["data"].append(refunds["data"][0] | {"id": "re_odd", "status": "odd"})
    refunds["data"].append(None)
    reading = read_answer(refunds)
    assert entries(reading) == entries(read_answer(answer("refunds")))
    assert [reason[:28] for reason in reasons(reading)] == [
        "refund re_odd: status is 'od",
        "the answer is missing, which",
    ]


def test_a_full_page_with_all_written_out_is_read(answer: Answer) -> None:
    refunds, notes = answer("refunds"), {f"note{n}": "" for n in range(50)}  # as many as Stripe takes
    refunds["data"] = [refunds["data"][0] | {"id": f"re_{n}", "metadata": notes} for n in range(100)]
    assert len(json.dumps(refunds).split('":')) > KEYS_MAX
    assert len(entries(read_answer(refunds))) == 100 + 100  # each came back


@pytest.mark.parametrize("noun", [None, 7, "customer", "error", ["charge"], {}])
def test_an_answer_that_is_none_of_what_is_asked_is_unreadable(answer: Answer, noun: object) -> None:
    with pytest.raises(Unreadable, match="none of what was asked"):
        read_answer(answer("charge") | {"object": noun})


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"{}", b'{"object": "list", "object": "list"}'])
def test_an_answer_that_is_not_stripes_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        stripe.read_answer(body, ENDPOINT, ANSWERED)


@pytest.mark.parametrize("name", ["charge", "disputes", "invoice_payments", "sessions"])
def test_a_key_of_the_other_mode_tells_nothing(answer: Answer, name: str) -> None:
    assert read_answer(answer(name)) != Reading()
    for mode in ("test", "demo"):
        with pytest.raises(Unreadable, match="the api_key is of mode live"):
            read_answer(answer(name), replace(ENDPOINT, mode=mode))
    rehearsed = json.loads(json.dumps(answer(name)).replace('"livemode": true', '"livemode": false'))
    with pytest.raises(Unreadable, match="the api_key is of mode test"):
        read_answer(rehearsed)
    assert read_answer(rehearsed, replace(ENDPOINT, mode="demo")) == read_answer(answer(name))


@pytest.mark.parametrize(
    ("ref", "subject"),
    [
        ("ch_1", "charge:ch_1"),
        ("py_1", "charge:py_1"),
        ("pi_1", "payment_intent:pi_1"),
        ("in_1", "invoice:in_1"),
        ("cs_live_1", None),
        ("inpay_1", None),
        ("", None),
    ],
)
def test_a_payment_is_asked_for_by_the_kind_of_its_id(ref: str, subject: str | None) -> None:
    assert stripe.subject_of(ref) == subject
    if subject:
        assert subjects.taken_apart(subject) == (subject.partition(":")[0], ref)


def test_every_kind_of_thing_that_an_event_can_ask_for_has_a_place_in_the_api() -> None:
    assert stripe.objects.NOUNS | {"balance_transaction"} == set(subjects.PATHS)


def test_stripe_can_be_asked_with_a_key_and_says_which_setting_lacks_without() -> None:
    asked = looks_up(stripe)
    assert asked is not None
    assert asked.key_lacking(ENDPOINT) == "api_key"
    assert [setting.name for setting in stripe.SETTINGS] == ["api_key", "account", "fees", "api_base"]
    assert asked.key_lacking(Endpoint("main", "live", (), {"api_key": "rk_live_1"})) is None


def test_an_answer_may_be_longer_than_any_event() -> None:
    pad = {"id": "ch_1", "object": "list", "data": [], "note": "x" * (2 * 1024 * 1024)}
    assert read_answer(pad) == Reading()
    with pytest.raises(Unreadable, match=r"^the stored answer is not Stripe's: body of \d+ bytes$"):
        read_answer(pad | {"note": "x" * (17 * 1024 * 1024)})
    keys = {f"k{number}": number for number in range(20_000)}
    assert read_answer({"object": "list", "data": [], "keys": keys}) == Reading()
