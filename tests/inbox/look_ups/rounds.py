"""The worker's rounds, by a desk's clock; and what Stripe has told so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from campaigns.inbox import look_ups
from campaigns.inbox.models import LookUp
from campaigns.providers import stripe as provider
from campaigns.providers.asking import Answers
from tests.bed import stripe_events as stripe
from tests.bed.desk import CREATED, Desk
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


def refunded(desk: Desk, number: int = 1) -> stripe.Json:
    """A refund that came before its charge: its charge is asked for."""
    body = stripe.refund(f"re_{number}", f"ch_{number}", 500, created=CREATED)
    message = stripe.event("refund.created", body, created=CREATED)
    desk.send(message)
    return message


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], Answers]) -> list[str]:
    """Stripe's API answers as told; the list grows by each question."""
    asked: list[str] = []

    def look_up(_: object, subject: str) -> Answers:
        asked.append(subject)
        return answer(subject)

    monkeypatch.setattr(provider, "look_up", look_up)
    return asked


def put(error: Exception) -> Callable[[str], Answers]:
    def fail(_: str) -> Answers:
        raise error

    return fail


def the_only(desk: Desk) -> LookUp:
    (row,) = rows(desk)
    return row


def set_to(desk: Desk, **values: Any) -> None:
    with desk.database.writing() as session:
        session.execute(update(LookUp).values(**values))
