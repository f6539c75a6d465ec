"""Answers of PayPal and Patreon with something absurd in any place: unreadable, or read; never anything else."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from campaigns.providers import patreon, paypal
from campaigns.providers.contract import Endpoint, Reading, Unreadable
from tests.fakes.patreon.server import FakePatreon
from tests.fakes.paypal.bank import Bank
from tests.fakes.paypal.lives import live
from tests.providers.samples import NOW

ABSURD: tuple[Any, ...] = (
    None, True, 0, -1, 10**13 + 1, 1e30, "", "x", "-5.00", "0.00", "1e9", "5.001", "999999999999.99", "USD", "XXX",
    "JPY", "HUF",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-22T12:00:00", "\ud800", "A" * 300, [], [[]],
    {}, [None], {"a": 1}, "COMPLETED", "CANCELLED", "reversed", "DEBIT",
)  # fmt: skip
AT_PAYPAL = Endpoint("main", "test", (), {})
AT_PATREON = Endpoint("main", "test", (), {"currency": "USD", "access_token": "t", "count_from": "2026-11-01"})
CALLED = {"captures": "capture", "refunds": "refund", "sales": "sale", "sale_refunds": "sale_refund"}
CALLED |= {"subscriptions": "subscription"}


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*way, key))


def spoilt(document: Any, chance: random.Random) -> Any:
    changed = deepcopy(document)
    for _ in range(chance.choice((1, 1, 2, 4))):
        way = chance.choice([way for way in places(changed) if way])
        holder = changed
        for key in way[:-1]:
            holder = holder[key]
        holder[way[-1]] = deepcopy(chance.choice(ABSURD))
    return changed


def at_paypal() -> list[Any]:
    """Every kind of answer, from some lives."""
    bank, chance = Bank(), random.Random(3)
    for _ in range(30):
        live(bank, chance)
    found: list[Any] = [{noun: one} for name, noun in CALLED.items() for one in list(getattr(bank, name).values())[:6]]
    orders = [{"order": bank.order_document(name)} for name in list(bank.orders)[:6]]
    disputes = [{"dispute": one, "payments": orders} for one in list(bank.disputes.values())[:6]]
    return [
        *found,
        *orders,
        *disputes,
        {"sale": found[12]["sale"], "reversed": True} if "sale" in found[12] else orders[0],
    ]


def at_patreon() -> list[Any]:
    fake = FakePatreon()
    for _ in range(3):
        member = fake.join(paid=500)
        fake.charge(member, 700)
        fake.refund(member, 100)
    return [fake._page({}), *(fake._document(one, history=True) for one in fake.members.values())]


@pytest.mark.parametrize("seed", range(4))
def test_an_absurd_answer_is_unreadable_or_read(seed: int) -> None:
    chance = random.Random(seed)
    read = 0
    cases = [(paypal, AT_PAYPAL, at_paypal()), (patreon, AT_PATREON, at_patreon())]
    for provider, endpoint, documents in cases:
        for _ in range(1500):
            body = json.dumps(spoilt(chance.choice(documents), chance)).encode()
            try:
                reading: Reading = provider.read_answer(body, endpoint, NOW)
            except Unreadable:
                continue
            read += 1
            for movement in reading.movements:
                assert type(movement.amount_minor) is int
                assert movement.amount_minor != 0
                assert movement.occurred_at.tzinfo is not None
    assert read > 500
