"""Campaigns, their milestones, schedules and periods."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.db import Base, Id, UtcDateTime


class Campaign(Base):
    """A fundraising effort. `status` is what staff decided; what readers see also depends on the clock."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'live', 'paused', 'ended', 'archived')", name="status"),
        CheckConstraint("length(slug) BETWEEN 1 AND 64", name="slug_length"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint("starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at", name="starts_before_it_ends"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(Text)
    story: Mapped[str] = mapped_column(Text, default="")
    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(12), default="en")
    accent: Mapped[str | None] = mapped_column(String(7))
    donor_wall: Mapped[bool] = mapped_column(default=True)
    shows_split: Mapped[bool] = mapped_column(default=False)  # through which service how much came
    status: Mapped[str] = mapped_column(String(8), default="draft")
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    milestones: Mapped[list[Milestone]] = relationship(
        primaryjoin="and_(Milestone.campaign_id == Campaign.id, Milestone.removed_at.is_(None))",
        order_by="Milestone.amount_minor",
        back_populates="campaign",
        cascade="save-update, merge",
    )
    schedules: Mapped[list[CampaignSchedule]] = relationship(
        order_by="CampaignSchedule.id", cascade="all, delete-orphan", back_populates="campaign"
    )
    ways: Mapped[list[WayToGive]] = relationship(  # the links; what we make ourselves is asked for by donate/ways
        primaryjoin="and_(WayToGive.campaign_id == Campaign.id, WayToGive.kind == 'link')",
        order_by="WayToGive.position",
        cascade="all, delete-orphan",
        back_populates="campaign",
    )

    @property
    def goal_minor(self) -> int:
        """The highest milestone, or 0 while there is none."""
        return max((m.amount_minor for m in self.milestones), default=0)


class Milestone(Base):
    """An amount with a label. Removed ones stay, because periods may have reached them."""

    __tablename__ = "milestone"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index(
            "uq_milestone_present",
            "campaign_id",
            "amount_minor",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
            sqlite_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(Text)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    campaign: Mapped[Campaign] = relationship(back_populates="milestones")


class WayToGive(Base):
    """PayPal, the site's own donate page, Patreon, a card form, a bank account: side by side.

    `kind` is `link` (`url` leads there), `checkout` (made by us, on the account of `endpoint_id`) or `bank` (`account`
    holds `holder`, `iban`, `bic`). Only links have a `url`.
    """

    __tablename__ = "way_to_give"
    __table_args__ = (CheckConstraint("kind IN ('link', 'checkout', 'bank')", name="kind"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(8), default="link")
    label: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text, default="")
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("webhook_endpoint.id"))
    account: Mapped[dict[str, str] | None] = mapped_column(JSON)

    campaign: Mapped[Campaign] = relationship(back_populates="ways")


class CampaignWording(Base):
    """What staff say in place of one of our sentences, to the readers of one campaign in one language."""

    __tablename__ = "campaign_wording"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    sentence_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    sentence: Mapped[str] = mapped_column(Text)  # as it stands in the source
    wording: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CampaignAlias(Base):
    """A further slug that leads to a campaign."""

    __tablename__ = "campaign_alias"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)


class CampaignSchedule(Base):
    """How a campaign repeats from `effective_at` on (None: from its beginning); kept, so that past periods stay."""

    __tablename__ = "campaign_schedule"
    __table_args__ = (
        CheckConstraint("repeat IN ('none', 'weekly', 'monthly', 'quarterly', 'yearly')", name="repeat"),
        CheckConstraint("first_month BETWEEN 1 AND 12", name="first_month"),
        CheckConstraint("first_day BETWEEN 1 AND 31", name="first_day"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    effective_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    repeat: Mapped[str] = mapped_column(String(9))
    first_month: Mapped[int] = mapped_column(default=1)
    first_day: Mapped[int] = mapped_column(default=1)
    timezone: Mapped[str] = mapped_column(String(64))

    campaign: Mapped[Campaign] = relationship(back_populates="schedules")


class Period(Base):
    """A half-open window `[starts_at, ends_at)` in which the total counts from zero. None is open on that side."""

    __tablename__ = "period"
    __table_args__ = (
        UniqueConstraint("campaign_id", "opening"),
        CheckConstraint("starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at", name="starts_before_it_ends"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    # Unique with the campaign; a NULL start would be no key, so an open one is called 'open'.
    opening: Mapped[str] = mapped_column(String(32))
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def opening_of(starts_at: datetime | None) -> str:
    """The value of `Period.opening` for a window that starts at `starts_at`."""
    return "open" if starts_at is None else starts_at.isoformat()
