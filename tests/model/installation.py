"""Tidemark as Stripe and staff meet it, without HTTP: the webhook view's steps, the worker's round, and what stands.

Every number is read from the tables by plain SQL at quiet points, so that a mistake in the product's own reading
cannot hide one in its writing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from campaigns.campaign import lifecycle
from campaigns.crypto import Sealer
from campaigns.db import Database
from campaigns.inbox import endpoints, processing, proof, receiving
from campaigns.inbox.models import WebhookEndpoint
from campaigns.ledger.check import check
from campaigns.providers import shelf
from campaigns.providers.contract import Endpoint
from campaigns.settings import Settings
from tests.fakes.stripe.world import World, sign
from tests.model.look_up import API_KEY, Asker
from tests.model.oracle import Payment, Sums, Truth

SECRET = "whsec_" + "m" * 32
ZONE = "Europe/Berlin"
OPENED_AT = 1_795_000_000  # 18 November 2026, 12:06 in Berlin
CURRENCIES = {"newsroom": "USD", "roof": "USD", "garden": "EUR"}
MILESTONES = {"newsroom": (1_000, 20_000, 100_000), "roof": (500, 5_000), "garden": (2_000,)}
ENDPOINTS = ("main", "second")  # two of the same account: everything may arrive at either, or at both

_DONATIONS = text(
    "SELECT r.ref, d.amount_minor, d.net_minor, d.counted_minor, d.pending_minor, c.slug"
    " FROM donation d JOIN payment_ref r ON r.id = d.ref_id LEFT JOIN campaign c ON c.id = d.campaign_id"
)
_TOTALS = text(
    "SELECT c.slug, p.opening, t.raised_minor, t.pending_minor, t.donation_count, t.donor_count"
    " FROM period_total t JOIN period p ON p.id = t.period_id JOIN campaign c ON c.id = p.campaign_id"
)
_UNASKED = text("SELECT 1 FROM look_up WHERE status = 'waiting' AND due_at IS NOT NULL AND attempt_count = 0 LIMIT 1")
_RAISED = text(
    "SELECT p.id, c.slug, p.ends_at, t.raised_minor"
    " FROM period_total t JOIN period p ON p.id = t.period_id JOIN campaign c ON c.id = p.campaign_id"
)
_REACHED = text(
    "SELECT e.period_id, m.amount_minor, e.announced FROM milestone_reached e JOIN milestone m ON m.id = e.milestone_id"
)
_STUCK = text(
    "SELECT remote_id, type, status, reason FROM webhook_event WHERE status IN ('received', 'waiting', 'failed')"
)
_ANNOUNCED = text("SELECT count(*) FROM outbox_message WHERE type = 'milestone.reached'")


@dataclass
class Watch:
    """What a reader who looks after every commit sees of the milestones: (period, amount) → whether announced."""

    highest: dict[int, int] = field(default_factory=dict)
    reached: dict[tuple[int, int], bool] = field(default_factory=dict)

    def see(self, period_id: int, slug: str, ends_at: datetime | None, raised: int, now: datetime) -> None:
        """Notes the milestones at or below `raised`; the first sight of each decides whether it was announced."""
        if raised <= self.highest.get(period_id, 0):
            return
        self.highest[period_id] = raised
        is_open = ends_at is None or now < ends_at
        for amount in MILESTONES[slug]:
            if amount <= raised:
                self.reached.setdefault((period_id, amount), is_open)


@dataclass
class Installation:
    """One database with three campaigns and two endpoints of one Stripe account."""

    database: Database
    settings: Settings
    watch: Watch = field(default_factory=Watch)
    _endpoints: dict[str, tuple[WebhookEndpoint, Endpoint]] = field(default_factory=dict)

    def furnish(self, now: datetime, *, asks: bool) -> None:
        """Makes the campaigns, monthly in Berlin, and the endpoints; with a key where Stripe may be asked."""
        with self.database.writing() as session:
            for slug, currency in CURRENCIES.items():
                made = lifecycle.create(
                    session,
                    slug=slug,
                    title=slug.title(),
                    currency=currency,
                    now=now,
                    milestones=[(amount, f"Step {amount}") for amount in MILESTONES[slug]],
                    repeat="monthly",
                    timezone=ZONE,
                )
                lifecycle.publish(session, made, now=now)
            for name in ENDPOINTS:
                endpoints.create(
                    session,
                    provider="stripe",
                    name=name,
                    secrets=[SECRET],
                    settings={"api_key": API_KEY} if asks else {},
                    campaign=None,
                    sealer=Sealer(self.settings.secret_key),
                    mode=self.settings.mode,
                    now=now,
                )

    def asker(self, world: World) -> Asker:
        """The worker's questions, answered by `world`."""
        return Asker(self.database, self.settings, world)

    def set_default(self, slug: str | None) -> None:
        """Staff's word for both endpoints, from now on."""
        with self.database.writing() as session:
            campaign = lifecycle.by_slug(session, slug) if slug else None
            for name in ENDPOINTS:
                endpoints.set_default(session, endpoints.find(session, "stripe", name), campaign)

    def receive(self, message: dict[str, Any], name: str, now: datetime) -> int:
        """As far as the commit after storing; the event's id."""
        body, headers = sign(message, SECRET, int(now.timestamp()))
        kind = shelf()["stripe"]
        endpoint, opened = self._endpoint(name)
        lower = {key.lower(): value for key, value in headers.items()}
        with self.database.writing() as session:
            event_id, _ = receiving.store(session, endpoint, kind, opened, headers=lower, body=body, now=now)
        return event_id

    def _endpoint(self, name: str) -> tuple[WebhookEndpoint, Endpoint]:
        """The view looks it up for every message; here once, since nothing of it changes that matters to storing."""
        if name not in self._endpoints:
            with self.database.reading() as session:
                found = endpoints.find(session, "stripe", name)
            opened = endpoints.opened(found, Sealer(self.settings.secret_key), self.settings.mode)
            self._endpoints[name] = (found, opened)
        return self._endpoints[name]

    def process(self, event_id: int, now: datetime) -> str:
        """The one attempt inside the request."""
        try:
            return processing.process(self.database, self.settings, event_id, now=now)
        finally:
            self.look(now)

    def replay(self, event_id: int, now: datetime) -> None:
        """Staff's button: reads a message again, whatever came of it."""
        processing.process(self.database, self.settings, event_id, now=now, again=True)
        self.look(now)

    def drain(self, now: datetime) -> dict[str, int]:
        """The worker's round."""
        words: dict[str, int] = {}
        with self.database.reading() as session:
            ids = processing.due(session, now=now, limit=10_000)
        for event_id in ids:
            word = self.process(event_id, now)
            words[word] = words.get(word, 0) + 1
        return words

    def look(self, now: datetime) -> None:
        """A reader's look at every total, after a commit."""
        with self.database.reading() as session:
            for period_id, slug, ends_at, raised in session.execute(_RAISED):
                self.watch.see(period_id, slug, _instant(ends_at), raised, now)

    def has_questions(self) -> bool:
        """Whether something is to be asked that was never asked yet."""
        with self.database.reading() as session:
            return session.execute(_UNASKED).scalar_one_or_none() is not None

    def standing(self) -> Truth:
        """What stands, in the oracle's words."""
        with self.database.reading() as session:
            payments = {
                ref: Payment(amount, net, counted, pending, slug)
                for ref, amount, net, counted, pending, slug in session.execute(_DONATIONS)
                if amount is not None or net or pending
            }
            periods = {
                (slug, _month(opening)): Sums(*sums) for slug, opening, *sums in session.execute(_TOTALS) if any(sums)
            }
        return Truth(payments, periods)

    def milestones(self) -> tuple[dict[tuple[int, int], bool], int]:
        """(period, amount) → announced, and how many announcements were promised."""
        with self.database.reading() as session:
            rows = session.execute(_REACHED).all()
            return {(period, amount): bool(told) for period, amount, told in rows}, int(
                session.execute(_ANNOUNCED).scalar_one()
            )

    def stuck(self, but: Collection[str]) -> list[str]:
        """Messages that still wait or failed although everything was told; `but` those that tell nothing themselves."""
        with self.database.reading() as session:
            rows = session.execute(_STUCK).all()
        return [f"{kind} is {status}: {reason}" for remote_id, kind, status, reason in rows if remote_id not in but]

    def findings(self) -> list[str]:
        """What `tidemark ledger check` finds."""
        with self.database.reading() as session:
            report = check(session, proof.reader(session, self.settings))
        return [f"{one.what} ({one.where}): {one.found}, not {one.expected}" for one in report.findings]


def _instant(value: Any) -> datetime | None:
    if value is None:
        return None
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _month(opening: str) -> str:
    return datetime.fromisoformat(opening).astimezone(ZoneInfo(ZONE)).strftime("%Y-%m")
