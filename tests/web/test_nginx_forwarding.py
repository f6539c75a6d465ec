"""What nginx tells Tidemark of a request: who asked and how, as nginx saw it; of a cached read, no cookie either."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.bed import complete, nginx

CACHED = (
    "/c/newsroom",
    "/embed/newsroom",
    "/embed/newsroom/fragment",
    "/api/v1/campaigns/newsroom",
    "/img/newsroom.svg",
    "/img/newsroom/card.png",
    "/oembed?url=x",
    "/widget.v1.js",
    "/static/embed/frame.js",
)
PASSED_ON = ("/c/newsroom/donate", "/c/newsroom/thanks", "/console/login", "/")
CLAIMED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "gopher",
    "Cookie": "tidemark=staff",
}

Heard = list[tuple[str, Message]]


@pytest.fixture
def heard() -> Heard:
    """Every request that got through nginx: path and headers."""
    return []


@pytest.fixture
def front(heard: Heard, tmp_path: Path) -> Iterator[nginx.Nginx]:
    if nginx.found() is None:
        complete.leave_out("nginx is missing", nginx.HOW)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            heard.append((self.path, self.headers))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    upstream.daemon_threads = True
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    made = nginx.Nginx(tmp_path, upstream.server_port)
    made.start()
    yield made
    made.stop()
    upstream.shutdown()
    upstream.server_close()


@pytest.mark.parametrize("path", [*CACHED, *PASSED_ON])
def test_who_asked_is_told_by_nginx_and_nothing_that_the_reader_claims(front, heard, path):
    front.ask(path, **CLAIMED)
    [(_, told)] = heard
    assert told.get_all("X-Forwarded-For") == ["127.0.0.1"]
    assert told.get_all("X-Forwarded-Proto") == ["http"]
    assert told.get_all("Host") == ["127.0.0.1"]


@pytest.mark.parametrize("path", [*CACHED, *PASSED_ON])
def test_connections_to_us_are_kept_open(front, heard, path):
    front.ask(path)
    assert heard[0][1].get("Connection", "keep-alive") == "keep-alive"


@pytest.mark.parametrize("path", CACHED)
def test_a_read_that_everybody_shares_carries_nobodys_cookie(front, heard, path):
    front.ask(path, **CLAIMED)
    assert heard[0][1]["Cookie"] is None


@pytest.mark.parametrize("path", PASSED_ON)
def test_staff_stay_logged_in_behind_nginx(front, heard, path):
    front.ask(path, **CLAIMED)
    assert heard[0][1]["Cookie"] == CLAIMED["Cookie"]


def test_tidemark_is_asked_for_what_it_reads_and_nothing_else(front, heard):
    front.ask("/embed/newsroom?utm_source=mail&lang=de&fbclid=1&theme=dark")
    assert heard[0][0] == "/embed/newsroom?lang=de&kind=&theme=dark&accent=&embed="
