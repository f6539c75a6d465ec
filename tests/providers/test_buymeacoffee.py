"""Buy Me a Coffee's events: support, its refund, estimated renewals, sales by choice."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from campaigns.providers import buymeacoffee
from campaigns.providers.contract import Endpoint, Malformed, NotAuthentic, Reading, Unreadable
from tests.providers.conftest import COFFEE_SECRET

ENDPOINT = Endpoint("main", "live", (COFFEE_SECRET,), {})
SHOP = Endpoint("main", "live", (COFFEE_SECRET,), {"count_shop": "yes"})
NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


@pytest.fixture
def support(fixture) -> dict[str, Any]:
    made: dict[str, Any] = fixture("buymeacoffee/donation_created")
    return made


@pytest.fixture
def membership(fixture) -> dict[str, Any]:
    made: dict[str, Any] = fixture("buymeacoffee/membership_updated")
    return made


def read(event: dict[str, Any], kind: str | None = None, endpoint: Endpoint = ENDPOINT, **data: object) -> Reading:
    changed = event | {"type": kind or event["type"], "data": event["data"] | data}
    return buymeacoffee.read(json.dumps(changed).encode(), endpoint)


def entries(reading: Reading) -> list[tuple[str, str, int, str]]:
    return [(m.key, m.kind, m.amount_minor, m.currency) for m in reading.movements]


def verify(body: bytes, secret: str = COFFEE_SECRET) -> object:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return buymeacoffee.verify(ENDPOINT, {"x-signature-sha256": signature}, body, NOW)


def test_the_signature_is_the_known_one() -> None:
    endpoint = Endpoint("main", "live", ("bmc_secret_bmc_secret",), {})
    body = b'{"id":"evt_1","amount":2500}'
    assert hmac.new(b"bmc_secret", body, hashlib.sha256).hexdigest() == (
        "5f1ee2feb8b12878f7d2e93674e3ff5f10dd577ae2a3e4a326423c083b8a17a7"
    )
    signature = hmac.new(b"bmc_secret_bmc_secret", body, hashlib.sha256).hexdigest()
    with pytest.raises(Malformed):  # signed, and yet no event
        buymeacoffee.verify(endpoint, {"x-signature-sha256": signature}, body, NOW)


@pytest.mark.parametrize("change", [str.upper, lambda text: text + " ", lambda text: "sha256=" + text, lambda _: "é"])
def test_a_signature_in_another_form_is_refused(support, change) -> None:
    body = json.dumps(support).encode()
    signature = hmac.new(COFFEE_SECRET.encode(), body, hashlib.sha256).hexdigest()
    with pytest.raises(NotAuthentic):
        buymeacoffee.verify(ENDPOINT, {"x-signature-sha256": change(signature)}, body, NOW)


def test_a_support_counts_what_the_supporter_chose(support) -> None:
    reading = read(support, application_fee="0.25")
    assert entries(reading) == [("support-58", "donation", 500, "USD")]
    assert reading.movements[0].occurred_at == datetime.fromtimestamp(1795373990, UTC)
    (donor,) = reading.donors
    assert (donor.name, donor.message, donor.show_name) == ("Ada Reader", "Keep going!", False)


def test_an_older_name_of_the_same_payment_is_the_same_entry(support) -> None:
    assert read(support, "support.created").movements == read(support).movements


def test_a_refund_gives_back_the_whole_and_tells_of_the_gift_too(support) -> None:
    reading = read(support, "donation.refunded", refunded="true", refunded_at=1795375000)
    assert entries(reading) == [
        ("support-58", "donation", 500, "USD"),
        ("support-58:refund", "refund", -500, "USD"),
    ]
    assert reading.movements[1].occurred_at == datetime.fromtimestamp(1795375000, UTC)
    undated = read(support, "donation.refunded")
    assert entries(undated) == entries(reading)
    assert undated.movements[1].occurred_at == datetime.fromtimestamp(1795374000, UTC)


def test_the_word_false_is_false(support) -> None:
    assert entries(read(support, refunded="false")) == entries(read(support, refunded=False))
    assert len(read(support, refunded="true").movements) == 2
    with pytest.raises(Unreadable, match="refunded"):
        read(support, refunded="no")


def test_what_did_not_succeed_moves_nothing(support) -> None:
    assert read(support, status="pending") == Reading()


def test_a_hidden_note_is_not_kept_and_a_missing_one_is_none(support) -> None:
    assert read(support, note_hidden="true").donors[0].message is None
    nobody = read(support, supporter_name=None, supporter_email=None, support_note=None)
    assert (len(nobody.movements), nobody.donors) == (1, ())


def test_each_period_of_a_membership_counts_once_and_a_renewal_is_said_to_be_a_guess(membership) -> None:
    reading = read(membership)
    assert entries(reading) == [("membership-71-1795374000", "donation", 750, "EUR")]
    assert [(n.kind, n.subject) for n in reading.notices] == [("estimated", "membership-71")]
    began = read(membership, "membership.started", current_period_start=1792695600)
    assert entries(began) == [("membership-71-1792695600", "donation", 750, "EUR")]
    assert began.notices == ()
    assert reading.donors[0].message is None


@pytest.mark.parametrize("kind", ["membership.paused", "membership.cancelled", "recurring_donation.cancelled"])
def test_the_end_of_a_membership_moves_nothing(membership, kind) -> None:
    assert read(membership, kind) == Reading()


def test_a_membership_that_is_not_active_moves_nothing(membership) -> None:
    assert read(membership, status="past_due") == Reading()
    assert read(membership, amount=0).movements == ()


def test_monthly_support_and_a_membership_of_one_number_are_two(membership) -> None:
    keys = {read(membership, f"{family}.updated").movements[0].key for family in ("membership", "recurring_donation")}
    assert keys == {"membership-71-1795374000", "monthly-71-1795374000"}


@pytest.mark.parametrize("kind", ["extra_purchase.created", "commission_order.created", "wishlist_payment.created"])
def test_sales_count_by_choice_only(support, kind) -> None:
    assert read(support, kind).ignored == f"{kind}: the setting count_shop is not yes"
    (sale,) = read(support, kind, SHOP).movements
    assert (sale.amount_minor, sale.key != "support-58") == (500, True)


def test_an_unknown_type_moves_nothing(support) -> None:
    assert read(support, "tip_jar.created") == Reading(ignored="type tip_jar.created")


@pytest.mark.parametrize("amount", ["1e9", -5, 5.001, None, True, "5,00"])
def test_an_amount_that_is_none_waits_for_a_person(support, amount) -> None:
    with pytest.raises(Unreadable, match="amount"):
        read(support, amount=amount)


@pytest.mark.parametrize(("amount", "currency", "minor"), [(5.5, "USD", 550), (500, "JPY", 500), ("5.000", "EUR", 500)])
def test_amounts_are_exact(support, amount, currency, minor) -> None:
    assert read(support, amount=amount, currency=currency).movements[0].amount_minor == minor


@pytest.mark.parametrize("number", ["58", 0, -1, True, None, 5.0])
def test_a_number_that_is_none_waits_for_a_person(support, number) -> None:
    with pytest.raises(Unreadable, match="without an id"):
        read(support, id=number)


def test_nothing_given_moves_nothing(support) -> None:
    assert read(support, amount=0) == Reading()


@pytest.mark.parametrize("change", [{"event_id": "9001"}, {"type": None}, {"live_mode": "false"}, {"created": None}])
def test_an_event_without_its_envelope_is_refused(support, change) -> None:
    with pytest.raises(Malformed):
        verify(json.dumps(support | change).encode())


def test_a_test_is_signed_like_all_others_and_counts_nowhere_live(support) -> None:
    with pytest.raises(NotAuthentic):
        verify(json.dumps(support | {"live_mode": False}).encode(), secret="other_" * 5)
    assert read(support | {"live_mode": False}) == Reading(ignored="mode test")
