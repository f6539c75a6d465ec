"""The pretend payment service: its signatures, and what its events state."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from campaigns.providers import sandbox
from campaigns.providers.contract import (
    Donor,
    Endpoint,
    Hint,
    HintRank,
    Link,
    Malformed,
    NotAuthentic,
    Pending,
    Reading,
    Unreadable,
)

Load = Callable[[str], dict[str, Any]]
PAID = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


@pytest.fixture
def event(fixture: Load) -> dict[str, Any]:
    return fixture("sandbox/dispute_won")


def read(event: dict[str, Any], mode: str = "demo") -> Reading:
    return sandbox.read(json.dumps(event).encode(), Endpoint("main", mode, (), {}))


def entries(reading: Reading) -> list[tuple[str, str, int, str]]:
    return [(m.key, m.kind, m.amount_minor, m.currency) for m in reading.movements]


def test_any_standard_webhooks_receiver_accepts_what_it_signs(sandbox_endpoint: Endpoint) -> None:
    body, other = b'{"name": "Zo\xc3\xab"}', b'{"name": "Zoe"}'
    with time_machine.travel(PAID, tick=False):
        for secret, key in ((sandbox_endpoint.secrets[0],) * 2, ("a-secret-of-plain-text", b"a-secret-of-plain-text")):
            headers = sandbox.sign(secret, "msg_1", body, PAID)
            assert Webhook(key).verify(body, headers) == {"name": "Zoë"}
            assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_1", str(int(PAID.timestamp())))
            for stranger, text, told in (
                (Webhook(b"another-secret-of-text"), body, headers),
                (Webhook(key), other, headers),
                (Webhook(key), body, headers | {"webhook-id": "msg_2"}),
                (Webhook(key), body, headers | {"webhook-timestamp": str(int(PAID.timestamp()) + 1)}),
            ):
                with pytest.raises(WebhookVerificationError):
                    stranger.verify(text, told)


def test_the_id_in_the_body_is_the_one_in_the_header(
    sandbox_endpoint: Endpoint, now: datetime, event: dict[str, Any]
) -> None:
    body = json.dumps(event).encode()
    verified = sandbox.verify(
        sandbox_endpoint, sandbox.sign(sandbox_endpoint.secrets[0], "msg_1", body, now), body, now
    )
    assert (verified.remote_id, verified.type, verified.live, verified.account) == (
        "msg_1",
        "dispute.won",
        False,
        None,
    )
    with pytest.raises(Malformed):
        sandbox.verify(sandbox_endpoint, sandbox.sign(sandbox_endpoint.secrets[0], "msg_2", body, now), body, now)


def test_a_live_installation_has_no_sandbox(sandbox_endpoint: Endpoint, now: datetime, event: dict[str, Any]) -> None:
    body = json.dumps(event).encode()
    headers = sandbox.sign(sandbox_endpoint.secrets[0], "msg_1", body, now)
    live = replace(sandbox_endpoint, mode="live")
    assert sandbox.lacks(live)
    with pytest.raises(NotAuthentic):
        sandbox.verify(live, headers, body, now)
    assert read(event, "live") == Reading(ignored="mode test")


@pytest.mark.parametrize(
    "secret",
    [
        "whsec_!!!!!!!!!!!!!!!!",
        "whsec_" + "é" * 20,
        "whsec_QUJD",
        "whsec_-_MDEyMzQ1Njc4OWFiY2RlZg==",
        "whsec_" + "=" * 40,
    ],
)
def test_a_secret_that_claims_to_be_base64_and_is_not_is_no_key(
    secret: str, sandbox_endpoint: Endpoint, now: datetime, event: dict[str, Any]
) -> None:
    body = json.dumps(event).encode()
    empty_key = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp()))}
    signature = Webhook(b"\x00").sign("msg_1", now, body.decode())
    broken = replace(sandbox_endpoint, secrets=(secret,))
    assert sandbox.lacks(broken)
    with pytest.raises(NotAuthentic):
        sandbox.verify(broken, {**empty_key, "webhook-signature": signature}, body, now)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": ""},
        {"webhook-id": "msg 1"},
        {"webhook-id": "msg_é"},
        {"webhook-timestamp": "1795374000.5"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "\u0660" * 10},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": "v1a,AAAA"},
        {"webhook-signature": "v1," + "A" * 43 + "=" + " v1," * 9},
        {"webhook-signature": "v1," + "A" * 5000},
    ],
)
def test_headers_that_standard_webhooks_does_not_make_are_refused(
    change: dict[str, str], signed: Callable[[str], tuple[Endpoint, dict[str, str], bytes]], now: datetime
) -> None:
    endpoint, headers, body = signed("sandbox")
    with pytest.raises(NotAuthentic):
        sandbox.verify(endpoint, {**headers, **change}, body, now)


def test_an_event_states_the_whole_payment(event: dict[str, Any]) -> None:
    reading = read(event)
    assert entries(reading) == [
        ("pay_1", "donation", 2500, "EUR"),
        ("ref_1", "refund", -500, "EUR"),
        ("ref_2", "refund", -700, "EUR"),
        ("ref_2:failed", "refund_failed", 700, "EUR"),
        ("dis_1", "dispute", -2500, "EUR"),
        ("dis_2", "dispute", -2500, "EUR"),
        ("dis_2:won", "dispute_reversal", 2500, "EUR"),
    ]
    assert {movement.ref for movement in reading.movements} == {"pay_1"}
    assert reading.movements[0].occurred_at == PAID
    assert reading.hints == (Hint("pay_1", HintRank.MONEY, "newsroom", PAID),)
    assert reading.donors == (Donor("pay_1", "Ada Reader", "ada@example.org", "Keep going!", show_name=True),)


@pytest.mark.parametrize(("status", "over"), [("pending", False), ("failed", True)])
def test_a_payment_that_has_not_succeeded_is_pending_or_over(event: dict[str, Any], status: str, over: bool) -> None:
    event["payment"].update(status=status, refunds=[], disputes=[])
    reading = read(event)
    assert reading.movements == ()
    assert reading.pendings == (Pending("pay_1", 2500, "EUR", PAID, over),)


def test_what_is_nothing_or_nobody_is_not_stated(event: dict[str, Any]) -> None:
    event["payment"].update(amount=0, name=" ", email=None, message=7, campaign="")
    for part in (*event["payment"]["refunds"], *event["payment"]["disputes"]):
        part["amount"] = 0
    assert read(event) == Reading()


def test_a_name_is_shown_only_by_a_plain_yes(event: dict[str, Any]) -> None:
    for said in (False, None, "true", 1):
        event["payment"]["show_name"] = said
        assert not read(event).donors[0].show_name


def test_a_type_it_does_not_know_is_ignored(event: dict[str, Any]) -> None:
    assert read(event | {"type": "payment.refined"}) == Reading(ignored="type payment.refined")


def test_live_money_is_never_the_sandboxs(event: dict[str, Any]) -> None:
    assert read(event | {"live": True}) == Reading(ignored="mode live")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 25.0},
        {"amount": -1},
        {"amount": True},
        {"currency": "ZZZ"},
        {"status": "paid"},
        {"created": None},
        {"id": None},
        {"refunds": [{"id": "ref_1", "amount": 5, "status": "odd", "created": 1}]},
        {"disputes": [7]},
    ],
)
def test_a_payment_that_makes_no_sense_is_unreadable(event: dict[str, Any], change: dict[str, Any]) -> None:
    event["payment"].update(change)
    with pytest.raises(Unreadable):
        read(event)


@pytest.mark.parametrize(
    ("intent", "linked"),
    [
        ("k" * 20, (Link("pay_1", "intent:" + "k" * 20),)),
        ("k" * 19, ()),
        ("k" * 21, ()),
        ("1" * 20, ()),  # of letters that no key of ours has
        (None, ()),
        (7, ()),
    ],
)
def test_a_payment_is_linked_to_the_wish_of_ours_that_it_names(
    event: dict[str, Any], intent: object, linked: tuple[Link, ...]
) -> None:
    event["payment"]["intent"] = intent
    assert read(event).links == linked
