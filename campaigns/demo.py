"""The demo's newsroom: made once, its money by the same way as everybody's, so that what a newcomer sees is true.

Its history is sent as signed messages of the pretend payment service through the inbox: stored, then processed, by the
same code as what comes in over HTTP.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import audit, clock, installation, schema
from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.crypto import Sealer
from campaigns.db import Database, open_database
from campaigns.inbox import endpoints, processing, receiving
from campaigns.inbox.models import WebhookEndpoint, WebhookEvent
from campaigns.providers import shelf
from campaigns.sandbox import sending
from campaigns.sandbox.history import CURRENCY, Told, history, past_months
from campaigns.settings import Settings
from campaigns.site import sites
from campaigns.site.places import place
from campaigns.staff import accounts

EMAIL = "editor@demo.example"
SLUG = "newsroom"
NEWSPAPER = "The Bend Courier"
TIMEZONE = "Europe/Berlin"
ENDPOINT = "sandbox"
PASSWORD_FILE = "demo_password"  # noqa: S105  (a file's name)
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
    """Migrates, claims, makes what is missing, and says how to log in. Raises Conflict on another mode's database."""
    database = open_database(settings.database_url)
    try:
        schema.upgrade(database.engine)
        with database.writing() as session:
            installation.claim(session, settings)
        password = seed(database, settings)
    finally:
        database.engine.dispose()
    return Prepared(EMAIL, password, SLUG)


def seed(database: Database, settings: Settings) -> str:
    """The account, the campaign, its endpoint and its history, each where it is missing; the account's password."""
    password = _kept_password(settings.data_dir / PASSWORD_FILE)
    with database.writing() as session:
        _account(session, password)
        campaign = _campaign(session, clock.now())
        _site(session, settings.public_url)
        endpoint = endpoints.ensure(
            session,
            provider="sandbox",
            name=ENDPOINT,
            sealer=Sealer(settings.secret_key),
            mode=settings.mode,
            now=clock.now(),
        )
    _send(database, settings, endpoint, history(SLUG, TIMEZONE, campaign.created_at))
    return password


def _kept_password(path: Path) -> str:
    """Made once and kept beside the database (mode 0600), so that every start can say it."""
    if path.exists() and (kept := path.read_text(encoding="utf-8").strip()):
        return kept
    made, half = secrets.token_urlsafe(12), path.with_suffix(".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(made + "\n")
    half.replace(path)
    return made


def _account(session: Session, password: str) -> None:
    """The demo's editor, whom the password lets in: what a start prints is true, whatever was changed before."""
    staff = accounts.find(session, EMAIL)
    if staff is None:
        staff = accounts.create(session, email=EMAIL, password=password, role="admin")
        audit.record(session, staff_id=None, action="create", thing="staff", thing_id=staff.id, role="admin")
    elif accounts.authenticate(session, EMAIL, password) is None:
        accounts.set_password(session, staff, password)


def _campaign(session: Session, now: datetime) -> Campaign:
    found = lifecycle.by_slug(session, SLUG)
    if found is not None:
        return found
    first_month, _ = next(past_months(TIMEZONE, now))
    campaign = lifecycle.create(
        session,
        slug=SLUG,
        title="Keep the newsroom running",
        currency=CURRENCY,
        now=now,
        milestones=[(250_000, "Servers paid"), (500_000, "Two reporters")],
        story=STORY,
        language="en",
        timezone=TIMEZONE,
        repeat="monthly",
        starts_at=first_month,
        ways=WAYS,
    )
    lifecycle.publish(session, campaign, now=now)
    for action in ("create", "publish"):
        audit.record(session, staff_id=None, action=action, thing="campaign", thing_id=campaign.id, slug=SLUG)
    return campaign


def _site(session: Session, public_url: str) -> None:
    """The newspaper whose article the bar stands in: it is served by us, at whatever address this start has."""
    here = place(public_url)
    if here is None or sites.attribute(session, here.origin).site_id is not None:
        return
    found = next((site for site in sites.every(session) if site.name == NEWSPAPER), None)
    if found is not None:
        origins = [*(one.origin for one in found.origins), here.origin][-sites.ORIGINS_MAX :]
        sites.change(session, found, name=NEWSPAPER, origins=origins, full_path=found.full_path)
        return
    made = sites.create(session, name=NEWSPAPER, origins=[here.origin], full_path=True, now=clock.now())
    audit.record(session, staff_id=None, action="create", thing="site", thing_id=made.id)


def _send(database: Database, settings: Settings, endpoint: WebhookEndpoint, told: list[Told]) -> None:
    """Stores and processes each message; nothing, where the last one is there already."""
    with database.reading() as session:
        last = select(WebhookEvent.id).filter_by(endpoint_id=endpoint.id, remote_id=told[-1].message_id)
        if session.scalar(last) is not None:
            return
    opened = endpoints.opened(endpoint, Sealer(settings.secret_key), settings.mode)
    provider = shelf()["sandbox"]
    for one in told:
        now = clock.now()
        what = sending.message(one.payment, one.kind, secret=opened.secrets[0], now=now, message_id=one.message_id)
        with database.writing() as session:
            event_id, _ = receiving.store(
                session, endpoint, provider, opened, headers=what.headers, body=what.body, now=now
            )
        processing.process(database, settings, event_id, now=now)
