"""BTCPay Server: what messages only announce is asked for, and each settled payment counts by itself."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from campaigns.providers import btcpay
from campaigns.providers.asking import CannotLookUpNow, LookUpRefused, NothingThere
from campaigns.providers.contract import Endpoint, Malformed, NotAuthentic, Reading, Unreadable
from tests.fakes.btcpay import server
from tests.fakes.btcpay.server import KEY, SECRET, STORE, FakeBtcpay, Invoice, sign, written

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
SCHEMAS = json.loads((Path(server.__file__).parent / "schemas.json").read_text())
INTENT = "23456789abcdefghjkmn"


@pytest.fixture
def fake():
    with FakeBtcpay() as made:
        yield made


def endpoint_of(fake: FakeBtcpay, **settings: str) -> Endpoint:
    return Endpoint("main", "live", (SECRET,), {"url": fake.url, "store_id": STORE, "api_key": KEY} | settings)


def told(fake: FakeBtcpay, invoice: Invoice) -> Reading:
    """What an answer about the invoice says now."""
    (answer,) = btcpay.look_up(endpoint_of(fake), f"invoice:{invoice.id}").rows
    return btcpay.read_answer(answer.body, endpoint_of(fake), NOW)


def entries(reading: Reading) -> list[tuple[str, str, int, str]]:
    return [(one.key, one.kind, one.amount_minor, one.currency) for one in reading.movements]


def valid(name: str, document: object) -> list[str]:
    """What of `document` is not as the published schema says."""
    validator = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMAS})
    return [error.message for error in validator.iter_errors(document)]


# The signature.


def test_the_signature_is_the_known_one() -> None:
    body = b'{"id":"evt_1","amount":2500}'
    known = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert sign(body) == {"btcpay-sig": f"sha256={known}"}
    with pytest.raises(Malformed):  # signed, and yet no delivery
        btcpay.verify(Endpoint("main", "live", (SECRET,), {}), sign(body), body, NOW)


@pytest.mark.parametrize(
    "change", [str.upper, lambda it: it + " ", lambda it: it.removeprefix("sha256="), lambda _: "é", lambda it: it * 2]
)
def test_a_signature_in_another_form_is_refused(fake, change) -> None:
    body = written(fake.expire(fake.invoice("5.00")))
    header = change(sign(body)["btcpay-sig"])
    with pytest.raises(NotAuthentic):
        btcpay.verify(endpoint_of(fake), {"btcpay-sig": header}, body, NOW)


def test_a_redelivery_is_known_by_the_first_delivery(fake) -> None:
    event = fake.expire(fake.invoice("5.00"))
    bodies = [written(event), written(fake.again(event))]
    assert bodies[0] != bodies[1]
    names = {btcpay.verify(endpoint_of(fake), sign(body), body, NOW).remote_id for body in bodies}
    assert names == {event["originalDeliveryId"]}


@pytest.mark.parametrize("field", ["originalDeliveryId", "type", "timestamp"])
def test_a_delivery_without_what_it_is_kept_by_is_malformed(fake, field) -> None:
    body = written(fake.expire(fake.invoice("5.00")) | {field: None})
    with pytest.raises(Malformed):
        btcpay.verify(endpoint_of(fake), sign(body), body, NOW)


# Messages move nothing; they say what to ask.


def test_every_message_about_money_asks_for_its_invoice(fake) -> None:
    invoice = fake.invoice("25.00")
    payment, received = fake.pay(invoice, "25.00")
    for event in (received, *fake.settle(invoice, payment), fake.expire(invoice), fake.lose(invoice, payment)):
        assert event["type"] in btcpay.EVENTS
        reading = btcpay.read(written(event), endpoint_of(fake))
        assert reading.movements == ()
        assert [need.subject for need in reading.needs] == [f"invoice:{invoice.id}"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"type": "InvoiceCreated"}, "type InvoiceCreated"),
        ({"type": "PayoutUpdated"}, "type PayoutUpdated"),
        ({"invoiceId": "__test__1f__test__", "metadata": None}, "a test delivery"),
        ({"storeId": "another"}, "store 'another'"),
        ({"storeId": None}, "store missing"),
    ],
)
def test_what_is_not_about_this_stores_money_moves_nothing(fake, change, told) -> None:
    event = fake.expire(fake.invoice("5.00")) | change
    assert btcpay.read(written(event), endpoint_of(fake)) == Reading(ignored=told)


def test_a_message_that_names_no_invoice_waits_for_a_person(fake) -> None:
    event = fake.expire(fake.invoice("5.00")) | {"invoiceId": None}
    with pytest.raises(Unreadable, match="without its invoice"):
        btcpay.read(written(event), endpoint_of(fake))


# Answers.


def test_a_settled_payment_counts_and_says_whose_it_is(fake) -> None:
    about = {"campaign": "newsroom", "orderId": INTENT, "buyerName": "Ada", "buyerEmail": "ada@reader.example"}
    invoice = fake.invoice("25.00", metadata=about)
    payment, _ = fake.pay(invoice, "25.00")
    fake.settle(invoice, payment)
    reading = told(fake, invoice)
    assert entries(reading) == [(payment.id, "donation", 2500, "USD")]
    assert reading.movements[0].occurred_at == datetime.fromtimestamp(payment.received, UTC)
    assert [(hint.ref, hint.campaign) for hint in reading.hints] == [(payment.id, "newsroom")]
    assert [(link.child, link.parent) for link in reading.links] == [(payment.id, f"intent:{INTENT}")]
    (donor,) = reading.donors
    assert (donor.name, donor.email, donor.show_name) == ("Ada", "ada@reader.example", False)


def test_what_is_seen_and_not_settled_is_on_its_way(fake) -> None:
    invoice = fake.invoice("25.00")
    payment, _ = fake.pay(invoice, "25.00")
    reading = told(fake, invoice)
    assert reading.movements == ()
    assert [(one.ref, one.amount_minor, one.over) for one in reading.pendings] == [(payment.id, 2500, False)]
    fake.lose(invoice, payment)
    assert [(one.ref, one.over) for one in told(fake, invoice).pendings] == [(payment.id, True)]


def test_part_of_it_too_much_of_it_and_too_late_are_money(fake) -> None:
    part = fake.invoice("25.00")
    first, _ = fake.pay(part, "10.00")
    fake.expire(part)
    fake.settle(part, first)
    assert entries(told(fake, part)) == [(first.id, "donation", 1000, "USD")]
    assert part.more == "PaidPartial"
    late, _ = fake.pay(part, "40.00", method="BTC-LN")
    fake.settle(part, late)
    assert entries(told(fake, part)) == [(first.id, "donation", 1000, "USD"), (late.id, "donation", 4000, "USD")]


def test_an_invoice_marked_by_hand_counts_nothing_and_is_shown(fake) -> None:
    invoice = fake.invoice("25.00")
    fake.mark(invoice, "Settled")
    reading = told(fake, invoice)
    assert reading.movements == ()
    assert [(one.kind, one.subject) for one in reading.notices] == [("out_of_band", invoice.id)]


def test_an_invoice_that_becomes_invalid_after_settling_is_shown_and_still_counts(fake) -> None:
    invoice = fake.invoice("25.00")
    payment, _ = fake.pay(invoice, "25.00")
    fake.settle(invoice, payment)
    fake.mark(invoice, "Invalid")
    reading = told(fake, invoice)
    assert len(reading.movements) == 1
    assert [(one.kind, one.subject) for one in reading.notices] == [("invalidated", invoice.id)]


def test_an_invoice_of_another_store_moves_nothing(fake) -> None:
    invoice = fake.invoice("25.00")
    fake.settle(invoice, fake.pay(invoice, "25.00")[0])
    (answer,) = btcpay.look_up(endpoint_of(fake), f"invoice:{invoice.id}").rows
    reading = btcpay.read_answer(answer.body, endpoint_of(fake, store_id="another"), NOW)
    assert reading == Reading(ignored=f"store {repr(STORE)[:40]}")


@pytest.mark.parametrize(("currency", "minor"), [("USD", 2500), ("JPY", 25), ("KWD", 25000)])
def test_amounts_are_in_the_minor_units_of_the_invoice(fake, currency, minor) -> None:
    invoice = fake.invoice("25", currency)
    fake.settle(invoice, fake.pay(invoice, "25")[0])
    (movement,) = told(fake, invoice).movements
    assert (movement.amount_minor, movement.currency) == (minor, currency)


@given(cents=st.integers(1, 10_000_000), rate=st.integers(1_00, 400_000_00))
def test_what_is_paid_exactly_counts_exactly(cents, rate) -> None:
    fake = FakeBtcpay()
    invoice = fake.invoice(f"{Decimal(cents) / 100}")
    invoice.rate = Decimal(rate) / 100
    fake.settle(invoice, fake.pay(invoice, f"{Decimal(cents) / 100}")[0])
    body = json.dumps(dict(zip(("invoice", "paymentMethods"), fake.documents(invoice), strict=True))).encode()
    (movement,) = btcpay.read_answer(body, endpoint_of(fake), NOW).movements
    assert movement.amount_minor == cents


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", None),
        ("value", 0.001),
        ("value", "-0.001"),
        ("value", "1e3"),
        ("value", "NaN"),
        ("value", "9" * 18),
        ("status", "Confirmed"),
        ("receivedDate", "yesterday"),
        ("id", None),
    ],
)
def test_a_payment_that_makes_no_sense_waits_for_a_person(fake, field, value) -> None:
    invoice = fake.invoice("25.00")
    fake.settle(invoice, fake.pay(invoice, "25.00")[0])
    document, methods = fake.documents(invoice)
    methods[0]["payments"][0][field] = value
    with pytest.raises(Unreadable):
        btcpay.read_answer(
            json.dumps({"invoice": document, "paymentMethods": methods}).encode(), endpoint_of(fake), NOW
        )


@pytest.mark.parametrize(("field", "value"), [("currency", "BTC"), ("currency", 5), ("status", "Paid"), ("id", 7)])
def test_an_invoice_that_makes_no_sense_waits_for_a_person(fake, field, value) -> None:
    invoice = fake.invoice("25.00")
    fake.settle(invoice, fake.pay(invoice, "25.00")[0])
    document, methods = fake.documents(invoice)
    document[field] = value
    with pytest.raises(Unreadable):
        btcpay.read_answer(
            json.dumps({"invoice": document, "paymentMethods": methods}).encode(), endpoint_of(fake), NOW
        )


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"invoice": null}', b"\xff"])
def test_an_answer_that_is_none_waits_for_a_person(fake, body) -> None:
    with pytest.raises(Unreadable):
        btcpay.read_answer(body, endpoint_of(fake), NOW)


# Asking.


def test_newer_servers_are_asked_where_they_keep_invoices() -> None:
    with FakeBtcpay(newer=True) as fake:
        invoice = fake.invoice("25.00")
        fake.settle(invoice, fake.pay(invoice, "25.00")[0])
        assert len(told(fake, invoice).movements) == 1
        assert [path.partition("?")[0] for path in fake.asked] == [
            f"/api/v1/stores/{STORE}/invoices/{invoice.id}",
            f"/api/v1/invoices/{invoice.id}",
            f"/api/v1/invoices/{invoice.id}/payment-methods",
        ]


def test_what_the_server_does_not_know_is_not_there(fake) -> None:
    with pytest.raises(NothingThere, match="knows no such thing"):
        btcpay.look_up(endpoint_of(fake), "invoice:none")


def test_a_key_that_is_missing_or_wrong_is_said_and_never_told(fake) -> None:
    assert btcpay.key_lacking(Endpoint("main", "live", (SECRET,), {})) == "api_key"
    assert btcpay.key_lacking(endpoint_of(fake)) is None
    with pytest.raises(LookUpRefused, match="no api_key"):
        btcpay.look_up(Endpoint("main", "live", (SECRET,), {"url": fake.url, "store_id": STORE}), "invoice:inv1")
    with pytest.raises(LookUpRefused, match="is not valid") as caught:
        btcpay.look_up(endpoint_of(fake, api_key="wrong-wrong-wrong"), "invoice:inv1")
    assert "wrong-wrong" not in str(caught.value)
    fake.bad_days = [(403, {}, b"")]
    with pytest.raises(LookUpRefused, match="may not read this"):
        btcpay.look_up(endpoint_of(fake), "invoice:inv1")


@pytest.mark.parametrize(
    ("day", "after"),
    [
        ((429, {"Retry-After": "7"}, b""), timedelta(seconds=7)),
        ((503, {"Retry-After": "999999"}, b""), timedelta(hours=1)),
        ((500, {"Retry-After": "soon"}, b""), None),
        ((302, {"Location": "/login"}, b""), None),
        ((200, {}, b"<html>"), None),
        ((200, {}, b'"' + b"x" * (2 * 1024 * 1024) + b'"'), None),
    ],
)
def test_on_a_bad_day_it_is_asked_again_later(fake, day, after) -> None:
    fake.bad_days = [day]
    with pytest.raises(CannotLookUpNow) as caught:
        btcpay.look_up(endpoint_of(fake), "invoice:inv1")
    assert not isinstance(caught.value, LookUpRefused)
    assert caught.value.after == after


def test_a_server_that_is_away_is_asked_again_later(fake) -> None:
    away = endpoint_of(fake, api_base="http://127.0.0.1:1")
    with pytest.raises(CannotLookUpNow, match="did not answer"):
        btcpay.look_up(away, "invoice:inv1")


def test_a_payment_is_asked_for_with_its_invoice_only() -> None:
    assert btcpay.subject_of("tx-0") is None
    assert btcpay.redact(b"{}") == b"{}"


def test_the_pretend_server_speaks_as_the_published_schemas_say(fake) -> None:
    invoice = fake.invoice("25.00", metadata={"campaign": "newsroom"})
    events = [fake.pay(invoice, "10.00")[1]]
    payment, received = fake.pay(invoice, "15.00", method="BTC-LN")
    events += [received, *fake.settle(invoice, payment), fake.expire(invoice), fake.mark(invoice, "Invalid")]
    document, methods = fake.documents(invoice)
    assert valid("Invoice", document) == []
    assert [problem for one in methods for problem in valid("PaymentMethod", one)] == []
    assert [problem for one in events for problem in valid("Event", one)] == []
    assert len(valid("Payment", {"id": 5})) == 6
    assert valid("PaymentMethod", {**methods[0], "rate": 64392.23}) != []


def test_a_payment_of_less_than_the_smallest_unit_counts_nothing(fake) -> None:
    invoice = fake.invoice("25.00")
    payment, _ = fake.pay(invoice, "25.00")
    payment.value = Decimal("0.00000001")
    fake.settle(invoice, payment)
    reading = told(fake, invoice)
    assert (reading.movements, reading.pendings) == ((), ())
