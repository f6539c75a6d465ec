"""Stripe's signature: the official vector, and everything that is nearly one."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import WebhookSignature

from campaigns.providers import stripe
from campaigns.providers.contract import Endpoint, Malformed, NotAuthentic, Verified
from campaigns.providers.stripe.authenticity import check
from tests.providers import forging

VECTOR_BODY = b'{"id":"evt_1","amount":2500}'
VECTOR_SECRET = "whsec_test_secret"
VECTOR_MAC = "c1e9af7c6fc4e9f5c29bf209348af2b56613ff9d4f97fab63c10ef5771af9c45"
VECTOR_HEADER = f"t=1700000000,v1={VECTOR_MAC}"
VECTOR_NOW = datetime.fromtimestamp(1_700_000_000, UTC)
JUNK = "0" * 64
SECRET = "whsec_" + "k" * 32
ENVELOPE = {
    "id": "evt_1",
    "object": "event",
    "type": "charge.succeeded",
    "created": 1_700_000_000,
    "livemode": True,
}


def signature(body: bytes, secret: str = SECRET, at: datetime = VECTOR_NOW) -> str:
    """Made by the standard library, so that the SDK is not its own witness."""
    moment = str(int(at.timestamp()))
    mac = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()}"


def test_the_known_answer_is_accepted() -> None:
    check(VECTOR_HEADER, VECTOR_BODY, [VECTOR_SECRET], VECTOR_NOW)
    assert (
        WebhookSignature.generate_signature_header(VECTOR_BODY.decode(), VECTOR_SECRET, 1_700_000_000) == VECTOR_HEADER
    )
    assert signature(VECTOR_BODY, VECTOR_SECRET) == VECTOR_HEADER


@pytest.mark.parametrize("secret", ["whsec_k", "changeme", "fifteen_letters", " " * 9 + "blank" + " " * 9])
def test_a_secret_too_short_to_be_one_verifies_nothing_even_what_it_signed(secret: str) -> None:
    body = json.dumps(ENVELOPE).encode()
    with pytest.raises(NotAuthentic):
        stripe.verify(
            Endpoint("main", "live", (secret,), {}), {"stripe-signature": signature(body, secret)}, body, VECTOR_NOW
        )


def test_a_signed_body_that_is_no_event_is_malformed() -> None:
    endpoint = Endpoint("main", "live", (VECTOR_SECRET,), {})
    with pytest.raises(Malformed):
        stripe.verify(endpoint, {"stripe-signature": VECTOR_HEADER}, VECTOR_BODY, VECTOR_NOW)


@pytest.mark.parametrize(
    "header",
    [
        f"t=1700000000,v1={JUNK},v1={VECTOR_MAC}",
        f"t=1700000000,v1={VECTOR_MAC},v1={JUNK}",
        f"t=1700000000,v1={VECTOR_MAC},v0={JUNK}",
        f"t=1700000000,v0={JUNK},v1={VECTOR_MAC}",
        f"t=1700000000,v2={JUNK},v1={VECTOR_MAC}",
        f"t=1700000000,v1={JUNK},v1={JUNK},v1={JUNK},v0={JUNK},v1={VECTOR_MAC}",
    ],
)
def test_further_signatures_beside_the_right_one_do_no_harm(header: str) -> None:
    check(header, VECTOR_BODY, [VECTOR_SECRET], VECTOR_NOW)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "t=1700000000",
        f"v1={VECTOR_MAC}",
        f"t=,v1={VECTOR_MAC}",
        f"t=1700000000,v0={VECTOR_MAC}",
        f"t=1700000000, v1={VECTOR_MAC}",
        f" t=1700000000,v1={VECTOR_MAC}",
        f"t=1700000000,v1={VECTOR_MAC}\n",
        f"t=1700000000,v1={VECTOR_MAC},",
        f"t=1700000000,v1={VECTOR_MAC.upper()}",
        f"t=1700000000,v1={VECTOR_MAC[:-1]}",
        f"t=1700000000,v1={VECTOR_MAC}0",
        f"t=+1700000000,v1={VECTOR_MAC}",
        f"t=1_700_000_000,v1={VECTOR_MAC}",
        f"t=01700000000,v1={VECTOR_MAC}",
        f"t=\u0661\u0667{chr(0x660) * 8},v1={VECTOR_MAC}",
        f"t=1700000000,t=1700000000,v1={VECTOR_MAC}",
        f"t=1700000000,v1={VECTOR_MAC},t=1700000000",
        "t=1700000000,v1=é",
        f"t=1700000000,v1={'é' * 64}",
        f"t=1700000000,v1={VECTOR_MAC[:-1]}\ud800",
        f"t=1700000000,v1={VECTOR_MAC}" + f",v1={JUNK}" * 5,
        f"t=1700000000,v1={VECTOR_MAC}" + f",v1={JUNK}" * 1000,
        "t=" + "9" * 5000,
        "\x00",
    ],
)
def test_a_header_that_stripe_does_not_send_is_refused(header: str | None) -> None:
    with pytest.raises(NotAuthentic):
        check(header, VECTOR_BODY, [VECTOR_SECRET], VECTOR_NOW)


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"id":"\xe9"}', b"\xed\xa0\x80", b"\xc0\x80"])
def test_a_body_that_is_not_utf8_is_malformed_even_when_signed(body: bytes) -> None:
    with pytest.raises(Malformed):
        check(signature(body), body, [SECRET], VECTOR_NOW)


@pytest.mark.parametrize("body", [b"\r\n{}\r\n", b"{} \t", '{"name": "Zoë 🌊"}'.encode(), b"\xef\xbb\xbf{}", b"{}\x00"])
def test_the_exact_bytes_are_what_is_signed(body: bytes) -> None:
    check(signature(body), body, [SECRET], VECTOR_NOW)
    with pytest.raises(NotAuthentic):
        check(signature(body.strip() or b" "), body + b" ", [SECRET], VECTOR_NOW)


@given(
    header=st.text(max_size=420) | st.from_regex(r"t=[0-9]{10},v1=[0-9a-f]{64}", fullmatch=True),
    body=st.binary(max_size=99),
)
def test_nothing_but_not_authentic_comes_out_for_a_stranger(header: str, body: bytes) -> None:
    endpoint = Endpoint("main", "live", (SECRET,), {})
    with pytest.raises(NotAuthentic):
        stripe.verify(endpoint, {"stripe-signature": header}, body, VECTOR_NOW)


@given(body=st.binary(max_size=200))
def test_a_signed_body_is_an_event_or_malformed(body: bytes) -> None:
    endpoint = Endpoint("main", "live", (SECRET,), {})
    with pytest.raises(Malformed):
        stripe.verify(endpoint, {"stripe-signature": signature(body)}, body, VECTOR_NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": ""},
        {"id": 7},
        {"id": "evt 1"},
        {"id": "evt_1\n"},
        {"id": "evt_\u00e9"},
        {"id": "e" * 201},
        {"object": None},
        {"object": "charge"},
        {"object": ["event"]},
        {"type": None},
        {"type": ""},
        {"type": {}},
        {"livemode": None},
        {"livemode": "true"},
        {"livemode": 1},
        {"account": 7},
        {"account": ""},
        {"account": {}},
    ],
)
def test_an_envelope_without_what_it_is_stored_under_is_malformed(change: dict[str, object]) -> None:
    body = json.dumps({**ENVELOPE, **change}).encode()
    with pytest.raises(Malformed):
        stripe.verify(Endpoint("main", "live", (SECRET,), {}), {"stripe-signature": signature(body)}, body, VECTOR_NOW)


def test_the_envelope_tells_id_type_mode_time_and_account() -> None:
    body = json.dumps({**ENVELOPE, "account": "acct_1"}).encode()
    verified = stripe.verify(
        Endpoint("main", "live", (SECRET,), {}), {"stripe-signature": signature(body)}, body, VECTOR_NOW
    )
    assert (verified.remote_id, verified.type, verified.live) == ("evt_1", "charge.succeeded", True)
    assert (verified.occurred_at, verified.account) == (VECTOR_NOW, "acct_1")


@pytest.mark.parametrize("created", [None, "2026-11-22T19:01:00.000Z", -1, 10**17, True])
def test_an_envelope_without_a_unix_time_is_stored_all_the_same(created: object) -> None:
    body = json.dumps({**ENVELOPE, "created": created}).encode()
    verified = stripe.verify(
        Endpoint("main", "live", (SECRET,), {}), {"stripe-signature": signature(body)}, body, VECTOR_NOW
    )
    assert verified.occurred_at is None


def test_of_many_forged_deliveries_none_is_accepted_and_none_does_more_than_be_refused() -> None:
    ended = forging.forge(seed=1, count=20_000)
    assert set(ended) == {"refused", "genuine"}
    assert ended["refused"] > 19_000


def test_a_receiver_that_judges_no_time_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.providers.stripe.authenticity.timely", lambda *_: True)
    assert any(name.startswith("accepted") for name in forging.forge(seed=1, count=2_000))


def test_a_receiver_that_leaves_the_header_to_the_library_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    anything = re.compile(r"t=([0-9]+).*", re.DOTALL)
    monkeypatch.setattr("campaigns.providers.stripe.authenticity._HEADER", anything)
    assert any(name.startswith("raised TypeError") for name in forging.forge(seed=1, count=5_000))


def test_a_body_that_somebody_parsed_and_wrote_anew_is_refused() -> None:
    anew = json.dumps(json.loads(forging.BODY)).encode()
    assert json.loads(anew) == json.loads(forging.BODY)
    signed_at = datetime.fromtimestamp(forging.SIGNED_AT, UTC)
    assert forging.attempt(forging.HEADER, forging.BODY, signed_at)
    assert not forging.attempt(forging.HEADER, anew, signed_at)


@pytest.mark.parametrize(
    ("context", "account"),
    [(None, None), ("acct_2", "acct_2"), ("org_1/acct_2", "acct_2"), ("ws_1/org_1/acct_2", "acct_2")],
)
def test_a_thin_event_tells_its_account_by_its_context_and_a_snapshot_names_another_account_itself(
    context: object, account: str | None
) -> None:
    assert envelope({"object": "v2.core.event", "context": context}).account == account
    assert envelope({"object": "event", "context": context}).account is None
    for kind in ("event", "v2.core.event"):
        assert envelope({"object": kind, "context": context, "account": "acct_1"}).account == "acct_1"


@pytest.mark.parametrize("context", [7, "", "acct_1/", "acct 1", {}, ["acct_1"], True])
def test_a_context_that_names_no_account_is_malformed(context: object) -> None:
    with pytest.raises(Malformed, match="an account without a name"):
        envelope({"object": "v2.core.event", "context": context})


def envelope(change: dict[str, object]) -> Verified:
    body = json.dumps({**ENVELOPE, **change}).encode()
    headers = {"stripe-signature": signature(body)}
    return stripe.verify(Endpoint("main", "live", (SECRET,), {}), headers, body, VECTOR_NOW)
