"""Every order of short lives: each permutation of a life's events, walked as a tree of copied pages.

A branch is a set of events processed in one order; all orders that begin alike share it, so 720 orders of six events
cost 1,956 steps. All events are stored first, since only the order of processing can matter to money.

Where a life has more events than are permuted, the latest are, and the rest come before them all, or after, in the
order in which they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from tests.fakes.stripe.world import StripeError, World
from tests.model import oracle
from tests.model.installation import CURRENCIES, ENDPOINTS, OPENED_AT, ZONE
from tests.model.play import Mismatch
from tests.model.search import Stage

Act = Callable[[World, str], object]

SILENT = (
    "payment_intent.created",
    "payment_intent.amount_capturable_updated",
    "invoice.created",
    "invoice.finalized",
    "invoice.payment_succeeded",
    "charge.refund.updated",
)  # say nothing that another event of the same deed does not
LATER = timedelta(hours=5)

BEGINNINGS: dict[str, Callable[[World], str]] = {
    "card": lambda w: w.pay(amount=5_000, campaign="newsroom"),
    "debit": lambda w: w.pay(amount=5_000, campaign="newsroom", method="debit"),
    "held": lambda w: w.pay(amount=5_000, campaign="newsroom", capture="manual"),
    "session": lambda w: _completed(w, label="session"),
    "delayed session": lambda w: _completed(w, label="session", method="debit"),
    "monthly": lambda w: _completed(w, label="intent", mode="subscription"),
}
ACTS: dict[str, Act] = {
    "settle": lambda w, c: w.settle(c),
    "fail": lambda w, c: w.fail(c),
    "bounce": lambda w, c: w.bounce(c),
    "capture": lambda w, c: w.capture(c),
    "capture part": lambda w, c: w.capture(c, 2_000),
    "release": lambda w, c: w.release(c),
    "refund": lambda w, c: w.refund(c),
    "refund part": lambda w, c: w.refund(c, 1_500),
    "refund slowly": lambda w, c: w.refund(c, 1_500, status="pending"),
    "settle refund": lambda w, c: w.settle_refund(_latest(w, "refund")),
    "fail refund": lambda w, c: w.fail_refund(_latest(w, "refund")),
    "cancel refund": lambda w, c: w.cancel_refund(_latest(w, "refund")),
    "dispute": lambda w, c: w.dispute(c),
    "dispute more": lambda w, c: w.dispute(c, 5_100),
    "dispute lost": lambda w, c: w.dispute(c, already_lost=True),
    "inquire": lambda w, c: w.dispute(c, inquiry=True),
    "escalate": lambda w, c: w.escalate(_latest(w, "dispute")),
    "win": lambda w, c: w.win(_latest(w, "dispute")),
    "lose": lambda w, c: w.lose(_latest(w, "dispute")),
    "reinstate part": lambda w, c: w.reinstate(_latest(w, "dispute"), 500),
    "renew": lambda w, c: w.renew(_latest(w, "subscription")),
    "label": lambda w, c: w.label(c, "roof"),
}


@dataclass(frozen=True)
class Life:
    """A beginning and what came after it, with the World in which it was lived."""

    name: str
    world: World = field(compare=False)


def lives(depth: int) -> Iterator[Life]:
    """Every beginning followed by every sequence of up to `depth` acts that Stripe allows."""
    for beginning in BEGINNINGS:
        for length in range(depth + 1):
            for acts in product(ACTS, repeat=length):
                lived = _live(beginning, acts)
                if lived is not None:
                    yield Life(" > ".join([beginning, *acts]), lived)


def every_order(stage: Stage, life: Life, *, width: int, rest_first: bool = True) -> tuple[int, int]:
    """Processes the life's events in every order of up to `width` of them. Returns (orders, steps); raises Mismatch."""
    rest, permuted = _split(life.world.events, width)
    before, after = (rest, []) if rest_first else ([], rest)
    walk = _Walk(stage, life, after)
    now = walk.now
    for event in before:
        walk.installation.process(walk.stored[event["id"]], now)
    walk.visit([event["id"] for event in permuted], ())
    return walk.orders, walk.steps


class _Walk:
    """A depth-first walk over all orders; every node begins from its own copy of the database."""

    def __init__(self, stage: Stage, life: Life, after: Sequence[dict[str, Any]]) -> None:
        self.installation = stage.installation()
        self.now = datetime.fromtimestamp(life.world.now + 60, UTC)
        self.stored = {
            event["id"]: self.installation.receive(event, ENDPOINTS[0], self.now) for event in life.world.events
        }
        self.orders = self.steps = 0
        self._stage = stage
        self._life = life
        self._after = [event["id"] for event in after]
        rules = oracle.Rules(CURRENCIES, ZONE, OPENED_AT)
        self._truth = oracle.truth(life.world, rules, givers=_givers(life.world), defaults=[(0, None)])

    def visit(self, left: Sequence[str], path: tuple[str, ...]) -> None:
        """Every order of `left` after `path`."""
        if not left:
            self._end(path)
            return
        pages = self._stage.memory.pages()
        for event_id in left:
            self._stage.memory.restore(pages)
            self.steps += 1
            self.installation.process(self.stored[event_id], self.now)
            self.visit([one for one in left if one != event_id], (*path, event_id))

    def _end(self, path: tuple[str, ...]) -> None:
        self.orders += 1
        for event_id in self._after:
            self.installation.process(self.stored[event_id], self.now)
        later = self.now + LATER
        while self.installation.drain(later).keys() & {"processed", "unassigned"}:
            later += LATER
        stands = self.installation.standing()
        wrong = [
            *oracle.differences("payment", self._truth.payments, stands.payments),
            *oracle.differences("period", self._truth.periods, stands.periods),
            *self.installation.stuck(()),
        ]
        if self.orders % FULLY_CHECKED == 1:
            wrong += self.installation.findings()
        if wrong:
            types = {event["id"]: event["type"] for event in self._life.world.events}
            raise Mismatch("\n".join([self._life.name, *(types[one] for one in path), *wrong]))


FULLY_CHECKED = 50  # of so many orders one is held to the ledger's own check too


def _split(events: Sequence[dict[str, Any]], width: int) -> tuple[list[Any], list[Any]]:
    """(the rest, what comes in every order): all events where they are few enough, else the latest telling ones."""
    if len(events) <= width:
        return [], list(events)
    permuted = [event for event in events if event["type"] not in SILENT][-width:]
    return [event for event in events if event not in permuted], permuted


def _live(beginning: str, acts: Sequence[str]) -> World | None:
    world = World(seed=7, now=OPENED_AT)
    try:
        charge = BEGINNINGS[beginning](world)
        for act in acts:
            world.advance(2)
            ACTS[act](world, charge)
    except (StripeError, LookupError):
        return None
    return world


def _completed(world: World, **options: Any) -> str:
    session = world.create_session(amount=5_000, campaign="newsroom", **options)
    return str(world.complete_session(session))


def _latest(world: World, noun: str) -> str:
    return [key for key, thing in world.objects.items() if thing["object"] == noun][-1]


def _givers(world: World) -> dict[str, str | None]:
    charges = (key for key, thing in world.objects.items() if thing["object"] == "charge")
    return dict.fromkeys(charges, "ada@example.org")
