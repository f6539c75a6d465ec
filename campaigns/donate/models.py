"""What a reader meant to give, before any money is there. Nothing here counts: only the ledger does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, Id, UtcDateTime


class DonationIntent(Base):
    """One wish to give: amount, frequency, way, and where the reader came from.

    Its `ref_id` is the payment ref `intent:<key>`, to which the provider's objects are linked when they tell of it; the
    donations of a monthly wish all are. The donor's name, address and words stand on that ref, and nowhere here.
    """

    __tablename__ = "donation_intent"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("cover_minor >= 0 AND cover_minor < amount_minor", name="cover_is_a_part"),
        CheckConstraint("frequency IN ('once', 'monthly')", name="frequency"),
        CheckConstraint("status IN ('new', 'open', 'failed')", name="status"),
        Index("ix_donation_intent_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    click: Mapped[str] = mapped_column(String(64), unique=True)  # one press of the button, however often it arrives
    ref_id: Mapped[int] = mapped_column(ForeignKey("payment_ref.id"), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("webhook_endpoint.id"))
    way: Mapped[str] = mapped_column(String(80))
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # all that is asked of the donor, the cover included
    cover_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    frequency: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(12))
    tribute: Mapped[str | None] = mapped_column(Text)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    source: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(8), default="new")
    remote_ref: Mapped[str | None] = mapped_column(String(255))
    checkout_url: Mapped[str | None] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(String(16), unique=True)  # what a bank transfer names
    attempted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure_count: Mapped[int] = mapped_column(default=0)  # answers that would be repeated to the same question
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UsedProof(Base):
    """A proof of work that was taken once and is taken never again; forgotten after it would be stale anyway."""

    __tablename__ = "used_proof"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
