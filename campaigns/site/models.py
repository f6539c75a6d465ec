"""Sites, the origins that are theirs, and what their articles did for which campaign, day by day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.db import Base, Id, UtcDateTime


class Site(Base):
    """A site that embeds. With `full_path` its articles are told apart; without, only its origin is kept."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    full_path: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    origins: Mapped[list[SiteOrigin]] = relationship(
        order_by="SiteOrigin.origin", cascade="all, delete-orphan", back_populates="site"
    )


class SiteOrigin(Base):
    """`https://news.example`: scheme, host and port of a site; nobody else's."""

    __tablename__ = "site_origin"

    origin: Mapped[str] = mapped_column(String(255), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)

    site: Mapped[Site] = relationship(back_populates="origins")


class SourceDay(Base):
    """How often a bar was seen (an estimate from a sample), the donation page opened and a checkout begun from one
    place on one day of the campaign's zone. No cookie, no id, no address: only these sums."""

    __tablename__ = "source_day"
    __table_args__ = (
        UniqueConstraint("campaign_id", "on", "source"),
        CheckConstraint("impression_count >= 0 AND open_count >= 0 AND checkout_count >= 0", name="not_negative"),
        Index("ix_source_day_on", "on"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(700))  # origin, or origin and path; "" where nothing was told
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    impression_count: Mapped[int] = mapped_column(default=0)
    open_count: Mapped[int] = mapped_column(default=0)
    checkout_count: Mapped[int] = mapped_column(default=0)
