"""axe-core finds nothing wrong on any page or widget state that a reader sees: light, dark and in forced colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from campaigns import clock, demo
from campaigns.donate import attack
from campaigns.sandbox import history
from tests.browser import states

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]

LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced": {"color_scheme": "light", "forced_colors": "active"},
}
PHONE, DESK, SIDEBAR = 400, 1280, 250
SETTLED = """() => document.readyState === "complete" && [...document.querySelectorAll("tidemark-progress")].every(
  (it) => it.shadowRoot && it.shadowRoot.querySelector(".tm"))"""
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.flatMap((one) => one.nodes.map((node) => one.id + ": " + node.html.slice(0, 160)));
}"""


def complaints(page: Page, widths: tuple[int, ...] = (PHONE,)) -> list[str]:
    """What axe says about the page as it stands, in every look and width."""
    page.evaluate(Axe().axe_script)
    told: list[str] = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        for look, media in LOOKS.items():
            page.emulate_media(**media)
            told += [f"{look} at {width}: {one}" for one in page.evaluate(RUN)]
    return told


def wrong(page: Page, url: str, places: Mapping[str, str], widths: tuple[int, ...]) -> dict[str, list[str]]:
    """What axe says about each of the places that it says anything about."""
    found: dict[str, list[str]] = {}
    for place, path in places.items():
        page.goto(url + path)
        page.wait_for_function(SETTLED)
        if told := complaints(page, widths):
            found[f"{place} ({path})"] = told
    return found


@pytest.fixture
def page(browser: Browser):
    """A page whose policy lets axe in."""
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def made(newsroom, give, live_server) -> dict[str, str]:
    """The keys in the addresses of `states`."""
    return states.make(newsroom, live_server.settings, give)


def test_no_page_of_a_readers_is_complained_about(made, page, live_server):
    places = {place: path.format(**made) for place, path in states.PAGES.items()}
    assert wrong(page, live_server.url, places, (PHONE, DESK)) == {}


def test_nor_is_a_bar_in_any_state_at_any_width(made, page, live_server):
    assert wrong(page, live_server.url, states.BARS, (SIDEBAR, PHONE, DESK)) == {}


def test_nor_is_a_bar_while_somebody_chooses_in_it(newsroom, page, live_server):
    page.goto(f"{live_server.url}/embed/newsroom")
    page.wait_for_function(SETTLED)
    bar = page.locator("tidemark-progress")
    bar.get_by_role("radio", name="$200").check(force=True)
    bar.get_by_role("radio", name="Monthly").check(force=True)
    expect(bar.get_by_role("status")).to_have_text("$200 takes us past “Servers paid”")
    assert complaints(page, (SIDEBAR, PHONE, DESK)) == []
    bar.get_by_role("textbox").fill("31.50")
    assert complaints(page) == []


def test_nor_is_the_folded_strip_in_an_article_nor_the_picture_before_it(newsroom, put, page):
    article = put(head="<style>img { max-width: 100%; height: auto }</style>")
    page.route("**/widget.v1.js", lambda route: route.abort())
    page.goto(article)
    expect(page.get_by_role("img", name="Keep the newsroom running: donate")).to_be_visible()
    assert of_the_bar(complaints(page)) == []
    page.unroute("**/widget.v1.js")
    page.goto(article)
    page.wait_for_function(SETTLED)
    expect(page.locator("tidemark-progress .tm-tight")).to_be_visible()
    assert of_the_bar(complaints(page)) == []


def of_the_bar(told: list[str]) -> list[str]:
    """Without what is the article's own fault: it has no landmarks and no heading."""
    its_own = ("region:", "landmark-one-main:", "page-has-heading-one:")
    return [one for one in told if one.split(" ", 3)[3].split(" ")[0] not in its_own]


def test_nor_is_a_form_that_came_back(newsroom, page, live_server):
    page.goto(f"{live_server.url}/c/newsroom/donate")
    page.get_by_label("Another amount").fill("much")
    page.get_by_label("E-mail").fill("ada@example")
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("alert").wait_for()
    assert complaints(page, (PHONE, DESK)) == []


def test_nor_is_a_form_that_waits_for_its_proof(newsroom, page, live_server):
    with newsroom.database.writing() as session:
        attack.begin(session, now=clock.now())
    page.route("**/proof.js*", lambda route: route.abort())  # as without JavaScript
    page.goto(f"{live_server.url}/c/newsroom/donate")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_text("then press the button again")).to_be_visible()
    assert complaints(page, (PHONE, DESK)) == []


def test_nor_is_the_answer_to_who_asks_for_a_fresh_link(served, page, live_server):
    page.goto(f"{live_server.url}/manage")
    assert complaints(page) == []
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_role("button", name="Send me a fresh link").click()
    page.get_by_role("status").wait_for()
    assert complaints(page) == []


@pytest.mark.parametrize("mode", ["live"])
def test_nor_is_a_donation_page_that_has_only_links_or_nothing(served, page, live_server):
    served.campaign("links", ways=[("PayPal", "https://pay.example/us")])
    served.campaign("nothing")
    places = {"links": "/c/links/donate", "nothing": "/c/nothing/donate", "a bar": "/embed/links"}
    assert wrong(page, live_server.url, places, (PHONE, DESK)) == {}


@pytest.mark.parametrize("mode", ["demo"])
def test_nor_is_the_article_of_the_demo(database, live_server, page, monkeypatch):
    monkeypatch.setattr(history, "PAST", ((41_000, 6),))
    monkeypatch.setattr(history, "RUNNING", (23_500, 9))
    demo.seed(database, live_server.settings)
    places = {"the article": "/demo/article", "with past periods": "/c/newsroom"}
    assert wrong(page, live_server.url, places, (PHONE, DESK)) == {}
