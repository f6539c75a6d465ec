"""A newsroom's installation in a test: one campaign, one Stripe endpoint, and the ways to send and to look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign, Period
from campaigns.crypto import Sealer
from campaigns.db import Database
from campaigns.inbox import endpoints, processing, proof, receiving
from campaigns.inbox.models import WebhookEvent
from campaigns.ledger.check import Report, check
from campaigns.ledger.models import Donation, LedgerEntry, PaymentRef, PeriodTotal
from campaigns.providers import shelf
from campaigns.settings import Settings
from tests.bed import stripe_events as stripe

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
CREATED = int(NOW.timestamp()) - 3600


@dataclass
class Desk:
    """`send` takes the whole way of a webhook but HTTP: verify, store, commit, process."""

    database: Database
    settings: Settings
    now: datetime = NOW

    def campaign(self, slug: str = "newsroom", currency: str = "USD", **options: Any) -> None:
        """A live campaign with milestones at 2,500 and 5,000, monthly in Berlin unless told otherwise."""
        options = {"repeat": "monthly", "timezone": "Europe/Berlin", **options}
        milestones = options.pop("milestones", [(250_000, "Servers paid"), (500_000, "Two reporters")])
        with self.database.writing() as session:
            made = lifecycle.create(
                session,
                slug=slug,
                title=slug.title(),
                currency=currency,
                now=self.now,
                milestones=milestones,
                **options,
            )
            lifecycle.publish(session, made, now=self.now)

    def endpoint(self, name: str = "main", campaign: str | None = None, **settings: str) -> None:
        """A Stripe endpoint, `campaign` its default."""
        with self.database.writing() as session:
            endpoints.create(
                session,
                provider="stripe",
                name=name,
                secrets=[stripe.SECRET],
                settings=settings,
                campaign=lifecycle.by_slug(session, campaign) if campaign else None,
                sealer=Sealer(self.settings.secret_key),
                mode=self.settings.mode,
                now=self.now,
            )

    def send(self, message: dict[str, Any], name: str = "main") -> str:
        """Delivers one signed message; the word of the answer."""
        event_id, is_new = self.store(message, name)
        word = processing.process(self.database, self.settings, event_id, now=self.now)
        return word if is_new or word != "queued" else "duplicate"

    def store(self, message: dict[str, Any], name: str = "main") -> tuple[int, bool]:
        """Delivers one signed message as far as the commit after storing it."""
        body, headers = stripe.signed(message, at=int(self.now.timestamp()))
        with self.database.writing() as session:
            endpoint = endpoints.find(session, "stripe", name)
            return receiving.store(
                session,
                endpoint,
                shelf()["stripe"],
                endpoints.opened(endpoint, Sealer(self.settings.secret_key), self.settings.mode),
                headers={key.lower(): value for key, value in headers.items()},
                body=body,
                now=self.now,
            )

    def drain(self) -> dict[str, int]:
        """The worker's round."""
        return processing.drain(self.database, self.settings, now=self.now)

    def raised(self, slug: str = "newsroom") -> int:
        """The sum over all periods of a campaign."""
        return sum(total.raised_minor for total in self.totals(slug))

    def pending(self, slug: str = "newsroom") -> int:
        """What is promised beside it."""
        return sum(total.pending_minor for total in self.totals(slug))

    def totals(self, slug: str = "newsroom") -> list[PeriodTotal]:
        """The totals of a campaign's periods, oldest first."""
        with self.database.reading() as session:
            wanted = select(PeriodTotal).join(Period, Period.id == PeriodTotal.period_id).join(Campaign)
            return list(session.scalars(wanted.where(Campaign.slug == slug).order_by(Period.opening)))

    def donation(self, ref: str) -> Donation:
        """The donation of a payment, by the provider's id."""
        with self.database.reading() as session:
            return session.scalars(select(Donation).join(Donation.ref).where(PaymentRef.ref == ref)).one()

    def entries(self, ref: str) -> list[LedgerEntry]:
        """A donation's entries, as posted."""
        with self.database.reading() as session:
            wanted = select(LedgerEntry).join(Donation, Donation.id == LedgerEntry.donation_id).join(Donation.ref)
            return list(session.scalars(wanted.where(PaymentRef.ref == ref).order_by(LedgerEntry.id)))

    def event(self, remote_id: str) -> WebhookEvent:
        """An inbox row."""
        with self.database.reading() as session:
            return session.scalars(select(WebhookEvent).filter_by(remote_id=remote_id)).one()

    def check(self) -> Report:
        """`tidemark ledger check`."""
        with self.database.reading() as session:
            return check(session, proof.reader(session, self.settings))

    def later(self, **delta: float) -> None:
        """Moves this desk's clock."""
        self.now += timedelta(**delta)

    def event_body(self, kind: str) -> bytes:
        """The stored body of the one event of type `kind`."""
        with self.database.reading() as session:
            return session.scalars(select(WebhookEvent.body).filter_by(type=kind)).one()
