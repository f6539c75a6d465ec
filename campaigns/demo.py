"""The demo's newsroom: made once, its money by the same way as everybody's, so that what a newcomer sees is true.

Its history is sent as signed messages of the pretend payment service through the inbox. Message and payment ids,
amounts and instants follow from the campaign alone: a preparation that was cut off half-way is simply completed at
the next start.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import audit, clock, installation, schema
from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.crypto import Sealer
from campaigns.db import Database, open_database
from campaigns.errors import NotFound
from campaigns.inbox import endpoints, processing, receiving
from campaigns.inbox.models import WebhookEvent
from campaigns.providers import shelf
from campaigns.sandbox import payments, sending
from campaigns.sandbox.models import SandboxPayment
from campaigns.settings import Settings
from campaigns.staff import accounts

EMAIL = "editor@demo.example"
SLUG = "newsroom"
TIMEZONE = "Europe/Berlin"
ENDPOINT = "sandbox"
THIS_PERIOD_MINOR = 235_500
THIS_PERIOD_COUNT = 58
PAST_MINOR = (418_000, 532_500, 379_000, 501_500)  # the closed months, the oldest first
AMOUNTS_MINOR = (500, 1_000, 1_500, 2_000, 2_500, 2_500, 3_000, 5_000, 5_000, 10_000)
NAMES = ("Ada", "Bela", "Chidi", "Dana", "Emre", "Fatima", "Goran", "Hanna", "Ines", "Jonas", "Kim", "Lior", "Mira")
STORY = """\
We are eleven people with a printer, a website and one rule: nobody buys a line of what we write.

In the last year we followed a bridge that was closed because of a bearing, found out who had known about it, and sat in
every meeting until a date was set for its reopening. **That is slow work, and it is only paid for by readers.**

## What a month costs

- The first 2,500 pay the servers, the lawyer on call and the archive.
- With 5,000 we can pay two reporters to do nothing but look things up.

The count starts again on the first of each month. Refunds are subtracted, promises are not counted.
"""
WAYS = (
    ("PayPal", "https://paypal.example/bendcourier"),
    ("Our donate page", "https://bendcourier.example/donate"),
    ("Patreon", "https://patreon.example/bendcourier"),
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a newcomer needs to look around."""

    email: str
    password: str
    campaign_slug: str


def prepare(settings: Settings) -> Prepared:
    """Migrates, makes the account, the campaign and its history where they are missing, and says how to log in."""
    database = open_database(settings.database_url)
    try:
        schema.upgrade(database.engine)
        with database.writing() as session:
            installation.claim(session, settings)
            password = _account(session, settings)
            campaign = _campaign(session, clock.now())
            _endpoint(session, settings)
        _history(database, settings, campaign)
    finally:
        database.engine.dispose()
    return Prepared(EMAIL, password, SLUG)


def _account(session: Session, settings: Settings) -> str:
    """The demo's editor; the password is kept beside the database, so that every start can say it."""
    path = settings.data_dir / "demo_password"
    if not path.exists():
        _write_secret(path, secrets.token_urlsafe(12))
    password = path.read_text(encoding="utf-8").strip()
    staff = accounts.find(session, EMAIL)
    if staff is None:
        staff = accounts.create(session, email=EMAIL, password=password, role="admin")
        audit.record(session, staff_id=None, action="create", thing="staff", thing_id=staff.id, role="admin")
    return password


