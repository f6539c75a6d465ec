"""From the article to the thank-you in three steps, at the fake Stripe and in the sandbox, by keyboard, scripts off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from campaigns import clock
from campaigns.crypto import Sealer
from campaigns.donate import promises
from campaigns.inbox import endpoints
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.bed.postbox import postbox
from tests.bed.stripe_events import SECRET
from tests.fakes.stripe.api import SECRET_KEY
from tests.fakes.stripe.server import FakeStripe

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]
ARRIVED_WITHIN_MS = 25_000


@dataclass(frozen=True)
class Till:
    """What a reader sees of a payment service: how its page is known, and the button that pays."""

    says: str
    pay: str


STRIPE = Till("This is a pretend Stripe", "Pay by card")
SANDBOX = Till("This checkout is pretended", "Pay $")


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    with FakeStripe(ticking=True, background=True) as started:
        yield started


@pytest.fixture
def desk(database, settings) -> Desk:
    desk = Desk(database, settings, now=clock.now())
    desk.campaign(milestones=[(4_000, "Servers paid"), (10_000, "Goal")])
    return desk


@pytest.fixture
def at_stripe(desk: Desk, live_server: LiveServer, fake: FakeStripe) -> Till:
    desk.endpoint(api_key=SECRET_KEY, api_base=fake.url)
    fake.webhook(f"{live_server.url}/webhooks/stripe/main", SECRET)
    return STRIPE


@pytest.fixture
def in_the_sandbox(desk: Desk, live_server: LiveServer) -> Till:
    sealer = Sealer(desk.settings.secret_key)
    with desk.database.writing() as session:
        endpoints.ensure(
            session, provider="sandbox", name="sandbox", sealer=sealer, mode=desk.settings.mode, now=desk.now
        )
    return SANDBOX


@pytest.fixture(params=["at_stripe", "in_the_sandbox"])
def till(request: pytest.FixtureRequest) -> Till:
    made = request.getfixturevalue(request.param)
    assert isinstance(made, Till)
    return made


def tab_to(page: Page, label: str, *, most: int = 40) -> None:
    """Tabs until the thing called `label` has the focus, as a reader without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { let it = document.activeElement; while (it.shadowRoot && it.shadowRoot.activeElement)"
            " it = it.shadowRoot.activeElement; const named = it.labels && it.labels[0] || it;"
            " return (named.innerText || it.value || it.ariaLabel || '').trim(); }"
        )
        if focused.startswith(label):
            return
    raise AssertionError(f"{label} cannot be reached by Tab")


def test_a_reader_with_a_keyboard_gives_from_the_bar_and_gets_a_receipt(desk, live_server, till, page: Page, settings):
    page.goto(f"{live_server.url}/c/newsroom")
    expect(page.get_by_role("group", name="Choose an amount")).to_be_visible()
    tab_to(page, "$25")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status").first).to_have_text("$50 takes us past “Servers paid”")
    tab_to(page, "Donate")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    giving = opened.value
    expect(giving.get_by_role("radio", name="$50")).to_be_checked()
    tab_to(giving, "E-mail")
    giving.keyboard.type("ada@example.org")
    tab_to(giving, "Continue to payment")
    giving.keyboard.press("Enter")
    expect(giving.get_by_text(till.says)).to_be_visible()
    tab_to(giving, till.pay)
    giving.keyboard.press("Enter")
    said = giving.get_by_role("status").first
    expect(said).to_have_text("Your gift of $50 has arrived and is in the bar below.", timeout=ARRIVED_WITHIN_MS)
    assert desk.raised() == 5_000
    with postbox() as box:
        mailing = settings.model_copy(update={"smtp_url": box.url, "mail_from": "give@herald.example"})
        assert promises.deliver(desk.database, mailing, now=clock.now()) == {"delivered": 1}
    assert box.mails[0]["To"] == "ada@example.org"
    expect(page.locator(".tm-raised:visible").first).to_have_text("$50", timeout=ARRIVED_WITHIN_MS)


def test_without_javascript_a_monthly_gift_goes_all_the_way(desk, live_server, till, browser: Browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/c/newsroom/donate")
    page.get_by_role("radio", name="Monthly").check(force=True)
    page.get_by_label("Another amount").fill("31.50")
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("button", name=till.pay).click()
    expect(page.get_by_text("Your gift of $31.50 has arrived")).to_be_visible(timeout=ARRIVED_WITHIN_MS)
    assert desk.raised() == 3_150
    context.close()


def test_who_closes_the_tab_after_paying_is_counted_and_thanked_on_coming_back(
    desk, live_server, at_stripe, fake, page: Page
):
    page.goto(f"{live_server.url}/c/newsroom/donate?amount=25")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_text(at_stripe.says)).to_be_visible()
    back = next(one["success_url"] for one in fake.world.objects.values() if one["object"] == "checkout.session")
    page.route(f"{live_server.url}/**", lambda route: route.abort())  # the tab is gone before it comes back to us
    page.get_by_role("button", name=at_stripe.pay).click()
    page.close()
    for _ in range(100):
        if desk.raised() == 2_500:
            break
        time.sleep(0.1)
    assert desk.raised() == 2_500
    other = page.context.new_page()
    other.goto(back)
    expect(other.get_by_text("Your gift of $25 has arrived and is in the bar below.")).to_be_visible()
