"""What Stripe could not have sent is refused by the rule it broke; and what barely keeps one is not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from stripe import WebhookSignature

from campaigns.errors import Invalid
from campaigns.providers import stripe
from campaigns.providers._json import parse
from campaigns.providers.contract import Malformed, NotAuthentic, Unreadable
from campaigns.providers.stripe.amounts import to_stripe
from campaigns.providers.stripe.authenticity import check
from tests.providers.bodies import Load, changed, entries, read
from tests.providers.conftest import NOW, STRIPE_SECRET

BODY = b'{"id":"evt_1"}'


def signature(body: bytes = BODY) -> str:
    return str(WebhookSignature.generate_signature_header(body.decode(), STRIPE_SECRET, int(NOW.timestamp())))


@pytest.mark.parametrize("header", [None, "", "v1=00", "t=1,v1=00"])
def test_a_header_that_is_none_is_told_apart(header: str | None) -> None:
    with pytest.raises(NotAuthentic, match=r"^the Stripe-Signature header is missing, or not one that Stripe sends$"):
        check(header, BODY, [STRIPE_SECRET], NOW)


def test_a_signature_out_of_time_is_told_apart() -> None:
    with pytest.raises(NotAuthentic, match=r"^signed more than 300 s ago or ahead$"):
        check(signature(), BODY, [STRIPE_SECRET], NOW + timedelta(seconds=301))


def test_a_signature_by_another_secret_is_told_apart() -> None:
    with pytest.raises(NotAuthentic, match=r"^signed with none of this endpoint's secrets$"):
        check(signature(), BODY, ["whsec_" + "x" * 32], NOW)


def test_a_body_that_is_not_text_is_told_apart() -> None:
    with pytest.raises(Malformed, match=r"^body is not UTF-8$"):
        check(signature(), b"\xff", [STRIPE_SECRET], NOW)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"a":NaN}', "NaN is no number"),
        (b'{"a":-Infinity}', "-Infinity is no number"),
        (b'{"a":0.' + b"1" * 39 + b"}", "a fraction of no sensible length"),
        (b'{"a":1e41}', "a fraction of no sensible length"),
        (b'{"a":1e-41}', "a fraction of no sensible length"),
    ],
)
def test_a_number_that_is_none_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(Malformed, match=f"^{words}$"):
        parse(body)


@pytest.mark.parametrize("text", ["0." + "1" * 38, "1e40", "1e-40", "-9.5e40"])
def test_a_fraction_as_long_or_as_great_as_may_be_is_read(text: str) -> None:
    assert parse(b'{"a":%s}' % text.encode()) == {"a": Decimal(text)}


def test_a_secret_is_replaced_by_a_word_and_nothing_else_is_touched() -> None:
    body = b'{"client_secret": "pi_1_secret_x", "error": "see pi_2_secret_y", "other_secret": "pi_3"}'
    kept = b'{"client_secret": "redacted", "error": "see redacted", "other_secret": "pi_3"}'
    assert stripe.redact(body) == kept


def test_what_stripe_cannot_charge_is_refused_at_the_field_it_was_typed_in() -> None:
    with pytest.raises(Invalid) as currency:
        to_stripe(1000, "IQD")
    assert (currency.value.message, currency.value.field) == ("how Stripe counts IQD is not known", "currency")
    with pytest.raises(Invalid) as amount:
        to_stripe(5124, "KWD")
    words = "Stripe cannot charge an amount this fine in KWD"
    assert (amount.value.message, amount.value.field) == (words, "amount")


def test_an_inquiry_that_moved_money_is_believed_whatever_the_event_is_called(fixture: Load) -> None:
    dispute = changed(fixture("stripe/dispute_reinstated_2026"), "charge.dispute.closed", status="warning_closed")
    assert [amount for _, _, _, amount, _ in entries(read(dispute))] == [-2500, 2500]


def test_a_transaction_of_no_kind_is_refused_in_words(fixture: Load) -> None:
    dispute = fixture("stripe/dispute_reinstated_2026")
    dispute["data"]["object"]["balance_transactions"][0]["type"] = None
    with pytest.raises(Unreadable, match=r"^balance transaction txn_1Qa: type is missing, not a word$"):
        read(dispute)


@pytest.mark.parametrize(("cents", "moved"), [(1, 2500), (-1, -2500)])
def test_the_smallest_amount_in_another_currency_still_tells_the_way_it_went(
    fixture: Load, cents: int, moved: int
) -> None:
    dispute: dict[str, Any] = fixture("stripe/dispute_settled_abroad_2026")
    lines = dispute["data"]["object"]["balance_transactions"]
    lines[1:] = []
    lines[0]["amount"] = cents
    assert [amount for _, _, _, amount, _ in entries(read(dispute))] == [moved]
