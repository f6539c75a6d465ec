"""What a payment service tells in most tests of the console: one person, one charge."""

from __future__ import annotations

from typing import Any

from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event


def give(
    desk: Desk,
    ref: str = "ch_1",
    amount: int = 2_500,
    campaign: str | None = "newsroom",
    at: int = CREATED,
    name: str = "main",
    **over: Any,
) -> int:
    """A charge of $25 arrives by way of the endpoint `name`; the id of its message."""
    message = event("charge.succeeded", charge(ref, amount, created=at, campaign=campaign, **over), created=at)
    desk.send(message, name)
    return desk.event(message["id"]).id


def named(name: str | None) -> dict[str, object]:
    """The billing details of somebody of that name."""
    return {"address": None, "email": "ada@example.org", "name": name, "phone": None}


def counted_by_check(desk: Desk) -> int:
    """What the newsroom raised, once the ledger has been checked against itself."""
    assert desk.check().findings == ()
    return desk.raised()