def _write_secret(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _campaign(session: Session, now: datetime) -> Campaign:
    found = lifecycle.by_slug(session, SLUG)
    if found is not None:
        return found
    this_month = now.astimezone(ZoneInfo(TIMEZONE)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    campaign = lifecycle.create(
        session,
        slug=SLUG,
        title="Keep the newsroom running",
        currency="USD",
        now=now,
        milestones=[(250_000, "Servers paid"), (500_000, "Two reporters")],
        story=STORY,
        language="en",
        timezone=TIMEZONE,
        repeat="monthly",
        starts_at=this_month - relativedelta(months=len(PAST_MINOR)),
        ways=WAYS,
    )
    lifecycle.publish(session, campaign, now=now)
    for action in ("create", "publish"):
        audit.record(session, staff_id=None, action=action, thing="campaign", thing_id=campaign.id, slug=SLUG)
    return campaign


def _endpoint(session: Session, settings: Settings) -> None:
    try:
        endpoints.find(session, "sandbox", ENDPOINT)
    except NotFound:
        endpoints.create(
            session,
            provider="sandbox",
            name=ENDPOINT,
            secrets=(),
            settings={},
            campaign=None,
            sealer=Sealer(settings.secret_key),
            mode=settings.mode,
            now=clock.now(),
        )


@dataclass(frozen=True, slots=True)
class _Told:
    """One message of the history: its id, its type, and the payment as it then stood."""

    id: str
    kind: str
    payment: SandboxPayment


def _history(database: Database, settings: Settings, campaign: Campaign) -> None:
    """Sends the history, unless all of it is there."""
    history = list(_messages(campaign))
    with database.reading() as session:
        ours = select(func.count()).select_from(WebhookEvent).where(WebhookEvent.remote_id.like("msg_demo_%"))
        if session.scalar(ours) == len(history):
            return
        endpoint = endpoints.find(session, "sandbox", ENDPOINT)
        opened = endpoints.opened(endpoint, Sealer(settings.secret_key), settings.mode)
    for told in history:
        now = clock.now()
        what = sending.message(told.payment, told.kind, secret=opened.secrets[0], now=now, message_id=told.id)
        with database.writing() as session:
            provider = shelf()["sandbox"]
            event_id, _ = receiving.store(
                session, endpoint, provider, opened, headers=what.headers, body=what.body, now=now
            )
        processing.process(database, settings, event_id, now=now)


def _messages(campaign: Campaign) -> Iterator[_Told]:
    """The whole history, the same at every start: closed months, then the running one up to the campaign's making."""
    zone, made = ZoneInfo(TIMEZONE), campaign.created_at
    this_month = made.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for number, total in enumerate(PAST_MINOR):
        opens = this_month - relativedelta(months=len(PAST_MINOR) - number)
        yield from _month(f"past{number}", opens, opens + relativedelta(months=1), total, 30 + 7 * number)
    yield from _month("now", this_month, made, THIS_PERIOD_MINOR, THIS_PERIOD_COUNT)


def _month(name: str, opens: datetime, closes: datetime, total_minor: int, count: int) -> Iterator[_Told]:
    """`count` gifts that stay, adding up to `total_minor`, and some that were given back or disputed and won."""
    rng = random.Random(name)  # noqa: S311  (a made-up history, the same every time)
    chosen = [rng.choice(AMOUNTS_MINOR) for _ in range(count)]
    amounts = _adding_up(chosen, total_minor)
    span = (closes - opens) / (count + 1)
    for number, amount in enumerate(amounts):
        payment = _payment(f"{name}_{number}", amount, opens + span * (number + 1), rng)
        yield _Told(f"msg_demo_{payment.key}", "payment.succeeded", payment)
        if number == 3:
            yield from _given_back(payment, amount, opens + span * (number + 2))
        if number == 5:
            payments.dispute(payment, now=payment.created_at + timedelta(hours=1))
            payments.win_dispute(payment)
            yield _Told(f"msg_demo_{payment.key}_won", "dispute.won", payment)


def _given_back(payment: SandboxPayment, kept_minor: int, at: datetime) -> Iterator[_Told]:
    """A second payment by mistake, refunded in two parts; it leaves nothing."""
    twice = _payment(f"{payment.key.removeprefix('pay_demo_')}_twice", kept_minor, payment.created_at, random.Random(0))  # noqa: S311
    yield _Told(f"msg_demo_{twice.key}", "payment.succeeded", twice)
    half = kept_minor // 2
    twice.refunds = [
        {"id": f"ref_{twice.key}_{part}", "amount": amount, "status": "succeeded", "created": int(at.timestamp())}
        for part, amount in enumerate((half, kept_minor - half))
    ]
    yield _Told(f"msg_demo_{twice.key}_back", "refund.created", twice)


def _payment(name: str, amount_minor: int, at: datetime, rng: random.Random) -> SandboxPayment:
    person = rng.choice(NAMES)
    return SandboxPayment(
        key=f"pay_demo_{name}",
        campaign_slug=SLUG,
        amount_minor=amount_minor,
        currency="USD",
        status="succeeded",
        name=f"{person} {rng.choice('BCDFGKLMNPRSTVW')}.",
        email=f"{person.lower()}.{name}@reader.example",
        message=None,
        show_name=rng.random() < 0.4,
        refunds=[],
        disputes=[],
        created_at=at,
    )


def _adding_up(amounts: list[int], total_minor: int) -> list[int]:
    """`amounts` scaled to add up to `total_minor`, in whole major units but for the largest, which takes the rest."""
    factor = total_minor / sum(amounts)
    scaled = [max(100, round(amount * factor / 500) * 500) for amount in amounts]
    largest = scaled.index(max(scaled))
    scaled[largest] += total_minor - sum(scaled)
    return scaled
