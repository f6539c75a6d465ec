"""`POST /webhooks/stripe/<name>`: what each sender is answered, and that what is answered 200 is kept."""

from __future__ import annotations

import json

import pytest
import time_machine
from sqlalchemy import delete, func, select

from campaigns.inbox import processing
from campaigns.inbox.models import EndpointSecret, WebhookEvent
from campaigns.providers import stripe
from campaigns.providers.contract import CannotVerifyNow
from tests.bed.desk import CREATED, NOW
from tests.bed.stripe_events import charge, event, signed

URL = "/webhooks/stripe/main"
BOMBS = {
    "not json": b"{",
    "bad utf-8": b'{"id": "\xff"}',
    "a list": b"[]",
    "no id": b'{"object": "event"}',
    "NaN": b'{"id": "evt_1", "amount": NaN}',
    "a huge number": b'{"id": "evt_1", "amount": ' + b"9" * 4400 + b"}",
    "a duplicate key": b'{"id": "evt_1", "id": "evt_2"}',
    "a deep nest": b'{"id": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "nothing": b"",
}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def at(shift: int = 0) -> int:
    return int(NOW.timestamp()) + shift


def stored(desk) -> int:
    with desk.database.reading() as session:
        return session.scalar(select(func.count()).select_from(WebhookEvent)) or 0


def paid():
    body = charge("ch_1", 1_000, created=CREATED, campaign="newsroom")
    return event("charge.succeeded", body, created=CREATED)


def test_a_signed_charge_is_processed_and_shown(desk, client):
    body, headers = signed(paid(), at=at())
    answer = client.post(URL, data=body, headers=headers)
    assert (answer.status_code, answer.get_json()) == (200, {"status": "processed"})
    assert "Set-Cookie" not in answer.headers
    assert desk.raised() == 1_000


def test_the_words_of_the_answer(desk, client):
    def send(message):
        body, headers = signed(message, at=at())
        answer = client.post(URL, data=body, headers=headers)
        assert answer.status_code == 200
        return answer.get_json()["status"]

    message = paid()
    assert send(message) == "processed"
    assert send(message) == "duplicate"
    assert send({**paid(), "livemode": True}) == "ignored"
    assert send(event("payout.paid", {"id": "po_1", "object": "payout"}, created=CREATED)) == "ignored"
    assert send(event("charge.succeeded", charge("ch_2", 5, created=CREATED), created=CREATED)) == "unassigned"
    strange = charge("ch_3", 5, created=CREATED, status="dreaming")
    assert send(event("charge.succeeded", strange, created=CREATED)) == "queued"


@pytest.mark.parametrize("shift", [-301, 301])
def test_a_signature_out_of_time_is_refused(desk, client, shift):
    body, headers = signed(paid(), at=at(shift))
    assert client.post(URL, data=body, headers=headers).status_code == 400
    assert stored(desk) == 0


@pytest.mark.parametrize("shift", [-299, 299])
def test_a_signature_within_300_seconds_is_taken(desk, client, shift):
    body, headers = signed(paid(), at=at(shift))
    assert client.post(URL, data=body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "header", [None, "", "t=1,v1=00", "t=" + str(at()) + ",v1=é", "v1=" + "0" * 64, "\x00", "t=1" * 4000]
)
def test_a_missing_or_broken_signature_is_refused(desk, client, header):
    body, headers = signed(paid(), at=at())
    environ = {} if header is None else {"HTTP_STRIPE_SIGNATURE": header.encode().decode("latin-1")}
    del headers["Stripe-Signature"]
    assert client.post(URL, data=body, headers=headers, environ_overrides=environ).status_code == 400
    assert stored(desk) == 0


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS.keys())
def test_whatever_is_in_the_body_the_answer_is_400_signed_or_not(desk, client, body):
    from stripe import WebhookSignature

    from tests.bed.stripe_events import SECRET

    header = WebhookSignature.generate_signature_header(body.decode("latin-1"), SECRET, at())
    for headers in ({}, {"Stripe-Signature": header}):
        answer = client.post(URL, data=body, headers={"Content-Type": "application/json", **headers})
        assert answer.status_code == 400
    assert stored(desk) == 0


def test_a_changed_body_is_refused(desk, client):
    body, headers = signed(paid(), at=at())
    assert client.post(URL, data=body.replace(b"1000", b"9000"), headers=headers).status_code == 400


def test_other_names_methods_types_and_sizes_have_their_own_answers(desk, client):
    body, headers = signed(paid(), at=at())
    assert client.post("/webhooks/stripe/other", data=body, headers=headers).status_code == 404
    assert client.post("/webhooks/nobody/main", data=body, headers=headers).status_code == 404
    assert client.get(URL).status_code == 405
    assert client.post(URL, data=body, headers={**headers, "Content-Type": "text/plain"}).status_code == 415
    big = json.dumps({"id": "x" * (1024 * 1024)}).encode()
    assert client.post(URL, data=big, headers=headers).status_code == 413
    assert stored(desk) == 0


