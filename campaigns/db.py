"""The database: SQLite opened so that money is safe on it, PostgreSQL as it comes; the same code on both.

SQLite's defaults lose updates silently. Ours: WAL, `synchronous=FULL`, foreign keys, `recursive_triggers` (without
it `INSERT OR REPLACE` slips past the append-only triggers), a busy time-out, and `BEGIN IMMEDIATE` for every
transaction that may write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Integer,
    MetaData,
    Row,
    Table,
    create_engine,
    event,
    inspect,
    literal_column,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 16  # no less than the threads that serve, so that a request never waits for a connection
POOL_OVERFLOW_MAX = 16
DEADLOCK, CONFLICT = "40P01", "40001"  # PostgreSQL's words for being broken off for another's sake
LOCK_TIMEOUT_MS = 10_000  # PostgreSQL: a stuck lock becomes a 503 and a retry by the provider, not a hung thread

DURABLE_SQLITE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
DURABLE_POSTGRESQL = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER
Minor = BigInteger

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of every mapping; names each constraint by one rule, so that migrations can name it too."""

    metadata = MetaData(naming_convention=NAMES)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. A naive one is refused rather than guessed at."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """`timestamptz` on PostgreSQL; SQLite keeps ISO text, which sorts as time does."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses naive instants; SQLite gets UTC without an offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware UTC, whatever the server's or session's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """An engine and the two ways to use it: `writing` and `reading`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        options: dict[str, Any] = {"tidemark_reading": True}
        if engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reading_engine = engine.execution_options(**options)

    def new_session(self, *, reading: bool) -> Session:
        """A session the caller closes. A writing one takes SQLite's write lock at its first statement."""
        return Session(self._reading_engine if reading else self.engine, expire_on_commit=False)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits when the block ends well and rolls back when it doesn't."""
        with self.new_session(reading=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one consistent snapshot that writes nothing."""
        with self.new_session(reading=True) as session:
            yield session


def make_engine(url: str) -> Engine:
    """The engine for `url`, with durable settings on every connection."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    options = f"-c lock_timeout={LOCK_TIMEOUT_MS} -c timezone=UTC -c synchronous_commit=on"
    return create_engine(
        parsed,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW_MAX,
        pool_pre_ping=True,
        connect_args={"options": options},
        hide_parameters=True,
    )


def open_database(url: str) -> Database:
    """`Database` on `url`."""
    return Database(make_engine(url))


def insert_or_ignore(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> int:
    """Inserts `rows`, leaving out those that break a unique key; the number inserted. The same on both databases."""
    return len(insert_new(session, model, rows, returning=()))


def insert_new(
    session: Session, model: type[Base], rows: Sequence[dict[str, Any]], *, returning: tuple[str, ...]
) -> Sequence[Row[Any]]:
    """Inserts `rows`, all of the same columns, leaving out those that break a unique key; the columns `returning` of
    those that were inserted. They are counted by what comes back, as drivers disagree about an insert's row count."""
    if not rows:
        return []
    connection = session.connection()
    statement = _ignoring(model, returning, connection.dialect.name)
    return connection.execute(statement, rows[0] if len(rows) == 1 else list(rows)).all()


def insert_or_add(session: Session, model: type[Base], row: dict[str, Any], *, column: str) -> int:
    """Inserts `row`, or adds its `column` to that of the row that stands under its primary key; the column's value."""
    connection = session.connection()
    return int(connection.execute(_adding(model, column, connection.dialect.name), row).scalar_one())


@lru_cache(maxsize=64)  # built once: building a statement costs as much as sending it
def _ignoring(model: type[Base], returning: tuple[str, ...], dialect: str) -> Executable:
    columns = inspect(model).local_table.c
    told = [columns[name] for name in returning] or [literal_column("1")]
    return _insert(model, dialect).on_conflict_do_nothing().returning(*told)


@lru_cache(maxsize=64)
def _adding(model: type[Base], column: str, dialect: str) -> Executable:
    inserted = _insert(model, dialect)
    stands = inspect(model).local_table.c[column]
    key = [one.name for one in inspect(model).primary_key]
    added = inserted.on_conflict_do_update(index_elements=key, set_={column: stands + inserted.excluded[column]})
    return added.returning(stands)


def _insert(model: type[Base], dialect: str) -> postgresql.Insert | sqlite.Insert:
    table = cast(Table, model.__table__)
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def met_another(error: DBAPIError) -> bool:
    """Whether a transaction was broken off for another's sake (a deadlock, a conflict): going again at once may do."""
    return getattr(error.orig, "sqlstate", None) in (DEADLOCK, CONFLICT)


def weak_durability(session: Session) -> list[str]:
    """What in the database's settings would let an acknowledged commit be lost; empty when all is well."""
    if session.get_bind().dialect.name == "postgresql":
        found = {name: str(session.scalar(text(f"SHOW {name}"))) for name in DURABLE_POSTGRESQL}
        expected: dict[str, Any] = dict(DURABLE_POSTGRESQL)
    else:
        found = {name: session.scalar(text(f"PRAGMA {name}")) for name in DURABLE_SQLITE}
        expected = dict(DURABLE_SQLITE)
    return [f"{name} is {found[name]}, must be {expected[name]}" for name in expected if found[name] != expected[name]]


def _sqlite_engine(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW_MAX, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would be deferred, and lose updates
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("tidemark_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
