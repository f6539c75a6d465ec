"""The console in a real browser: usable by keyboard alone and without scripts, and nothing wider than a phone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.offline import runs
from campaigns.staff import accounts
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.bed.stripe_events import charge, dispute, event, refund

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "admin@newsroom.example", "a long enough password"
WIDTHS = (360, 768, 1280)


@pytest.fixture
def newsroom(live_server: LiveServer, database, settings) -> Desk:
    """An installation in which a good deal has happened."""
    desk = Desk(database, settings, now=clock.now())
    desk.campaign()
    desk.endpoint()
    with database.writing() as session:
        accounts.create(session, email=EMAIL, password=PASSWORD, role="admin")
    created = int(time.time()) - 7_200
    long_name = {
        "address": None,
        "email": "a@example.org",
        "name": "Wolfeschlegelsteinhausenbergerdorff" * 2,
        "phone": None,
    }
    told = [
        ("charge.pending", charge("ch_1", 12_000, created=created, campaign="newsroom", status="pending")),
        ("charge.succeeded", charge("ch_1", 12_000, created=created, campaign="newsroom", balance_transaction="txn_0")),
        ("refund.created", refund("re_1", "ch_1", 3_000, created=created)),
        ("charge.dispute.created", dispute("dp_1", "ch_1", 9_000, "lost", {"txn_1": -9_000}, created=created)),
        ("charge.succeeded", charge("ch_2", 2_500, created=created, billing_details=long_name)),
        ("charge.succeeded", charge("ch_3", 2_500, created=created, campaign="no" * 60)),
        ("charge.succeeded", charge("ch_4", 2_500, created=created, status="dreaming")),
        ("charge.refunded", charge("ch_5", 2_500, created=created, refunded=500)),
        ("charge.succeeded", charge("ch_1", 12_100, created=created, campaign="newsroom")),
    ]
    for kind, thing in told:
        desk.send(event(kind, thing, created=created))
    file = "Date,Amount,Donor,Reference\n2026-11-02,25.00,{0},{0}\n{0},ten,Rosa,1\n".format("Wolfeschlegel" * 12)
    with database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        runs.begin(session, campaign, f"{'gifts-' * 20}.csv", file.encode(), staff_id=None, now=desk.now)
    with database.writing() as session:
        session.execute(
            text("UPDATE webhook_event SET received_at = '2026-01-01 00:00:00+00:00' WHERE status = 'waiting'")
        )
    return desk


@pytest.fixture
def console(browser: Browser, newsroom: Desk, live_server: LiveServer) -> Iterator[Page]:
    """A browser without scripts in which an admin is logged in."""
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    page.goto("/console/login")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Log in").click()
    yield page
    context.close()


def pages(desk: Desk) -> list[str]:
    found = [
        f"/console/{name}" for name in ("campaigns", "donations", "unassigned", "webhooks", "attention", "endpoints")
    ]
    found += [f"/console/donations/{desk.donation(ref).key}" for ref in ("ch_1", "ch_2", "ch_3")]
    found += ["/console/campaigns/newsroom/embed?kind=thermometer", "/console/contact-sheet?kind=ring"]
    found += ["/console/donations/money", "/console/webhooks/replay?status=failed", "/console/endpoints/stripe/main"]
    found += ["/console/rules", f"/console/rules/create?donation={desk.donation('ch_2').key}", "/console/gifts/create"]
    found += [f"/console/gifts/{desk.donation('ch_1').key}/correct", "/console/imports", "/console/imports/1"]
    return [*found, *(f"/console/webhooks/{number}" for number in (1, 7, 8)), "/console/webhooks/look_ups/1"]


@pytest.mark.slow
def test_no_page_is_wider_than_the_screen_it_is_on(browser: Browser, newsroom, console, live_server):
    kept = console.context.storage_state()
    for width in WIDTHS:
        context = browser.new_context(viewport={"width": width, "height": 740}, storage_state=kept)
        page = context.new_page()
        for path in pages(newsroom):
            answer = page.goto(live_server.url + path)
            assert answer is not None
            assert answer.status == 200, path
            page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} is {wide} px too wide at {width}"
            cut = page.eval_on_selector_all(
                ".sections a", "all => all.filter(one => one.getBoundingClientRect().right > innerWidth).length"
            )
            assert cut == 0, f"the navigation is cut at {width}"
        context.close()


def test_a_cent_is_followed_by_keyboard_and_without_scripts(console, newsroom):
    """From the campaigns to the figure, from it to the donation, to the message that proves it, and back."""

    def go(name: str) -> None:
        link = console.get_by_role("link", name=name).first
        link.focus()
        console.keyboard.press("Enter")

    go("Donations")
    go("Money by state")
    expect(console.get_by_role("heading", name="Money by state")).to_be_visible()
    go("$30")  # refunded
    expect(console.get_by_text("1 donation", exact=True)).to_be_visible()
    go("Ada Reader")
    expect(console.get_by_role("heading", name="What happened")).to_be_visible()
    go("refund.created no. 3")
    expect(console.get_by_role("heading", name="refund.created")).to_be_visible()


def test_messages_are_chosen_and_replayed_by_keyboard_and_without_scripts(console, newsroom):
    console.goto("/console/webhooks?status=failed")
    console.get_by_role("checkbox", name="Choose charge.succeeded no. 7").focus()
    console.keyboard.press("Space")
    console.get_by_role("button", name="Replay chosen").focus()
    console.keyboard.press("Enter")
    expect(console.get_by_role("heading", name="Replay 1 message?")).to_be_visible()
    console.get_by_role("button", name="Replay it").focus()
    console.keyboard.press("Enter")
    expect(console.get_by_text("1 read again: 0 done, 1 still waiting or in need of a person.")).to_be_visible()


def test_a_key_is_set_and_removed_after_a_question_by_keyboard_and_without_scripts(console, newsroom):
    console.goto("/console/endpoints/stripe/main")
    console.locator("summary", has_text="Set api_key").focus()
    console.keyboard.press("Enter")
    console.keyboard.press("Tab")
    console.keyboard.type("rk_test_typed")
    console.keyboard.press("Enter")
    expect(console.get_by_text("never shown again").last).to_be_visible()
    console.locator("summary", has_text="Remove api_key").focus()
    console.keyboard.press("Enter")
    expect(console.get_by_text("What it makes possible stops.")).to_be_visible()
    console.get_by_role("button", name="Remove api_key").focus()
    console.keyboard.press("Enter")
    expect(console.get_by_text("Removed.")).to_be_visible()
