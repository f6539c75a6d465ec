"""Embeds: looks that staff saved under a name, for bars that are already on sites."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, Id, UtcDateTime


class Embed(Base):
    """A saved look of one campaign. Sites name it by `key`, so that a change shows everywhere without touching them.

    The one that `is_default` is used wherever the campaign is shown and no other is named. Colours are `#rrggbb`,
    `radius` is in pixels; None, and an empty word, leave it to the kind, the theme or the campaign.
    """

    __tablename__ = "embed"
    __table_args__ = (
        CheckConstraint("radius IS NULL OR (radius >= 0 AND radius <= 28)", name="radius"),
        Index(
            "ix_embed_default",
            "campaign_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str] = mapped_column(String(32))
    theme: Mapped[str] = mapped_column(String(8))
    accent: Mapped[str | None] = mapped_column(String(7))
    language: Mapped[str | None] = mapped_column(String(12))
    surface: Mapped[str | None] = mapped_column(String(7))
    text: Mapped[str | None] = mapped_column(String(7))
    surface_dark: Mapped[str | None] = mapped_column(String(7))
    text_dark: Mapped[str | None] = mapped_column(String(7))
    radius: Mapped[int | None]
    density: Mapped[str] = mapped_column(String(16))
    font: Mapped[str] = mapped_column(String(16))
    leads: Mapped[str] = mapped_column(String(16))
    figure: Mapped[str] = mapped_column(String(16))
    amounts: Mapped[str] = mapped_column(String(16))
    has_time_left: Mapped[bool]
    has_donors: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
