"""A migrated installation in memory, and its state as a value: what a thousand small histories are played on.

The file is migrated once a process; each history begins with a copy of its pages, and a tree of histories goes back
to a branch the same way. One connection serves everything, so nothing here says anything about concurrency.
"""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import cast

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

from campaigns import db
from campaigns.db import Database
from tests.bed.databases import migrate


class Memory:
    """An installation's database without a file."""

    def __init__(self) -> None:
        self._engine = _engine()
        self.database = Database(self._engine)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "migrated.db"
            migrate(f"sqlite:///{path}")
            source = sqlite3.connect(path)
            source.execute("PRAGMA journal_mode=DELETE")  # pages marked for WAL cannot live in memory
            source.backup(self._driver())
            source.close()
        self.migrated = self.pages()

    def pages(self) -> bytes:
        """Everything that is stored now."""
        return self._driver().serialize()

    def restore(self, pages: bytes) -> None:
        """Everything as it was when `pages` was taken."""
        self._driver().deserialize(pages)

    def close(self) -> None:
        """Closes its connection."""
        self._engine.dispose()

    def _driver(self) -> sqlite3.Connection:
        with self._engine.connect() as connection:
            return cast(sqlite3.Connection, connection.connection.driver_connection)


def _engine() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", db._prepare_sqlite)
    event.listen(engine, "begin", db._begin_sqlite)
    return engine
