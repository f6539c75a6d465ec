"""The console in a real browser: the same form with scripts and without, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from campaigns.campaign import lifecycle
from campaigns.db import Database
from campaigns.staff import accounts
from tests.bed.cast import PASSWORD
from tests.bed.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EMAIL = "editor@herald.example"


@pytest.fixture
def console(live_server: LiveServer, database: Database) -> str:
    with database.writing() as session:
        accounts.create(session, email=EMAIL, password=PASSWORD, role="editor")
    return live_server.url + "/console"


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A browser without scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def log_in(page: Page, console: str) -> None:
    page.goto(console)
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Campaigns", exact=True)).to_be_visible()


def test_typing_redraws_the_preview_and_rows_come_and_go_in_place(page: Page, console: str, database: Database) -> None:
    log_in(page, console)
    page.goto(console + "/campaigns/create")
    page.fill("[name=title]", "Reopen the archive")
    page.fill("[name=goal]", "7000")
    preview = page.locator("[data-preview]")
    expect(preview.get_by_text("Reopen the archive")).to_be_visible()
    expect(preview.get_by_text("$7,000").last).to_be_visible()
    page.fill("[name=accent]", "#b3261e")
    expect(preview.locator('.tm[data-style*="#b3261e"]')).to_be_visible()
    assert preview.locator(".tm").evaluate("bar => getComputedStyle(bar).getPropertyValue('--tm-accent')") == "#b3261e"

    page.get_by_role("button", name="Add a milestone").click()
    page.fill("[name=milestones-0-amount]", "2500")
    page.fill("[name=milestones-0-label]", "Scanner")
    page.get_by_role("button", name="Add a milestone").click()
    page.fill("[name=milestones-1-amount]", "3000")
    page.locator("[name=remove_milestone-0]").click()
    expect(page.locator("[name=milestones-0-amount]")).to_have_count(0)
    page.fill("[name=milestones-1-label]", "Vans")
    assert page.url.endswith("/create"), "nothing was sent yet"

    page.get_by_role("button", name="Save the draft").last.click()
    expect(page.get_by_text("Here is your draft.")).to_be_visible()
    with database.reading() as session:
        campaign, _ = lifecycle.find(session, "reopen-the-archive")
        assert [m.amount_minor for m in campaign.milestones] == [300_000, 700_000]


def test_a_refused_form_puts_the_reader_before_its_errors(page: Page, console: str) -> None:
    log_in(page, console)
    page.goto(console + "/campaigns/create")
    page.get_by_role("button", name="Save the draft").last.click()
    errors = page.locator("#errors")
    expect(errors).to_be_focused()
    expect(errors.get_by_role("link")).to_have_count(2)


def test_everything_works_without_scripts(plain_page: Page, console: str, database: Database) -> None:
    page = plain_page
    log_in(page, console)
    page.get_by_role("link", name="Make the first one").click()
    page.fill("[name=title]", "By hand")
    page.fill("[name=goal]", "900")
    page.get_by_role("button", name="Add a milestone").click()
    page.fill("[name=milestones-0-amount]", "300")
    page.fill("[name=milestones-0-label]", "Ink")
    page.get_by_role("button", name="Add a link").click()
    page.fill("[name=ways-0-label]", "PayPal")
    page.fill("[name=ways-0-url]", "https://paypal.example/herald")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-preview]").get_by_text("By hand")).to_be_visible()
    page.get_by_role("button", name="Save the draft").last.click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published. Readers can see it now.")).to_be_visible()
    page.get_by_text("End", exact=True).click()
    page.get_by_role("button", name="End the campaign").click()
    with database.reading() as session:
        assert lifecycle.find(session, "by-hand")[0].status == "ended"
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_its_screen(browser: Browser, console: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    log_in(page, console)
    page.goto(console + "/campaigns/create")
    page.fill("[name=title]", "A title that is so long that it has to be broken into several lines wherever it stands")
    page.fill("[name=goal]", "1234567890")
    page.get_by_role("button", name="Save the draft").last.click()
    for path in (
        "",
        "/campaigns",
        page.url.removeprefix(console),
        page.url.removeprefix(console) + "/edit",
        "/nowhere",
    ):
        page.goto(console + path)
        spill = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert spill <= 0, path
    context.close()
