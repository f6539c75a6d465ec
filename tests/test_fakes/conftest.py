from __future__ import annotations

from collections.abc import Iterator

import pytest
from stripe import StripeClient

from tests.fakes.stripe.server import FakeStripe


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    """A running fake that sends its webhooks when it is told to."""
    with FakeStripe() as running:
        yield running


@pytest.fixture
def client(fake: FakeStripe) -> StripeClient:
    """The official client, pointed at it."""
    return fake.client()
