"""Routing rules: staff's standing word on payments that name no campaign.

Whether a rule fits follows from the payment's facts and its own time alone, and a rule never changes: so a payment is
at home in the same campaign in whatever order its facts and the rules are heard of. To change a rule is to end it and
to make another; what it has placed stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.ledger.models import RoutingRule

Fact = tuple[str, str]  # name and value


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is applied. An amount is in ISO minor units of its campaign's currency."""

    id: int
    campaign_slug: str
    currency: str
    provider: str | None
    conditions: tuple[Fact, ...]
    amount_min_minor: int | None
    amount_max_minor: int | None
    since: datetime
    until: datetime | None

    @property
    def weight(self) -> int:
        """How much it asks for: of two that fit, the more particular one decides."""
        beside = (self.provider, self.amount_min_minor, self.amount_max_minor)
        return 2 * len(self.conditions) + sum(one is not None for one in beside)

    @property
    def asks(self) -> tuple[object, ...]:
        """What it asks for: two rules that ask for the same would never both be followed."""
        amounts = (self.amount_min_minor, self.amount_max_minor)
        return (self.provider, frozenset(self.conditions), *amounts, self.currency)


@dataclass(frozen=True, slots=True)
class Payment:
    """What a rule is asked about."""

    provider: str
    currency: str | None
    amount_minor: int | None
    occurred_at: datetime | None
    facts: Collection[Fact]


def rules(session: Session) -> list[Rule]:
    """All rules, ended ones too, in the order in which they are asked."""
    rows = session.execute(select(RoutingRule, Campaign.slug, Campaign.currency).join(Campaign))
    return ordered(of_row(row, slug, currency) for row, slug, currency in rows)


Lazily = Callable[[Session], list[Rule]]


def lazily() -> Lazily:
    """`rules`, asked for once and only where somebody wants to know: most payments name their campaign themselves."""
    kept: list[list[Rule]] = []

    def get(session: Session) -> list[Rule]:
        if not kept:
            kept.append(rules(session))
        return kept[0]

    return get


def ordered(found: Iterable[Rule]) -> list[Rule]:
    """The more particular first, then the older."""
    return sorted(found, key=lambda rule: (-rule.weight, rule.id))


def of_row(row: RoutingRule, slug: str, currency: str) -> Rule:
    """A stored rule."""
    return Rule(
        id=row.id or 0,
        campaign_slug=slug,
        currency=currency,
        provider=row.provider,
        conditions=tuple((name, value) for name, value in row.conditions),
        amount_min_minor=row.amount_min_minor,
        amount_max_minor=row.amount_max_minor,
        since=row.since,
        until=row.until,
    )


def choose(rules: Sequence[Rule], payment: Payment) -> Rule | None:
    """The rule that places `payment`, or None."""
    return next((rule for rule in rules if fits(rule, payment)), None)


def fits(rule: Rule, payment: Payment) -> bool:
    """Whether `rule` is about `payment`. What is not known of the payment fits no condition."""
    at, amount = payment.occurred_at, payment.amount_minor
    if at is None or at < rule.since or (rule.until is not None and at >= rule.until):
        return False
    if rule.currency != payment.currency or rule.provider not in (None, payment.provider):
        return False
    if rule.amount_min_minor is not None and (amount is None or amount < rule.amount_min_minor):
        return False
    if rule.amount_max_minor is not None and (amount is None or amount > rule.amount_max_minor):
        return False
    return all(condition in payment.facts for condition in rule.conditions)
