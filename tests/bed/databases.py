"""Migrated databases that are empty before every test, cheaply: a file copied, or rows deleted past the triggers.

Each pytest process has one database per kind. PostgreSQL's is emptied under `session_replication_role = replica`,
which ordinary triggers (the append-only guards of the ledger among them) do not fire under, and only its superuser
may set; afterwards the rows that migrating itself made are put back, and numbering begins at 1 again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert, inspect, select, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.pool import QueuePool

from campaigns import installation, schema
from campaigns.db import Database, open_database
from campaigns.settings import Settings

SECRET_KEY = "tests-only-" + "k" * 40
KEPT = "alembic_version"


class SqliteBed:
    """One file, replaced by a copy of a migrated one."""

    def __init__(self, folder: Path) -> None:
        self._migrated = folder / "migrated.db"
        self._file = folder / "tidemark.db"
        migrate(f"sqlite:///{self._migrated}")
        self.url = f"sqlite:///{self._file}"
        self.database = open_database(self.url)

    def empty(self) -> None:
        """Forgets everything that was written."""
        self.database.engine.dispose()
        for ending in ("-wal", "-shm"):
            self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
        self._file.unlink(missing_ok=True)
        shutil.copyfile(self._migrated, self._file)

    def close(self) -> None:
        """Closes every connection."""
        self.database.engine.dispose()

    @contextmanager
    def unmigrated(self) -> Iterator[str]:
        """The URL of a database with nothing in it, for a test of migrations."""
        path = self._file.with_name("unmigrated.db")
        yield f"sqlite:///{path}"
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


class PostgresBed:
    """One database on the run's server, named for the pytest process."""

    def __init__(self, server_url: str, name: str) -> None:
        self._server = create_engine(server_url, isolation_level="AUTOCOMMIT")
        self._name = name
        self.url = _on(server_url, name)
        self._create(name)
        migrate(self.url)
        self.database = open_database(self.url)
        self._admin = create_engine(self.url)
        self._wipe = _wiping(self._admin)
        self._baseline = _rows(self._admin)

    def empty(self) -> None:
        """Forgets everything that was written, by connections left open too."""
        self.database.engine.dispose()
        with self._admin.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            connection.exec_driver_sql(self._wipe)
            for table, rows in self._baseline.items():
                connection.execute(insert(schema.metadata.tables[table]), rows)

    def close(self) -> None:
        """Closes every connection and drops the database."""
        self.database.engine.dispose()
        self._admin.dispose()
        self._drop(self._name)
        self._server.dispose()

    @contextmanager
    def unmigrated(self) -> Iterator[str]:
        """The URL of a database with nothing in it, for a test of migrations."""
        name = self._name + "_unmigrated"
        self._create(name)
        yield _on(str(self._server.url.render_as_string(hide_password=False)), name)
        self._drop(name)

    def _create(self, name: str) -> None:
        self._drop(name)
        with self._server.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}"')

    def _drop(self, name: str) -> None:
        with self._server.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


Bed = SqliteBed | PostgresBed


def migrate(url: str) -> None:
    """Migrates the database at `url` and makes it a test installation's."""
    database = open_database(url)
    schema.upgrade(database.engine)
    with database.writing() as session:
        installation.claim(session, Settings(database_url=url, secret_key=SECRET_KEY, mode="test"))
    database.engine.dispose()


def of_mode(database: Database, mode: str) -> None:
    """Makes the installation one of `mode`, as if it had been migrated in it."""
    with database.writing() as session:
        session.scalars(select(installation.Installation)).one().mode = mode


def left_open(database: Database) -> int:
    """How many of its connections somebody took and never gave back."""
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def _wiping(engine: Engine) -> str:
    """SQL that deletes every row of every table with rows and starts its numbering anew."""
    tables = [name for name in inspect(engine).get_table_names() if name != KEPT]
    acts = "".join(
        f'IF EXISTS (SELECT FROM "{name}") THEN DELETE FROM "{name}"; END IF; PERFORM setval(number, 1, false) '
        f"FROM pg_get_serial_sequence('\"{name}\"', 'id') number WHERE number IS NOT NULL;"
        if _has_id(engine, name)
        else f'DELETE FROM "{name}";'
        for name in tables
    )
    return f"SET LOCAL session_replication_role = replica; DO $wipe$ BEGIN {acts} END $wipe$;"


def _has_id(engine: Engine, table: str) -> bool:
    return any(column["name"] == "id" for column in inspect(engine).get_columns(table))


def _rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """What is in each table right after migrating."""
    found: dict[str, list[dict[str, Any]]] = {}
    with engine.connect() as connection:
        for table in schema.metadata.sorted_tables:
            if rows := [dict(row) for row in connection.execute(select(table)).mappings()]:
                found[table.name] = rows
    return found


def _on(server_url: str, database: str) -> str:
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)
