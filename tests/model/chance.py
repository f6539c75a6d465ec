"""Random histories: what happens how often, drawn while a history is played so that deliveries keep up with events."""

from __future__ import annotations

import random
from collections.abc import Iterable

from tests.model.play import Play, Step

BIG = 1 << 48
DEEDS = {
    "open": 20, "pay": 10, "refund": 14, "dispute": 9, "settle": 8, "advance": 7, "label": 6, "fail_refund": 6,
    "settle_refund": 4, "cancel_refund": 4, "capture": 5, "release": 3, "fail": 3, "bounce": 5, "complete": 3,
    "win": 6, "lose": 4, "reinstate": 6, "escalate": 2, "close_inquiry": 1, "renew": 8, "out_of_band": 3,
    "unsubscribe": 1, "fee": 4, "expire": 2, "bare_renewals": 1, "decline": 2, "default": 6,
}  # fmt: skip
DELIVERIES = {
    "deliver": 60,
    "again": 9,
    "crash": 14,
    "drop": 5,
    "lose": 15,
    "replay": 3,
    "work": 4,
    "stray": 3,
    "thin": 1,
}
PROMPTNESS = (0.0, 0.5, 0.8)  # of deliveries after each deed: the lower, the more of a life is told in one heap


def some_steps(made: Play, rng: random.Random, deeds: int) -> Iterable[Step]:
    """A random history of about `deeds` deeds, drawn while it is played so that deliveries keep up with events."""
    yield ("settle_abroad", int(rng.random() < 0.2), 0)
    if rng.random() < 0.6:
        yield ("default", rng.randrange(64), 0)
    promptness = rng.choice(PROMPTNESS)
    for _ in range(deeds):
        yield _some_deed(rng)
        while made.backlog and rng.random() < promptness:
            yield _some_delivery(rng)
        if rng.random() < 0.04:
            yield from _some_quiet(made, rng)
    yield from _some_quiet(made, rng)


def _some_deed(rng: random.Random) -> Step:
    newest = int(rng.expovariate(0.6))  # lives are short: most happens to what was made last
    which = newest if rng.random() < 0.8 else rng.randrange(64)
    return (_weighted(rng, DEEDS), which, rng.randrange(BIG))


def _some_delivery(rng: random.Random) -> Step:
    return (_weighted(rng, DELIVERIES), rng.randrange(1 << 16), rng.randrange(BIG))


def _some_quiet(made: Play, rng: random.Random) -> Iterable[Step]:
    """What is still under way arrives in a random order first; what then is left, as it was made."""
    while len(made.backlog) > 2:
        yield _some_delivery(rng)
    yield ("quiet", 0, 0)


def _weighted(rng: random.Random, weights: dict[str, int]) -> str:
    return rng.choices(tuple(weights), tuple(weights.values()))[0]
