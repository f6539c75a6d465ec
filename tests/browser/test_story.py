"""The whole story in a real browser over real HTTP: from a log-in in the console to the bar in an article elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_httpserver import HTTPServer

from campaigns import clock
from campaigns.staff import accounts
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.bed.stripe_events import Json, charge, event, refund, signed

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "editor@newsroom.example", "a long enough password"
SEEN_WITHIN_MS = 15_000
ARTICLE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>An article</title>
<body><h1>Council votes</h1>{snippet}<p>The vote took four minutes.</p></body></html>"""


@pytest.fixture
def newsroom(live_server: LiveServer, database, settings) -> Desk:
    """An installation with one editor and one Stripe endpoint, and no campaign yet."""
    desk = Desk(database, settings, now=clock.now())
    desk.endpoint()
    with database.writing() as session:
        accounts.create(session, email=EMAIL, password=PASSWORD, role="editor")
    return desk


@pytest.fixture
def elsewhere() -> Iterator[HTTPServer]:
    """Somebody else's site, on another origin."""
    with HTTPServer(host="127.0.0.1") as server:
        yield server


def log_in(page: Page, url: str) -> None:
    page.goto(f"{url}/console")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()


def make_the_campaign(page: Page, url: str) -> str:
    """Makes and publishes the seed article's campaign through the form; the snippet as the console gives it."""
    page.goto(f"{url}/console/campaigns/create")
    page.fill("[name=title]", "Keep the newsroom running")
    page.select_option("[name=currency]", "USD")
    page.fill("[name=goal]", "5000")
    page.get_by_role("button", name="Add a milestone").click()
    page.fill("[name=milestones-0-amount]", "2500")
    page.fill("[name=milestones-0-label]", "Servers paid")
    page.select_option("[name=repeat]", "monthly")
    page.fill("[name=timezone]", "Europe/Berlin")
    page.fill("[name=slug]", "newsroom")
    page.get_by_role("button", name="Save the draft").last.click()
    expect(page.get_by_role("heading", name="Keep the newsroom running")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Live", exact=True).first).to_be_visible()
    return page.locator(".snippet code").first.inner_text()


def deliver(server: LiveServer, message: Json) -> str:
    body, headers = signed(message, at=int(time.time()))
    answer = server.request("POST", "/webhooks/stripe/main", body, headers)
    assert answer.status == 200, answer.body
    return answer.body.decode()


def paid(charge_id: str, amount: int) -> Json:
    now = int(time.time()) - 5
    body = charge(charge_id, amount, created=now, campaign="newsroom")
    return event("charge.succeeded", body, created=now)


def given_back(refund_id: str, charge_id: str, amount: int) -> Json:
    now = int(time.time())
    return event("refund.created", refund(refund_id, charge_id, amount, created=now), created=now)


def test_from_the_console_to_a_bar_in_an_article_on_another_site(
    newsroom: Desk, live_server: LiveServer, elsewhere: HTTPServer, page: Page
) -> None:
    log_in(page, live_server.url)
    snippet = make_the_campaign(page, live_server.url)
    elsewhere.expect_request("/article").respond_with_data(ARTICLE.format(snippet=snippet), content_type="text/html")
    page.goto(elsewhere.url_for("/article"))
    raised = page.locator("tidemark-progress .tm-raised:visible")
    expect(raised).to_have_text("$0")

    message = paid("ch_seed", 235_500)
    assert "processed" in deliver(live_server, message)
    expect(raised).to_have_text("$2,355", timeout=SEEN_WITHIN_MS)
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuetext", "$2,355 of $5,000 raised, 47 percent")

    assert "duplicate" in deliver(live_server, message)
    deliver(live_server, event("charge.succeeded", message["data"]["object"], created=message["created"]))
    assert newsroom.raised() == 235_500

    deliver(live_server, given_back("re_after", "ch_seed", 5_500))
    deliver(live_server, given_back("re_before", "ch_late", 5_500))
    assert newsroom.raised() == 230_000
    deliver(live_server, paid("ch_late", 205_500))
    assert newsroom.raised() == 430_000
    expect(raised).to_have_text("$4,300", timeout=SEEN_WITHIN_MS)
    assert newsroom.check().findings == ()
