"""What readers see in each language, in a real browser: from the right side, and no sentence left as in the source."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from campaigns import clock
from campaigns.language import say, speaking
from campaigns.translations import PLACEHOLDER, catalog, sentences
from tests.bed.desk import Desk
from tests.bed.live import LiveServer

pytestmark = pytest.mark.browser

TOLD = """() => {
  const told = [];
  const walk = (root) => {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (texts.nextNode()) {
      const node = texts.currentNode;
      if (node.nodeType === Node.TEXT_NODE) {
        if (!["SCRIPT", "STYLE"].includes(node.parentElement?.tagName)) told.push(node.data);
      } else {
        for (const name of ["alt", "aria-label", "aria-valuetext", "placeholder", "title"]) {
          if (node.hasAttribute(name)) told.push(node.getAttribute(name));
        }
        if (node.shadowRoot) walk(node.shadowRoot);
      }
    }
  };
  walk(document);
  return told.map((text) => text.trim().replace(/\\s+/g, " ")).filter(Boolean);
}"""


@pytest.fixture
def newsroom(live_server: LiveServer, database, settings) -> LiveServer:
    desk = Desk(database, settings, now=clock.now())
    desk.campaign(ways=[("PayPal", "https://pay.example/us")])
    return live_server


def left_as_in_the_source(page: Page, language: str) -> set[str]:
    """What the page says that `language` has other words for."""
    said = catalog(language).said
    plain = {one.message for one in sentences().values() if not PLACEHOLDER.search(one.whole)}
    english = {message for message in plain if said[message][0] != message}
    return english & set(page.evaluate(TOLD))


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        ("de", "ltr"),
        ("ar", "rtl"),
        pytest.param("fr", "ltr", marks=pytest.mark.slow),
        pytest.param("es", "ltr", marks=pytest.mark.slow),
    ],
)
def test_every_page_speaks_one_language_from_the_right_side(newsroom, page, language, direction):
    for path in ("/c/newsroom", "/c/newsroom/donate", "/c/newsroom/thanks", "/embed/newsroom", "/c/nowhere"):
        page.goto(f"{newsroom.url}{path}?lang={language}")
        root = page.locator("html")
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == (language, direction), path
        assert left_as_in_the_source(page, language) == set(), path
        with speaking(language):
            words = {say("Donate"), say("Make a donation"), say("Thank you!"), say("There is nothing here")}
        assert words & set(page.evaluate(TOLD)), path


def test_a_form_that_comes_back_still_speaks_the_readers_language(newsroom, page):
    page.goto(f"{newsroom.url}/c/newsroom/donate?lang=ar")
    page.locator("#own").fill("x")
    page.locator("form.give button[type=submit]").last.click()
    page.locator("[role=alert]").wait_for()
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert left_as_in_the_source(page, "ar") == set()
    with speaking("ar"):
        told = say(
            "“%(typed)s” is no amount; write it with digits and a point, such as %(example)s", typed="x", example=""
        )
    assert told.split(" ")[1] in page.locator("[role=alert]").inner_text()


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.slow
def test_read_from_the_right_nothing_is_wider_than_the_screen(newsroom, page, width):
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/c/newsroom", "/c/newsroom/donate", "/embed/newsroom"):
        page.goto(f"{newsroom.url}{path}?lang=ar")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
