"""Connecting a service on the first day: the page waits for the first message, and says when it has come."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from campaigns import clock
from campaigns.staff import accounts
from tests.bed.desk import Desk
from tests.bed.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]

EMAIL, PASSWORD = "admin@newsroom.example", "a long enough password"


def test_an_endpoint_is_made_tried_out_and_seen_to_be_connected(
    browser: Browser, live_server: LiveServer, database, settings
):
    Desk(database, settings, now=clock.now()).campaign()
    with database.writing() as session:
        accounts.create(session, email=EMAIL, password=PASSWORD, role="admin")
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    page.goto("/console/login")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    page.goto("/console/endpoints/create")
    page.get_by_role("link", name="Patreon").click()
    page.get_by_label("Webhook secret").fill("patreon_" + "p" * 32)
    page.get_by_label("Currency in which").fill("USD")
    page.get_by_role("button").filter(has_text="endpoint").last.click()
    expect(page.get_by_text("Waiting for the first message")).to_be_visible()

    other = context.new_page()
    other.goto("/console/endpoints/patreon/main")
    other.get_by_role("button", name="Send a test message").click()
    expect(other.get_by_text("A test message went all the way")).to_be_visible()
    expect(page.get_by_text("Received: the first message has come.")).to_be_visible(timeout=15_000)
    context.close()
