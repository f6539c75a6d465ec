"""One trial: `tidemark serve` in a process of its own, eight clients, thousands of deliveries, and the exact sums."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Lock

from sqlalchemy import func, or_, select

from campaigns.db import Database
from campaigns.inbox.models import WebhookEvent
from campaigns.ledger.models import Donation, PaymentRef
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.bed.stripe_events import Json
from tests.load.clients import Clients, Delivered
from tests.load.lives import CAMPAIGNS, Expected, lives

PATH = "/webhooks/stripe/main"
QUIET_SECONDS_MAX = 120
MOMENT = timedelta(seconds=8)
ROUNDS_MAX = 5  # of sending again what was not acknowledged, by a server that stays up


@dataclass
class Outcome:
    """What was measured, and everything that is not as it must be.

    `broken_off`: events whose transaction the database broke off (a deadlock) so often that they were left to the
    worker. That is allowed, and should be rare. `late`: those whose parts had come and that were still waiting out a
    long back-off; they are processed as the worker would an hour later. The sums are compared before and after.
    """

    deliveries: int = 0
    resent: int = 0
    seconds: float = 0
    quiet_seconds: float = 0
    broken_off: int = 0
    late: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """`server` is not running yet, and its database is migrated and empty. `options` are those of `tidemark serve`."""

    database: Database
    server: LiveServer
    options: tuple[str, ...] = ()

    def run(self, count: int, *, seed: int, kills: int = 0) -> Outcome:
        """Delivers, kills the server as often as asked for, sends again what was not acknowledged, and compares."""
        desk = Desk(self.database, self.server.settings, datetime.now(UTC).replace(microsecond=0))
        for slug in CAMPAIGNS:
            desk.campaign(slug, repeat="none")
        desk.endpoint()
        told = lives(count, seed=seed, created=int(desk.now.timestamp()) - 3600)
        outcome = Outcome(deliveries=len(told.deliveries))
        self.server.start(*self.options)
        began = time.monotonic()
        acknowledged = self._deliver(told.deliveries, kills, outcome)
        outcome.seconds = time.monotonic() - began
        self._await_quiet(outcome)
        self.server.stop()
        outcome.wrong += sums(desk, told.expected)
        desk.now = datetime.now(UTC) + timedelta(hours=1)
        outcome.late = sum(desk.drain().values())
        outcome.broken_off = self.server.log.read_text(errors="replace").count("the database broke off")
        outcome.wrong += compare(desk, told.expected, {one["id"] for one in acknowledged})
        return outcome

    def _deliver(self, messages: Sequence[Json], kills: int, outcome: Outcome) -> list[Json]:
        """Everything, until all of it is acknowledged; what was."""
        acknowledged: list[Json] = []
        again: list[Json] = []
        size = len(messages) // (kills + 1) + 1
        for start in range(0, len(messages), size):
            part = [*again, *messages[start : start + size]]
            is_last = start + size >= len(messages)
            delivered = self._send(part) if is_last else self._send_and_kill(part)
            acknowledged += delivered.acknowledged
            again = delivered.again
            outcome.resent += len(again)
            outcome.wrong += [f"answered {status}" for status, _ in delivered.refused if is_last]
        for _ in range(ROUNDS_MAX):
            if not again:
                break
            delivered = self._send(again)
            acknowledged += delivered.acknowledged
            again = delivered.again
        outcome.wrong += [f"{len(again)} messages were never acknowledged"] if again else []
        return acknowledged

    def _send(self, messages: Sequence[Json]) -> Delivered:
        return Clients(self.server.port, PATH).deliver(messages)

    def _send_and_kill(self, messages: Sequence[Json]) -> Delivered:
        """As a power cut in the middle of it; then the server is started again."""
        once = Lock()

        def watch(answers: int) -> None:
            if answers >= len(messages) // 2 and once.acquire(blocking=False):
                self.server.kill()

        delivered = Clients(self.server.port, PATH, watch).deliver(messages)
        self.server.start(*self.options)
        return delivered

    def _await_quiet(self, outcome: Outcome) -> None:
        """Until the worker has done all that the requests left, but what waits for its parts longer than a moment."""
        began, pause = time.monotonic(), Event()
        while left := self._unsettled():
            if time.monotonic() - began > QUIET_SECONDS_MAX:
                outcome.wrong.append(f"{left} messages are not processed after {QUIET_SECONDS_MAX} seconds")
                break
            pause.wait(0.2)
        outcome.quiet_seconds = time.monotonic() - began

    def _unsettled(self) -> int:
        soon = datetime.now(UTC) + MOMENT
        is_soon = or_(WebhookEvent.due_at.is_(None), WebhookEvent.due_at <= soon)
        with self.database.reading() as session:
            open_ones = WebhookEvent.status.in_(("received", "waiting")) & is_soon
            return session.scalar(select(func.count()).select_from(WebhookEvent).where(open_ones)) or 0


def compare(desk: Desk, expected: Expected, acknowledged: set[str]) -> Iterator[str]:
    """What stands otherwise than it must when all is done, in words."""
    yield from sums(desk, expected)
    with desk.database.reading() as session:
        rows = session.execute(select(WebhookEvent.remote_id, WebhookEvent.status))
        events = {row.remote_id: row.status for row in rows}
    if lost := acknowledged - events.keys():
        yield f"{len(lost)} acknowledged messages are not stored"
    if not_done := {event_id: status for event_id, status in events.items() if status != "processed"}:
        yield f"{len(not_done)} messages are not processed: {sorted(not_done.items())[:3]}"


def sums(desk: Desk, expected: Expected) -> Iterator[str]:
    """What of the money stands otherwise than it must."""
    for slug in CAMPAIGNS:
        totals = desk.totals(slug)
        names = ("raised_minor", "donation_count", "donor_count")
        stands = tuple(sum(getattr(one, name) for one in totals) for name in names)
        should = (expected.raised[slug], expected.donations[slug], len(expected.people[slug]))
        if stands != should:
            yield f"{slug} stands at {stands} (raised, donations, people), not {should}"
    yield from _payments(desk, expected)
    yield from (f"ledger check: {one.what} ({one.where})" for one in desk.check().findings)


def _payments(desk: Desk, expected: Expected) -> Iterator[str]:
    wanted = select(PaymentRef.ref, Donation.net_minor, Donation.counted_minor, Donation.campaign_id).join(
        PaymentRef, PaymentRef.id == Donation.ref_id
    )
    with desk.database.reading() as session:
        rows = session.execute(wanted).all()
    nets = {row.ref: row.net_minor for row in rows}
    if nets != expected.nets:
        other = {ref for ref in nets.keys() | expected.nets.keys() if nets.get(ref) != expected.nets.get(ref)}
        yield f"{len(other)} payments stand otherwise than they went: {sorted(other)[:3]}"
    homeless = sum(max(0, row.net_minor) for row in rows if row.campaign_id is None)
    if homeless != expected.raised[None]:
        yield f"{homeless} is unassigned, not {expected.raised[None]}"
