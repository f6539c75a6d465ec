"""The worker's rounds, by a desk's clock; and what Stripe has told so far."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from campaigns.inbox import look_ups
from campaigns.inbox.models import LookUp
from tests.bed.desk import Desk
from tests.fakes.stripe.server import FakeStripe

KEY = "rk_test_reader"


def told(fake: FakeStripe, kind: str, nth: int = -1) -> dict[str, Any]:
    """The last event of a kind, or another by its place among them."""
    return [event for event in fake.world.events if event["type"] == kind][nth]


def told_of(fake: FakeStripe, kind: str, thing: str) -> dict[str, Any]:
    """The event of a kind about one object."""
    return next(e for e in fake.world.events if e["type"] == kind and e["data"]["object"]["id"] == thing)


def ask(desk: Desk, **later: float) -> dict[str, int]:
    """The worker's rounds, a while later: events, look-ups, events."""
    desk.later(**(later or {"seconds": 45}))
    desk.drain()
    ended = look_ups.ask_due(desk.database, desk.settings, now=desk.now)
    desk.drain()
    return ended


def rows(desk: Desk, subject: str | None = None) -> list[LookUp]:
    """Look-ups, as stored."""
    with desk.database.reading() as session:
        found = select(LookUp).order_by(LookUp.id)
        return list(session.scalars(found.filter_by(subject=subject) if subject else found))
