"""The one row that says what this installation is: its mode, and a proof of its secret key."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from campaigns import clock
from campaigns.crypto import keyed_hash
from campaigns.db import Base, UtcDateTime, insert_or_ignore
from campaigns.errors import Conflict
from campaigns.settings import Settings

BEAT_SECONDS = 10.0
SILENT_AFTER = timedelta(seconds=60)  # of a worker that should be there


class Installation(Base):
    """Written once, right after the first migration."""

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("mode IN ('demo', 'test', 'live')", name="mode"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(String(8))
    secret_check: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    worker_beat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    organisation_name: Mapped[str | None] = mapped_column(Text)
    legal_footer: Mapped[str | None] = mapped_column(Text)  # below every receipt
    frames_by_sites_only: Mapped[bool] = mapped_column(default=False)  # staff's switch; else any page may frame a bar
    under_attack_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # staff's switch: every gift needs a proof


def beat(session: Session, *, now: datetime) -> None:
    """The worker says that it is alive."""
    session.execute(update(Installation).values(worker_beat_at=now))


def worker_silent_since(session: Session) -> datetime | None:
    """When a worker was last heard of; None when there never was one."""
    return session.scalar(select(Installation.worker_beat_at))


def claim(session: Session, settings: Settings) -> None:
    """Writes the mode at the first migration; at every later start refuses another mode or another secret key."""
    check = keyed_hash(settings.secret_key, "installation", "secret-check")
    row = {"id": 1, "mode": settings.mode, "secret_check": check, "created_at": clock.now()}
    insert_or_ignore(session, Installation, [row])
    agree(session, settings)


def agree(session: Session, settings: Settings) -> None:
    """Raises Conflict when the database belongs to an installation of another mode or secret key."""
    found = session.scalars(select(Installation)).one_or_none()
    if found is None:
        raise Conflict("the database is not set up yet; run `tidemark db upgrade`")
    if found.mode != settings.mode:
        raise Conflict(
            f"this database was made in mode {found.mode} and TIDEMARK_MODE is {settings.mode}; "
            "test money and real money never share one database: use another database or the other mode"
        )
    if found.secret_check != keyed_hash(settings.secret_key, "installation", "secret-check"):
        raise Conflict(
            "TIDEMARK_SECRET_KEY is not the one this database was made with, so its sealed secrets cannot be opened; "
            "set the former key (it may lie in the former data folder as `secret_key`)"
        )
