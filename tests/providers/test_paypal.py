"""PayPal's messages: who may have sent them, and where nothing is ever fetched from."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import Invalid
from campaigns.keys import new_key
from campaigns.money import exponent
from campaigns.providers import paypal
from campaigns.providers._fields import Thing
from campaigns.providers.asking import CannotLookUpNow, LookUpRefused, NothingThere
from campaigns.providers.checkout import CannotOpenNow, Fees, OpeningRefused, Order
from campaigns.providers.contract import CannotVerifyNow, Endpoint, NotAuthentic, Unreadable
from campaigns.providers.paypal import amounts, api, authenticity, certificates, subjects
from tests.fakes.paypal import messages
from tests.fakes.paypal.server import FakePaypal
from tests.providers.conftest import NOW

KEY = new_key()
BODY = messages.body_of(messages.event("PAYMENT.CAPTURE.COMPLETED", "capture", {"id": "9XT"}, NOW))


@pytest.fixture
def fake() -> Any:
    with FakePaypal() as made:
        yield made


@pytest.fixture
def connect(fake: FakePaypal, tmp_path: Path) -> Callable[..., Endpoint]:
    return lambda mode="test", **more: Endpoint("main", mode, (), fake.settings(tmp_path, **more))


@pytest.mark.parametrize(
    ("body", "crc"),
    [(b'{"id":"evt_1","amount":2500}', 1874645806), (b'{"a":1}', 1444654255), (b"", 0)],
)
def test_the_checksum_is_printed_as_an_unsigned_number(body: bytes, crc: int) -> None:
    sent = authenticity.Transmission("one", "then", "", "")
    assert authenticity._signed(sent, "hook", body) == f"one|then|hook|{crc}".encode()
    assert zlib.crc32(body) == crc


@pytest.mark.parametrize(
    "url",
    [
        "http://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://evilpaypal.com/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://user@api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com:8443/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1?to=evil",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1#",
        "https://api.sandbox.paypal.com/v1/notifications/certs/../../other/CERT-1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1\n",
        "https://API.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "//api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com./v1/notifications/certs/CERT-1",
        "https://api.sandbox.p\u0430ypal.com/v1/notifications/certs/CERT-1",
        "",
    ],
)
@pytest.mark.parametrize("way", ["certificate", "api"])
def test_nothing_is_asked_of_a_place_that_is_not_paypals(
    url: str, way: str, fake: FakePaypal, connect: Callable[..., Endpoint]
) -> None:
    headers = messages.sign(BODY, at=NOW, cert_url=url)
    with pytest.raises(NotAuthentic):
        paypal.verify(connect(verify=way), headers, BODY, NOW)
    assert fake.asked == []


@pytest.mark.parametrize("kind", ["expired", "foreign", "other name", "alone"])
def test_a_certificate_that_proves_nothing_leaves_the_word_to_paypal(
    kind: str, fake: FakePaypal, connect: Callable[..., Endpoint]
) -> None:
    fake.certificate = kind
    assert paypal.verify(connect(), messages.sign(BODY, at=NOW), BODY, NOW).remote_id
    with pytest.raises(NotAuthentic):
        paypal.verify(connect(), messages.sign(BODY, at=NOW, key="stranger"), BODY, NOW)
    keyless = connect(client_id="")
    with pytest.raises(CannotVerifyNow):
        paypal.verify(keyless, messages.sign(BODY, at=NOW), BODY, NOW)


def test_a_certificate_is_fetched_once(fake: FakePaypal, connect: Callable[..., Endpoint]) -> None:
    for _ in range(5):
        paypal.verify(connect(), messages.sign(BODY, at=NOW), BODY, NOW)
    assert len(fake.asked) == 1


def test_a_stranger_cannot_make_us_ask_for_many_certificates(
    fake: FakePaypal, connect: Callable[..., Endpoint]
) -> None:
    for number in range(60):
        headers = messages.sign(BODY, at=NOW, cert_url=messages.CERT_URL[:-4] + str(number))
        with pytest.raises((NotAuthentic, CannotVerifyNow)):
            paypal.verify(connect(), headers, BODY, NOW)
    assert len([one for one in fake.asked if "certs" in one]) == 12
    assert len(fake.asked) < 30  # and PayPal itself is asked about no more than as many again


def test_a_certificate_that_has_ended_since_it_was_fetched_is_good_no_longer(
    fake: FakePaypal, connect: Callable[..., Endpoint]
) -> None:
    keyless = connect(client_id="")
    assert paypal.verify(keyless, messages.sign(BODY, at=NOW), BODY, NOW).remote_id
    with pytest.raises(CannotVerifyNow):
        paypal.verify(keyless, messages.sign(BODY, at=NOW), BODY, NOW + timedelta(days=2000))


@pytest.mark.parametrize("way", ["certificate", "api"])
def test_a_message_for_another_webhook_or_by_another_key_is_refused(way: str, connect: Callable[..., Endpoint]) -> None:
    endpoint = connect(verify=way)
    for headers in (
        messages.sign(BODY, at=NOW, webhook_id="1AB234567C8901234"),
        messages.sign(BODY, at=NOW, webhook_id="WEBHOOK_ID"),
        messages.sign(BODY, at=NOW, key="stranger"),
        messages.sign(BODY + b" ", at=NOW),
    ):
        with pytest.raises(NotAuthentic):
            paypal.verify(endpoint, headers, BODY, NOW)


def test_bytes_that_another_program_would_write_otherwise_are_verified_as_they_are(
    connect: Callable[..., Endpoint],
) -> None:
    body = BODY.replace(b'"summary":"Something happened"', '"summary" : "Zahlung \u00a37.00 \\u00e9"'.encode())
    for way in ("certificate", "api"):
        assert paypal.verify(connect(verify=way), messages.sign(body, at=NOW), body, NOW).remote_id


def test_while_a_webhook_is_replaced_both_ids_are_taken(connect: Callable[..., Endpoint]) -> None:
    endpoint = connect(webhook_id=f"1AB234567C8901234, {messages.WEBHOOK_ID}")
    for way in ("certificate", "api"):
        both = replace(endpoint, settings={**endpoint.settings, "verify": way})
        assert paypal.verify(both, messages.sign(BODY, at=NOW), BODY, NOW).remote_id


def test_the_simulator_is_taken_where_staff_say_so_and_never_live(connect: Callable[..., Endpoint]) -> None:
    headers = messages.sign(BODY, at=NOW, webhook_id="WEBHOOK_ID")
    assert paypal.verify(connect(simulator="yes"), headers, BODY, NOW).remote_id
    with pytest.raises(NotAuthentic):
        paypal.verify(connect(), headers, BODY, NOW)
    assert authenticity.webhook_ids(connect("live", simulator="yes")) == (messages.WEBHOOK_ID,)


def test_without_a_webhook_id_nothing_is_verified(connect: Callable[..., Endpoint]) -> None:
    for said in ("", " ", "WEBHOOK_ID", "?", ","):
        endpoint = connect(webhook_id=said, simulator="yes")
        assert paypal.lacks(endpoint) == "the webhook_id that PayPal shows"
        with pytest.raises(NotAuthentic):
            paypal.verify(endpoint, messages.sign(BODY, at=NOW), BODY, NOW)
    assert paypal.lacks(connect(verify="api", client_secret="")) == "client_secret"
    assert paypal.lacks(connect(client_secret="")) is None


def test_while_nobody_can_tell_the_message_is_to_come_again(fake: FakePaypal, connect: Callable[..., Endpoint]) -> None:
    headers = messages.sign(BODY, at=NOW)
    for way in ("certificate", "api"):
        fake.bad_days = [(500, {}, b"")]
        with pytest.raises(CannotVerifyNow):
            paypal.verify(connect(verify=way), headers, BODY, NOW)
    fake.bad_days = [(200, {}, b"x" * 70_000)]
    with pytest.raises(CannotVerifyNow):
        paypal.verify(connect(), headers, BODY, NOW)
    fake.bad_days = [(302, {"Location": "http://127.0.0.1:1/"}, b"")]
    with pytest.raises(CannotVerifyNow):
        paypal.verify(connect(), headers, BODY, NOW)
    assert paypal.verify(connect(), headers, BODY, NOW).remote_id


def test_sandbox_money_never_counts_live_nor_live_money_elsewhere(connect: Callable[..., Endpoint]) -> None:
    assert paypal.read(BODY, connect("live", environment="sandbox")).ignored == "mode test"
    assert paypal.read(BODY, connect("test", environment="live")).ignored == "mode live"
    assert paypal.read(BODY, connect("live")).needs
    for mode, environment in (("live", "sandbox"), ("test", "live")):
        endpoint = connect(mode, environment=environment)
        assert paypal.checkout_lacks(endpoint) == "environment"
        assert paypal.read_answer(b'{"capture":{}}', endpoint, NOW).ignored


def test_live_no_stand_in_is_ever_asked(connect: Callable[..., Endpoint]) -> None:

    endpoint = connect("live")
    assert api.base(endpoint) == "https://api-m.paypal.com"
    assert paypal.checkout_origins(endpoint) == ("https://www.paypal.com",)
    with pytest.raises(NotAuthentic):
        certificates.checked(endpoint, messages.CERT_URL)


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"{}", b'{"capture":{}}', b'{"refund":{}}', b'{"order":{"id":"a b"}}', b'{"sale":{"id":"1"}}'],
)
def test_an_answer_that_is_none_of_paypals_is_unreadable(answer: bytes, connect: Callable[..., Endpoint]) -> None:
    with pytest.raises(Unreadable):
        paypal.read_answer(answer, connect(), NOW)


@pytest.mark.parametrize(
    "value", ["7", "7.5", "-7.00", "7,00", "7.005", "1e3", "", "NaN", "99999999999999.00", None, 7, True]
)
def test_only_exact_amounts_are_money(value: object, connect: Callable[..., Endpoint], fake: FakePaypal) -> None:

    capture = fake.pay("7.00")["resource"]
    capture["amount"]["value"] = value
    answer = json.dumps({"capture": capture}).encode()
    if value in ("7", "7.5"):
        assert paypal.read_answer(answer, connect(), NOW).movements[0].amount_minor == int(float(str(value)) * 100)
    else:
        with pytest.raises(Unreadable):
            paypal.read_answer(answer, connect(), NOW)


@given(st.sampled_from(sorted(amounts.CURRENCIES)), st.integers(1, 10**9))
def test_what_is_written_for_paypal_is_read_back_the_same(currency: str, minor: int) -> None:
    whole = currency in amounts.WHOLE_ONLY
    if whole:
        minor *= int(10 ** exponent(currency))
    text = amounts.as_text(minor, currency)
    assert ("." in text) == (not whole)
    thing = Thing("capture", "1", {"amount": {"currency_code": currency, "value": text}})
    assert amounts.money(thing, "amount") == (minor, currency)


@pytest.mark.parametrize(("minor", "currency"), [(150, "HUF"), (1, "TWD"), (100, "TND"), (100, "ISK"), (100, "XXX")])
def test_what_paypal_cannot_write_is_refused(minor: int, currency: str) -> None:
    with pytest.raises((amounts.NotAtPayPal, Invalid)):
        amounts.as_text(minor, currency)


def test_each_kind_of_message_asks_for_its_own_thing() -> None:
    up = {"links": [{"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/2GG279541U471931P"}]}
    asked = {
        ("PAYMENT.CAPTURE.COMPLETED", "capture"): ({"id": "9X"}, "payment:9X:settled"),
        ("PAYMENT.CAPTURE.PENDING", "capture"): ({"id": "9X"}, "payment:9X"),
        ("PAYMENT.CAPTURE.REFUNDED", "refund"): ({"id": "1J", **up}, "refund:1J:2GG279541U471931P"),
        ("PAYMENT.REFUND.FAILED", "refund"): ({"id": "1J"}, "refund:1J:failed"),
        ("PAYMENT.SALE.REFUNDED", "refund"): ({"id": "6R", "sale_id": "8S"}, "sale_refund:6R:8S"),
        ("PAYMENT.SALE.REVERSED", "sale"): ({"id": "8S"}, "sale:8S:reversed"),
        ("PAYMENT.SALE.REVERSED", "refund"): ({"id": "6R", "sale_id": "8S"}, "sale:8S:reversed"),
        ("CHECKOUT.ORDER.APPROVED", "checkout-order"): ({"id": "5O"}, "order:5O"),
        ("BILLING.SUBSCRIPTION.CANCELLED", "subscription"): ({"id": "I-1"}, "subscription:I-1"),
        ("CUSTOMER.DISPUTE.RESOLVED", "dispute"): ({"dispute_id": "PP-D-1"}, "dispute:PP-D-1:resolved"),
    }
    for (event_type, resource_type), (resource, subject) in asked.items():
        need = subjects.of_event(event_type, {"resource_type": resource_type, "resource": resource})
        assert need is not None
        assert need.subject == subject
    for event_type in subjects.EVENTS:
        with pytest.raises(Unreadable):
            subjects.of_event(event_type, {"resource": {"id": "a b"}})


@pytest.mark.parametrize("subject", ["", "payment", "payment:", "payment:a/b", "payment:..", "house:1", "order:1:2"])
def test_a_question_that_has_no_name_is_not_asked(
    subject: str, fake: FakePaypal, connect: Callable[..., Endpoint]
) -> None:
    with pytest.raises(NothingThere):
        paypal.look_up(connect(), subject)
    assert fake.asked == []


def test_keys_that_are_wrong_or_missing_are_told_by_name(fake: FakePaypal, connect: Callable[..., Endpoint]) -> None:
    for wrong in ({"client_secret": "no"}, {"client_id": ""}):
        with pytest.raises(LookUpRefused) as refused:
            paypal.look_up(connect(**wrong), "payment:9XT")
        assert wrong.get("client_secret") == "no" or "client_id" in str(refused.value)
    assert paypal.key_lacking(connect(client_secret="")) == "client_secret"
    fake.bad_days = [(403, {}, b"{}")]
    with pytest.raises(LookUpRefused):
        paypal.look_up(connect(), "payment:9XT")


@pytest.mark.parametrize("status", [429, 500, 502, 302])
def test_an_api_that_does_not_answer_is_asked_later(
    status: int, fake: FakePaypal, connect: Callable[..., Endpoint]
) -> None:
    endpoint = connect()
    paypal.look_up(endpoint, f"payment:{fake.pay('1.00')['resource']['id']}")
    fake.bad_days = [(status, {"Retry-After": "77"}, b"{}")]
    with pytest.raises(CannotLookUpNow) as late:
        paypal.look_up(endpoint, "payment:9XT")
    assert late.value.after == timedelta(seconds=77)


# -- checkout ----------------------------------------------------------------------------------------------------------


def order(**changed: Any) -> Order:
    known: dict[str, Any] = {
        "intent": KEY,
        "campaign": "newsroom",
        "title": "Keep the newsroom running",
        "amount_minor": 2500,
        "cover_minor": 0,
        "currency": "USD",
        "frequency": "once",
        "email": "rosa@example.org",
        "language": "en",
        "thanks_url": "https://give.example/c/newsroom/thanks",
        "back_url": "https://give.example/c/newsroom/donate",
    }
    return Order(**{**known, **changed})


def test_the_same_order_opens_the_same_page(fake: FakePaypal, connect: Callable[..., Endpoint]) -> None:
    endpoint = connect()
    first = paypal.open_checkout(endpoint, order())
    assert paypal.open_checkout(endpoint, order()) == first
    assert len(fake.orders) == 1
    unit = fake.orders[first.ref]["purchase_units"][0]
    assert unit["amount"] == {"currency_code": "USD", "value": "25.00"}
    assert unit["custom_id"] == f"newsroom:{KEY}"
    assert paypal.open_checkout(endpoint, order(failure_count=1)) != first


def test_a_monthly_gift_is_a_subscription_at_the_donors_own_amount(
    fake: FakePaypal, connect: Callable[..., Endpoint]
) -> None:
    endpoint = connect()
    for amount, intent in ((1234, KEY), (999, KEY[::-1])):
        made = paypal.open_checkout(endpoint, order(frequency="monthly", amount_minor=amount, intent=intent))
        cycle = fake.subscriptions[made.ref]["plan"]["billing_cycles"][0]
        assert cycle["pricing_scheme"]["fixed_price"]["value"] == f"{amount / 100:.2f}"
        assert cycle["total_cycles"] == 0
    paypal.open_checkout(endpoint, order(frequency="monthly", currency="EUR", intent=KEY[1:] + KEY[0]))
    assert len(fake.plans) == 2
    assert len(fake.products) == 1


def test_capturing_twice_takes_the_money_once(fake: FakePaypal, connect: Callable[..., Endpoint]) -> None:
    endpoint = connect()
    made = paypal.open_checkout(endpoint, order())
    paypal.finish_checkout(endpoint, made.ref)  # not approved yet: nothing
    assert not fake.captures
    fake.approve(made.ref)
    for _ in range(3):
        paypal.finish_checkout(endpoint, made.ref)
        paypal.look_up(endpoint, f"order:{made.ref}")
    assert len(fake.captures) == 1


def test_an_order_of_another_shop_is_never_captured(fake: FakePaypal, connect: Callable[..., Endpoint]) -> None:
    for custom in ({}, {"custom_id": "newsroom"}, {"custom_id": "4711"}, {"custom_id": "wc:1234"}):
        unit = {"amount": {"currency_code": "USD", "value": "5.00"}, **custom}
        made = fake.make_order({"intent": "CAPTURE", "purchase_units": [unit]}, lambda name: name)
        fake.approve(made["id"])
        paypal.look_up(connect(), f"order:{made['id']}")
    assert not fake.captures


def test_a_card_that_is_no_good_leaves_no_money_and_no_trouble(
    fake: FakePaypal, connect: Callable[..., Endpoint]
) -> None:
    made = paypal.open_checkout(connect(), order())
    fake.approve(made.ref)
    fake.declines = True
    told = paypal.look_up(connect(), f"order:{made.ref}")
    assert told.trouble is None
    assert not paypal.read_answer(told.rows[0].body, connect(), NOW).movements


def test_what_cannot_be_opened_is_told_apart_from_what_may_work_later(
    fake: FakePaypal, connect: Callable[..., Endpoint]
) -> None:
    with pytest.raises(OpeningRefused):
        paypal.open_checkout(connect(), order(currency="ISK"))
    with pytest.raises(OpeningRefused):
        paypal.open_checkout(connect(client_secret="wrong"), order())
    fake.bad_days = [(503, {}, b"")]
    with pytest.raises(CannotOpenNow):
        paypal.open_checkout(connect(), order())
    fake.bad_days = [(200, {}, b'{"access_token":"a","expires_in":9}'), (201, {}, b'{"id":"5O","links":[]}')]
    with pytest.raises((OpeningRefused, CannotOpenNow)):
        paypal.open_checkout(connect(client_id="other"), order())


def test_nobody_is_led_to_a_page_that_is_not_paypals(fake: FakePaypal, connect: Callable[..., Endpoint]) -> None:
    fake.page = lambda name: f"https://paypal.evil.example/{name}"  # type: ignore[method-assign]
    with pytest.raises(OpeningRefused, match="not PayPal's"):
        paypal.open_checkout(connect(), order())


def test_only_what_staff_say_that_a_gift_costs_can_be_covered(connect: Callable[..., Endpoint]) -> None:
    assert paypal.fees(connect(), "USD") is None
    assert paypal.fees(connect(fees="2.89%+0.49"), "USD") == Fees(289, 49)
    assert paypal.fees(connect(fees="a lot"), "USD") is None


def test_donors_end_monthly_gifts_on_paypals_own_page(connect: Callable[..., Endpoint], now: datetime) -> None:
    assert paypal.manage_url(connect("live"), "I-1", "x") == "https://www.paypal.com/myaccount/autopay/"
