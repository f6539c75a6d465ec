"""A history: deeds at Stripe and deliveries to Tidemark, step by step, and the comparison at every quiet point.

A step is a verb and two numbers, and one that does not apply does nothing, so that any part of a history is a history
too: that is what makes a failing one shrink to a few lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.fakes.stripe.world import World, in_version, thin, twin
from tests.model import oracle
from tests.model.installation import CURRENCIES, ENDPOINTS, OPENED_AT, ZONE, Installation
from tests.model.lives import Choices, Lives, strays
from tests.model.look_up import LOSABLE
from tests.model.sabotage import MANNERS, Killed, Saboteur

VERSIONS = (
    "2026-10-28.endive",
    "2026-03-25.dahlia",
    "2025-09-30.clover",
    "2025-03-31.basil",
    "2024-10-28.acacia",
    "2022-11-15",
    "2022-08-01",
    "2020-08-27",
)
STEPS_MAX = 60  # statements and commits of one delivery, about; a crash is set to strike at one of them
BACK_OFF_SECONDS = 14_401  # after which everything that waits is due again
ROUNDS_MAX = 30
DEFAULTS = ("newsroom", "roof")

Step = tuple[str, int, int]


class Mismatch(AssertionError):
    """What stands is not what must."""


@dataclass(frozen=True)
class Message:
    """An event on its way to one of the endpoints."""

    event: dict[str, Any]
    endpoint: str


class Play:
    """One World, one installation, and what is under way between them."""

    def __init__(
        self,
        installation: Installation,
        saboteur: Saboteur,
        *,
        seed: int,
        asks: bool = False,
        audit: bool = True,
    ) -> None:
        """With `asks` the endpoints have a key, and the worker asks Stripe for what it lacks. Without `audit` the
        ledger's own check has no say at quiet points."""
        self.world = World(seed=seed, now=OPENED_AT)
        self.lives = Lives(self.world)
        self.deliveries = 0
        self.checks = 0
        self.backlog: list[Message] = []
        self._installation = installation
        self._saboteur = saboteur
        self._asker = installation.asker(self.world) if asks else None
        self._lost: set[str] = set()
        self._bursts: dict[str, list[dict[str, Any]]] = {}  # event → all that was told of the same deed
        self._audit = audit
        self._told = 0
        self._sent: list[Message] = []
        self._dropped: list[Message] = []
        self._stored: list[int] = []
        self._defaults: list[tuple[int, str | None]] = [(0, None)]
        self._strays = strays(seed)
        self._thin: set[str] = set()
        self._verbs: dict[str, Callable[[int, int], Any]] = {
            "deliver": self._deliver,
            "again": self._again,
            "crash": self._crash,
            "drop": self._drop,
            "lose": self._lose,
            "replay": self._replay,
            "work": self._work,
            "stray": self._stray,
            "thin": self._send_thin,
            "default": self._set_default,
            "quiet": lambda n, more: self.quiet(),
        }

    @property
    def now(self) -> datetime:
        """The clock that both go by."""
        return datetime.fromtimestamp(self.world.now, UTC)

    def step(self, step: Step) -> None:
        """Plays one step. Raises Mismatch."""
        verb, n, more = step
        if verb in self._verbs:
            self._verbs[verb](n, more)
        else:
            self.lives.do(verb, n, more)
            self._listen()

    def quiet(self) -> None:
        """Delivers all that is under way, waits until nothing can change any more, and compares."""
        self.backlog += self._dropped
        self._dropped.clear()
        for round_number in range(ROUNDS_MAX):
            if not self._settle() and round_number:
                break
            self.world.advance(BACK_OFF_SECONDS)
            self._listen()
        else:
            raise Mismatch(f"there is no end to it after {ROUNDS_MAX} rounds")
        self.checks += 1
        self._compare()

    def _settle(self) -> bool:
        """Delivers what is under way, asks what is to be asked, processes what is due; whether any of it was news."""
        if self._asker is None:
            self.lives.end_unlinked()
        self._listen()
        news = bool(self.backlog)
        while self.backlog:
            self._send(self.backlog.pop(0))
        if self._asker is not None:
            news |= bool(self._asker.ask(self.now, self._installation.look))
            self._installation.look(self.now)
        news |= bool(self._installation.drain(self.now).keys() & {"processed", "unassigned"})
        return news or (self._asker is not None and self._installation.has_questions())

    # -- deliveries ----------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Takes what Stripe has to tell since the last time; each event is meant for the main endpoint at least."""
        burst = self.world.events[self._told :]
        for event in burst:
            self.backlog.append(Message(event, ENDPOINTS[0]))
            self._bursts[event["id"]] = burst
        self._told = len(self.world.events)

    def _deliver(self, n: int, more: int) -> None:
        if not self.backlog:
            return
        choices = Choices(more)
        message = self.backlog[n % len(self.backlog)]
        if choices.one_in(6):
            self._send(Message(message.event, ENDPOINTS[1]), choices)  # the main endpoint's is still to come
        elif choices.one_in(6):
            self._send(message, choices)  # and still to come once more
        elif choices.one_in(6):
            self._send(Message(twin(message.event, self.world), message.endpoint), choices)
            self._forget_twins()
        else:
            self.backlog.remove(message)
            self._send(message, choices)

    def _again(self, n: int, more: int) -> None:
        if self._sent:
            self._send(self._sent[-1 - n % len(self._sent)], Choices(more))

    def _crash(self, n: int, more: int) -> None:
        """Breaks off at some step; a sender that got no answer sends again."""
        if not self.backlog:
            return
        choices = Choices(more)
        message = self.backlog.pop(n % len(self.backlog))
        if self._broken_off(choices, lambda: self._send(message, choices)):
            self.backlog.append(message)
        self._installation.look(self.now)  # it may have been killed right after a commit, which a reader sees

    def _work(self, _n: int, more: int) -> None:
        """The worker's round, now and then broken off."""
        choices = Choices(more)

        def work() -> None:
            if self._asker is not None:
                self._asker.ask(self.now, self._installation.look)
            self._installation.drain(self.now)

        if choices.one_in(2):
            self._broken_off(choices, work)
        else:
            work()
        self._installation.look(self.now)

    def _broken_off(self, choices: Choices, act: Callable[[], None]) -> bool:
        """Does it and breaks it off at some step; whether something of that came out of it."""
        try:
            with self._saboteur.armed(choices.of(MANNERS), 1 + choices.below(STEPS_MAX)):
                act()
        except (Killed, Exception):
            if not self._saboteur.struck:
                raise
            return True
        return False

    def _drop(self, n: int, _more: int) -> None:
        """It does not arrive now: Stripe's retries or its list of events bring it before the next quiet point."""
        if self.backlog:
            self._dropped.append(self.backlog.pop(n % len(self.backlog)))

    def _lose(self, n: int, _more: int) -> None:
        """It never arrives, and another of the same deed must lead to what it told."""
        if self._asker is None or not self.backlog:
            return
        message = self.backlog[n % len(self.backlog)]
        others = LOSABLE.get(message.event["type"], ())
        burst = self._bursts[message.event["id"]]
        if any(one["type"] in others and one["id"] not in self._lost and _tells_of_money(one) for one in burst):
            self._lost.add(message.event["id"])
            self.backlog.remove(message)

    def _replay(self, n: int, _more: int) -> None:
        if self._stored:
            self._installation.replay(self._stored[n % len(self._stored)], self.now)

    def _stray(self, n: int, more: int) -> None:
        event = self._strays[n % len(self._strays)]
        self._send(Message(event, ENDPOINTS[more % 2]))

    def _send_thin(self, n: int, more: int) -> None:
        if self.world.events:
            event = thin(self.world.events[n % len(self.world.events)])
            self._thin.add(event["id"])
            self._send(Message(event, ENDPOINTS[more % 2]))

    def _set_default(self, n: int, _more: int) -> None:
        """Staff change it when everything made so far has been heard of: it speaks of what comes.

        The first default is given before the first payment: whether one that comes later speaks of payments that are
        known already, and have none, the house's rules do not say.
        """
        if self._defaults[-1][1] is None and self.world.journal:
            return
        self.quiet()
        slug = DEFAULTS[n % len(DEFAULTS)]
        self._installation.set_default(slug)
        self._defaults.append((len(self.world.journal), slug))

    def _send(self, message: Message, choices: Choices | None = None) -> None:
        event = message.event
        if choices is not None and "data" in event and not choices.one_in(3):  # a thin one has one shape
            event = in_version(event, choices.of(VERSIONS))
        self.deliveries += 1
        event_id = self._installation.receive(event, message.endpoint, self.now)
        self._stored.append(event_id)
        self._sent.append(message)
        self._installation.process(event_id, self.now)

    def _forget_twins(self) -> None:
        """A twin was sent at once; it is not to be delivered a second time as news."""
        self._told = len(self.world.events)

    # -- judging -------------------------------------------------------------------------------------------------------

    def _compare(self) -> None:
        rules = oracle.Rules(CURRENCIES, ZONE, OPENED_AT)
        must = oracle.truth(self.world, rules, givers=self.lives.givers(), defaults=self._defaults)
        stands = self._installation.standing()
        wrong = [
            *oracle.differences("payment", must.payments, stands.payments),
            *oracle.differences("period", must.periods, stands.periods),
            *self._milestones(),
            *self._installation.stuck(self._excused()),
            *(self._installation.findings() if self._audit else ()),
        ]
        if wrong:
            raise Mismatch("\n".join(wrong))

    def _excused(self) -> set[str]:
        """Events that may wait for ever where nobody can ask Stripe: thin ones tell nothing by themselves, and in some
        versions an invoice that was marked as paid by hand looks like one whose charge is still to be told."""
        if self._asker is not None:
            return set()
        by_hand = {deed.thing for deed in self.world.journal if deed.kind == "out_of_band"}
        told = self.world.event_by_id.items()
        return self._thin | {event_id for event_id, event in told if event["data"]["object"]["id"] in by_hand}

    def _milestones(self) -> Iterable[str]:
        reached, promised = self._installation.milestones()
        watched = self._installation.watch
        yield from oracle.differences("milestone", watched.reached, reached)
        if promised != sum(reached.values()):
            yield f"{promised} milestones announced, not {sum(reached.values())}"
        if max(watched.highest.values(), default=0) > oracle.most_ever(self.world):
            yield f"a total stood at {max(watched.highest.values())}, more than was ever given"


def _tells_of_money(event: dict[str, Any]) -> bool:
    """A session that is not paid yet says nothing of a charge, so that its charge's own event may not be lost."""
    return bool(event["data"]["object"].get("payment_status", "paid") == "paid")
