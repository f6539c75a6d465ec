"""Every entry's evidence is read again from what is stored: events, answers, and what staff did."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from campaigns.audit import AuditEntry, record
from campaigns.crypto import sha256_hex
from campaigns.inbox import proof
from campaigns.inbox.models import LookUp, LookUpAnswer
from campaigns.ledger.check import Proof
from campaigns.ledger.models import LedgerEntry
from campaigns.providers import stripe
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event

GONE = 999


def entry(kind: str, evidence_id: int) -> LedgerEntry:
    return LedgerEntry(evidence_kind=kind, evidence_id=evidence_id)


def read(desk: Desk, kind: str, evidence_id: int) -> Proof | None:
    with desk.database.reading() as session:
        return proof.reader(session, desk.settings)(entry(kind, evidence_id))


def answered(desk: Desk, body: bytes, received: bytes | None = None) -> int:
    """A stored answer; `received` is what came, where it was redacted."""
    with desk.database.writing() as session:
        wanted = LookUp(
            endpoint_id=1,
            subject="balance_transaction:txn_1",
            purpose="fee",
            status="answered",
            wanted_at=desk.now,
            attempt_count=1,
        )
        session.add(wanted)
        session.flush()
        row = LookUpAnswer(
            look_up_id=wanted.id,
            request="GET /v1/charges/ch_1",
            received_at=desk.now,
            body=body,
            body_sha256=sha256_hex(body),
            received_sha256=sha256_hex(received or body),
        )
        session.add(row)
        session.flush()
        return row.id


@pytest.mark.parametrize("kind", ["event", "lookup", "staff", "import"])
def test_evidence_that_is_gone_or_of_no_known_kind_proves_nothing(desk, kind):
    assert read(desk, kind, GONE) is None


def test_an_event_proves_what_it_says_by_its_bytes(desk):
    message = event("charge.succeeded", charge("ch_1", 700, created=CREATED), created=CREATED)
    event_id, _ = desk.store(message)
    found = read(desk, "event", event_id)
    body = desk.event_body("charge.succeeded")
    assert found is not None
    assert (found.stored_sha256, found.actual_sha256, found.redacted) == (sha256_hex(body), sha256_hex(body), False)
    assert [(m.key, m.amount_minor) for m in found.movements or ()] == [("ch_1", 700)]


def test_an_event_proves_nothing_for_an_entry_of_another_kind(desk):
    event_id, _ = desk.store(event("charge.succeeded", charge("ch_1", 700, created=CREATED), created=CREATED))
    assert read(desk, "import", event_id) is None
    assert read(desk, "event", event_id) is not None


def test_an_act_of_staff_proves_itself_and_tells_no_money(desk):
    with desk.database.writing() as session:
        act = record(session, staff_id=None, action="assign", thing="donation", thing_id=1, to="newsroom")
        act_id, told = act.id, act.detail_sha256
    assert read(desk, "staff", act_id) == Proof(told, told, redacted=False, movements=None)


def test_an_act_that_somebody_rewrote_shows_by_its_hash(desk):
    with desk.database.writing() as session:
        told = sha256_hex(b"what was written")
        said = {"staff_id": None, "action": "assign", "thing": "donation", "thing_id": 1}
        act = AuditEntry(**said, detail="{}", detail_sha256=told, acted_at=desk.now)
        session.add(act)
        session.flush()
        act_id = act.id
    assert read(desk, "staff", act_id) == Proof(told, sha256_hex(b"{}"), redacted=False, movements=None)


def test_an_answer_proves_what_it_says(desk):
    body = b'{"object":"list","data":[]}'
    assert read(desk, "lookup", answered(desk, body)) == Proof(sha256_hex(body), sha256_hex(body), False, ())


def test_a_redacted_answer_is_held_to_its_own_hash(desk):
    body, received = b'{"object":"list","data":[]}', b'{"object":"list","data":[],"client_secret":"x"}'
    answer_id = answered(desk, body, received)
    assert read(desk, "lookup", answer_id) == Proof(sha256_hex(received), sha256_hex(body), True, ())
    forged = b'{"object":"list","data":[ ]}'
    with desk.database.writing() as session:
        session.execute(text("UPDATE look_up_answer SET body = :body"), {"body": forged})
    assert read(desk, "lookup", answer_id) == Proof(sha256_hex(received), sha256_hex(forged), False, ())


def test_an_answer_of_a_provider_that_cannot_be_asked_any_more_proves_nothing(desk, monkeypatch):
    answer_id = answered(desk, b'{"object":"list","data":[]}')
    monkeypatch.delattr(stripe, "look_up")
    assert read(desk, "lookup", answer_id) is None
