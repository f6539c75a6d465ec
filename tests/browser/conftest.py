"""A newsroom that is served, and pages of other people on which its bar is embedded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from campaigns import clock
from campaigns.widget.snippet import snippet
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.bed.stripe_events import charge, event

TITLE = "Keep the newsroom running"

Put = Callable[..., str]
Give = Callable[..., None]


@pytest.fixture
def served(live_server: LiveServer, database, settings) -> Desk:
    """An installation with one Stripe endpoint, served over HTTP; its clock is the real one."""
    desk = Desk(database, settings, now=clock.now())
    desk.endpoint()
    return desk


@pytest.fixture
def give(served: Desk) -> Give:
    """`give("ch_1", 235_500)`: a charge of that amount arrives."""

    def pay(charge_id: str, amount: int, campaign: str = "newsroom", currency: str = "usd") -> None:
        served.now, created = clock.now(), int(time.time()) - 5
        body = charge(charge_id, amount, created=created, campaign=campaign, currency=currency)
        word = served.send(event("charge.succeeded", body, created=created))
        assert word in ("processed", "duplicate")  # the server's own worker may have been quicker

    return pay


@pytest.fixture
def newsroom(served: Desk, give: Give) -> Desk:
    """The campaign of the article that inspired us, at $2,355."""
    served.campaign(ways=[("PayPal", "https://pay.example/us"), ("Patreon", "https://patreon.example/us")])
    give("ch_1", 235_500)
    return served


@pytest.fixture
def put(live_server: LiveServer) -> Iterator[Put]:
    """`put(policy=…, head=…, body=…)` serves a page of another site, with the snippet in it, and gives its address."""
    with HTTPServer(host="127.0.0.1") as server:

        def serve(body: str | None = None, policy: str = "", head: str = "") -> str:
            text = body if body is not None else snippet("newsroom", TITLE, live_server.url)
            start = f"<!doctype html><html lang=en><meta charset=utf-8><title>Site</title>{head}"
            html = f"{start}<body><p>The vote took four minutes.</p>{text}{'<p>Text.</p>' * 40}"
            headers = {"Content-Security-Policy": policy.format(url=live_server.url)} if policy else {}

            def answer(request: Request) -> Response:
                if request.path == "/favicon.ico":
                    return Response(status=204)
                return Response(html, content_type="text/html", headers=headers)

            server.clear()
            for path in ("/article", "/favicon.ico"):
                server.expect_request(path).respond_with_handler(answer)
            return server.url_for("/article")

        yield serve


@pytest.fixture
def raised() -> Callable[[Page], Locator]:
    """The raised amount as it is seen, in whatever form the bar has."""
    return lambda page: page.locator("tidemark-progress :is(.tm-raised, .tm-brief strong):visible")
