"""Adds what people have given in all where a service tells only that, facts about payments, and rules that go by them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_1245"
down_revision = "20261123_1240"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


PURPOSES = "purpose IN ('parts', 'home', 'fee', 'balance', 'checkout')"


def upgrade() -> None:
    op.add_column("webhook_endpoint", sa.Column("renewing_until", INSTANT, nullable=True))
    _allow_purposes()
    op.create_table(
        "payment_trait",
        sa.Column("ref_id", ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["ref_id"], ["payment_ref.id"], name=op.f("fk_payment_trait_ref_id_payment_ref")),
        sa.PrimaryKeyConstraint("ref_id", "name", "value", name=op.f("pk_payment_trait")),
    )
    op.create_table(
        "payment_level",
        sa.Column("ref_id", ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("level_minor", sa.BigInteger(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("peak_minor", sa.BigInteger(), nullable=False),
        sa.Column("step_count", sa.Integer(), nullable=False),
        sa.Column("charged_at", INSTANT, nullable=True),
        sa.Column("heard_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["ref_id"], ["payment_ref.id"], name=op.f("fk_payment_level_ref_id_payment_ref")),
        sa.PrimaryKeyConstraint("ref_id", name=op.f("pk_payment_level")),
    )
    op.create_table(
        "routing_rule",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=True),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("amount_min_minor", sa.BigInteger(), nullable=True),
        sa.Column("amount_max_minor", sa.BigInteger(), nullable=True),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_routing_rule_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
    )


def _allow_purposes() -> None:
    """SQLite changes a check by making the table anew, and drops none that others point at: these rows step aside."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute("CREATE TEMPORARY TABLE kept_link AS SELECT * FROM event_look_up")
        op.execute("CREATE TEMPORARY TABLE kept_answer AS SELECT * FROM look_up_answer")
        op.execute("DELETE FROM event_look_up")
        op.execute("DELETE FROM look_up_answer")
    with op.batch_alter_table("look_up") as batch:
        batch.drop_constraint(op.f("ck_look_up_purpose"), type_="check")
        batch.create_check_constraint(op.f("ck_look_up_purpose"), PURPOSES)
    if is_sqlite:
        op.execute("INSERT INTO event_look_up SELECT * FROM kept_link")
        op.execute("INSERT INTO look_up_answer SELECT * FROM kept_answer")
        op.execute("DROP TABLE kept_link")
        op.execute("DROP TABLE kept_answer")
