"""Lives at PayPal and Patreon, delivered by chance: lost, late, repeated, out of order, with an API on bad days.

`python -m tests.model --services N` plays N of them. At the end the last word on each payment gets through, as it does
after days of a provider's own tries; then the bar must hold what both services hold, and the ledger must be whole.
"""

from __future__ import annotations

import json
import random
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from campaigns import schema
from campaigns.campaign import lifecycle
from campaigns.crypto import Sealer
from campaigns.db import open_database
from campaigns.inbox import asked, endpoints, look_ups, processing, proof, receiving
from campaigns.ledger import check, rebuild
from campaigns.providers import shelf
from campaigns.providers.contract import CannotVerifyNow, Endpoint
from campaigns.settings import Settings
from tests.bed import databases
from tests.fakes.patreon.server import CLIENT_ID, CLIENT_SECRET, SECRET, FakePatreon, Member
from tests.fakes.patreon.server import sign as signed_by_patreon
from tests.fakes.paypal import messages
from tests.fakes.paypal.lives import live
from tests.fakes.paypal.server import FakePaypal

BEGUN = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
LIVES_MAX, DEEDS_MAX = 10, 16
ROUNDS_AT_THE_END = 14
_RAISED = text("SELECT COALESCE(SUM(raised_minor), 0) FROM period_total")
_STUCK = text("SELECT type, status, reason FROM webhook_event WHERE status IN ('received', 'waiting')")


@dataclass
class Played:
    """What came of one history: `wrong` says what does not fit, in words."""

    seed: int
    deliveries: int
    wrong: str | None


class History:
    """One installation with an account at each service, both for one campaign."""

    def __init__(self, seed: int, folder: Path, paypal: FakePaypal, patreon: FakePatreon) -> None:
        self.chance = random.Random(seed)
        self.now, self.deliveries = BEGUN, 0
        self.paypal, self.patreon = paypal, patreon
        paypal.now, patreon.tick = BEGUN, self._tick
        url = f"sqlite:///{folder / 'model.db'}"
        self.settings = Settings(database_url=url, data_dir=folder, secret_key=databases.SECRET_KEY, mode="test")
        self.database = open_database(url)
        schema.upgrade(self.database.engine)
        keys = {"access_token": patreon.token, "refresh_token": patreon.refresh, "client_id": CLIENT_ID}
        keys |= {"client_secret": CLIENT_SECRET, "currency": "USD", "api_base": patreon.url}
        with self.database.writing() as session:
            made = lifecycle.create(
                session, slug="newsroom", title="News", currency="USD", now=self.now, repeat="monthly",
                timezone="Europe/Berlin", milestones=[(500_000, "Goal")],
            )  # fmt: skip
            lifecycle.publish(session, made, now=self.now)
            for provider, secrets, kept in (("paypal", [], paypal.settings(folder)), ("patreon", [SECRET], keys)):
                known: dict[str, Any] = {"sealer": Sealer(self.settings.secret_key), "mode": "test", "now": self.now}
                row = endpoints.create(
                    session, provider=provider, name="main", secrets=secrets, settings=kept, campaign=made, **known
                )
                asked.after_making(session, row, **known)

    def close(self) -> None:
        """Lets go of the database."""
        self.database.engine.dispose()

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def told(self) -> list[tuple[str, bytes]]:
        """Everything that both services would have sent, in order."""
        for _ in range(self.chance.randrange(1, LIVES_MAX)):
            live(self.paypal, self.chance)
        found = [("paypal", messages.body_of(message)) for message in self.paypal.outbox]
        members = [self.patreon.join() for _ in range(self.chance.randrange(1, 4))]
        deeds = range(self.chance.randrange(1, DEEDS_MAX))
        return [*found, *(("patreon", self._deed(self.chance.choice(members))) for _ in deeds)]

    def _deed(self, member: Member) -> bytes:
        if member.lifetime > 300 and self.chance.random() < 0.25:
            return self.patreon.refund(member, self.chance.randrange(100, member.lifetime))
        if self.chance.random() < 0.15:
            return self.patreon.decline(member)
        return self.patreon.charge(member, self.chance.randrange(100, 3000))

    def deliver(self, provider: str, body: bytes) -> None:
        """A message arrives; now and then the process that has stored it goes no further."""
        self._tick()
        self.deliveries += 1
        headers = messages.sign(body, at=self.now) if provider == "paypal" else signed_by_patreon(body)
        with self.database.writing() as session:
            row = endpoints.find(session, provider, "main")
            opened = self._opened(provider)
            kind = shelf()[provider]
            try:
                event_id, _ = receiving.store(session, row, kind, opened, headers=headers, body=body, now=self.now)
            except CannotVerifyNow:  # a bad day, and the provider sends it again
                self.paypal.bad_days = []
                event_id, _ = receiving.store(session, row, kind, opened, headers=headers, body=body, now=self.now)
        if self.chance.random() > 0.1:
            processing.process(self.database, self.settings, event_id, now=self.now)

    def work(self, rounds: int = 1) -> None:
        """The worker's rounds, an hour apart."""
        for _ in range(rounds):
            self.now += timedelta(hours=1)
            processing.drain(self.database, self.settings, now=self.now)
            look_ups.ask_due(self.database, self.settings, now=self.now)
            processing.drain(self.database, self.settings, now=self.now)

    def play(self) -> str | None:
        """Delivers by chance, then the last words; what does not fit, if anything."""
        chance, told = self.chance, self.told()
        sent = [one for one in told if chance.random() > 0.15] + chance.choices(told, k=len(told) // 2)
        chance.shuffle(sent)
        for provider, body in sent:
            self.deliver(provider, body)
            if chance.random() < 0.15:
                self.paypal.bad_days = [(chance.choice([429, 500, 503]), {}, b"{}")] * chance.randrange(3)
                self.patreon.bad_days = [(chance.choice([429, 500]), {})] * chance.randrange(2)
                self.work()
        self.paypal.bad_days, self.patreon.bad_days = [], []
        for provider, body in [*(one for one in told if one[0] == "paypal"), *self._last_words()]:
            self.deliver(provider, body)
        self.work(ROUNDS_AT_THE_END)
        return self._wrong()

    def _last_words(self) -> list[tuple[str, bytes]]:
        return [("patreon", self.patreon.charge(member, 100)) for member in self.patreon.members.values()]

    def _opened(self, provider: str) -> Endpoint:
        with self.database.reading() as session:
            row = endpoints.find(session, provider, "main")
            return endpoints.opened(row, Sealer(self.settings.secret_key), "test")

    def _wrong(self) -> str | None:
        with self.database.writing() as session:
            rebuilt = rebuild.rebuild(session, now=self.now)
        with self.database.reading() as session:
            raised, stuck = session.scalar(_RAISED), session.execute(_STUCK).all()
            findings = check.check(session, proof.reader(session, self.settings)).findings
        expected = self.paypal.raised() + sum(member.lifetime for member in self.patreon.members.values())
        if raised != expected:
            return f"the bar holds {raised}, the services {expected}"
        if rebuilt or findings or stuck:
            return json.dumps([rebuilt, [str(one) for one in findings], [str(row) for row in stuck]])
        return None


def play(seed: int) -> Played:
    """One history in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, FakePaypal() as paypal, FakePatreon() as patreon:
        history = History(seed, Path(folder), paypal, patreon)
        try:
            wrong = history.play()
        finally:
            history.close()
        return Played(seed, history.deliveries, wrong)
