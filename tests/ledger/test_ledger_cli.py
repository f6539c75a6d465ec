"""`tidemark ledger check | rebuild`."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text

from campaigns.audit import AuditEntry
from tests.bed.cast import Cast, post
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event, refund

FINDING = {"what", "where", "found", "expected"}


@pytest.fixture
def books(desk: Desk) -> Desk:
    body = charge("ch_1", 235_500, created=CREATED, campaign="newsroom")
    desk.send(event("charge.succeeded", body, created=CREATED))
    desk.send(event("refund.created", refund("re_1", "ch_1", 5_500, created=CREATED), created=CREATED))
    return desk


def tamper(desk: Desk, statement: str) -> None:
    """A database owner's hand: past the triggers."""
    with desk.database.writing() as session:
        if desk.database.engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            session.execute(text("DROP TRIGGER ledger_entry_no_update"))
        session.execute(text(statement))


def test_books_that_agree_give_exit_0(books, tidemark):
    result = tidemark("ledger", "check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "checked 1 donation, 2 entries, 1 period: no drift\n"


def test_an_empty_ledger_agrees(desk, tidemark):
    assert tidemark("ledger", "check").exit_code == 0


def test_as_json_it_is_one_document_and_nothing_else(books, tidemark):
    document = json.loads(tidemark("ledger", "check", "--json").stdout)
    assert document == {"donations": 1, "entries": 2, "periods": 1, "redacted": 0, "findings": [], "ok": True}


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE period_total SET raised_minor = raised_minor + 1", "raised_minor of a period"),
        ("UPDATE ledger_entry SET amount_minor = amount_minor + 1 WHERE key = 'ch_1'", "hash of an entry"),
        ("UPDATE webhook_event SET body_sha256 = '', received_sha256 = '' WHERE id = 1", "hash of evidence"),
    ],
)
def test_a_hand_laid_on_the_books_gives_exit_1_and_the_rows(books, tidemark, statement, what):
    tamper(books, statement)
    result = tidemark("ledger", "check")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].split() == ["what", "where", "found", "expected"]
    assert any(line.startswith(what) for line in result.stdout.splitlines()[2:])
    result = tidemark("ledger", "check", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["ok"] is False
    assert all(set(finding) == FINDING for finding in document["findings"])
    assert what in {finding["what"] for finding in document["findings"]}


def test_a_donation_moved_in_the_console_leaves_the_books_in_order(books, app, tidemark):
    books.campaign("winter")
    key = books.donation("ch_1").key
    post(Cast(app, books.database).client("editor"), f"/console/donations/{key}/assign", {"campaign": "winter"})
    assert books.raised("winter") == 230_000
    result = tidemark("ledger", "check")
    assert (result.exit_code, result.stdout) == (0, "checked 1 donation, 4 entries, 1 period: no drift\n")


def test_rebuild_makes_wrong_totals_right_and_writes_down_that_it_did(books, tidemark):
    tamper(books, "UPDATE period_total SET raised_minor = 1, donation_count = 7")
    result = tidemark("ledger", "rebuild")
    assert (result.exit_code, result.stdout) == (0, "1 total was wrong and made right\n")
    assert books.raised() == 230_000
    assert tidemark("ledger", "check").exit_code == 0
    assert tidemark("ledger", "rebuild").stdout == "all totals were right\n"
    with books.database.reading() as session:
        acts = session.scalars(select(AuditEntry).filter_by(action="rebuild")).all()
    assert [json.loads(act.detail)["wrong"] for act in acts] == [1, 0]
