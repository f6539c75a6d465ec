"""`python -m bench.weight`: what a bar costs the page it stands in: bytes, main-thread time, how far the page moves.

A page of another site is opened in Chromium with the bar and without it, at a quarter of this machine's speed; the time
is the difference of the two, the median of several pages. Bytes are those of the bodies under gzip -9, as a proxy in
front of Tidemark sends them.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import logging
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, expect
from pytest_httpserver import HTTPServer

from campaigns import clock
from campaigns.settings import Settings
from campaigns.widget.look import DEFAULT_KIND, Look, kinds
from campaigns.widget.script import module_path, script, shared
from campaigns.widget.snippet import snippet
from tests.bed import chromium
from tests.bed.databases import SECRET_KEY, SqliteBed
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.bed.stripe_events import charge, event

TITLE, RAISED = "Keep the newsroom running", 235_500
SLOWED, LATE_MS = 4, 350
TEXT = "<p>The vote took four minutes.</p>"
WATCH_SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => list.getEntries().forEach(
  (entry) => window.shifted += entry.value)).observe({ type: "layout-shift", buffered: true });"""
BUSY = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
PEER = "every.org's button.js 0.4: 150,672 bytes, 49,326 under gzip -9"

Serve = Callable[..., str]


def main() -> None:
    parser = argparse.ArgumentParser(prog="weight", description=__doc__)
    parser.add_argument("--pages", type=int, default=9, help="pages of each sort, of which the median counts")
    chosen = parser.parse_args()
    path = chromium.found()
    if path is None:
        parser.error(f"there is no Chromium: {chromium.HOW}")
    with _installation() as server, _site() as serve, chromium.running(path) as browser:
        _tell_bytes(server)
        _tell_time(browser, serve, server.url, chosen.pages)
        _tell_shift(browser, serve, server.url)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _tell_bytes(server: LiveServer) -> None:
    _say(f"{'what is loaded':<44}{'bytes':>8}{'gzip -9':>9}")
    first = [_line("widget.v1.js", script().body), _line("the sheet of all kinds", shared().body)]
    _sum("to draw a bar with", first)
    _sum("first bar, in all", [*first, _line("the bar: numbers, words and drawing", _got(server, "fragment"))])
    _line("choosing an amount in it, asked for after", server.get(module_path(DEFAULT_KIND)).body)
    for kind in kinds():
        if kind != DEFAULT_KIND:
            _line(f"a {kind}: its sheet, with choosing", server.get(module_path(kind)).body)
    _line("the picture, until then", _got(server, "picture"))
    _say(f"({PEER})\n")


def _got(server: LiveServer, what: str) -> bytes:
    return server.get("/embed/newsroom/fragment" if what == "fragment" else "/img/newsroom.svg").body


def _sum(name: str, lines: list[tuple[int, int]]) -> None:
    _say(f"{name:<44}{sum(raw for raw, _ in lines):>8}{sum(packed for _, packed in lines):>9}")


def _line(name: str, body: bytes) -> tuple[int, int]:
    sizes = len(body), len(gzip.compress(body, 9, mtime=0))
    _say(f"{name:<44}{sizes[0]:>8}{sizes[1]:>9}")
    return sizes


def _tell_time(browser: Browser, serve: Serve, url: str, pages: int) -> None:
    plain, bar = serve(TEXT * 30), serve(TEXT + snippet("newsroom", TITLE, url) + TEXT * 29)
    times = {address: [_busy_ms(browser, address) for _ in range(pages)] for address in (plain, bar)}
    medians = {address: statistics.median(found) for address, found in times.items()}
    _say(f"main thread at 1/{SLOWED} of the speed, until the bar stands: {medians[bar] - medians[plain]:.0f} ms")
    _say(f"  ({medians[bar]:.0f} ms with the bar, {medians[plain]:.0f} ms without; medians of {pages} pages)\n")


def _busy_ms(browser: Browser, address: str) -> float:
    """What the page's own thread worked: scripts, styles, layout."""
    with _page(browser) as page:
        tools = page.context.new_cdp_session(page)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        tools.send("Performance.enable", {"timeDomain": "timeTicks"})
        page.goto(address)
        if page.locator("tidemark-progress").count():
            _stands(page)
        page.wait_for_load_state("networkidle")
        told = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
        return 1000 * sum(float(told[name]) for name in BUSY)


def _tell_shift(browser: Browser, serve: Serve, url: str) -> None:
    _say(f"how far the page moves (CLS) when the script is {LATE_MS} ms late")
    strict = f"default-src 'none'; script-src {url}; connect-src {url}; img-src {url}; style-src 'self'"
    for name, policy in (("no policy", ""), ("style-src 'self'", strict)):
        for kind in kinds():
            html = TEXT + snippet("newsroom", TITLE, url, look=Look(kind)) + TEXT * 29
            with _page(browser) as page:
                page.add_init_script(WATCH_SHIFTS)
                page.route("**/widget.v1.js", _late)
                page.goto(serve(html, policy))
                _stands(page)
                page.wait_for_timeout(300)
                _say(f"  {kind:<14}{name:<18}{page.evaluate('shifted'):.4f}")


def _late(route: Route) -> None:
    route.request.frame.page.wait_for_timeout(LATE_MS)
    route.continue_()


def _stands(page: Page) -> None:
    expect(page.locator("tidemark-progress .tm")).to_be_visible()
    expect(page.locator("tidemark-progress .tm-go")).to_be_visible()


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 800, "height": 900})
    page = context.new_page()
    yield page
    context.close()


@contextmanager
def _site() -> Iterator[Serve]:
    """`serve(html, policy)`: a page of another site; gives its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with HTTPServer(host="127.0.0.1") as server:
        made: list[str] = []

        def serve(body: str, policy: str = "") -> str:
            made.append(body)
            path, html = f"/{len(made)}", f"<!doctype html><html lang=en><meta charset=utf-8><title>Site</title>{body}"
            headers = {"Content-Security-Policy": policy} if policy else {}
            server.expect_request(path).respond_with_data(html, content_type="text/html", headers=headers)
            return f"http://herald.example:{server.port}{path}"

        server.expect_request("/favicon.ico").respond_with_data("", status=http.client.NO_CONTENT)
        yield serve


@contextmanager
def _installation() -> Iterator[LiveServer]:
    """A campaign at $2,355 of $5,000, served as it is in production."""
    with ExitStack() as after:
        folder = Path(after.enter_context(tempfile.TemporaryDirectory()))
        bed = SqliteBed(folder)
        bed.empty()
        after.callback(bed.close)
        data, address = folder / "data", "http://weight.test"
        settings = Settings(database_url=bed.url, data_dir=data, public_url=address, secret_key=SECRET_KEY, mode="test")
        desk = Desk(bed.database, settings, now=clock.now())
        desk.campaign(ways=[("PayPal", "https://pay.example/us"), ("Patreon", "https://patreon.example/us")])
        desk.endpoint()
        created = int(desk.now.timestamp()) - 5
        body = charge("ch_1", RAISED, created=created, campaign="newsroom")
        desk.send(event("charge.succeeded", body, created=created))
        server = LiveServer(settings, folder)
        after.callback(server.kill)
        server.start()
        yield server


if __name__ == "__main__":
    main()
