"""Staff's routing rules: trying one out on what has arrived, switching it on, ending it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.errors import Conflict, Invalid
from campaigns.ledger import naming, posting, refs, routing
from campaigns.ledger.models import Donation, PaymentRef, PaymentTrait, RoutingRule
from campaigns.ledger.routing import Fact, Payment, Rule
from campaigns.ledger.statement import Evidence
from campaigns.providers.contract import HintRank

TRIED_MAX = 5_000  # of the newest payments a rule is tried on at once
SHOWN_MAX = 10
RULES_MAX = 500
SLICE = 500  # ids in one question
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # before any payment that can be told of
# How facts are called in the console; others are shown by their own name.
FACTS = {
    "tier": "Tier (number)",
    "tier_name": "Tier (name)",
    "product": "Product",
    "price": "Price",
    "payment_link": "Payment link",
    "plan": "Plan",
    "type": "Kind of payment",
    "account": "Account at the service",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """A rule as staff ask for it. `since` None: for everything that ever came."""

    campaign: Campaign
    provider: str | None
    conditions: tuple[Fact, ...]
    amount_min_minor: int | None
    amount_max_minor: int | None
    since: datetime | None


@dataclass(slots=True)
class Trial:
    """What a rule would do: donations that wait and would find a home, those that would move, those that stay.

    `stays` are those that it fits and that something stronger places: by the rank of that, how many.
    """

    found: list[Donation] = field(default_factory=list)
    moved: list[Donation] = field(default_factory=list)
    stays: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    is_cut: bool = False

    @property
    def minor(self) -> int:
        """What would count in its campaign and does not yet, in minor units of that campaign's currency."""
        return sum(max(0, donation.net_minor) for donation in (*self.found, *self.moved) if donation.amount_minor)


def checked(terms: Terms) -> Terms:
    """`terms`, if they ask for anything at all. Raises Invalid."""
    if not (terms.conditions or terms.provider or terms.amount_min_minor or terms.amount_max_minor):
        raise Invalid("say what the payments have in common: a fact, a service or an amount", "name_1")
    low, high = terms.amount_min_minor, terms.amount_max_minor
    if low is not None and high is not None and low > high:
        raise Invalid("the largest amount is smaller than the smallest", "amount_max")
    return terms


def tried(session: Session, terms: Terms) -> Trial:
    """What `terms` would do to what has arrived. Changes nothing."""
    rule = routing.of_row(_row(terms, BEGINNING), terms.campaign.slug, terms.campaign.currency)
    rules = routing.ordered([*routing.rules(session), rule])
    trial = Trial()
    candidates = _candidates(session, rule)
    trial.is_cut = len(candidates) > TRIED_MAX
    payments = payments_of(session, candidates[:TRIED_MAX])
    for donation in candidates[:TRIED_MAX]:
        if routing.choose(rules, payments[donation.id]) is not rule:
            continue
        if donation.home_rank is not None and donation.home_rank < HintRank.RULE:
            trial.stays[donation.home_rank] += 1
        elif donation.campaign_id is None:
            trial.found.append(donation)
        elif donation.campaign_id != terms.campaign.id:
            trial.moved.append(donation)
    return trial


def switch_on(session: Session, terms: Terms, *, now: datetime) -> RoutingRule:
    """The rule, from now on asked about every payment. Raises Conflict for one too many, or one that is there.

    While it is being made nobody posts, so that no payment slips between it and `apply`. The caller commits.
    """
    naming.change(session)
    running = [rule for rule in routing.rules(session) if rule.until is None]
    if len(running) >= RULES_MAX:
        raise Conflict(f"there are {RULES_MAX} rules already; end some first")
    row = _row(terms, now)
    said = routing.of_row(row, terms.campaign.slug, terms.campaign.currency)
    if any(one.asks == said.asks for one in running):
        raise Conflict("there is a rule for the same payments already; end it first")
    session.add(row)
    session.flush()
    return row


def apply(session: Session, terms: Terms, *, evidence: Evidence, now: datetime, secret_key: str) -> tuple[int, int]:
    """Brings home what a rule just switched on places: (how many waited, how many moved)."""
    trial = tried(session, terms)
    ids = [donation.id for donation in (*trial.found, *trial.moved)]
    posting.find_homes(session, ids, evidence=evidence, now=now, secret_key=secret_key)
    return len(trial.found), len(trial.moved)


