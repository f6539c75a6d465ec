"""Adds look-ups (what is to be asked of a provider's API, and its answers), an event's failures, the worker's beat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_2340"
down_revision = "20261122_2100"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # A default of the server's: rows that are there get it without being rewritten.
    op.add_column("webhook_event", sa.Column("failure_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("installation", sa.Column("worker_beat_at", INSTANT, nullable=True))
    op.create_table(
        "look_up",
        sa.Column("id", ID, nullable=False),
        sa.Column("endpoint_id", ID, nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("wanted_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'answered', 'unneeded', 'failed')", name=op.f("ck_look_up_status")),
        sa.CheckConstraint("purpose IN ('parts', 'home', 'fee')", name=op.f("ck_look_up_purpose")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_look_up_endpoint_id_webhook_endpoint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_up")),
        sa.UniqueConstraint("endpoint_id", "subject", name=op.f("uq_look_up_endpoint_id_subject")),
    )
    op.create_index("ix_look_up_status_due", "look_up", ["status", "due_at"], unique=False)
    op.create_index("ix_look_up_ref", "look_up", ["ref"], unique=False)
    op.create_table(
        "look_up_answer",
        sa.Column("id", ID, nullable=False),
        sa.Column("look_up_id", ID, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["look_up_id"], ["look_up.id"], name=op.f("fk_look_up_answer_look_up_id_look_up")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_up_answer")),
    )
    op.create_index(op.f("ix_look_up_answer_look_up_id"), "look_up_answer", ["look_up_id"], unique=False)
    op.create_table(
        "event_look_up",
        sa.Column("event_id", ID, nullable=False),
        sa.Column("look_up_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["webhook_event.id"], name=op.f("fk_event_look_up_event_id_webhook_event")
        ),
        sa.ForeignKeyConstraint(["look_up_id"], ["look_up.id"], name=op.f("fk_event_look_up_look_up_id_look_up")),
        sa.PrimaryKeyConstraint("event_id", "look_up_id", name=op.f("pk_event_look_up")),
    )
    op.create_index(op.f("ix_event_look_up_look_up_id"), "event_look_up", ["look_up_id"], unique=False)
