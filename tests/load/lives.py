"""Random payments: all that Stripe sends about each, and what it must come to, added up from what was decided here.

The expectation never looks at a message: it is kept while the payments are thought up.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

from tests.bed.stripe_events import Json, charge, checkout, dispute, event, intent, refund

CAMPAIGNS = ("newsroom", "roof")
DUPLICATES = 0.3  # of all deliveries, about


@dataclass
class Expected:
    """What the ledger must say: by campaign the raised sum, its donations and its people; by payment its net."""

    raised: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))
    donations: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))
    people: dict[str | None, set[str]] = field(default_factory=lambda: defaultdict(set))
    nets: dict[str, int] = field(default_factory=dict)


@dataclass
class Lives:
    """`deliveries` about as many as asked for, shuffled and with duplicates; `expected` of them all."""

    deliveries: list[Json]
    expected: Expected


def lives(count: int, *, seed: int, created: int) -> Lives:
    """Payments until there are `count` deliveries."""
    chance = random.Random(seed)
    expected, deliveries = Expected(), list[Json]()
    number = 0
    while len(deliveries) < count:
        number += 1
        told = _life(f"{seed}x{number}", chance, created, expected)
        deliveries += told
        deliveries += [one for one in told if chance.random() < DUPLICATES / (1 - DUPLICATES)]
    chance.shuffle(deliveries)
    return Lives(deliveries, expected)


def _life(name: str, chance: random.Random, created: int, expected: Expected) -> list[Json]:
    """One payment: where its campaign is named, and what was given back of it."""
    amount, person = chance.randrange(300, 90_000), f"donor{chance.randrange(400)}@example.org"
    campaign = chance.choice((*CAMPAIGNS, *CAMPAIGNS, None))
    charge_id = f"ch_{name}"
    told = _named_by(
        chance.choice(("charge", "intent", "session", "subscription")), charge_id, amount, campaign, person, created
    )
    back, reversals = _reversals(chance, name, charge_id, amount, created)
    net = amount - back
    expected.nets[charge_id] = net
    if net > 0:
        expected.raised[campaign] += net
        expected.donations[campaign] += 1
        expected.people[campaign].add(person)
    said = [
        event(kind, thing, created=created, event_id=f"evt_{name}_{n}")
        for n, (kind, thing) in enumerate(told + reversals)
    ]
    twin = event(*told[0], created=created, event_id=f"evt_{name}_twin")
    return [*said, twin] if chance.random() < 0.1 else said


def _named_by(
    who: str, charge_id: str, amount: int, campaign: str | None, person: str, created: int
) -> list[tuple[str, Json]]:
    own = campaign if who == "charge" else None
    paid = charge(charge_id, amount, created=created, campaign=own, email=person)
    told = [("charge.succeeded", paid)]
    if who in ("intent", "session"):
        mine = campaign if who == "intent" else None
        told.append(("payment_intent.succeeded", intent(charge_id, amount, created=created, campaign=mine)))
    if who == "session":
        session = checkout(charge_id, amount, created=created, campaign=campaign)
        session["customer_details"]["email"] = person
        told.append(("checkout.session.completed", session))
    if who == "subscription":
        told += _renewal(charge_id, amount, campaign, created)
    return told


def _renewal(charge_id: str, amount: int, campaign: str | None, created: int) -> list[tuple[str, Json]]:
    """Its invoice is paid by the charge's intent; only the subscription object names the campaign."""
    name = charge_id.split("_", 1)[1]
    subscription = {
        "id": f"sub_{name}",
        "object": "subscription",
        "created": created,
        "latest_invoice": f"in_{name}",
        "livemode": False,
        "metadata": {"campaign": campaign} if campaign else {},
        "status": "active",
    }
    invoice = {
        "id": f"in_{name}",
        "object": "invoice",
        "amount_due": amount,
        "amount_paid": amount,
        "created": created,
        "currency": "usd",
        "livemode": False,
        "metadata": {},
        "parent": {
            "type": "subscription_details",
            "subscription_details": {"metadata": {}, "subscription": f"sub_{name}"},
        },
        "payments": {"object": "list", "data": [_invoice_payment(name, amount)], "has_more": False},
        "status": "paid",
    }
    return [("customer.subscription.created", subscription), ("invoice.paid", invoice)]


def _invoice_payment(name: str, amount: int) -> Json:
    return {
        "id": f"inpay_{name}",
        "object": "invoice_payment",
        "amount_paid": amount,
        "invoice": f"in_{name}",
        "payment": {"type": "payment_intent", "payment_intent": f"pi_{name}"},
        "status": "paid",
    }


def _reversals(
    chance: random.Random, name: str, charge_id: str, amount: int, created: int
) -> tuple[int, list[tuple[str, Json]]]:
    """(what stays taken back, the messages): nothing, refunds of which one may fail, or a dispute lost or won."""
    what = chance.choice(("nothing", "nothing", "part", "all", "failed", "lost", "won"))
    if what in ("part", "all"):
        parts = [amount] if what == "all" else [amount // 3, amount // 5]
        told = [
            ("refund.created", refund(f"re_{name}_{n}", charge_id, part, created=created))
            for n, part in enumerate(parts)
        ]
        return sum(parts), told
    if what == "failed":
        pending = refund(f"re_{name}", charge_id, amount // 2, created=created, status="pending")
        failed = refund(f"re_{name}", charge_id, amount // 2, created=created, status="failed")
        return 0, [("refund.created", pending), ("refund.failed", failed)]
    if what in ("lost", "won"):
        taken = {f"txn_{name}_out": -amount}
        returned = {f"txn_{name}_in": amount} if what == "won" else {}
        opened = dispute(f"dp_{name}", charge_id, amount, "needs_response", taken, created=created)
        closed = dispute(f"dp_{name}", charge_id, amount, what, taken | returned, created=created)
        return 0 if what == "won" else amount, [("charge.dispute.created", opened), ("charge.dispute.closed", closed)]
    return 0, []
