"""A desk whose endpoint has a key, and a Stripe to ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bed.desk import Desk
from tests.fakes.stripe.server import FakeStripe
from tests.fakes.stripe.world import World
from tests.inbox.look_ups.rounds import KEY


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    with FakeStripe(World(seed=7, now=int(Desk.now.timestamp()) - 600)) as started:
        yield started


@pytest.fixture
def other_account() -> Iterator[FakeStripe]:
    with FakeStripe(World(seed=99, now=int(Desk.now.timestamp()) - 600)) as started:
        yield started


@pytest.fixture
def desk(database, settings, fake) -> Desk:
    made = Desk(database, settings)
    made.campaign()
    made.endpoint(api_key=KEY, api_base=fake.url)
    return made


@pytest.fixture
def keyless(database, settings) -> Desk:
    made = Desk(database, settings)
    made.campaign()
    made.endpoint()
    return made
