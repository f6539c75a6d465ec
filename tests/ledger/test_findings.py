"""Each thing that is not as it must be is told once: what it is, where, what was found, and what should stand there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from campaigns.crypto import sha256_hex
from campaigns.ledger.check import Finding, Proof, check
from campaigns.ledger.fingerprint import fingerprint
from campaigns.ledger.models import LedgerEntry
from campaigns.providers.contract import Unreadable
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event, intent, refund


@pytest.fixture
def books(desk: Desk) -> Desk:
    body = charge("ch_1", 5_000, created=CREATED, campaign="newsroom")
    desk.send(event("charge.succeeded", body, created=CREATED))
    desk.send(event("refund.created", refund("re_1", "ch_1", 700, created=CREATED), created=CREATED))
    return desk


def tamper(desk: Desk, *statements: str, **values: Any) -> None:
    """A database owner's hand: past the triggers."""
    with desk.database.writing() as session:
        if desk.database.engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            session.execute(text("DROP TRIGGER IF EXISTS ledger_entry_no_update"))
            session.execute(text("DROP TRIGGER IF EXISTS ledger_entry_no_delete"))
        for statement in statements:
            session.execute(text(statement), values)


def found(desk: Desk, what: str) -> list[tuple[str, str, str]]:
    """(where, found, expected) of every finding of a kind."""
    return [(one.where, one.found, one.expected) for one in desk.check().findings if one.what == what]


def where(desk: Desk, ref: str = "ch_1") -> str:
    return f"donation {desk.donation(ref).key}"


def test_books_in_order_are_counted_and_told_as_a_document(books):
    report = books.check()
    counts = {"donations": 1, "entries": 2, "periods": 1, "redacted": 0}
    assert report.document() == {**counts, "findings": (), "ok": True}
    tamper(books, "UPDATE period_total SET raised_minor = 1")
    told = {"what": "raised_minor of a period", "where": "period 1", "found": "1", "expected": "4300"}
    assert books.check().document() == {**counts, "findings": (told,), "ok": False}


@pytest.mark.parametrize(
    ("statement", "what", "stands", "should"),
    [
        (
            "UPDATE donation SET amount_minor = 1",
            "amount and net of a donation",
            "(1, 4300)",
            "(5000, 4300)",
        ),
        (
            "UPDATE donation SET net_minor = 2",
            "amount and net of a donation",
            "(5000, 2)",
            "(5000, 4300)",
        ),
        ("UPDATE donation SET campaign_id = NULL, period_id = NULL", "home of a donation", "None", "(1, 1)"),
        ("UPDATE donation SET counted_minor = 3", "counted of a donation", "3", "4300"),
        ("UPDATE donation SET transfer_count = 1", "transfers of a donation", "0 lines, sum 0", "2 lines, sum 0"),
    ],
)
def test_a_donation_that_its_entries_contradict_is_found(books, statement, what, stands, should):
    tamper(books, statement)
    assert found(books, what) == [(where(books), stands, should)]


def test_a_transfer_without_its_other_half_is_found(desk):
    desk.send(event("charge.succeeded", charge("ch_1", 700, created=CREATED), created=CREATED))
    told = intent("ch_1", 700, created=CREATED, campaign="newsroom")
    desk.send(event("payment_intent.succeeded", told, created=CREATED))
    assert desk.check().findings == ()
    tamper(desk, "DELETE FROM ledger_entry WHERE kind = 'transfer' AND amount_minor < 0")
    assert found(desk, "transfers of a donation") == [(where(desk), "1 lines, sum 700", "2 lines, sum 0")]


def test_a_donation_whose_last_entry_is_nowhere_counts_nothing(books):
    tamper(books, "UPDATE ledger_entry SET campaign_id = NULL, period_id = NULL")
    assert found(books, "counted of a donation") == [(where(books), "4300", "0")]
    assert found(books, "home of a donation") == [(where(books), "(1, 1)", "None")]
    assert found(books, "raised_minor of a period") == [("period 1", "4300", "0")]


def test_an_entry_that_was_changed_shows_by_its_hash_and_by_its_evidence(books):
    (paid, _) = books.entries("ch_1")
    tamper(books, "UPDATE ledger_entry SET amount_minor = 9 WHERE key = 'ch_1'")
    (changed, _) = books.entries("ch_1")
    computed = fingerprint(changed, books.donation("ch_1").key)
    at = "entry stripe:ch_1"
    assert found(books, "hash of an entry") == [(at, computed, paid.entry_sha256)]
    told = [(at, "ch_1 donation 9 USD", "ch_1 donation 5000 USD")]
    assert found(books, "entry and what its evidence tells") == told


@pytest.mark.parametrize(
    ("change", "stands"),
    [
        ("key = 'ch_9'", "ch_9 donation 5000 USD"),
        ("kind = 'match'", "ch_1 match 5000 USD"),
        ("currency = 'EUR'", "ch_1 donation 5000 EUR"),
    ],
)
def test_every_word_of_an_entry_must_be_its_evidences(books, change, stands):
    tamper(books, f"UPDATE ledger_entry SET {change} WHERE key = 'ch_1'")
    assert [told[1:] for told in found(books, "entry and what its evidence tells")] == [
        (stands, "ch_1 donation 5000 USD")
    ]


