"""The naive truth: what every number must be, from what the fake Stripe did and nothing it said.

It folds the journal of deeds by the house's rules, in the order in which things happened. No payload, no event, no
database and no code of the product's is used here, so that it cannot share a mistake with what it judges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.stripe.world import Deed, World

MONEY, AROUND = 2, 3  # who named the campaign: the money itself, or the session, invoice or subscription around it
DEFAULT = 5  # the endpoint's default campaign


@dataclass(frozen=True)
class Payment:
    """What one payment must come to. `home` is None where no campaign counts it."""

    amount: int | None
    net: int
    counted: int
    pending: int
    home: str | None


@dataclass(frozen=True)
class Sums:
    """What one period of one campaign must come to."""

    raised: int = 0
    pending: int = 0
    donations: int = 0
    donors: int = 0


@dataclass(frozen=True)
class Truth:
    """Every payment by its charge, and every period by (campaign, its first month as `2026-11`)."""

    payments: dict[str, Payment]
    periods: dict[tuple[str, str], Sums]


@dataclass(frozen=True)
class Rules:
    """What staff have set up: the campaigns' currencies, their zone, and when they opened."""

    currencies: Mapping[str, str]
    timezone: str
    opened_at: int


@dataclass
class _Charge:
    currency: str
    created: int
    default: str | None
    given: int | None = None
    promised: int = 0
    over: bool = False
    moved: int = 0
    refunds: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Saying:
    """A campaign named on `thing` at a moment."""

    thing: str
    campaign: str
    at: int


def truth(
    world: World, rules: Rules, *, givers: Mapping[str, str | None], defaults: Iterable[tuple[int, str | None]]
) -> Truth:
    """What must stand when everything was delivered.

    `givers` says who paid each charge; `defaults` since which journal length which campaign was the endpoint's default.
    """
    charges, sayings = _fold(world.journal, sorted(defaults, key=lambda one: one[0]))
    payments: dict[str, Payment] = {}
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    for charge_id, charge in charges.items():
        home = _home(world, charge_id, charge, sayings, rules)
        paid = _payment(charge, home)
        if paid.amount is None and not paid.net and not paid.pending:
            continue
        payments[charge_id] = paid
        if home is None:
            continue
        period = (home, _month(max(charge.created, rules.opened_at), rules.timezone))
        sums[period][0] += paid.counted
        sums[period][1] += paid.pending
        if paid.counted:
            sums[period][2] += 1
            people[period].add((givers.get(charge_id) or charge_id).strip().lower())
    periods = {key: Sums(r, p, n, len(people[key])) for key, (r, p, n) in sums.items() if r or p or n}
    return Truth(payments, periods)


def most_ever(world: World) -> int:
    """More than any order of deliveries can ever show in one period: everything that was ever given."""
    return sum(deed.amount for deed in world.journal if deed.kind in ("captured", "reinstated", "refund_failed"))


def differences(what: str, must: dict[Any, Any], stands: dict[Any, Any]) -> Iterable[str]:
    """Where the two are not the same, in words."""
    for key in sorted({*must, *stands}, key=str):
        if must.get(key) != stands.get(key):
            yield f"{what} {key}: stands {stands.get(key)}, must be {must.get(key)}"


def _fold(journal: Iterable[Deed], defaults: list[tuple[int, str | None]]) -> tuple[dict[str, _Charge], list[_Saying]]:
    charges: dict[str, _Charge] = {}
    sayings: list[_Saying] = []
    for position, deed in enumerate(journal):
        named_on = deed.thing if deed.kind == "labelled" else deed.charge
        if deed.kind == "labelled" and (deed.thing or "").startswith("cs_"):
            sayings = [one for one in sayings if one.thing != deed.thing]  # a session speaks once: when it is over
        if deed.campaign and named_on:
            sayings.append(_Saying(named_on, deed.campaign, deed.at))
        if deed.charge is None:
            continue
        if deed.charge not in charges:
            default = [campaign for since, campaign in defaults if since <= position]
            charges[deed.charge] = _Charge(deed.currency.upper(), deed.at, default[-1] if default else None)
        _apply(charges[deed.charge], deed)
    return charges, sayings


def _apply(charge: _Charge, deed: Deed) -> None:
    thing = deed.thing or ""
    match deed.kind:
        case "authorised" | "pending":
            charge.promised = deed.amount
        case "captured":
            charge.given = deed.amount
        case "failed" | "released":
            charge.over = True
        case "bounced" | "withdrawn":
            charge.moved -= deed.amount
        case "reinstated":
            charge.moved += deed.amount
        case "refund":
            charge.refunds[thing] = deed.amount
        case "refund_failed" | "refund_cancelled":
            charge.refunds[thing] = 0


def _payment(charge: _Charge, home: str | None) -> Payment:
    net = (charge.given or 0) - sum(charge.refunds.values()) + charge.moved
    counts = home is not None and charge.given is not None
    waits = charge.given is None and not charge.over
    return Payment(
        amount=charge.given,
        net=net,
        counted=max(0, net) if counts else 0,
        pending=charge.promised if waits else 0,
        home=home,
    )


def _home(world: World, charge_id: str, charge: _Charge, sayings: list[_Saying], rules: Rules) -> str | None:
    """The strongest word about the payment: by rank, then by nearness to the money, then the latest."""
    near = _nearness(world, charge_id)
    said = [(*near[one.thing], -one.at, one.campaign) for one in sayings if one.thing in near]
    named = min(said)[-1] if said else charge.default
    if named is None or rules.currencies.get(named) != charge.currency:
        return None
    return named


def _nearness(world: World, charge_id: str) -> dict[str, tuple[int, int]]:
    """Everything that may name the campaign of a charge: thing → (rank, how far from the money)."""
    near = {charge_id: (MONEY, 0)}
    intent, invoice = world.intent_of(charge_id), world.invoice_of(charge_id)
    subscription, session = world.subscription_of(charge_id), world.session_of(charge_id)
    if intent:
        near[intent] = (MONEY, 1)
    if invoice:
        near[invoice] = (AROUND, 2)
    if subscription:
        near[subscription] = (AROUND, 3)
    if session:
        near[session] = (AROUND, 4 if subscription else 2)
    return near


def _month(at: int, timezone: str) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(timezone)).strftime("%Y-%m")
