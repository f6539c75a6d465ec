"""Donations, their immutable entries, and the cached totals of each period.

Three guards hold what must never be false: unique keys, checks, and triggers that refuse UPDATE, DELETE and
TRUNCATE of entries on both databases (see `migrations/`).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.db import Base, Id, UtcDateTime

KINDS = (
    "donation",
    "refund",
    "refund_failed",
    "dispute",
    "dispute_reversal",
    "transfer",
    "adjustment",
    "match",
    "fee",
)
_KINDS_SQL = ", ".join(f"'{kind}'" for kind in KINDS)


class PaymentRef(Base):
    """A provider's object that speaks of a payment: a charge, an intent, a session, a subscription.

    Its row is also the lock under which hints and money about it meet.
    """

    __tablename__ = "payment_ref"
    __table_args__ = (UniqueConstraint("provider", "scope", "ref"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(String(32))
    scope: Mapped[str] = mapped_column(String(64), default="")
    ref: Mapped[str] = mapped_column(String(255))


class PaymentLink(Base):
    """Hints about `parent` are hints about `child` too: charge → intent → session or invoice → subscription."""

    __tablename__ = "payment_link"

    child_id: Mapped[int] = mapped_column(ForeignKey("payment_ref.id"), primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("payment_ref.id"), primary_key=True, index=True)


class HomeHint(Base):
    """Something said about the campaign of a payment, with the rank of who said it (1 is the strongest)."""

    __tablename__ = "home_hint"
    __table_args__ = (
        UniqueConstraint("ref_id", "rank", "campaign_slug"),
        CheckConstraint("rank BETWEEN 1 AND 5", name="rank"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ref_id: Mapped[int] = mapped_column(ForeignKey("payment_ref.id"))
    rank: Mapped[int] = mapped_column()
    campaign_slug: Mapped[str] = mapped_column(Text)
    stated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    evidence_kind: Mapped[str] = mapped_column(String(8))
    evidence_id: Mapped[int] = mapped_column(BigInteger)


class PaymentDonor(Base):
    """Donor details said about an object that is not the payment itself (a session); erasable like the donation's."""

    __tablename__ = "payment_donor"

    ref_id: Mapped[int] = mapped_column(ForeignKey("payment_ref.id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)
    show_name: Mapped[bool] = mapped_column(default=False)
    typed_here: Mapped[bool] = mapped_column(default=False)  # on our own page, by the donor: goes before all else


class PaymentTrait(Base):
    """A fact about a payment, or about what it is linked to, that routing rules go by."""

    __tablename__ = "payment_trait"

    ref_id: Mapped[int] = mapped_column(ForeignKey("payment_ref.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)


class PaymentLevel(Base):
    """How much somebody is known to have given in all, where the service tells nothing but that.

    `level_minor - base_minor` is the sum of the entries that its rises and falls have made. `peak_minor` is the highest
    it ever was. `heard_at` is when it last changed: an answer that was asked for before says nothing against it.
    `confirmed_at` is when the service itself was last asked: a rise that was charged before may have been undone since.
    """

    __tablename__ = "payment_level"

    ref_id: Mapped[int] = mapped_column(ForeignKey("payment_ref.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    level_minor: Mapped[int] = mapped_column(BigInteger)
    base_minor: Mapped[int] = mapped_column(BigInteger)
    peak_minor: Mapped[int] = mapped_column(BigInteger)
    step_count: Mapped[int] = mapped_column(default=0)
    charged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RoutingRule(Base):
    """Staff's rule: payments from `since` on (and before `until`) that fit all its conditions are for a campaign.

    A rule never changes, and where a payment belongs follows from its facts and its own time: so it is the same in
    whatever order all of it is heard. `conditions` are pairs of a fact's name and value, in a list.
    """

    __tablename__ = "routing_rule"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    provider: Mapped[str | None] = mapped_column(String(32))
    conditions: Mapped[list[list[str]]] = mapped_column(JSON)
    amount_min_minor: Mapped[int | None] = mapped_column(BigInteger)
    amount_max_minor: Mapped[int | None] = mapped_column(BigInteger)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Donation(Base):
    """One payment of one donor.

    Money columns are a cache of its entries, moved by `posting` alone. Donor details are erasable; entries hold none.
    `amount_minor` is None until the entry that makes it a donation is there: a refund may arrive first.
    """

    __tablename__ = "donation"
    __table_args__ = (
        CheckConstraint("counted_minor >= 0", name="counted_not_negative"),
        CheckConstraint("pending_minor >= 0", name="pending_not_negative"),
        CheckConstraint("amount_minor IS NOT NULL OR counted_minor = 0", name="counts_only_with_its_money"),
        CheckConstraint("(campaign_id IS NULL) = (period_id IS NULL)", name="home_has_a_period"),
        CheckConstraint("wall_status IN ('shown', 'hidden')", name="wall_status"),
        Index("ix_donation_period_occurred", "period_id", "occurred_at"),
        Index("ix_donation_campaign_occurred", "campaign_id", "occurred_at"),
        Index("ix_donation_occurred_at_id", "occurred_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    ref_id: Mapped[int] = mapped_column(ForeignKey("payment_ref.id"), unique=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    period_id: Mapped[int | None] = mapped_column(ForeignKey("period.id"))
    home_rank: Mapped[int | None] = mapped_column()
    unassigned_reason: Mapped[str | None] = mapped_column(String(32))
    transfer_count: Mapped[int] = mapped_column(default=0)

    currency: Mapped[str | None] = mapped_column(String(3))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    net_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    counted_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    pending_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    pending_stated_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    pending_over: Mapped[bool] = mapped_column(default=False)
    counted_currency: Mapped[str | None] = mapped_column(String(3))
    rate: Mapped[str | None] = mapped_column(String(40))
    rate_source: Mapped[str | None] = mapped_column(String(64))
    rate_on: Mapped[date | None] = mapped_column(Date)

    occurred_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    donor_name: Mapped[str | None] = mapped_column(Text)
    donor_email: Mapped[str | None] = mapped_column(Text)
    donor_message: Mapped[str | None] = mapped_column(Text)
    donor_hash: Mapped[str | None] = mapped_column(String(64))
    show_name: Mapped[bool] = mapped_column(default=False)
    intent_ref_id: Mapped[int | None] = mapped_column(ForeignKey("payment_ref.id"), index=True)
    wall_status: Mapped[str | None] = mapped_column(String(8))  # staff's word on its message: shown, hidden
    wall_decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    ref: Mapped[PaymentRef] = relationship(lazy="joined", foreign_keys=[ref_id])
    entries: Mapped[list[LedgerEntry]] = relationship(
        order_by="LedgerEntry.id", back_populates="donation", viewonly=True
    )


class LedgerEntry(Base):
    """An immutable signed line of a donation. `campaign_id` and `period_id` are its home when it was posted."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("provider", "scope", "key"),
        CheckConstraint(f"kind IN ({_KINDS_SQL})", name="kind"),
        CheckConstraint("amount_minor <> 0 OR kind = 'transfer'", name="amount_not_zero"),
        CheckConstraint(
            "kind NOT IN ('donation', 'match', 'refund_failed', 'dispute_reversal') OR amount_minor > 0",
            name="incoming_is_positive",
        ),
        CheckConstraint("kind NOT IN ('refund', 'dispute') OR amount_minor < 0", name="outgoing_is_negative"),
        CheckConstraint("evidence_kind IN ('event', 'lookup', 'import', 'staff')", name="evidence_kind"),
        Index("ix_ledger_entry_donation_id", "donation_id"),
        Index("ix_ledger_entry_period_id", "period_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(String(32))
    scope: Mapped[str] = mapped_column(String(64), default="")
    key: Mapped[str] = mapped_column(String(255))
    donation_id: Mapped[int] = mapped_column(ForeignKey("donation.id"))
    kind: Mapped[str] = mapped_column(String(16))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    period_id: Mapped[int | None] = mapped_column(ForeignKey("period.id"))
    counted_currency: Mapped[str | None] = mapped_column(String(3))
    rate: Mapped[str | None] = mapped_column(String(40))
    rate_source: Mapped[str | None] = mapped_column(String(64))
    rate_on: Mapped[date | None] = mapped_column(Date)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    evidence_kind: Mapped[str] = mapped_column(String(8))
    evidence_id: Mapped[int] = mapped_column(BigInteger)
    evidence_sha256: Mapped[str] = mapped_column(String(64))
    entry_sha256: Mapped[str] = mapped_column(String(64))

    donation: Mapped[Donation] = relationship(back_populates="entries", viewonly=True)


class PeriodTotal(Base):
    """Cached sums of a period; rebuildable from the entries at any time. `version` grows with every change."""

    __tablename__ = "period_total"
    __table_args__ = (
        CheckConstraint("raised_minor >= 0", name="raised_not_negative"),
        CheckConstraint("pending_minor >= 0", name="pending_not_negative"),
        CheckConstraint("donation_count >= 0 AND donor_count >= 0", name="counts_not_negative"),
    )

    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"), primary_key=True)
    raised_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    pending_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    matched_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    donation_count: Mapped[int] = mapped_column(default=0)
    donor_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PeriodDonor(Base):
    """How many counted donations of a period are one person's; that person is a keyed hash, and stays one."""

    __tablename__ = "period_donor"
    __table_args__ = (CheckConstraint("donation_count >= 0", name="count_not_negative"),)

    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"), primary_key=True)
    donor_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    donation_count: Mapped[int] = mapped_column(default=0)


class MilestoneReached(Base):
    """A milestone was first reached in a period: once, for ever, whatever sinks and rises again."""

    __tablename__ = "milestone_reached"

    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"), primary_key=True)
    milestone_id: Mapped[int] = mapped_column(ForeignKey("milestone.id"), primary_key=True)
    reached_at: Mapped[datetime] = mapped_column(UtcDateTime)
    announced: Mapped[bool] = mapped_column()


class Attention(Base):
    """Something about money that a person should look at. One row for each kind and subject."""

    __tablename__ = "attention"
    __table_args__ = (UniqueConstraint("kind", "subject"), Index("ix_attention_resolved_at", "resolved_at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(300))
    donation_id: Mapped[int | None] = mapped_column(ForeignKey("donation.id"))
    detail: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
