"""Bots that press the donation button ten thousand times from two hundred address blocks, while readers give.

The bots are of five kinds, as they are met: those that just press, those that send one proof again and again, those
that send nonsense for a proof, those that wait with tickets, and a few that really compute. Readers do what the page
does in a browser: ask whether a proof will be wanted, compute it, press.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from urllib.parse import urlencode

from tests.bed.live import LiveServer
from tests.bed.stripe_events import Json
from tests.donate.pressing import solved

BLOCKS = 200
CONNECTIONS = 8
ANSWER_SECONDS_MAX = 60
READERS_AT_ONCE = 2
KINDS = ("presses", "repeats", "invents", "waits")  # those that compute run beside these, for as long as they do
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass
class Outcome:
    """`opened` by kind of bot and for readers, with the instant of each; `seconds` a reader's requests took."""

    answers: Counter[int] = field(default_factory=Counter)
    opened: list[tuple[float, str, str]] = field(default_factory=list)  # (when, kind, block)
    calm_seconds: list[float] = field(default_factory=list)
    reader_seconds: list[float] = field(default_factory=list)
    readers_kept_out: list[str] = field(default_factory=list)
    seconds: float = 0
    lock: Lock = field(default_factory=Lock)

    def note(self, status: int, kind: str, block: str) -> None:
        """What a press was answered."""
        with self.lock:
            self.answers[status] += 1
            if status == 303:
                self.opened.append((time.time(), kind, block))

    def of_bots(self, *kinds: str) -> int:
        """How many checkouts bots of `kinds` (all, where none is named) opened."""
        return sum(kind != "reads" and (not kinds or kind in kinds) for _, kind, _ in self.opened)

    def most_of_one_block(self) -> int:
        """How many checkouts the busiest block opened."""
        return max(Counter(block for _, _, block in self.opened).values(), default=0)

    def most_in_a_minute(self) -> int:
        """How many checkouts were opened in the busiest minute, anybody's."""
        instants = sorted(when for when, _, _ in self.opened)
        return max((sum(since <= other < since + 59 for other in instants) for since in instants), default=0)

    @property
    def slower(self) -> float:
        """How many times longer a reader waits while the bots are at it, in the middle."""
        return statistics.median(self.reader_seconds) / statistics.median(self.calm_seconds)


@dataclass
class Visitor:
    """A connection that comes from `address`, by way of the one trusted proxy."""

    server: LiveServer
    slug: str
    _connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=ANSWER_SECONDS_MAX)

    def form(self, address: str) -> dict[str, str]:
        """The hidden fields of the donation page, as a fresh visitor is given them."""
        _, page = self._ask("GET", "/donate", address)
        return dict(HIDDEN.findall(page))

    def press(self, address: str, fields: dict[str, str]) -> tuple[int, str]:
        """(status, page) of one press."""
        return self._ask("POST", "/donate", address, urlencode({"amount": "50", **fields}))

    def challenge(self, address: str, *, wanted: bool) -> Json | None:
        """What has to be computed now, if anything."""
        _, body = self._ask("GET", "/proof" + ("?wanted=1" if wanted else ""), address)
        found: Json | None = json.loads(body).get("challenge")
        return found

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, address: str, body: str | None = None) -> tuple[int, str]:
        headers = {"X-Forwarded-For": address, "Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request(method, f"/c/{self.slug}{path}", body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")


