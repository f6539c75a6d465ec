"""axe-core finds nothing wrong on any page or widget state that a reader sees: light, dark and in forced colours."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.donate import wall
from campaigns.ledger.models import Donation

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}
# Whose colours the system decides: axe measures ours, which nobody sees then.
OPTIONS = {"forced": {"rules": {"color-contrast": {"enabled": False}}}}
PAGES = (
    "/c/newsroom",
    "/c/newsroom?lang=ar",
    "/c/newsroom/donate",
    "/c/newsroom/donate?lang=de&frequency=monthly&amount=75",
    "/c/newsroom/thanks",
    "/embed/newsroom",
    "/embed/newsroom?lang=ar&theme=dark",
    "/embed/ended",
    "/embed/paused",
    "/c/nowhere",
    "/manage",
)


@pytest.fixture
def readers_pages(newsroom, give):
    """The newsroom with a wall, and campaigns in the other states."""
    newsroom.campaign("ended")
    newsroom.campaign("paused")
    with newsroom.database.writing() as session:
        for slug, act in (("ended", lifecycle.end), ("paused", lifecycle.pause)):
            campaign, _ = lifecycle.find(session, slug)
            act(session, campaign, now=clock.now())
        for donation in session.query(Donation):
            donation.donor_name, donation.show_name, donation.donor_message = "Ada L.", True, "Go on, all of you!"
            wall.decide(session, [donation.key], wall.SHOWN, now=clock.now())
    return newsroom


def complaints(page: Any, look: str) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]} | OPTIONS.get(look, {}))
    return [f"{one['id']}: {node['html'][:160]}" for one in found.response["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_of_a_readers_is_complained_about(readers_pages, browser: Browser, live_server, look):
    context = browser.new_context(viewport={"width": 400, "height": 900}, bypass_csp=True, **LOOKS[look])
    page = context.new_page()
    wrong: dict[str, list[str]] = {}
    for path in PAGES:
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle")
        told = complaints(page, look)
        if told:
            wrong[path] = told
    context.close()
    assert wrong == {}


def test_nor_is_a_form_that_came_back_nor_a_chosen_amount(readers_pages, browser: Browser, live_server):
    page = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True).new_page()
    page.goto(f"{live_server.url}/c/newsroom/donate")
    page.get_by_label("Another amount").fill("much")
    page.get_by_label("E-mail").fill("ada@example")
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("alert").wait_for()
    assert complaints(page, "light") == []
    page.goto(f"{live_server.url}/embed/newsroom")
    page.locator(".tm-chip:visible", has_text="$100").click()
    assert complaints(page, "light") == []
