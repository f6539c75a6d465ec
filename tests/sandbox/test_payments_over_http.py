"""The whole way as a reader goes it: form, checkout, a message over real HTTP, and a thank-you that turns by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from campaigns import clock
from campaigns.donate.models import DonationIntent
from campaigns.sandbox import payments
from tests.bed.desk import Desk
from tests.bed.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ARRIVED_WITHIN_MS = 20_000


@pytest.fixture
def newsroom(database, settings) -> Desk:
    desk = Desk(database, settings, now=clock.now())
    desk.campaign()
    return desk


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A page without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def pay(page: Page, url: str) -> None:
    page.goto(f"{url}/c/newsroom/donate")
    page.get_by_label("Another amount").fill("31.50")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_text("No money moves")).to_be_visible()
    page.get_by_role("button", name="Pay $31.50").click()


def test_a_gift_arrives_and_the_thank_you_turns_by_itself(newsroom: Desk, live_server: LiveServer, page: Page) -> None:
    pay(page, live_server.url)
    expect(page.get_by_text("Your gift of $31.50 has arrived")).to_be_visible(timeout=ARRIVED_WITHIN_MS)
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "3150")
    assert newsroom.raised() == 3_150


def test_the_same_without_javascript(newsroom: Desk, live_server: LiveServer, plain_page: Page) -> None:
    pay(plain_page, live_server.url)
    expect(plain_page.get_by_text("Your gift of $31.50 has arrived")).to_be_visible(timeout=ARRIVED_WITHIN_MS)
    assert newsroom.raised() == 3_150


def test_a_page_that_waits_turns_when_the_message_comes_at_last(
    newsroom: Desk, live_server: LiveServer, page: Page
) -> None:
    page.goto(f"{live_server.url}/c/newsroom/donate")
    page.get_by_label("Another amount").fill("40")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_text("No money moves")).to_be_visible()
    with newsroom.database.writing() as session:  # paid, and the message not sent yet
        wish = session.scalars(select(DonationIntent)).one()
        order = {"intent": wish.key, "campaign": "newsroom", "frequency": "once", "currency": "USD"}
        payments.ensure(session, payments.of_order(order | {"amount_minor": 4_000}, now=clock.now()))
        payments.pay(payments.hold(session, f"pay_{wish.key}"))
    page.goto(f"{live_server.url}/c/newsroom/thanks?gift={wish.key}")
    expect(page.get_by_role("heading", name="One moment…")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{live_server.url}/sandbox/payments")
    other.get_by_role("button", name="Send the message again").click()
    expect(page.get_by_role("status")).to_have_text(
        "Your gift of $40 has arrived and is in the bar below.", timeout=ARRIVED_WITHIN_MS
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you!")
