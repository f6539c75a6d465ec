"""A Tidemark under a host name of its own, and a WordPress beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns import clock
from tests.bed import complete, wordpress
from tests.bed.desk import Desk
from tests.bed.live import LiveServer, free_port
from tests.bed.tls import Tls


@pytest.fixture
def tidemark_server(database, settings, tmp_path: Path) -> Iterator[LiveServer]:
    """Tidemark under a host name of its own, with a campaign that takes gifts."""
    server = LiveServer(settings, tmp_path)
    server.url = f"http://{wordpress.WIDGETS}:{server.port}"
    server.settings = settings.model_copy(update={"public_url": server.url})
    desk = Desk(database, settings, now=clock.now())
    desk.campaign(ways=[("PayPal", "https://pay.example/us")])
    server.start()
    yield server
    server.stop()


@pytest.fixture
def secure_server(tidemark_server: LiveServer, tmp_path: Path) -> Iterator[str]:
    """The same behind https, as the editor wants a pasted address; gives its address."""
    front = Tls(tmp_path, wordpress.WIDGETS, free_port(), tidemark_server.port)
    url = f"https://{wordpress.WIDGETS}:{front.port}"
    tidemark_server.stop()
    tidemark_server.settings = tidemark_server.settings.model_copy(update={"public_url": url})
    tidemark_server.start()
    front.start()
    yield url
    front.stop()


@pytest.fixture
def secure_site(secure_server: str, tmp_path: Path) -> Iterator[wordpress.WordPress]:
    """A site that may speak with it."""
    yield from _site(tmp_path, int(secure_server.rpartition(":")[2]))


@pytest.fixture
def site(tidemark_server: LiveServer, tmp_path: Path) -> Iterator[wordpress.WordPress]:
    yield from _site(tmp_path, tidemark_server.port)


def _site(tmp_path: Path, widgets_port: int) -> Iterator[wordpress.WordPress]:
    if lacking := wordpress.lacking():
        complete.leave_out(lacking, wordpress.HOW)
    folder = tmp_path / "wp"
    folder.mkdir()
    made = wordpress.WordPress(folder, widgets_port)
    try:
        made.start()
        yield made
    finally:
        made.stop()
