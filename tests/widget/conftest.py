"""A newsroom with money in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from campaigns.db import Database
from campaigns.settings import Settings
from tests.bed.desk import CREATED, NOW, Desk
from tests.bed.stripe_events import charge, event


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    desk = Desk(database, settings)
    desk.campaign(ways=[("PayPal", "https://pay.example/us"), ("Patreon", "https://patreon.example/us")])
    desk.endpoint()
    return desk


@pytest.fixture
def give(desk: Desk) -> Callable[[str, int], None]:
    """`give("ch_1", 235_500)`: a charge of that amount arrives for the newsroom."""

    def pay(charge_id: str, amount: int) -> None:
        body = charge(charge_id, amount, created=CREATED, campaign="newsroom")
        desk.send(event("charge.succeeded", body, created=CREATED))

    return pay
