"""Hosts of unusual strictness or taste: isolation, nonces, a sandbox, the reader's own colours, print, a dark page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Frame, Page, Request, expect
from pytest_httpserver import HTTPServer
from werkzeug import Request as Asked
from werkzeug import Response

from campaigns.site import sites
from campaigns.widget.snippet import snippet

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]

Host = Callable[..., str]
# Everything by which a page could keep something on the reader's machine, noted before any other script runs.
KEEPING = """() => {
  window.kept = [];
  const places = [[Document.prototype, "cookie"], [window, "localStorage"], [window, "sessionStorage"],
    [window, "indexedDB"], [window, "caches"]];
  for (const [owner, name] of places) {
    const { get, set } = Object.getOwnPropertyDescriptor(owner, name) || {};
    if (!get) continue; // `caches` is for secure places only
    Object.defineProperty(owner, name, {
      get() { kept.push(name); return get.call(this); },
      set(value) { kept.push(name); set.call(this, value); },
    });
  }
}"""
SEEN_MEANWHILE = "() => document.querySelector('tidemark-progress').shadowRoot?.querySelector('.tm')"


@pytest.fixture
def host() -> Iterator[Host]:
    """`host(body, head=…, **headers)` serves a page on `herald.example`, another site than ours; gives its address."""
    with HTTPServer(host="127.0.0.1") as server:

        def serve(body: str, head: str = "", **headers: str) -> str:
            html = f"<!doctype html><html lang=en><meta charset=utf-8><title>Herald</title>{head}<body>{body}"
            sent = {name.replace("_", "-"): value for name, value in headers.items()}

            def answer(request: Asked) -> Response:
                if request.path == "/favicon.ico":
                    return Response(status=204)
                return Response(html, content_type="text/html", headers=sent)

            server.clear()
            for path in ("/news/article", "/favicon.ico"):
                server.expect_request(path).respond_with_handler(answer)
            return f"http://herald.example:{server.port}/news/article"

        yield serve


@pytest.fixture
def pasted(live_server) -> str:
    """What the console says to paste."""
    return snippet("newsroom", "Newsroom", live_server.url)


def test_a_page_that_is_isolated_from_all_others_gets_its_bar_and_its_picture(newsroom, host, pasted, page, raised):
    isolated = {"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin"}
    refused: list[str] = []
    page.on("requestfailed", lambda request: refused.append(request.url))
    page.goto(host(pasted, **isolated).replace("herald.example", "localhost"))  # isolation is for secure places only
    expect(raised(page)).to_have_text("$2,355")
    assert page.evaluate("crossOriginIsolated") is True
    assert refused == []


def test_a_tag_with_the_pages_nonce_runs_where_nothing_else_may(newsroom, host, pasted, page, raised, live_server):
    policy = f"default-src 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic'; connect-src {live_server.url}; img-src *"
    page.goto(host(pasted.replace("<script ", '<script nonce="r4nd0m" '), Content_Security_Policy=policy))
    expect(raised(page)).to_have_text("$2,355")


def test_without_the_nonce_the_picture_in_its_link_stays(newsroom, host, pasted, browser: Browser, live_server):
    policy = f"default-src 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic'; connect-src {live_server.url}; img-src *"
    page = browser.new_page()
    page.goto(host(pasted, Content_Security_Policy=policy))
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("link", name="Newsroom: donate")).to_be_visible()
    assert page.evaluate("document.querySelector('tidemark-progress').shadowRoot") is None
    page.close()


def test_the_link_that_stays_leads_to_the_campaign(newsroom, host, pasted, browser: Browser, live_server):
    page = browser.new_page()
    page.goto(host(pasted, Content_Security_Policy="default-src 'none'; img-src *"))
    with page.expect_popup() as opened:
        page.get_by_role("link").press("Enter")
    expect(opened.value).to_have_url(f"{live_server.url}/c/newsroom")
    assert opened.value.evaluate("opener") is None
    opened.value.close()
    page.close()


def test_a_whole_visit_keeps_nothing_and_tells_no_more_than_the_site(newsroom, host, page, raised, live_server):
    told: list[tuple[str, str]] = []

    def note(request: Request) -> None:
        if request.url.startswith(live_server.url):
            sent = request.all_headers()
            told.append((request.url.removeprefix(live_server.url), sent.get("referer", "") + sent.get("cookie", "")))

    page.add_init_script(f"({KEEPING})()")
    page.on("requestfinished", note)
    address = host(snippet("newsroom", "Newsroom", live_server.url) + "<p>Text.</p>" * 90)
    page.goto(f"{address}?reader=7")
    expect(raised(page)).to_have_text("$2,355")
    page.get_by_role("link", name="Donate", exact=True).click()  # unfolds the bar: amounts to choose
    page.get_by_role("radio").first.check(force=True)  # its label is what is seen
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("kept") == []
    assert page.context.cookies() == []
    site = address.removesuffix("news/article")
    assert told
    assert {referer for _, referer in told} <= {site, ""}


def test_what_would_notice_a_visit_that_keeps_something_does(bed, page, host):
    page.add_init_script(f"({KEEPING})()")
    page.goto(host("Text."))
    page.evaluate("document.cookie = 'a=b'; localStorage.a = 1; sessionStorage.length; indexedDB.cmp(1, 2)")
    assert page.evaluate("kept") == ["cookie", "localStorage", "sessionStorage", "indexedDB"]


def test_in_the_strictest_sandbox_the_frame_is_drawn_alive_and_asks_for_no_payment(newsroom, host, page, live_server):
    address = f"{live_server.url}/embed/newsroom"
    page.goto(host(f'<iframe sandbox="allow-scripts" width=600 height=600 src="{address}"></iframe>'))
    frame = framed(page, "/embed/newsroom")
    frame.wait_for_function(SEEN_MEANWHILE)
    expect(frame.locator("tidemark-progress :is(.tm-raised, .tm-brief strong):visible")).to_have_text("$2,355")
    assert frame.evaluate("origin") == "null"
    assert frame.evaluate("document.featurePolicy.allowsFeature('payment')") is False
    frame.get_by_role("radio").first.check(force=True)  # its label is what is seen
    expect(frame.locator(".tm-would:visible")).not_to_be_empty()


def framed(page: Page, path: str) -> Frame:
    """The frame that shows `path`."""
    return next(frame for frame in page.frames if path in frame.url)


def test_above_the_goal_the_true_percentage_is_said(newsroom, give, host, pasted, page):
    give("ch_2", 1_464_500)
    page.goto(host(pasted))
    meter = page.get_by_role("progressbar", name="Newsroom")
    expect(meter).to_have_attribute("aria-valuetext", "$17,000 of $5,000 raised, 340 percent")
    expect(meter).to_have_attribute("aria-valuenow", "500000")
    expect(meter).to_have_attribute("aria-valuemax", "500000")
    expect(page.get_by_role("list", name="Milestones").get_by_role("listitem")).to_have_count(2)


def test_where_frames_are_left_to_known_sites_another_gets_an_empty_one(newsroom, host, page, live_server):
    """A frame that is refused shows an error page of the browser's, whose document nobody can look into."""
    address = host(f'<iframe width=600 height=600 src="{live_server.url}/embed/newsroom"></iframe>')
    origin = address.removesuffix("/news/article")
    with newsroom.database.writing() as session:
        sites.create(session, name="Herald", origins=[origin], full_path=False, now=newsroom.now)
        sites.set_framing(session, sites_only=True)
    page.goto(address)
    frame = framed(page, "/embed/newsroom")
    frame.wait_for_function(SEEN_MEANWHILE)
    other = page.context.new_page()
    other.goto(address.replace("herald.example", "tabloid.example"))
    other.wait_for_load_state("networkidle")
    assert [one.url for one in other.frames[1:]] == ["chrome-error://chromewebdata/"]
    other.close()
