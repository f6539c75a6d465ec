"""The proof of work in a real browser: noticed by nobody who has JavaScript, and a short wait for those who do not."""

from __future__ import annotations

import re
import time
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from campaigns import clock
from campaigns.donate import attack, limits, tickets
from tests.bed.desk import Desk
from tests.bed.live import LiveServer

pytestmark = pytest.mark.browser

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
CHECKOUT = re.compile(r"/sandbox/checkout/")
PATIENCE_MS = 60_000  # an attacked proof on a machine that is busy with other tests


@pytest.fixture
def desk(live_server: LiveServer, database, settings) -> Desk:
    made = Desk(database, settings, now=clock.now())
    made.campaign()
    return made


def crowd(server: LiveServer) -> None:
    """As many presses as make the campaign busy."""
    form = dict(HIDDEN.findall(server.get("/c/newsroom/donate").body.decode()))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for number in range(limits.CAMPAIGN_CALM_MAX + 1):
        body = urlencode({**form, "amount": "50", "click": f"crowd {number}"}).encode()
        server.request("POST", "/c/newsroom/donate", body, headers)


def fill_in(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.url}/c/newsroom/donate?amount=50")
    page.get_by_label("Name", exact=True).fill("Ada Typed")


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Continue to payment").click()


def test_in_attack_mode_the_proof_is_made_while_the_form_is_filled_in(desk, live_server, page):
    with desk.database.writing() as session:
        attack.begin(session, now=clock.now())
    fill_in(page, live_server)
    expect(page.locator("[name=proof]")).not_to_have_value("", timeout=PATIENCE_MS)
    go_on(page)
    expect(page).to_have_url(CHECKOUT)


def test_who_is_quicker_than_the_proof_is_told_and_taken_on(desk, live_server, page):
    with desk.database.writing() as session:
        attack.begin(session, now=clock.now())
    fill_in(page, live_server)
    go_on(page)
    # It says that it is checking, unless the machine is so quick that the proof is there already.
    checking = page.get_by_role("status").filter(has_text="Checking that you are not a program")
    pretended = page.get_by_text("This checkout is pretended")
    expect(checking.or_(pretended).first).to_be_visible(timeout=PATIENCE_MS)
    expect(page).to_have_url(CHECKOUT, timeout=PATIENCE_MS)


def test_when_it_becomes_busy_after_the_form_was_touched_the_page_goes_on_by_itself(desk, live_server, page):
    fill_in(page, live_server)
    crowd(live_server)
    go_on(page)
    expect(page).to_have_url(CHECKOUT, timeout=PATIENCE_MS)


@pytest.mark.slow
def test_without_javascript_the_wait_is_told_nothing_is_lost_and_the_second_press_goes_on(
    desk, live_server, browser: Browser
):
    crowd(live_server)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    fill_in(page, live_server)
    go_on(page)
    expect(page.get_by_text(f"Please wait {tickets.WAIT.seconds} seconds")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ada Typed")
    until = time.monotonic() + tickets.WAIT.seconds + 1
    while time.monotonic() < until:
        page.wait_for_timeout(500)
    go_on(page)
    expect(page).to_have_url(CHECKOUT)
    context.close()
