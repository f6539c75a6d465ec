"""Adds embeds (looks that staff saved under a name), and whether sites alone may frame a bar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_0940"
down_revision = "20261123_0310"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # A default of the server's: the row that is there gets it without being rewritten.
    op.add_column(
        "installation", sa.Column("frames_by_sites_only", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "embed",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=True),
        sa.Column("surface", sa.String(length=7), nullable=True),
        sa.Column("text", sa.String(length=7), nullable=True),
        sa.Column("surface_dark", sa.String(length=7), nullable=True),
        sa.Column("text_dark", sa.String(length=7), nullable=True),
        sa.Column("radius", sa.Integer(), nullable=True),
        sa.Column("density", sa.String(length=16), nullable=False),
        sa.Column("font", sa.String(length=16), nullable=False),
        sa.Column("leads", sa.String(length=16), nullable=False),
        sa.Column("figure", sa.String(length=16), nullable=False),
        sa.Column("amounts", sa.String(length=16), nullable=False),
        sa.Column("has_time_left", sa.Boolean(), nullable=False),
        sa.Column("has_donors", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint("radius IS NULL OR (radius >= 0 AND radius <= 28)", name=op.f("ck_embed_radius")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_embed_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embed")),
        sa.UniqueConstraint("key", name=op.f("uq_embed_key")),
    )
    op.create_index(op.f("ix_embed_campaign_id"), "embed", ["campaign_id"], unique=False)
    op.create_index(
        "ix_embed_default",
        "embed",
        ["campaign_id"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )
