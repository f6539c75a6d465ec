"""What the pretend payment service remembers of its own payments. Nothing here counts: only our ledger does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, Id, UtcDateTime


class SandboxPayment(Base):
    """One pretend payment: open → pending → succeeded or failed, with its refunds and disputes."""

    __tablename__ = "sandbox_payment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    campaign_slug: Mapped[str] = mapped_column(String(64))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(16), default="open")
    name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)
    show_name: Mapped[bool] = mapped_column(default=False)
    refunds: Mapped[list[Any]] = mapped_column(JSON, default=list)
    disputes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    frequency: Mapped[str] = mapped_column(String(8), default="once")
    intent: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
