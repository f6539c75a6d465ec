"""What every provider on the shelf must do. A new one needs a signed sample in `conftest`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from campaigns.providers import shelf
from campaigns.providers.contract import CannotVerifyNow, NotAuthentic, Reading, Unreadable
from campaigns.providers.rehearsing import rehearses

KINDS = sorted(shelf())
SIGNING = [kind for kind in KINDS if shelf()[kind].SIGNS != "nothing"]
TIMED = [kind for kind in KINDS if shelf()[kind].SIGNS == "body and time"]
MODAL = [kind for kind in KINDS if kind not in ("kofi", "btcpay", "patreon")]  # theirs tell no test from live
SECRETIVE = [kind for kind in KINDS if kind != "paypal"]  # it signs with a certificate of its own
REFUSED = (NotAuthentic, CannotVerifyNow)
SignedSample = Callable[[str], tuple[Any, dict[str, str], bytes]]


def test_the_shelf_finds_providers_and_nothing_else() -> None:
    assert set(KINDS) == {"btcpay", "buymeacoffee", "kofi", "patreon", "paypal", "sandbox", "stripe"}
    assert not {"contract", "asking", "_json", "_fields"} & set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_provider_names_itself_and_carries_its_manual(kind: str) -> None:
    provider = shelf()[kind]
    assert kind == provider.KIND
    assert provider.TITLE
    assert len(provider.__doc__ or "") > 500
    assert "Set it up" in (provider.__doc__ or "")
    assert "Why no key is ever used twice" in (provider.__doc__ or "")
    assert set(provider.MODES) <= {"demo", "test", "live"}
    assert provider.MODES
    assert provider.SCOPE in ("", "endpoint")
    assert provider.SIGNS in ("body and time", "body", "nothing")
    assert provider.CONTENT_TYPES
    assert len(set(provider.EVENTS)) == len(provider.EVENTS)
    assert len({setting.name for setting in provider.SETTINGS}) == len(provider.SETTINGS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_genuine_message_is_verified_and_read(kind: str, signed: SignedSample, now: datetime) -> None:
    endpoint, headers, body = signed(kind)
    provider = shelf()[kind]
    assert provider.lacks(endpoint) is None
    verified = provider.verify(endpoint, headers, body, now)
    assert verified.remote_id
    assert verified.type in provider.EVENTS
    reading = provider.read(provider.redact(body), endpoint)
    assert reading.movements or reading.levels or reading.needs  # or what is to be asked for first
    assert provider.read(body, endpoint) == reading
    assert len({movement.key for movement in reading.movements}) == len(reading.movements)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unsigned_message_is_refused(kind: str, signed: SignedSample, now: datetime) -> None:
    endpoint, headers, body = signed(kind)
    if not headers:  # what shows where it is from stands in the body
        body = body.replace(endpoint.secrets[0].encode(), b"")
    for absent in ({}, *({k: v for k, v in headers.items() if k != name} for name in headers)):
        with pytest.raises(REFUSED):
            shelf()[kind].verify(endpoint, absent, body, now)


@pytest.mark.parametrize("kind", SECRETIVE)
def test_a_message_signed_with_another_secret_is_refused(kind: str, signed: SignedSample, now: datetime) -> None:
    endpoint, headers, body = signed(kind)
    other = replace(endpoint, secrets=("whsec_" + "QUJDREVGR0hJSktMTU5PUA==",))
    with pytest.raises(REFUSED):
        shelf()[kind].verify(other, headers, body, now)


@pytest.mark.parametrize("kind", SIGNING)
def test_a_truncated_message_is_refused(kind: str, signed: SignedSample, now: datetime) -> None:
    endpoint, headers, body = signed(kind)
    for cut in (body[:-1], body[: len(body) // 2], body[:1], b"", body + b" ", body + b"\n"):
        with pytest.raises(REFUSED):
            shelf()[kind].verify(endpoint, headers, cut, now)
    for name, value in headers.items():
        for length in range(len(value)):
            with pytest.raises(REFUSED):
                shelf()[kind].verify(endpoint, {**headers, name: value[:length]}, body, now)


@pytest.mark.parametrize("kind", SECRETIVE)
@pytest.mark.parametrize("secret", ["", " ", " " * 32, "whsec_", "whsec_" + " " * 32, "whsec_k", "changeme"])
def test_an_endpoint_with_a_blank_or_toy_secret_verifies_nothing(
    kind: str, secret: str, signed: SignedSample, now: datetime
) -> None:
    endpoint, headers, body = signed(kind)
    weak = replace(endpoint, secrets=(secret,))
    assert shelf()[kind].lacks(weak)
    with pytest.raises(REFUSED):
        shelf()[kind].verify(weak, headers, body, now)


@pytest.mark.parametrize("kind", SECRETIVE)
def test_an_endpoint_without_a_secret_verifies_nothing(kind: str, signed: SignedSample, now: datetime) -> None:
    endpoint, headers, body = signed(kind)
    assert shelf()[kind].lacks(replace(endpoint, secrets=()))
    with pytest.raises(REFUSED):
        shelf()[kind].verify(replace(endpoint, secrets=()), headers, body, now)


@pytest.mark.parametrize("kind", SECRETIVE)
def test_any_of_several_secrets_will_do(kind: str, signed: SignedSample, now: datetime) -> None:
    endpoint, headers, body = signed(kind)
    others = ("whsec_" + "QUJDREVGR0hJSktMTU5PUA==", "")
    for secrets in (others + endpoint.secrets, endpoint.secrets + others):
        assert shelf()[kind].verify(replace(endpoint, secrets=secrets), headers, body, now).remote_id


@pytest.mark.parametrize("kind", TIMED)
@pytest.mark.parametrize(("seconds", "accepted"), [(-301, False), (-299, True), (0, True), (299, True), (301, False)])
def test_a_signed_time_counts_for_300_seconds_either_way(
    kind: str, seconds: int, accepted: bool, signed: SignedSample, now: datetime
) -> None:
    endpoint, headers, body = signed(kind)
    at = now + timedelta(seconds=seconds)
    if accepted:
        assert shelf()[kind].verify(endpoint, headers, body, at).remote_id
    else:
        with pytest.raises(REFUSED):
            shelf()[kind].verify(endpoint, headers, body, at)


@pytest.mark.parametrize("kind", SIGNING)
def test_every_single_bit_of_body_and_headers_is_under_the_signature(
    kind: str, signed: SignedSample, now: datetime
) -> None:
    endpoint, headers, body = signed(kind)
    provider = shelf()[kind]
    for position in range(len(body) * 8):
        with pytest.raises(REFUSED):
            provider.verify(endpoint, headers, _flipped(body, position), now)
    for name, value in headers.items():
        for position in range(len(value) * 8):
            changed = {**headers, name: _flipped(value.encode("ascii"), position).decode("latin-1")}
            with pytest.raises(REFUSED):
                provider.verify(endpoint, changed, body, now)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"null", b'{"id": null}', b"[" * 100_000])
def test_a_stored_body_that_is_none_of_its_own_is_unreadable(kind: str, body: bytes, signed: SignedSample) -> None:
    endpoint, _, _ = signed(kind)
    with pytest.raises(Unreadable):
        shelf()[kind].read(body, endpoint)


@pytest.mark.parametrize("kind", MODAL)
def test_an_event_of_the_other_mode_moves_nothing(kind: str, signed: SignedSample) -> None:
    endpoint, _, body = signed(kind)
    other = replace(endpoint, mode="test" if endpoint.mode == "live" else "live")
    reading = shelf()[kind].read(body, other)
    assert reading == Reading(ignored=f"mode {'live' if endpoint.mode == 'live' else 'test'}")


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if rehearses(shelf()[kind])])
def test_a_rehearsal_is_taken_for_genuine_and_moves_nothing(kind: str, signed: SignedSample, now: datetime) -> None:
    endpoint, _, _ = signed(kind)
    provider = shelf()[kind]
    found = rehearses(provider)
    assert found
    sent = found.rehearse(endpoint, now)
    assert sent.headers["content-type"] in provider.CONTENT_TYPES
    verified = provider.verify(endpoint, sent.headers, sent.body, now)
    assert verified.remote_id
    assert provider.read(provider.redact(sent.body), endpoint).ignored


def test_all_but_who_signs_by_certificate_can_be_tried_out() -> None:
    assert {kind for kind in KINDS if not rehearses(shelf()[kind])} == {"paypal"}
