"""Adds giving: intents, used proofs, sites and what their articles did, wordings, and what mail and walls need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_0310"
down_revision = "20261122_2340"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# One statement for both databases: SQLite takes constraints of a new column only where the column itself is written.
NEW_COLUMNS = (
    "campaign ADD COLUMN donor_wall BOOLEAN NOT NULL DEFAULT true",
    (
        "way_to_give ADD COLUMN kind VARCHAR(8) NOT NULL DEFAULT 'link' "
        "CONSTRAINT ck_way_to_give_kind CHECK (kind IN ('link', 'checkout', 'bank'))"
    ),
    (
        "way_to_give ADD COLUMN endpoint_id BIGINT "
        "CONSTRAINT fk_way_to_give_endpoint_id_webhook_endpoint REFERENCES webhook_endpoint (id)"
    ),
    "way_to_give ADD COLUMN account JSON",
    "installation ADD COLUMN organisation_name TEXT",
    "installation ADD COLUMN legal_footer TEXT",
    "outbox_message ADD COLUMN reason TEXT",
    "payment_donor ADD COLUMN typed_here BOOLEAN NOT NULL DEFAULT false",
    (
        "donation ADD COLUMN intent_ref_id BIGINT "
        "CONSTRAINT fk_donation_intent_ref_id_payment_ref REFERENCES payment_ref (id)"
    ),
    (
        "donation ADD COLUMN wall_status VARCHAR(8) "
        "CONSTRAINT ck_donation_wall_status CHECK (wall_status IN ('shown', 'hidden'))"
    ),
    "sandbox_payment ADD COLUMN frequency VARCHAR(8) NOT NULL DEFAULT 'once'",
    "sandbox_payment ADD COLUMN intent VARCHAR(32)",
)


def upgrade() -> None:
    for column in NEW_COLUMNS:
        op.execute(f"ALTER TABLE {column}")
    op.add_column("installation", sa.Column("under_attack_since", INSTANT, nullable=True))
    op.add_column("outbox_message", sa.Column("given_up_at", INSTANT, nullable=True))
    op.add_column("donation", sa.Column("wall_decided_at", INSTANT, nullable=True))
    op.create_index(op.f("ix_donation_intent_ref_id"), "donation", ["intent_ref_id"], unique=False)
    _add_sites()
    _add_intents()
    op.create_table(
        "campaign_wording",
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("sentence_sha256", sa.String(length=64), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_wording_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "language", "sentence_sha256", name=op.f("pk_campaign_wording")),
    )


def _add_sites() -> None:
    op.create_table(
        "site",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_path", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    op.create_table(
        "site_origin",
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_origin_site_id_site")),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_site_origin")),
    )
    op.create_index(op.f("ix_site_origin_site_id"), "site_origin", ["site_id"], unique=False)
    op.create_table(
        "source_day",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=700), nullable=False),
        sa.Column("site_id", ID, nullable=True),
        sa.Column("impression_count", sa.Integer(), nullable=False),
        sa.Column("open_count", sa.Integer(), nullable=False),
        sa.Column("checkout_count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "impression_count >= 0 AND open_count >= 0 AND checkout_count >= 0",
            name=op.f("ck_source_day_not_negative"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_source_day_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_source_day_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_day")),
        sa.UniqueConstraint("campaign_id", "on", "source", name=op.f("uq_source_day_campaign_id_on_source")),
    )
    op.create_index("ix_source_day_on", "source_day", ["on"], unique=False)
    op.create_index(op.f("ix_source_day_site_id"), "source_day", ["site_id"], unique=False)


def _add_intents() -> None:
    op.create_table(
        "donation_intent",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("click", sa.String(length=64), nullable=False),
        sa.Column("ref_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("endpoint_id", ID, nullable=True),
        sa.Column("way", sa.String(length=80), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("cover_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("frequency", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("tribute", sa.Text(), nullable=True),
        sa.Column("site_id", ID, nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("remote_ref", sa.String(length=255), nullable=True),
        sa.Column("checkout_url", sa.Text(), nullable=True),
        sa.Column("reference", sa.String(length=16), nullable=True),
        sa.Column("attempted_at", INSTANT, nullable=True),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_donation_intent_amount_positive")),
        sa.CheckConstraint(
            "cover_minor >= 0 AND cover_minor < amount_minor", name=op.f("ck_donation_intent_cover_is_a_part")
        ),
        sa.CheckConstraint("frequency IN ('once', 'monthly')", name=op.f("ck_donation_intent_frequency")),
        sa.CheckConstraint("status IN ('new', 'open', 'failed')", name=op.f("ck_donation_intent_status")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_donation_intent_campaign_id_campaign")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_donation_intent_endpoint_id_webhook_endpoint")
        ),
        sa.ForeignKeyConstraint(["ref_id"], ["payment_ref.id"], name=op.f("fk_donation_intent_ref_id_payment_ref")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_donation_intent_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donation_intent")),
        sa.UniqueConstraint("key", name=op.f("uq_donation_intent_key")),
        sa.UniqueConstraint("click", name=op.f("uq_donation_intent_click")),
        sa.UniqueConstraint("ref_id", name=op.f("uq_donation_intent_ref_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_donation_intent_reference")),
    )
    op.create_index(op.f("ix_donation_intent_campaign_id"), "donation_intent", ["campaign_id"], unique=False)
    op.create_index("ix_donation_intent_created_at", "donation_intent", ["created_at"], unique=False)
    op.create_table(
        "used_proof",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_proof")),
    )
    op.create_index(op.f("ix_used_proof_expires_at"), "used_proof", ["expires_at"], unique=False)
