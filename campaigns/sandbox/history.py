"""A made-up newsroom's donations of some months: what the demo shows, the same at every start.

Readers, amounts, instants and ids follow from the month's name alone, so that a preparation that was cut off half-way
is completed by sending everything again.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from campaigns.sandbox.models import SandboxPayment

CURRENCY = "USD"
PAST = ((318_000, 30), (431_500, 36), (262_500, 28), (502_000, 40))  # (raised_minor, gifts) of closed months in order
RUNNING = (235_500, 58)
AMOUNTS_MINOR = tuple(major * 100 for major in (5, 10, 10, 15, 20, 25, 25, 25, 30, 50, 50, 50, 75, 100, 100, 250, 500))
DRAWS_MAX = 100_000
DETOURS = 0.02  # now and then a step away, out of where no single step comes nearer
READERS = 700
FIRST_NAMES = (
    "Ada", "Bela", "Chidi", "Dana", "Emre", "Fatima", "Goran", "Hanna", "Ines", "Jonas", "Kim", "Lior", "Mira", "Noor",
    "Olga", "Pavel", "Quentin", "Rosa", "Samira", "Tomas", "Ulla", "Viktor", "Wanda", "Yusuf",
)  # fmt: skip
MESSAGES = (
    "Keep asking.",
    "For the bridge story. My mother waits at that bus stop.",
    "I read you every morning.",
    "More of the council meetings, please!",
    "Not much, but every month.",
    "Thank you for naming names.",
    "From the night shift at the hospital.",
)


@dataclass(frozen=True, slots=True)
class Told:
    """One message of the history: its id, its type, and the payment as it then stood."""

    message_id: str
    kind: str
    payment: SandboxPayment


def past_months(timezone: str, made_at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """(first instant, last instant) of each closed month before `made_at`, the oldest first."""
    opens = [_first_of_month(timezone, made_at, ago) for ago in range(len(PAST), -1, -1)]
    yield from itertools.pairwise(opens)


def history(campaign_slug: str, timezone: str, made_at: datetime) -> list[Told]:
    """All messages: the closed months, then the running one up to `made_at`."""
    told: list[Told] = []
    for number, (window, (total_minor, count)) in enumerate(zip(past_months(timezone, made_at), PAST, strict=True)):
        told += _month(campaign_slug, f"past{number}", window, total_minor, count)
    running = (_first_of_month(timezone, made_at, 0), made_at)
    return told + list(_month(campaign_slug, "now", running, *RUNNING))


def _first_of_month(timezone: str, instant: datetime, months_ago: int) -> datetime:
    """In UTC, where adding seconds is never off by an hour."""
    local = instant.astimezone(ZoneInfo(timezone)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (local - relativedelta(months=months_ago)).astimezone(UTC)


def _month(slug: str, name: str, window: tuple[datetime, datetime], total_minor: int, count: int) -> Iterator[Told]:
    """`count` gifts that stay and add up to `total_minor`, with what else happened to some of them."""
    rng = random.Random(name)  # noqa: S311  (made up on purpose, the same every time)
    kept = _adding_up(rng, count, total_minor)
    span = (window[1] - window[0]).total_seconds()
    instants = sorted(window[0] + timedelta(seconds=rng.random() * span) for _ in range(count))
    for number, (amount_minor, at) in enumerate(zip(kept, instants, strict=True)):
        payment = _payment(slug, f"{name}_{number}", amount_minor, at, rng)
        yield from TURNS.get(payment.key, _paid)(payment)


def _adding_up(rng: random.Random, count: int, total_minor: int) -> list[int]:
    """`count` usual amounts that add up to `total_minor`: drawn, then redrawn one by one while that comes nearer."""
    drawn = [rng.choice(AMOUNTS_MINOR) for _ in range(count)]
    over = sum(drawn) - total_minor
    for _ in range(DRAWS_MAX):
        if over == 0:
            return drawn
        place, other = rng.randrange(count), rng.choice(AMOUNTS_MINOR)
        change = other - drawn[place]
        if abs(over + change) < abs(over) or rng.random() < DETOURS:
            drawn[place], over = other, over + change
    raise ValueError(f"{count} usual amounts do not add up to {total_minor}")


def _payment(slug: str, name: str, amount_minor: int, at: datetime, rng: random.Random) -> SandboxPayment:
    reader = rng.randrange(READERS)
    first, initial = FIRST_NAMES[reader % len(FIRST_NAMES)], "BCDFGHKLMNPRSTVW"[reader * 7 % 16]
    return SandboxPayment(
        key=f"pay_demo_{name}",
        campaign_slug=slug,
        amount_minor=amount_minor,
        currency=CURRENCY,
        status="succeeded",
        name=f"{first} {initial}.",
        email=f"{first.lower()}.{initial.lower()}.{reader}@reader.example",
        message=rng.choice(MESSAGES) if rng.random() < 0.2 else None,
        show_name=rng.random() < 0.5,
        refunds=[],
        disputes=[],
        created_at=at,
    )


def _paid(payment: SandboxPayment) -> Iterator[Told]:
    yield Told(f"msg_demo_{payment.key}", "payment.succeeded", payment)


def _given_back_in_part(payment: SandboxPayment) -> Iterator[Told]:
    """Twice what was meant was given, and half of it went back: what stays is the amount that was meant."""
    too_much = payment.amount_minor
    payment = _with(payment, amount_minor=2 * too_much)
    yield Told(f"msg_demo_{payment.key}", "payment.succeeded", payment)
    refunds = [_part(f"ref_{payment.key}", too_much, "succeeded", payment)]
    yield Told(f"msg_demo_{payment.key}_back", "refund.created", _with(payment, refunds=refunds))


def _disputed_and_won(payment: SandboxPayment) -> Iterator[Told]:
    yield Told(f"msg_demo_{payment.key}", "payment.succeeded", payment)
    for status, kind in (("open", "dispute.opened"), ("won", "dispute.won")):
        disputes = [_part(f"dis_{payment.key}", payment.amount_minor, status, payment)]
        yield Told(f"msg_demo_{payment.key}_{status}", kind, _with(payment, disputes=disputes))


def _paid_twice(payment: SandboxPayment) -> Iterator[Told]:
    """The same again by mistake, refunded in full: that leaves nothing."""
    yield from _paid(payment)
    twice = _with(payment, key=f"{payment.key}_twice")
    yield Told(f"msg_demo_{twice.key}", "payment.succeeded", twice)
    refunds = [_part(f"ref_{twice.key}", twice.amount_minor, "succeeded", twice)]
    yield Told(f"msg_demo_{twice.key}_back", "refund.created", _with(twice, refunds=refunds))


def _with(payment: SandboxPayment, **changes: Any) -> SandboxPayment:
    """The payment at a later moment; what was told of it before stays as it was."""
    columns = [column.key for column in SandboxPayment.__table__.columns if column.key != "id"]
    return SandboxPayment(**{name: getattr(payment, name) for name in columns} | changes)


def _part(key: str, amount_minor: int, status: str, payment: SandboxPayment) -> dict[str, object]:
    return {"id": key, "amount": amount_minor, "status": status, "created": int(payment.created_at.timestamp())}


TURNS = {  # what else happened, by the payment's key
    "pay_demo_past0_3": _given_back_in_part,
    "pay_demo_past1_5": _disputed_and_won,
    "pay_demo_past2_8": _paid_twice,
    "pay_demo_now_7": _given_back_in_part,
}