def test_evidence_that_tells_no_money_is_found(books):
    body = books.event_body("refund.created").replace(b'"amount": 700', b'"amount": 0')
    hashed = sha256_hex(body)
    tamper(books, "UPDATE webhook_event SET body = :body WHERE type = 'refund.created'", body=body)
    at, stands = "entry stripe:re_1", "re_1 refund -700 USD"
    assert found(books, "entry and what its evidence tells") == [(at, stands, "no money")]
    (_, back) = books.entries("ch_1")
    assert found(books, "bytes of evidence") == [(at, hashed, back.evidence_sha256)]
    assert found(books, "hash of evidence") == []


def test_evidence_by_another_hash_than_the_entrys_is_found(books):
    (paid, _) = books.entries("ch_1")
    changes = "UPDATE webhook_event SET received_sha256 = :told, body_sha256 = :told WHERE type = 'charge.succeeded'"
    tamper(books, changes, told="0" * 64)
    at = "entry stripe:ch_1"
    assert found(books, "hash of evidence") == [(at, "0" * 64, paid.evidence_sha256)]
    assert found(books, "bytes of evidence") == [(at, paid.evidence_sha256, "0" * 64)]


def test_evidence_that_is_gone_or_unreadable_is_found(books):
    tamper(books, "UPDATE ledger_entry SET evidence_id = 99 WHERE key = 're_1'")
    assert found(books, "evidence of an entry") == [("entry stripe:re_1", "gone", "event 99")]
    tamper(books, "UPDATE ledger_entry SET evidence_id = 2 WHERE key = 're_1'")
    tamper(books, "UPDATE webhook_event SET body = :body WHERE id = 2", body=b"{")
    ((at, told, should),) = found(books, "evidence of an entry")
    assert (at, should) == ("entry stripe:re_1", "readable")
    assert told.startswith("unreadable: the stored body is no Stripe event")


def test_evidence_that_was_redacted_is_counted_and_not_held_to_what_came(books):
    def read(entry: LedgerEntry) -> Any:
        return Proof(entry.evidence_sha256, "1" * 64, redacted=True, movements=None)

    with books.database.reading() as session:
        report = check(session, read)
    assert (report.redacted, report.findings) == (2, ())


def test_one_entry_whose_evidence_cannot_be_read_does_not_hide_the_next(books):
    def read(_: LedgerEntry) -> Any:
        raise Unreadable("torn")

    with books.database.reading() as session:
        report = check(session, read)
    told = [
        Finding("evidence of an entry", f"entry stripe:{key}", "unreadable: torn", "readable")
        for key in ("ch_1", "re_1")
    ]
    assert list(report.findings) == told
    assert (report.entries, report.redacted) == (2, 0)


@pytest.mark.parametrize(
    ("column", "should"),
    [
        ("raised_minor", 4_300),
        ("pending_minor", 0),
        ("matched_minor", 0),
        ("fee_minor", 0),
        ("donation_count", 1),
        ("donor_count", 1),
    ],
)
def test_each_wrong_figure_of_a_period_is_found(books, column, should):
    tamper(books, f"UPDATE period_total SET {column} = 77")
    assert books.check().findings == (Finding(f"{column} of a period", "period 1", "77", str(should)),)


def test_a_total_that_is_gone_is_found_by_every_figure_that_should_be_in_it(books):
    tamper(books, "DELETE FROM period_total")
    told = {one.what: (one.found, one.expected) for one in books.check().findings}
    assert told["raised_minor of a period"] == ("0", "4300")
    assert told["donation_count of a period"] == ("0", "1")


def test_people_who_are_not_those_who_gave_are_found(books):
    tamper(books, "UPDATE period_donor SET donation_count = 2")
    assert found(books, "people of a period") == [("period 1", "1 kept", "1")]
    tamper(books, "DELETE FROM period_donor")
    assert found(books, "people of a period") == [("period 1", "0 kept", "1")]
    tamper(books, "INSERT INTO period_donor (period_id, donor_hash, donation_count) VALUES (1, 'nobody', 0)")
    assert found(books, "people of a period") == [("period 1", "0 kept", "1")]


def test_promised_money_is_checked_by_what_was_promised(desk):
    body = charge("ch_1", 800, created=CREATED, campaign="newsroom", status="pending")
    desk.send(event("charge.pending", body, created=CREATED))
    assert desk.check().findings == ()
    tamper(desk, "UPDATE donation SET pending_over = :over", over=True)
    assert found(desk, "pending_minor of a period") == [("period 1", "800", "0")]


def test_donations_whose_entries_were_posted_in_turns_are_told_apart(books):
    books.send(event("charge.succeeded", charge("ch_2", 900, created=CREATED, campaign="newsroom"), created=CREATED))
    books.send(event("refund.created", refund("re_2", "ch_1", 100, created=CREATED), created=CREATED))
    books.send(event("refund.created", refund("re_3", "ch_2", 100, created=CREATED), created=CREATED))
    report = books.check()
    assert (report.donations, report.entries, report.findings) == (2, 5, ())
