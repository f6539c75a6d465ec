"""A test message goes all the way over the network, is stored, and counts nowhere."""

from __future__ import annotations

import pytest

from campaigns import clock
from campaigns.crypto import Sealer
from campaigns.errors import Conflict
from campaigns.inbox import endpoints, rehearsing
from campaigns.providers import shelf
from tests.bed.desk import Desk
from tests.bed.live import LiveServer


@pytest.mark.parametrize("provider", ["stripe", "patreon", "kofi", "buymeacoffee", "btcpay"])
def test_a_rehearsal_reaches_its_endpoint_over_http(provider, live_server: LiveServer, database, settings):
    desk = Desk(database, settings)
    asked = {"patreon": {"currency": "USD"}, "btcpay": {"url": "https://pay.example", "store_id": "S1"}}
    with database.writing() as session:
        made = endpoints.create(
            session,
            provider=provider,
            name="main",
            secrets=["whsec_" + "k" * 32],
            settings=asked.get(provider, {}),
            campaign=None,
            sealer=Sealer(settings.secret_key),
            mode=settings.mode,
            now=desk.now,
        )
        opened = endpoints.opened(made, Sealer(settings.secret_key), settings.mode)
        url = endpoints.url_of(made, live_server.url)
    rehearsing.rehearse(shelf()[provider], opened, url, now=clock.now())
    with database.reading() as session:
        assert endpoints.find(session, provider, "main").last_event_at is not None
    assert desk.check().entries == 0
    with pytest.raises(Conflict, match="answered 404"):
        rehearsing.rehearse(shelf()[provider], opened, url + "x", now=clock.now())
