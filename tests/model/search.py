"""Playing many random histories in memory, and making a failing one short enough to read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from campaigns.settings import Settings
from tests.bed.databases import SECRET_KEY
from tests.model.chance import some_steps
from tests.model.installation import OPENED_AT, Installation
from tests.model.memory import Memory
from tests.model.play import Mismatch, Play, Step
from tests.model.sabotage import Killed, Saboteur

DEEDS_PER_HISTORY = 24
SHORTENINGS_MAX = 600  # histories played to make one shorter


@dataclass
class Stage:
    """A furnished installation in memory that every history finds untouched."""

    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        self._settings = Settings(database_url="sqlite:////in-memory", secret_key=SECRET_KEY, mode="test")
        self._saboteur = Saboteur(self.memory.database.engine)
        self._furnished = {asks: self._furnish(asks=asks) for asks in (False, True)}

    def play(self, seed: int, *, audit: bool = True) -> Play:
        """A history that has not begun. Seeds that are odd may ask Stripe."""
        asks = seed % 2 == 1
        return Play(self.installation(asks=asks), self._saboteur, seed=seed, asks=asks, audit=audit)

    def installation(self, *, asks: bool = False) -> Installation:
        """The furnished installation, untouched."""
        self.memory.restore(self._furnished[asks])
        return Installation(self.memory.database, self._settings)

    def _furnish(self, *, asks: bool) -> bytes:
        self.memory.restore(self.memory.migrated)
        made = Installation(self.memory.database, self._settings)
        made.furnish(datetime.fromtimestamp(OPENED_AT, UTC), asks=asks)
        return self.memory.pages()


@cache
def stage() -> Stage:
    """This process's stage."""
    return Stage()


@dataclass(frozen=True)
class Failure:
    """A history at whose end something was wrong."""

    seed: int
    steps: tuple[Step, ...]
    wrong: str

    def script(self) -> str:
        """How to see it again."""
        lines = [f"    {step!r}," for step in self.steps]
        return "\n".join(
            ["from tests.model.search import replay", "", f"replay({self.seed}, [", *lines, "])", "", self.wrong]
        )


@dataclass
class Tally:
    """What was played."""

    histories: int = 0
    steps: int = 0
    deliveries: int = 0
    events: int = 0
    payments: int = 0
    checks: int = 0

    def add(self, other: Tally) -> None:
        """Adds what another process played."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def replay(seed: int, steps: Iterable[Step], *, audit: bool = True) -> Play:
    """Plays a given history and what is left of it to its end. Raises Mismatch."""
    made = stage().play(seed, audit=audit)
    for step in steps:
        made.step(step)
    made.quiet()
    return made


def one_history(seed: int, tally: Tally, *, audit: bool = True, deeds: int = DEEDS_PER_HISTORY) -> Failure | None:
    """Plays the random history that `seed` decides; what was wrong with it, if anything."""
    made = stage().play(seed, audit=audit)
    played: list[Step] = []
    failure: Failure | None = None
    try:
        for step in some_steps(made, random.Random(seed), deeds):
            played.append(step)
            made.step(step)
    except (Killed, Exception) as error:  # noqa: BLE001  (whatever goes wrong is what is looked for)
        failure = Failure(seed, tuple(played), told(error))
    events, journal = made.world.events, made.world.journal
    payments = len({deed.charge for deed in journal if deed.charge})
    tally.add(Tally(1, len(played), made.deliveries, len(events), payments, made.checks))
    return failure


def shorten(failure: Failure, *, audit: bool = True) -> Failure:
    """The same failure by fewer steps: parts are left out, halves first, as long as something stays wrong."""
    best, played, size = failure, 0, max(1, len(failure.steps) // 2)
    while size and played < SHORTENINGS_MAX:
        start = 0
        while start < len(best.steps) and played < SHORTENINGS_MAX:
            shorter = best.steps[:start] + best.steps[start + size :]
            wrong = _wrong(best.seed, shorter, audit=audit)
            played += 1
            if wrong is None:
                start += size
            else:
                best = Failure(best.seed, shorter, wrong)
        size //= 2
    return best


def hunt(plant: Callable[[], AbstractContextManager[None]], deliveries_max: int) -> tuple[Failure | None, Tally]:
    """The first random history that goes wrong with a bug in the product, and goes well without; and what was played.

    The ledger's own check is not asked: the totals alone must show it.
    """
    tally, seed = Tally(), 0
    while tally.deliveries < deliveries_max:
        seed += 1
        with plant():
            failure = one_history(seed, tally, audit=False)
        if failure is not None and wrong_with(seed, failure.steps) is None:
            return failure, tally
    return None, tally


def wrong_with(seed: int, steps: Sequence[Step]) -> str | None:
    """What is wrong at the end of a given history, the ledger's own check left out."""
    return _wrong(seed, steps, audit=False)


def _wrong(seed: int, steps: Sequence[Step], *, audit: bool) -> str | None:
    try:
        replay(seed, steps, audit=audit)
    except (Killed, Exception) as error:  # noqa: BLE001  (whatever goes wrong is what is looked for)
        return told(error)
    return None


def told(error: BaseException) -> str:
    """What was wrong, in words."""
    return str(error) if isinstance(error, Mismatch) else f"{type(error).__name__}: {error}"
