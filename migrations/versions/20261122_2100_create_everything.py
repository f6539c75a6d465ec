"""Creates every table, with the guards that make the ledger and the audit trail append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_2100"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("ledger_entry", "audit_entry")


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=True),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'live', 'paused', 'ended', 'archived')",
            name=op.f("ck_campaign_status"),
        ),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_campaign_currency")),
        sa.CheckConstraint("length(slug) BETWEEN 1 AND 64", name=op.f("ck_campaign_slug_length")),
        sa.CheckConstraint(
            "starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at",
            name=op.f("ck_campaign_starts_before_it_ends"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaign_slug")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("secret_check", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("mode IN ('demo', 'test', 'live')", name=op.f("ck_installation_mode")),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_message_key")),
    )
    op.create_index(
        "ix_outbox_message_due",
        "outbox_message",
        ["delivered_at", "due_at"],
        unique=False,
    )
    op.create_table(
        "payment_ref",
        sa.Column("id", ID, nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_ref")),
        sa.UniqueConstraint("provider", "scope", "ref", name=op.f("uq_payment_ref_provider_scope_ref")),
    )
    op.create_table(
        "sandbox_payment",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("campaign_slug", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("show_name", sa.Boolean(), nullable=False),
        sa.Column("refunds", sa.JSON(), nullable=False),
        sa.Column("disputes", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_payment")),
        sa.UniqueConstraint("key", name=op.f("uq_sandbox_payment_key")),
    )
    op.create_table(
        "staff",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.CheckConstraint("role IN ('viewer', 'editor', 'admin')", name=op.f("ck_staff_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("thing", sa.String(length=32), nullable=False),
        sa.Column("thing_id", ID, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("detail_sha256", sa.String(length=64), nullable=False),
        sa.Column("acted_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_audit_entry_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_thing", "audit_entry", ["thing", "thing_id"], unique=False)
    op.create_table(
        "campaign_alias",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_campaign_alias_campaign_id_campaign"),
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_campaign_alias")),
    )
    op.create_index(
        op.f("ix_campaign_alias_campaign_id"),
        "campaign_alias",
        ["campaign_id"],
        unique=False,
    )
    op.create_table(
        "campaign_schedule",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("effective_at", INSTANT, nullable=True),
        sa.Column("repeat", sa.String(length=9), nullable=False),
        sa.Column("first_month", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "repeat IN ('none', 'weekly', 'monthly', 'quarterly', 'yearly')",
            name=op.f("ck_campaign_schedule_repeat"),
        ),
        sa.CheckConstraint("first_day BETWEEN 1 AND 31", name=op.f("ck_campaign_schedule_first_day")),
        sa.CheckConstraint(
            "first_month BETWEEN 1 AND 12",
            name=op.f("ck_campaign_schedule_first_month"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_campaign_schedule_campaign_id_campaign"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_schedule")),
    )
    op.create_index(
        op.f("ix_campaign_schedule_campaign_id"),
        "campaign_schedule",
        ["campaign_id"],
        unique=False,
    )
    op.create_table(
        "home_hint",
        sa.Column("id", ID, nullable=False),
        sa.Column("ref_id", ID, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("campaign_slug", sa.Text(), nullable=False),
        sa.Column("stated_at", INSTANT, nullable=False),
        sa.Column("evidence_kind", sa.String(length=8), nullable=False),
        sa.Column("evidence_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("rank BETWEEN 1 AND 5", name=op.f("ck_home_hint_rank")),
        sa.ForeignKeyConstraint(["ref_id"], ["payment_ref.id"], name=op.f("fk_home_hint_ref_id_payment_ref")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_hint")),
        sa.UniqueConstraint(
            "ref_id",
            "rank",
            "campaign_slug",
            name=op.f("uq_home_hint_ref_id_rank_campaign_slug"),
        ),
    )
    op.create_table(
        "milestone",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_milestone_amount_positive")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_milestone_campaign_id_campaign"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
    )
    op.create_index(op.f("ix_milestone_campaign_id"), "milestone", ["campaign_id"], unique=False)
    op.create_index(
        "uq_milestone_present",
        "milestone",
        ["campaign_id", "amount_minor"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
        sqlite_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "payment_donor",
        sa.Column("ref_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("show_name", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ref_id"],
            ["payment_ref.id"],
            name=op.f("fk_payment_donor_ref_id_payment_ref"),
        ),
        sa.PrimaryKeyConstraint("ref_id", name=op.f("pk_payment_donor")),
    )
    op.create_table(
        "payment_link",
        sa.Column("child_id", ID, nullable=False),
        sa.Column("parent_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"],
            ["payment_ref.id"],
            name=op.f("fk_payment_link_child_id_payment_ref"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["payment_ref.id"],
            name=op.f("fk_payment_link_parent_id_payment_ref"),
        ),
        sa.PrimaryKeyConstraint("child_id", "parent_id", name=op.f("pk_payment_link")),
    )
    op.create_index(op.f("ix_payment_link_parent_id"), "payment_link", ["parent_id"], unique=False)
    op.create_table(
        "period",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("opening", sa.String(length=32), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=True),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at",
            name=op.f("ck_period_starts_before_it_ends"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_period_campaign_id_campaign"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period")),
        sa.UniqueConstraint("campaign_id", "opening", name=op.f("uq_period_campaign_id_opening")),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_staff_session_token_sha256")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)
    op.create_table(
        "way_to_give",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_way_to_give_campaign_id_campaign"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_way_to_give")),
    )
    op.create_index(op.f("ix_way_to_give_campaign_id"), "way_to_give", ["campaign_id"], unique=False)
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", ID, nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_event_at", INSTANT, nullable=True),
        sa.Column("other_mode_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_webhook_endpoint_campaign_id_campaign"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
        sa.UniqueConstraint("provider", "name", name=op.f("uq_webhook_endpoint_provider_name")),
    )
    op.create_table(
        "donation",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("ref_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("period_id", ID, nullable=True),
        sa.Column("home_rank", sa.Integer(), nullable=True),
        sa.Column("unassigned_reason", sa.String(length=32), nullable=True),
        sa.Column("transfer_count", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("counted_minor", sa.BigInteger(), nullable=False),
        sa.Column("pending_minor", sa.BigInteger(), nullable=False),
        sa.Column("pending_stated_minor", sa.BigInteger(), nullable=False),
        sa.Column("pending_over", sa.Boolean(), nullable=False),
        sa.Column("counted_currency", sa.String(length=3), nullable=True),
        sa.Column("rate", sa.String(length=40), nullable=True),
        sa.Column("rate_source", sa.String(length=64), nullable=True),
        sa.Column("rate_on", sa.Date(), nullable=True),
        sa.Column("occurred_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("donor_name", sa.Text(), nullable=True),
        sa.Column("donor_email", sa.Text(), nullable=True),
        sa.Column("donor_message", sa.Text(), nullable=True),
        sa.Column("donor_hash", sa.String(length=64), nullable=True),
        sa.Column("show_name", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(campaign_id IS NULL) = (period_id IS NULL)",
            name=op.f("ck_donation_home_has_a_period"),
        ),
        sa.CheckConstraint(
            "amount_minor IS NOT NULL OR counted_minor = 0",
            name=op.f("ck_donation_counts_only_with_its_money"),
        ),
        sa.CheckConstraint("counted_minor >= 0", name=op.f("ck_donation_counted_not_negative")),
        sa.CheckConstraint("pending_minor >= 0", name=op.f("ck_donation_pending_not_negative")),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_donation_campaign_id_campaign"),
        ),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_donation_period_id_period")),
        sa.ForeignKeyConstraint(["ref_id"], ["payment_ref.id"], name=op.f("fk_donation_ref_id_payment_ref")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donation")),
        sa.UniqueConstraint("key", name=op.f("uq_donation_key")),
        sa.UniqueConstraint("ref_id", name=op.f("uq_donation_ref_id")),
    )
    op.create_index(
        "ix_donation_campaign_occurred",
        "donation",
        ["campaign_id", "occurred_at"],
        unique=False,
    )
    op.create_index(op.f("ix_donation_created_at"), "donation", ["created_at"], unique=False)
    op.create_index("ix_donation_occurred_at_id", "donation", ["occurred_at", "id"], unique=False)
    op.create_index(
        "ix_donation_period_occurred",
        "donation",
        ["period_id", "occurred_at"],
        unique=False,
    )
    op.create_table(
        "endpoint_secret",
        sa.Column("id", ID, nullable=False),
        sa.Column("endpoint_id", ID, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoint.id"],
            name=op.f("fk_endpoint_secret_endpoint_id_webhook_endpoint"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint_secret")),
    )
    op.create_index(
        op.f("ix_endpoint_secret_endpoint_id"),
        "endpoint_secret",
        ["endpoint_id"],
        unique=False,
    )
    op.create_table(
        "milestone_reached",
        sa.Column("period_id", ID, nullable=False),
        sa.Column("milestone_id", ID, nullable=False),
        sa.Column("reached_at", INSTANT, nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["milestone_id"],
            ["milestone.id"],
            name=op.f("fk_milestone_reached_milestone_id_milestone"),
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["period.id"],
            name=op.f("fk_milestone_reached_period_id_period"),
        ),
        sa.PrimaryKeyConstraint("period_id", "milestone_id", name=op.f("pk_milestone_reached")),
    )
    op.create_table(
        "period_donor",
        sa.Column("period_id", ID, nullable=False),
        sa.Column("donor_hash", sa.String(length=64), nullable=False),
        sa.Column("donation_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("donation_count >= 0", name=op.f("ck_period_donor_count_not_negative")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_period_donor_period_id_period")),
        sa.PrimaryKeyConstraint("period_id", "donor_hash", name=op.f("pk_period_donor")),
    )
    op.create_table(
        "period_total",
        sa.Column("period_id", ID, nullable=False),
        sa.Column("raised_minor", sa.BigInteger(), nullable=False),
        sa.Column("pending_minor", sa.BigInteger(), nullable=False),
        sa.Column("matched_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("donation_count", sa.Integer(), nullable=False),
        sa.Column("donor_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "donation_count >= 0 AND donor_count >= 0",
            name=op.f("ck_period_total_counts_not_negative"),
        ),
        sa.CheckConstraint("pending_minor >= 0", name=op.f("ck_period_total_pending_not_negative")),
        sa.CheckConstraint("raised_minor >= 0", name=op.f("ck_period_total_raised_not_negative")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_period_total_period_id_period")),
        sa.PrimaryKeyConstraint("period_id", name=op.f("pk_period_total")),
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("endpoint_id", ID, nullable=False),
        sa.Column("remote_id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=9), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=True),
        sa.Column("processed_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "status IN ('received', 'waiting', 'processed', 'ignored', 'failed')",
            name=op.f("ck_webhook_event_status"),
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoint.id"],
            name=op.f("fk_webhook_event_endpoint_id_webhook_endpoint"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_event")),
        sa.UniqueConstraint(
            "endpoint_id",
            "remote_id",
            name=op.f("uq_webhook_event_endpoint_id_remote_id"),
        ),
    )
    op.create_index("ix_webhook_event_received_at", "webhook_event", ["received_at"], unique=False)
    op.create_index("ix_webhook_event_status_id", "webhook_event", ["status", "id"], unique=False)
    op.create_index(
        "ix_webhook_event_status_due",
        "webhook_event",
        ["status", "due_at"],
        unique=False,
    )
    op.create_table(
        "attention",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("donation_id", ID, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["donation_id"],
            ["donation.id"],
            name=op.f("fk_attention_donation_id_donation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attention")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_attention_kind_subject")),
    )
    op.create_index("ix_attention_resolved_at", "attention", ["resolved_at"], unique=False)
    op.create_table(
        "event_effect",
        sa.Column("event_id", ID, nullable=False),
        sa.Column("donation_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["donation_id"],
            ["donation.id"],
            name=op.f("fk_event_effect_donation_id_donation"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["webhook_event.id"],
            name=op.f("fk_event_effect_event_id_webhook_event"),
        ),
        sa.PrimaryKeyConstraint("event_id", "donation_id", name=op.f("pk_event_effect")),
    )
    op.create_index(
        op.f("ix_event_effect_donation_id"),
        "event_effect",
        ["donation_id"],
        unique=False,
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("donation_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("period_id", ID, nullable=True),
        sa.Column("counted_currency", sa.String(length=3), nullable=True),
        sa.Column("rate", sa.String(length=40), nullable=True),
        sa.Column("rate_source", sa.String(length=64), nullable=True),
        sa.Column("rate_on", sa.Date(), nullable=True),
        sa.Column("corrects_id", ID, nullable=True),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
        sa.Column("evidence_kind", sa.String(length=8), nullable=False),
        sa.Column("evidence_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence_sha256", sa.String(length=64), nullable=False),
        sa.Column("entry_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "amount_minor <> 0 OR kind = 'transfer'",
            name=op.f("ck_ledger_entry_amount_not_zero"),
        ),
        sa.CheckConstraint(
            "evidence_kind IN ('event', 'lookup', 'import', 'staff')",
            name=op.f("ck_ledger_entry_evidence_kind"),
        ),
        sa.CheckConstraint(
            "kind IN ('donation', 'refund', 'refund_failed', 'dispute', 'dispute_reversal', 'transfer', 'adjustment', 'match', 'fee')",
            name=op.f("ck_ledger_entry_kind"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('donation', 'match', 'refund_failed', 'dispute_reversal') OR amount_minor > 0",
            name=op.f("ck_ledger_entry_incoming_is_positive"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('refund', 'dispute') OR amount_minor < 0",
            name=op.f("ck_ledger_entry_outgoing_is_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_ledger_entry_campaign_id_campaign"),
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["ledger_entry.id"],
            name=op.f("fk_ledger_entry_corrects_id_ledger_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["donation_id"],
            ["donation.id"],
            name=op.f("fk_ledger_entry_donation_id_donation"),
        ),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_ledger_entry_period_id_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("provider", "scope", "key", name=op.f("uq_ledger_entry_provider_scope_key")),
    )
    op.create_index("ix_ledger_entry_donation_id", "ledger_entry", ["donation_id"], unique=False)
    op.create_index("ix_ledger_entry_period_id", "ledger_entry", ["period_id"], unique=False)
    for table in APPEND_ONLY:
        _guard(table)


def _guard(table: str) -> None:
    """Refuses UPDATE and DELETE of `table`, and TRUNCATE where there is one.

    SQLite's `INSERT OR REPLACE` deletes the old row first; its trigger sees that only with `recursive_triggers` on,
    which `campaigns.db` sets on every connection and `tidemark db check` verifies.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"""
            CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$""")
        op.execute(f"""
            CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_refuse()""")
        op.execute(f"""
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()""")
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(f"""
            CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""")
