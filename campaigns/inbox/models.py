"""Configured webhook URLs, and every verified message they received."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.db import Base, Id, UtcDateTime

STATUSES = ("received", "waiting", "processed", "ignored", "failed")
_STATUSES_SQL = ", ".join(f"'{status}'" for status in STATUSES)
LOOK_UP_STATUSES = ("waiting", "answered", "unneeded", "failed")
_LOOK_UP_STATUSES_SQL = ", ".join(f"'{status}'" for status in LOOK_UP_STATUSES)
# An event lacks parts; a payment lacks a good home; its fee is not known; where levels stand when counting begins; what
# became of a checkout whose donor is back.
PURPOSES = ("parts", "home", "fee", "balance", "checkout")
_PURPOSES_SQL = ", ".join(f"'{purpose}'" for purpose in PURPOSES)


class WebhookEndpoint(Base):
    """One configured URL with its secrets and default campaign; `name` is the last part of the URL."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (UniqueConstraint("provider", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_event_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    other_mode_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    renewing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # one process is exchanging its key

    secrets: Mapped[list[EndpointSecret]] = relationship(
        order_by="EndpointSecret.id", cascade="all, delete-orphan", back_populates="endpoint"
    )


class EndpointSecret(Base):
    """A secret of an endpoint, sealed at rest. `name` is `signing` or the name of a secret setting."""

    __tablename__ = "endpoint_secret"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id"), index=True)
    name: Mapped[str] = mapped_column(String(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    endpoint: Mapped[WebhookEndpoint] = relationship(back_populates="secrets")


class WebhookEvent(Base):
    """A verified message, kept as received. `reason` says why it is waiting, ignored or failed."""

    __tablename__ = "webhook_event"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "remote_id"),
        CheckConstraint(f"status IN ({_STATUSES_SQL})", name="status"),
        Index("ix_webhook_event_status_due", "status", "due_at"),
        Index("ix_webhook_event_status_id", "status", "id"),
        Index("ix_webhook_event_received_at", "received_at"),
        Index("ix_webhook_event_endpoint_delivery", "endpoint_id", "delivery"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id"))
    remote_id: Mapped[str] = mapped_column(String(255))
    delivery: Mapped[str | None] = mapped_column(String(128))  # the provider's name of this one sending
    type: Mapped[str] = mapped_column(String(128))
    status: Mapped[str] = mapped_column(String(9), default="received")
    reason: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    occurred_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    processed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempt_count: Mapped[int] = mapped_column(default=0)
    failure_count: Mapped[int] = mapped_column(default=0)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_sha256: Mapped[str] = mapped_column(String(64))
    received_sha256: Mapped[str] = mapped_column(String(64))

    endpoint: Mapped[WebhookEndpoint] = relationship(lazy="joined")


class EventEffect(Base):
    """Which donations an event speaks of, so that each can show its events and each event its donations."""

    __tablename__ = "event_effect"

    event_id: Mapped[int] = mapped_column(ForeignKey("webhook_event.id"), primary_key=True)
    donation_id: Mapped[int] = mapped_column(ForeignKey("donation.id"), primary_key=True, index=True)


class LookUp(Base):
    """Something to ask the provider's API, since no event carries it; `subject` is the provider's own way to name it.

    `wanted_at` is since when an answer is wanted: only one that was asked for later will do. `answered_at` is when the
    last answer was asked for. `ref` is what it is about: the payment itself, or an intent or invoice it was made by.
    """

    __tablename__ = "look_up"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "subject"),
        CheckConstraint(f"status IN ({_LOOK_UP_STATUSES_SQL})", name="status"),
        CheckConstraint(f"purpose IN ({_PURPOSES_SQL})", name="purpose"),
        Index("ix_look_up_status_due", "status", "due_at"),
        Index("ix_look_up_ref", "ref"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id"))
    subject: Mapped[str] = mapped_column(String(255))
    purpose: Mapped[str] = mapped_column(String(8))
    ref: Mapped[str | None] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(Text)
    wanted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempt_count: Mapped[int] = mapped_column(default=0)

    endpoint: Mapped[WebhookEndpoint] = relationship(lazy="joined")


class LookUpAnswer(Base):
    """One answer of a provider's API, kept as received: evidence of the kind `lookup`."""

    __tablename__ = "look_up_answer"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    look_up_id: Mapped[int] = mapped_column(ForeignKey("look_up.id"), index=True)
    request: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_sha256: Mapped[str] = mapped_column(String(64))
    received_sha256: Mapped[str] = mapped_column(String(64))

    look_up: Mapped[LookUp] = relationship()


class EventLookUp(Base):
    """Which look-ups an event waits for, or has waited for."""

    __tablename__ = "event_look_up"

    event_id: Mapped[int] = mapped_column(ForeignKey("webhook_event.id"), primary_key=True)
    look_up_id: Mapped[int] = mapped_column(ForeignKey("look_up.id"), primary_key=True, index=True)
