"""Files of gifts that were read in, and what each of their rows came to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, Id, UtcDateTime


class ImportRun(Base):
    """One file. Its bytes hold donors' details and are kept only until it is taken or given up; its hash stays."""

    __tablename__ = "import_run"
    __table_args__ = (CheckConstraint("status IN ('open', 'taken', 'undone')", name="status"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(8))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportRow(Base):
    """A row that became a gift: evidence of the kind `import`. `detail` is canonical JSON without donors' details.

    `external_id` is what the file calls the gift; `same_as` a keyed hash of day, amount and giver, by which the same
    gift is known again.
    """

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("run_id", "line"),
        Index("ix_import_row_external_id", "external_id"),
        Index("ix_import_row_same_as", "same_as"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    line: Mapped[int] = mapped_column()
    ref: Mapped[str] = mapped_column(String(64), unique=True)
    external_id: Mapped[str | None] = mapped_column(String(200))
    same_as: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(Text)
    detail_sha256: Mapped[str] = mapped_column(String(64))
