"""The bar on pages of other people: strict policies, no script, a slow script, two bars, an outage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_httpserver import HTTPServer

from campaigns import clock
from campaigns.widget.snippet import snippet
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.bed.stripe_events import charge, event

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]

STRICT = "default-src 'none'; script-src {url}; connect-src {url}; img-src {url}"
TRUSTED = "; require-trusted-types-for 'script'; trusted-types 'none'"

Put = Callable[..., str]


@pytest.fixture
def newsroom(live_server: LiveServer, database, settings) -> Desk:
    desk = Desk(database, settings, now=clock.now())
    desk.campaign()
    desk.endpoint()
    give(desk, "ch_1", 235_500)
    return desk


@pytest.fixture
def put(live_server: LiveServer) -> Iterator[Put]:
    """`put(policy=…, body=…)` serves a page of another site and gives its address."""
    with HTTPServer(host="127.0.0.1") as server:

        def serve(body: str | None = None, policy: str = "", head: str = "") -> str:
            text = body if body is not None else snippet("newsroom", "Keep the newsroom running", live_server.url)
            html = f"<!doctype html><html lang=en><meta charset=utf-8><title>Site</title>{head}<body>{text}<p>Text"
            headers = {"Content-Security-Policy": policy.format(url=live_server.url)} if policy else {}
            server.expect_request("/").respond_with_data(html, content_type="text/html", headers=headers)
            return server.url_for("/")

        yield serve


def give(desk: Desk, charge_id: str, amount: int) -> None:
    desk.now = clock.now()
    now = int(time.time()) - 5
    body = charge(charge_id, amount, created=now, campaign="newsroom")
    assert desk.send(event("charge.succeeded", body, created=now)) == "processed"


def raised(page: Page) -> object:
    return page.locator("tidemark-progress .tm-raised:visible")


@pytest.mark.parametrize("policy", [STRICT, STRICT + TRUSTED], ids=["strict", "trusted types"])
def test_a_site_with_the_strictest_policy_gets_a_bar_and_no_complaint(newsroom, put, page, policy):
    page.goto(put(policy=policy))
    expect(raised(page)).to_have_text("$2,355")
    box = page.locator("tidemark-progress .tm").bounding_box()
    assert box is not None
    assert box["height"] > 150


def test_where_the_script_may_not_run_the_link_stays(newsroom, put, browser: Browser):
    page = browser.new_page()
    page.goto(put(policy="default-src 'none'; img-src *"))
    link = page.get_by_role("link")
    expect(link).to_be_visible()
    assert link.get_attribute("href").endswith("/c/newsroom")
    page.close()


def test_where_nothing_may_be_read_the_link_stays(newsroom, put, browser: Browser, live_server):
    page = browser.new_page()
    page.goto(put(policy="default-src 'none'; script-src {url}; img-src *"))
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("link")).to_be_visible()
    page.close()


def test_without_javascript_the_framed_page_is_complete(newsroom, browser: Browser, live_server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/embed/newsroom")
    expect(page.get_by_text("$145 to go")).to_be_visible()
    expect(page.get_by_role("link", name="Donate")).to_be_visible()
    context.close()


def test_two_bars_share_one_request_and_loading_the_script_twice_is_harmless(newsroom, put, page, live_server):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    twice = snippet("newsroom", "One", live_server.url) * 2
    page.goto(put(body=twice))
    expect(raised(page)).to_have_count(2)
    expect(raised(page).nth(1)).to_have_text("$2,355")
    assert len([url for url in asked if url.endswith("/fragment")]) == 1


def test_marked_links_and_boxes_are_upgraded(newsroom, put, page, live_server):
    script = f'<script src="{live_server.url}/widget.v1.js" async></script>'
    link = f'<a data-tidemark="newsroom" href="{live_server.url}/c/newsroom">Support us</a>'
    page.goto(put(body=f"{link}<div data-tidemark=newsroom></div>{script}"))
    expect(raised(page)).to_have_count(2)


def test_the_page_is_told_with_the_public_document(newsroom, put, page, live_server):
    listen = """<script>addEventListener("tidemark:ready", (e) => {
        document.title = e.detail.slug + " " + e.detail.raised.amount + " " + e.target.localName; });</script>"""
    page.goto(put(head=listen))
    expect(page).to_have_title("newsroom 235500 tidemark-progress")


def test_money_moves_the_bar_without_reloading_and_an_outage_keeps_the_last_good_one(
    newsroom, put, page, live_server
):
    page.goto(put())
    expect(raised(page)).to_have_text("$2,355")
    give(newsroom, "ch_2", 20_000)
    expect(raised(page)).to_have_text("$2,555", timeout=15_000)
    live_server.kill()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(raised(page)).to_have_text("$2,555")


def test_nothing_is_stored_and_no_cookie_is_set_and_no_path_is_told(newsroom, put, page, live_server):
    told: list[str | None] = []
    page.on("request", lambda request: told.append(request.headers.get("referer")) if "/embed/" in request.url else None)
    page.goto(put() + "?secret=1")
    expect(raised(page)).to_have_text("$2,355")
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert all(referer is None or referer.count("/") <= 3 for referer in told)


def test_the_page_does_not_jump_more_than_the_picture_reserved(newsroom, put, page, live_server):
    """The linked picture keeps its place until the bar is there, even when the script is late."""
    watch = """<script>window.cls = 0; new PerformanceObserver((l) => l.getEntries().forEach((e) => window.cls += e.value))
        .observe({type: "layout-shift", buffered: true});</script>"""

    def late(route):
        page.wait_for_timeout(350)
        route.continue_()

    page.route("**/widget.v1.js", late)
    page.goto(put(head=watch))
    picture = page.locator("img")
    expect(picture).to_have_attribute("height", "120")
    expect(raised(page)).to_have_text("$2,355")
    assert page.evaluate("window.cls") < 0.25


def test_the_keyboard_reaches_donate_and_the_progress_is_told(newsroom, put, page):
    page.goto(put())
    expect(raised(page)).to_have_text("$2,355")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.shadowRoot.activeElement.textContent.trim()")
    assert focused == "Donate"
    meter = page.get_by_role("progressbar", name="Newsroom")
    expect(meter).to_have_attribute("aria-valuetext", "$2,355 of $5,000 raised, 47 percent")
    expect(page.get_by_role("listitem")).to_have_count(2)