@dataclass
class Siege:
    """`run` sends `presses` of bots at the campaign, while `readers` give one after the other; and what came of it."""

    server: LiveServer
    slug: str
    presses: int
    readers: int
    computing: int = 1  # bots that really compute, each with a core of its own
    seed: int = 1

    def run(self) -> Outcome:
        outcome, over = Outcome(), Event()
        with ProcessPoolExecutor(READERS_AT_ONCE + self.computing) as cores:
            for number in range(5):
                outcome.calm_seconds.append(self._reader(f"31.7.{number}.9", outcome, cores))
            computing = [Thread(target=self._compute, args=(n, outcome, over, cores)) for n in range(self.computing)]
            began = time.monotonic()
            for thread in computing:
                thread.start()
            with ThreadPoolExecutor(CONNECTIONS + READERS_AT_ONCE) as pool:
                bots = [pool.submit(self._bots, share, outcome) for share in range(CONNECTIONS)]
                pace = _Pace(self.readers, lambda: sum(outcome.answers.values()) / self.presses, over)
                reading = [pool.submit(self._readers, pace, outcome, cores) for _ in range(READERS_AT_ONCE)]
                for bot in bots:
                    bot.result()
                over.set()
                for one in reading:
                    one.result()
            for thread in computing:
                thread.join()
            outcome.seconds = time.monotonic() - began
        return outcome

    def _bots(self, share: int, outcome: Outcome) -> None:
        drawn = random.Random(f"{self.seed} {share}")
        visitor = Visitor(self.server, self.slug)
        form = visitor.form(_address(0, drawn))
        proof, tickets = _proof(visitor, drawn), dict[str, str]()
        for _ in range(self.presses // CONNECTIONS):
            kind, block = drawn.choice(KINDS), drawn.randrange(BLOCKS)
            address = _address(block, drawn)
            brought = {"repeats": {"proof": proof}, "invents": {"proof": f"e30{drawn.random()}"}}.get(kind, {})
            if kind == "waits" and address.rpartition(".")[0] in tickets:
                brought = {"ticket": tickets[address.rpartition(".")[0]]}
            status, page = visitor.press(address, {**form, "click": str(drawn.random()), **brought})
            outcome.note(status, kind, str(block))
            if kind == "waits" and (given := dict(HIDDEN.findall(page)).get("ticket")):
                tickets[address.rpartition(".")[0]] = given
        visitor.close()

    def _compute(self, number: int, outcome: Outcome, over: Event, cores: ProcessPoolExecutor) -> None:
        """A bot that brings a fresh proof each time, as quickly as a core makes them."""
        drawn, visitor = random.Random(f"{self.seed} computes {number}"), Visitor(self.server, self.slug)
        form = visitor.form(_address(0, drawn))
        while not over.is_set():
            block = drawn.randrange(BLOCKS)
            address = _address(block, drawn)
            challenge = visitor.challenge(address, wanted=True)
            if challenge is None:
                raise AssertionError("a challenge that was asked for did not come")
            proof = cores.submit(solved, challenge).result()
            status, _ = visitor.press(address, {**form, "click": str(drawn.random()), "proof": proof})
            outcome.note(status, "computes", str(block))
        visitor.close()

    def _readers(self, pace: _Pace, outcome: Outcome, cores: ProcessPoolExecutor) -> None:
        for number in pace:
            seconds = self._reader(f"31.8.{number}.9", outcome, cores)
            with outcome.lock:
                outcome.reader_seconds.append(seconds)

    def _reader(self, address: str, outcome: Outcome, cores: ProcessPoolExecutor) -> float:
        """Gives once, as the page's script does; how long the server took for all of it."""
        visitor, took = Visitor(self.server, self.slug), 0.0
        began = time.monotonic()
        fields = visitor.form(address)
        challenge = visitor.challenge(address, wanted=False)
        took += time.monotonic() - began
        for is_last in (False, True):
            if challenge is not None:
                fields["proof"] = cores.submit(solved, challenge).result()
            began = time.monotonic()
            status, page = visitor.press(address, fields)
            if status == 422 and not is_last:  # it became busy in between: the script goes on by itself
                challenge = visitor.challenge(address, wanted=True)
            took += time.monotonic() - began
            if status != 422:
                break
        visitor.close()
        if status == 303:
            with outcome.lock:
                outcome.opened.append((time.time(), "reads", address))
        else:
            outcome.readers_kept_out.append(f"{address}: {status} {page[:200]!r}")
        return took


class _Pace:
    """Readers spread over the whole of the siege: the next number as soon as as much of it has passed."""

    def __init__(self, count: int, passed: object, over: Event) -> None:
        self._numbers, self._count, self._passed, self._over = itertools.count(), count, passed, over
        self._lock = Lock()

    def __iter__(self) -> Iterator[int]:
        while True:
            with self._lock:
                number = next(self._numbers)
            if number >= self._count:
                return
            while not self._over.is_set() and self._passed() < number / self._count:  # type: ignore[operator]
                self._over.wait(0.02)
            yield number


def _address(block: int, drawn: random.Random) -> str:
    """Somewhere in one of the bots' blocks."""
    return f"31.6.{block}.{drawn.randrange(1, 255)}"


def _proof(visitor: Visitor, drawn: random.Random) -> str:
    challenge = visitor.challenge(_address(0, drawn), wanted=True)
    assert challenge is not None
    return solved(challenge)
