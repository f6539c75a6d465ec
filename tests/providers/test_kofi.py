"""Ko-fi's messages: a token that comes along, never stored; gifts, renewals, sales by choice; and no test."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode

import pytest

from campaigns.providers import kofi
from campaigns.providers.contract import Endpoint, Malformed, NotAuthentic, Reading, Unreadable
from tests.providers.conftest import KOFI_TOKEN

ENDPOINT = Endpoint("main", "live", (KOFI_TOKEN,), {})
SHOP = Endpoint("main", "live", (KOFI_TOKEN,), {"count_shop": "yes"})
NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
REF = "3c1b7a52-9d8e-4c60-b1f3-7e2d4a5b6c7d"


@pytest.fixture
def message(fixture) -> dict[str, Any]:
    made: dict[str, Any] = fixture("kofi/donation")
    return made


def form(message: object) -> bytes:
    return urlencode({"data": json.dumps(message)}).encode()


def read(message: dict[str, Any], endpoint: Endpoint = ENDPOINT) -> Reading:
    return kofi.read(kofi.redact(form(message)), endpoint)


def test_a_tip_counts_from_its_own_time_by_its_transaction(message) -> None:
    reading = read(message)
    (gift,) = reading.movements
    assert (gift.ref, gift.key, gift.kind, gift.amount_minor, gift.currency) == (REF, REF, "donation", 300, "USD")
    assert gift.occurred_at == datetime(2026, 11, 22, 18, 59, 30, tzinfo=UTC)
    (donor,) = reading.donors
    assert (donor.name, donor.email, donor.message, donor.show_name) == (
        "Ada Reader",
        "ada@example.org",
        "Keep going!",
        True,
    )


def test_who_wished_to_stay_private_is_not_shown(message) -> None:
    (donor,) = read(message | {"is_public": False}).donors
    assert not donor.show_name
    assert not read(message | {"is_public": "true"}).donors[0].show_name


def test_a_renewal_is_a_gift_of_its_own(message) -> None:
    first = message | {"type": "Subscription", "is_subscription_payment": True, "is_first_subscription_payment": True}
    later = first | {"is_first_subscription_payment": False, "kofi_transaction_id": "other", "message_id": "m2"}
    assert [m.key for one in (first, later) for m in read(one).movements] == [REF, "other"]


def test_the_test_of_ko_fis_page_never_counts_in_any_mode(message) -> None:
    message["kofi_transaction_id"] = "00000000-1111-2222-3333-444444444444"
    for mode in ("live", "test", "demo"):
        assert read(message, Endpoint("main", mode, (KOFI_TOKEN,), {})) == Reading(ignored="a test from Ko-fi's page")


@pytest.mark.parametrize("kind", ["Commission", "Shop Order"])
def test_sales_count_by_choice_only(message, kind) -> None:
    message["type"] = kind
    assert read(message).ignored == f"{kind}: the setting count_shop is not yes"
    assert read(message, Endpoint("main", "live", (KOFI_TOKEN,), {"count_shop": "no"})).movements == ()
    assert len(read(message, SHOP).movements) == 1


def test_an_unknown_type_moves_nothing(message) -> None:
    assert read(message | {"type": "Raffle"}) == Reading(ignored="type Raffle")


def test_the_token_is_taken_out_before_anything_is_stored(message) -> None:
    body = form(message)
    kept = kofi.redact(body)
    assert KOFI_TOKEN.encode() not in kept
    assert json.loads(parse_qs(kept.decode())["data"][0]) == message | {"verification_token": ""}
    assert kofi.read(kept, ENDPOINT) == kofi.read(body, ENDPOINT)


def test_a_token_with_any_character_is_taken_out_whole(message) -> None:
    message["verification_token"] = 'long enough "quoted\\" é token'
    kept = kofi.redact(form(message))
    assert json.loads(parse_qs(kept.decode())["data"][0])["verification_token"] == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"data",
        b"other=1",
        b"data=&data=",
        b"data=[]",
        b"data=nonsense",
        b'{"data": 1}',
        b"data=%FF%FE",
        b"\xff",
        b"&".join([b"data=1"] * 30),
        b'--x\r\nContent-Disposition: form-data; name="data"\r\n\r\n{}\r\n--x--',
    ],
)
def test_what_is_not_its_form_is_refused_and_unreadable(body) -> None:
    with pytest.raises(Malformed):
        kofi.verify(ENDPOINT, {}, body, NOW)
    with pytest.raises(Unreadable):
        kofi.read(body, ENDPOINT)


def test_two_fields_of_which_one_is_genuine_are_refused(message) -> None:
    with pytest.raises(Malformed):
        kofi.verify(ENDPOINT, {}, form(message) + b"&data=" + quote_plus(json.dumps(message)).encode(), NOW)


@pytest.mark.parametrize("token", [None, "", 5, [KOFI_TOKEN], KOFI_TOKEN[:-1], KOFI_TOKEN.upper(), KOFI_TOKEN + " "])
def test_another_token_is_refused(message, token) -> None:
    with pytest.raises(NotAuthentic):
        kofi.verify(ENDPOINT, {}, form(message | {"verification_token": token}), NOW)


@pytest.mark.parametrize("amount", ["1e9", "NaN", "-5", "1,000.00", "3.001", "", None, True, [], "9" * 13, "٣"])
def test_an_amount_that_is_none_waits_for_a_person(message, amount) -> None:
    with pytest.raises(Unreadable, match="amount"):
        read(message | {"amount": amount})


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("500", "JPY", 500), ("500.00", "JPY", 500), ("3.00", "EUR", 300), ("3", "EUR", 300), ("1.250", "KWD", 1250)],
)
def test_amounts_are_exact_in_every_currency(message, amount, currency, minor) -> None:
    (gift,) = read(message | {"amount": amount, "currency": currency}).movements
    assert (gift.amount_minor, gift.currency) == (minor, currency)


def test_nothing_given_moves_nothing(message) -> None:
    assert read(message | {"amount": "0.00"}).movements == ()


@pytest.mark.parametrize("currency", ["", "usd$", "XXX", None])
def test_an_unknown_currency_waits_for_a_person(message, currency) -> None:
    with pytest.raises(Unreadable, match=r"currency|XXX"):
        read(message | {"currency": currency})


@pytest.mark.parametrize("field", ["message_id", "type", "timestamp"])
def test_a_message_without_its_envelope_is_refused(message, field) -> None:
    del message[field]
    with pytest.raises(Malformed):
        kofi.verify(ENDPOINT, {}, form(message), NOW)


@pytest.mark.parametrize("timestamp", ["2026-11-22T18:59:30", "yesterday", 5])
def test_a_time_without_its_zone_is_refused(message, timestamp) -> None:
    with pytest.raises(Malformed, match="timestamp"):
        kofi.verify(ENDPOINT, {}, form(message | {"timestamp": timestamp}), NOW)


def test_a_form_above_the_limit_is_refused(message) -> None:
    with pytest.raises(Malformed, match="body of"):
        kofi.verify(ENDPOINT, {}, form(message | {"message": "x" * 1024 * 1024}), NOW)


def test_a_gift_without_a_donor_counts(message) -> None:
    reading = read(message | {"from_name": None, "message": "", "email": 3})
    assert (len(reading.movements), reading.donors) == (1, ())