def end(session: Session, row: RoutingRule, *, now: datetime) -> None:
    """From now on it places nothing; what it has placed stays. Raises Conflict where it has ended."""
    naming.change(session)
    session.refresh(row)
    if row.until is not None:
        raise Conflict("this rule has ended already")
    row.until = max(now, row.since)
    session.flush()


def payments_of(session: Session, donations: Sequence[Donation]) -> dict[int, Payment]:
    """What rules are asked about each of `donations`, by its id."""
    links = refs.around(session, [donation.ref_id for donation in donations])
    away = {donation.id: set(links.upward(donation.ref_id)) for donation in donations}
    facts: dict[int, set[Fact]] = defaultdict(set)
    wanted = sorted({ref_id for one in away.values() for ref_id in one})
    for start in range(0, len(wanted), SLICE):
        rows = select(PaymentTrait).where(PaymentTrait.ref_id.in_(wanted[start : start + SLICE]))
        for trait in session.scalars(rows):
            facts[trait.ref_id].add((trait.name, trait.value))
    return {
        donation.id: Payment(
            provider=donation.ref.provider,
            currency=donation.currency,
            amount_minor=donation.amount_minor or donation.pending_stated_minor or None,
            occurred_at=donation.occurred_at,
            facts={fact for ref_id in away[donation.id] for fact in facts.get(ref_id, ())},
        )
        for donation in donations
    }


def facts_of(session: Session, donation: Donation) -> list[Fact]:
    """The facts of one donation, those that rules are mostly made of first."""
    order = list(FACTS)
    found = payments_of(session, [donation])[donation.id].facts
    return sorted(found, key=lambda fact: (order.index(fact[0]) if fact[0] in order else len(order), fact))


def names(session: Session) -> list[str]:
    """The names of facts that were ever told, beside those that are known."""
    told = session.scalars(select(PaymentTrait.name).distinct().order_by(PaymentTrait.name).limit(200))
    return list(dict.fromkeys([*FACTS, *told]))


def listed(session: Session) -> list[tuple[RoutingRule, Campaign]]:
    """Every rule with its campaign: those that run first, the newest first."""
    rows = select(RoutingRule, Campaign).join(Campaign).order_by(RoutingRule.until.is_not(None), RoutingRule.id.desc())
    return [(row, campaign) for row, campaign in session.execute(rows)]


def placed(session: Session) -> Mapping[int, int]:
    """How many donations each rule has placed, by its id."""
    rules = routing.rules(session)
    by_rule = select(Donation).where(Donation.home_rank == int(HintRank.RULE)).order_by(Donation.id.desc())
    donations = list(session.scalars(by_rule.limit(TRIED_MAX)))
    counts: dict[int, int] = defaultdict(int)
    for payment in payments_of(session, donations).values():
        rule = routing.choose(rules, payment)
        if rule is not None:
            counts[rule.id] += 1
    return counts


def _candidates(session: Session, rule: Rule) -> list[Donation]:
    """Donations that the rule may fit, the newest first; one more than are tried where there are more."""
    wanted = select(Donation).join(PaymentRef, PaymentRef.id == Donation.ref_id)
    wanted = wanted.where(Donation.occurred_at >= rule.since, Donation.currency == rule.currency)
    if rule.provider is not None:
        wanted = wanted.where(PaymentRef.provider == rule.provider)
    if rule.conditions:
        below = refs.downward(session, _named(session, rule.conditions))
        wanted = wanted.where(Donation.ref_id.in_(sorted(below)[-TRIED_MAX - 1 :]))
    return list(session.scalars(wanted.order_by(Donation.occurred_at.desc()).limit(TRIED_MAX + 1)))


def _named(session: Session, conditions: Iterable[Fact]) -> list[int]:
    """The refs of which the rarest of the facts was told."""
    rarest: list[int] | None = None
    for name, value in conditions:
        same = select(PaymentTrait.ref_id).where(PaymentTrait.name == name, PaymentTrait.value == value)
        found = list(session.scalars(same.order_by(PaymentTrait.ref_id.desc()).limit(TRIED_MAX + 1)))
        rarest = found if rarest is None or len(found) < len(rarest) else rarest
    return rarest or []


def _row(terms: Terms, now: datetime) -> RoutingRule:
    return RoutingRule(
        campaign_id=terms.campaign.id,
        provider=terms.provider,
        conditions=[[name, value] for name, value in terms.conditions],
        amount_min_minor=terms.amount_min_minor,
        amount_max_minor=terms.amount_max_minor,
        since=terms.since or BEGINNING,
        until=None,
        created_at=now,
    )
