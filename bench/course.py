"""The course that is run: many payments' events stored, then processed, against the clock."""

from __future__ import annotations

import cProfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy import Column, Engine, Integer, LargeBinary, MetaData, Table, event, insert

from campaigns.db import Database
from campaigns.inbox import processing
from campaigns.settings import Settings
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import Json, charge, checkout, intent, refund
from tests.bed.stripe_events import event as message

BARE = Table("bench_bare", MetaData(), Column("id", Integer, primary_key=True), Column("body", LargeBinary))
WARM_UP = 5  # payments before the clock starts, so that every statement is compiled


@dataclass
class Result:
    """What one database came to. `bare_inserts`: how many of them fit into the time of one event."""

    kind: str
    event_count: int = 0
    stored_per_second: float = 0
    processed_per_second: float = 0
    bare_inserts: float = 0
    statements: dict[str, float] = field(default_factory=dict)


@dataclass
class Course:
    """One installation with one campaign, and `payments` of five events each."""

    database: Database
    settings: Settings
    payments: int

    def run(self, kind: str, profile: cProfile.Profile | None = None) -> Result:
        """Runs it; the profile, if there is one, sees the processing alone."""
        desk = Desk(self.database, self.settings)
        desk.campaign(milestones=[(1_000 * (n + 1), f"Step {n}") for n in range(5)])
        desk.endpoint()
        for _, told in _life(desk, 0, WARM_UP):
            desk.send(told)
        result = Result(kind)
        with _timed() as storing:
            stored = [(what, desk.store(told)[0]) for what, told in _life(desk, WARM_UP, WARM_UP + self.payments)]
        counts: dict[str, list[int]] = defaultdict(list)
        with _counting(self.database.engine) as counted, profile or nullcontext(), _timed() as processing_:
            for what, event_id in stored:
                before = counted[0]
                processing.process(self.database, self.settings, event_id, now=desk.now)
                counts[what].append(counted[0] - before)
        result.event_count = len(stored)
        result.stored_per_second = len(stored) / storing[0]
        result.processed_per_second = len(stored) / processing_[0]
        result.bare_inserts = processing_[0] / self._bare(len(stored))
        result.statements = {what: sum(found) / len(found) for what, found in counts.items()}
        if desk.raised() != 900 * (WARM_UP + self.payments):
            raise RuntimeError(f"the bar stands at {desk.raised()}: fast, and wrong")
        return result

    def _bare(self, count: int) -> float:
        """Seconds for `count` inserts of one row, each committed by itself."""
        BARE.create(self.database.engine)
        with _timed() as took:
            for _ in range(count):
                with self.database.engine.begin() as connection:
                    connection.execute(insert(BARE), {"body": b"x" * 1_000})
        return took[0]


def _life(desk: Desk, first: int, end: int) -> Iterator[tuple[str, Json]]:
    """(what it is, the event) for each payment, its events in the order in which Stripe mostly sends them."""
    for number in range(first, end):
        name = f"ch_{number}"
        paid = charge(name, 1_000, created=CREATED, campaign="newsroom", email=f"{number}@example.org")
        session = checkout(name, 1_000, created=CREATED, campaign="newsroom")
        session["customer_details"]["email"] = f"{number}@example.org"
        yield "charge, the first event", message("charge.succeeded", paid, created=CREATED)
        named = intent(name, 1_000, created=CREATED, campaign="newsroom")
        yield "intent, after it", message("payment_intent.succeeded", named, created=CREATED)
        yield "session, after both", message("checkout.session.completed", session, created=CREATED)
        yield "charge again, a twin", message("charge.succeeded", paid, created=CREATED)
        yield "refund", message("refund.created", refund(f"re_{number}", name, 100, created=CREATED), created=CREATED)


@contextmanager
def _timed() -> Iterator[list[float]]:
    """A list that holds the seconds the block took, once it ended."""
    seconds: list[float] = []
    began = perf_counter()
    yield seconds
    seconds.append(perf_counter() - began)


@contextmanager
def _counting(engine: Engine) -> Iterator[list[int]]:
    """A list whose one number is how many statements were sent meanwhile."""
    count = [0]

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        count[0] += not statement.startswith("BEGIN")

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", note)
