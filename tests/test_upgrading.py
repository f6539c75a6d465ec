"""An installation that has been at work is brought to the newest schema, and nothing of it is lost."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from campaigns import schema
from campaigns.db import open_database

BEFORE_LEVELS = "20261123_0940"
AT = "'2026-11-01 00:00:00+00:00'"
ROWS = f"""
INSERT INTO webhook_endpoint (id, provider, name, settings, created_at) VALUES (1, 'stripe', 'main', '{{}}', {AT});
INSERT INTO webhook_event (id, endpoint_id, remote_id, type, status, received_at, attempt_count, failure_count, body,
  body_sha256, received_sha256) VALUES (1, 1, 'evt_1', 'charge.succeeded', 'waiting', {AT}, 0, 0, 'x', 'a', 'a');
INSERT INTO look_up (id, endpoint_id, subject, purpose, status, wanted_at, attempt_count)
  VALUES (1, 1, 'charge:ch_1', 'parts', 'waiting', {AT}, 0), (2, 1, 'charge:ch_2', 'fee', 'answered', {AT}, 1);
INSERT INTO event_look_up (event_id, look_up_id) VALUES (1, 1);
INSERT INTO look_up_answer (id, look_up_id, request, received_at, body, body_sha256, received_sha256)
  VALUES (7, 2, 'GET /v1/charges/ch_2', {AT}, 'y', 'b', 'b')
""".split(";")


def upgrade(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        config = schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_what_was_asked_and_answered_stays(unmigrated_url: str):
    database = open_database(unmigrated_url)
    try:
        upgrade(database.engine, BEFORE_LEVELS)
        with database.engine.begin() as connection:
            for row in ROWS:
                connection.execute(text(row.replace(":", r"\:")))
        schema.upgrade(database.engine)
        with database.engine.connect() as connection:
            asked = connection.execute(text("SELECT id, subject, purpose, status FROM look_up ORDER BY id")).all()
            answers = connection.execute(text("SELECT id, look_up_id, request FROM look_up_answer")).all()
            waiting = connection.execute(text("SELECT event_id, look_up_id FROM event_look_up")).all()
            if database.engine.dialect.name == "sqlite":
                assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        assert [tuple(row) for row in asked] == [
            (1, "charge:ch_1", "parts", "waiting"),
            (2, "charge:ch_2", "fee", "answered"),
        ]
        assert [tuple(row) for row in answers] == [(7, 2, "GET /v1/charges/ch_2")]
        assert [tuple(row) for row in waiting] == [(1, 1)]
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE look_up SET purpose = 'balance' WHERE id = 2"))
    finally:
        database.engine.dispose()


def test_the_newest_schema_is_what_the_code_says(unmigrated_url: str):
    database = open_database(unmigrated_url)
    try:
        schema.upgrade(database.engine)
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": False})
            assert compare_metadata(context, schema.metadata) == []
    finally:
        database.engine.dispose()
