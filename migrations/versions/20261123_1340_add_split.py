"""Adds whether a campaign's bar says through which payment service how much came."""

from __future__ import annotations

from alembic import op

revision = "20261123_1340"
down_revision = "20261123_1320"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A default of the database's: the rows that are there get it without being rewritten.
    op.execute("ALTER TABLE campaign ADD COLUMN shows_split BOOLEAN NOT NULL DEFAULT false")
