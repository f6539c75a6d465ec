"""Adds the provider's own name of each sending, by which one that comes with two bodies is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_1240"
down_revision = "20261123_0940"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook_event", sa.Column("delivery", sa.String(length=128), nullable=True))
    op.create_index("ix_webhook_event_endpoint_delivery", "webhook_event", ["endpoint_id", "delivery"])
