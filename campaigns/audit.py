"""Who did what to which thing: written by the edge in the act's own transaction, only ever added to."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from campaigns import clock
from campaigns.crypto import sha256_hex
from campaigns.db import Base, Id, UtcDateTime


class AuditEntry(Base):
    """One act. `detail` is canonical JSON without secrets or donor details; its hash is evidence for entries."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_thing", "thing", "thing_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    action: Mapped[str] = mapped_column(String(32))
    thing: Mapped[str] = mapped_column(String(32))
    thing_id: Mapped[int] = mapped_column(Id)
    detail: Mapped[str] = mapped_column(Text)
    detail_sha256: Mapped[str] = mapped_column(String(64))
    acted_at: Mapped[datetime] = mapped_column(UtcDateTime)


def record(
    session: Session, *, staff_id: int | None, action: str, thing: str, thing_id: int, **detail: Any
) -> AuditEntry:
    """Adds one act and flushes it. `staff_id` None is the command line. `detail` values must be plain JSON."""
    now = clock.now()
    text = json.dumps(
        {"action": action, "thing": thing, "thing_id": thing_id, "staff_id": staff_id, "at": now.isoformat(), **detail},
        sort_keys=True,
        separators=(",", ":"),
    )
    entry = AuditEntry(
        staff_id=staff_id,
        action=action,
        thing=thing,
        thing_id=thing_id,
        detail=text,
        detail_sha256=sha256_hex(text.encode()),
        acted_at=now,
    )
    session.add(entry)
    session.flush()
    return entry
