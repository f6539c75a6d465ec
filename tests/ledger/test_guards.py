"""The database itself refuses to change what was posted, whoever asks, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from campaigns.audit import record
from tests.bed.desk import CREATED
from tests.bed.stripe_events import charge, event

TABLES = ("ledger_entry", "audit_entry")


@pytest.fixture
def posted(desk):
    body = charge("ch_1", 1_000, created=CREATED, campaign="newsroom")
    desk.send(event("charge.succeeded", body, created=CREATED))
    with desk.database.writing() as session:
        record(session, staff_id=None, action="look", thing="donation", thing_id=1)
    return desk


def refused(desk, statement: str) -> str:
    with pytest.raises(DatabaseError) as refusal, desk.database.writing() as session:
        session.execute(text(statement))
    return str(refusal.value)


@pytest.mark.parametrize("table", TABLES)
def test_an_entry_cannot_be_updated(posted, table):
    assert "append-only" in refused(posted, f"UPDATE {table} SET id = id + 1")


@pytest.mark.parametrize("table", TABLES)
def test_an_entry_cannot_be_deleted(posted, table):
    assert "append-only" in refused(posted, f"DELETE FROM {table}")


@pytest.mark.parametrize("table", TABLES)
def test_an_entry_cannot_be_replaced_or_truncated(posted, table):
    if posted.database.engine.dialect.name == "postgresql":
        message = refused(posted, f"TRUNCATE {table} CASCADE")
    else:
        message = refused(posted, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    assert "append-only" in message


def test_an_entry_cannot_be_upserted(posted):
    again = "INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE true"
    message = refused(posted, f"{again} ON CONFLICT (provider, scope, key) DO UPDATE SET amount_minor = 1")
    assert "append-only" in message or "UNIQUE" in message or "unique" in message
    assert posted.check().findings == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "'gift'"), ("amount_minor", "0"), ("amount_minor", "-1"), ("evidence_kind", "'rumour'")],
)
def test_an_entry_that_breaks_a_rule_cannot_be_written(posted, column, value):
    with posted.database.reading() as session:
        names = list(session.execute(text("SELECT * FROM ledger_entry")).keys())
    given = {"id": "id + 100", "key": "'ch_2'", column: value}
    chosen = ", ".join(given.get(name, name) for name in names)
    with pytest.raises(IntegrityError), posted.database.writing() as session:
        session.execute(text(f"INSERT INTO ledger_entry ({', '.join(names)}) SELECT {chosen} FROM ledger_entry"))


def test_a_total_cannot_sink_below_nothing(posted):
    with pytest.raises(IntegrityError), posted.database.writing() as session:
        session.execute(text("UPDATE period_total SET raised_minor = -1"))