def test_an_unforeseen_failure_keeps_the_event_and_loses_nothing(desk, client, monkeypatch):
    from campaigns.ledger import posting

    body, headers = signed(paid(), at=at())

    def broken(*_args, **_options):
        raise RuntimeError("ada@example.org")

    with monkeypatch.context() as patch:
        patch.setattr(posting, "post", broken)
        answer = client.post(URL, data=body, headers=headers)
    assert (answer.status_code, answer.get_json()) == (200, {"status": "queued"})
    event_id = json.loads(body)["id"]
    assert desk.event(event_id).status == "waiting"
    assert "ada@example.org" not in (desk.event(event_id).reason or "")
    desk.later(minutes=5)
    assert desk.drain() == {"processed": 1}
    assert desk.raised() == 1_000


def test_an_event_that_was_stored_but_not_processed_is_taken_up_by_the_retry(desk, client):
    message = paid()
    desk.store(message)
    body, headers = signed(message, at=at())
    assert client.post(URL, data=body, headers=headers).get_json() == {"status": "processed"}
    assert desk.raised() == 1_000


def test_either_of_two_secrets_verifies_during_a_rotation(desk, client):
    from campaigns.crypto import Sealer
    from campaigns.inbox import endpoints
    from campaigns.inbox.models import EndpointSecret

    with desk.database.writing() as session:
        endpoint = endpoints.find(session, "stripe", "main")
        sealed = Sealer(desk.settings.secret_key).seal("whsec_" + "n" * 32, endpoints.SEAL_PURPOSE)
        endpoint.secrets.append(EndpointSecret(name=endpoints.SIGNING, sealed=sealed, created_at=desk.now))
    for number, secret in enumerate(("whsec_" + "k" * 32, "whsec_" + "n" * 32)):
        message = event(
            "charge.succeeded", charge(f"ch_{number}", 10, created=CREATED, campaign="newsroom"), created=CREATED
        )
        body, headers = signed(message, at=at(), secret=secret)
        assert client.post(URL, data=body, headers=headers).status_code == 200
    assert desk.raised() == 20


@pytest.mark.parametrize("path", ["/webhooks/stripe/a%00b", "/c/newsroom/thanks?payment=%00x", "/sandbox/checkout/%00"])
def test_a_name_that_no_row_can_have_leads_nowhere(desk, client, path):
    answer = client.post(path, data=b"{}", content_type="application/json") if "webhooks" in path else client.get(path)
    assert answer.status_code in (200, 404)
    assert stored(desk) == 0


def test_what_breaks_is_logged_without_its_text(desk, client, monkeypatch, caplog):
    from campaigns.ledger import posting

    details = "ada@example.org"

    def broken(*_args, **_options):
        raise RuntimeError(details)

    body, headers = signed(paid(), at=at())
    monkeypatch.setattr(posting, "post", broken)
    client.post(URL, data=body, headers=headers)
    assert "RuntimeError" in caplog.text
    assert details not in caplog.text


def test_secrets_are_sealed_at_rest(desk):
    from sqlalchemy import text

    with desk.database.reading() as session:
        (sealed,) = session.execute(text("SELECT sealed FROM endpoint_secret")).one()
    assert b"whsec_" not in bytes(sealed)


def test_an_event_that_was_given_up_starts_afresh_when_somebody_replays_it(desk, monkeypatch):
    message = event("charge.succeeded", charge("ch_1", 500, created=CREATED), created=CREATED)
    event_id, _ = desk.store(message)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault nobody foresaw")

    monkeypatch.setattr("campaigns.ledger.posting.post", fail)
    for _ in range(processing.FAILURES_MAX):
        processing.process(desk.database, desk.settings, event_id, now=desk.now)
    assert desk.event(message["id"]).status == "failed"
    processing.process(desk.database, desk.settings, event_id, now=desk.now, again=True)
    given_again = desk.event(message["id"])
    assert (given_again.status, given_again.failure_count) == ("waiting", 1)


def test_an_endpoint_without_a_good_secret_takes_nothing(desk, client):
    with desk.database.writing() as session:
        session.execute(delete(EndpointSecret))
    body, headers = signed(paid(), at=at())
    assert client.post(URL, data=body, headers=headers).status_code == 404
    assert stored(desk) == 0


def test_a_message_that_cannot_be_verified_now_is_sent_again(desk, client, monkeypatch):
    def away(*_: object) -> None:
        raise CannotVerifyNow("the certificate's host is away")

    body, headers = signed(paid(), at=at())
    with monkeypatch.context() as patched:
        patched.setattr(stripe, "verify", away)
        answer = client.post(URL, data=body, headers=headers)
    assert answer.status_code == 503
    assert stored(desk) == 0
    assert client.post(URL, data=body, headers=headers).get_json() == {"status": "processed"}
