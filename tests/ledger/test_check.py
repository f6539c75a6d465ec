"""`ledger check` sees every hand that was laid on the books, and `rebuild` makes the totals right again."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from campaigns.ledger import attention
from campaigns.ledger.check import Finding
from campaigns.ledger.rebuild import rebuild
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event, intent, refund


@pytest.fixture
def books(desk: Desk) -> Desk:
    body = charge("ch_1", 235_500, created=CREATED, campaign="newsroom")
    desk.send(event("charge.succeeded", body, created=CREATED))
    desk.send(event("refund.created", refund("re_1", "ch_1", 5_500, created=CREATED), created=CREATED))
    assert desk.check().findings == ()
    return desk


def tamper(desk: Desk, statement: str) -> None:
    """A database owner's hand: past the triggers."""
    postgresql = desk.database.engine.dialect.name == "postgresql"
    with desk.database.writing() as session:
        if postgresql:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            session.execute(text("DROP TRIGGER ledger_entry_no_update"))
            session.execute(text("DROP TRIGGER ledger_entry_no_delete"))
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE period_total SET raised_minor = raised_minor + 1", "raised_minor of a period"),
        ("UPDATE period_total SET donor_count = 7", "donor_count of a period"),
        ("UPDATE donation SET counted_minor = counted_minor + 1", "counted of a donation"),
        ("UPDATE donation SET net_minor = 1", "amount and net of a donation"),
        ("UPDATE donation SET campaign_id = NULL, period_id = NULL", "home of a donation"),
        ("UPDATE ledger_entry SET amount_minor = 1 WHERE key = 'ch_1'", "hash of an entry"),
        ("UPDATE ledger_entry SET evidence_id = 99 WHERE key = 're_1'", "evidence of an entry"),
        ("DELETE FROM ledger_entry WHERE key = 're_1'", "raised_minor of a period"),
        ("UPDATE webhook_event SET body = body || body WHERE type = 'refund.created'", "evidence of an entry"),
    ],
)
def test_a_hand_laid_on_the_books_is_found(books, statement, what):
    if books.database.engine.dialect.name == "sqlite":
        statement = statement.replace("body = body || body", "body = CAST(body || body AS BLOB)")
    tamper(books, statement)
    assert what in {finding.what for finding in books.check().findings}


def test_an_entry_whose_evidence_tells_another_amount_is_found(books):
    with books.database.writing() as session:
        session.execute(
            text("UPDATE webhook_event SET body = :body WHERE type = 'refund.created'"),
            {
                "body": books.event_body("refund.created").replace(b"5500", b"5501"),
            },
        )
    found = {finding.what for finding in books.check().findings}
    assert {"bytes of evidence", "entry and what its evidence tells"} <= found


def test_half_a_transfer_that_is_gone_is_found(books):
    books.send(event("charge.succeeded", charge("ch_2", 700, created=CREATED), created=CREATED))
    told = intent("ch_2", 700, created=CREATED, campaign="newsroom")
    books.send(event("payment_intent.succeeded", told, created=CREATED))
    assert books.check().findings == ()
    tamper(books, "DELETE FROM ledger_entry WHERE kind = 'transfer' AND amount_minor <= 0 AND period_id IS NULL")
    assert "transfers of a donation" in {finding.what for finding in books.check().findings}


def test_rebuild_makes_wrong_totals_right(books):
    tamper(books, "UPDATE period_total SET raised_minor = 1, donation_count = 9")
    tamper_donation = "UPDATE donation SET counted_minor = 5"
    with books.database.writing() as session:
        session.execute(text(tamper_donation))
        assert rebuild(session, now=books.now) == 1
    assert books.raised() == 230_000
    assert books.check().findings == ()


def test_rebuild_of_right_totals_changes_nothing(books):
    before = books.totals()[0].version
    with books.database.writing() as session:
        assert rebuild(session, now=books.now) == 0
    assert books.totals()[0].version == before


def test_a_donation_in_another_currency_than_its_campaign_is_found(books):
    with books.database.writing() as session:
        session.execute(text("UPDATE campaign SET currency = 'EUR'"))
    found = [finding for finding in books.check().findings if finding.what == "currency of a donation"]
    where = f"donation {books.donation('ch_1').key}"
    assert found == [Finding("currency of a donation", where, "USD", "EUR")]


def test_what_is_promised_and_what_has_no_home_are_checked_and_made_anew_too(books):
    waits = charge("ch_2", 700, created=CREATED, campaign="newsroom", status="pending")
    books.send(event("charge.pending", waits, created=CREATED))
    books.send(event("charge.succeeded", charge("ch_3", 40, created=CREATED), created=CREATED))
    report = books.check()
    assert (report.donations, report.entries, report.periods, report.findings) == (3, 3, 1, ())
    tamper(books, "UPDATE period_total SET pending_minor = 0")
    with books.database.writing() as session:
        assert rebuild(session, now=books.now) == 1
    assert (books.raised(), books.pending()) == (230_000, 700)
    assert books.check().findings == ()


def test_an_amount_in_a_currency_that_nobody_knows_is_still_told():
    assert attention.amount(500, "USD") == "$5"
    assert attention.amount(500, "XQQ") == "500 XQQ (minor units)"
    assert attention.amount(500, None) == "500 None (minor units)"
