"""Choosing an amount in the bar: in articles with strict policies, folded, framed, by keyboard, without JavaScript."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from campaigns.widget.snippet import snippet

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]

STRICT = "default-src 'none'; script-src {url}; connect-src {url}; img-src {url}; form-action 'none'"
TRUSTED = "; require-trusted-types-for 'script'; trusted-types 'none'"
ELEMENT = '<tidemark-progress campaign="newsroom" source="https://herald.example/a/b?c=d#e"></tidemark-progress>'
SCRIPT = '<script src="{url}/widget.v1.js" async></script>'


@pytest.fixture
def bar(newsroom, put, page: Page, live_server) -> Locator:
    """A bar with room, on a page whose policy forbids all but our script."""
    page.goto(put(policy=STRICT + TRUSTED, body=ELEMENT + SCRIPT.format(url=live_server.url)))
    shown = page.locator("tidemark-progress")
    expect(shown.get_by_role("group", name="Choose an amount")).to_be_visible()
    return shown


def asked(go: Locator) -> dict[str, list[str]]:
    return parse_qs(urlsplit(go.get_attribute("href") or "").query)


def test_a_preset_shows_and_says_what_it_would_do_and_is_taken_along(bar, page, live_server):
    go = bar.get_by_role("link", name="Donate")
    assert asked(go) == {"source": ["https://herald.example/a/b"]}
    bar.get_by_role("radio", name="$200").check(force=True)
    expect(bar.get_by_role("status")).to_have_text("$200 takes us past “Servers paid”")
    ghost = bar.locator(".tm-ghost")
    expect(ghost).to_have_attribute("stroke-dasharray", "51.1 200")  # 2,555 of 5,000
    bar.get_by_role("radio", name="Monthly").check(force=True)
    wanted = {"amount": ["200"], "frequency": ["monthly"], "source": ["https://herald.example/a/b"]}
    assert asked(go) == wanted
    with page.context.expect_page() as opened:
        go.click()
    opened.value.wait_for_load_state()
    assert opened.value.url.startswith(f"{live_server.url}/c/newsroom/donate?")
    expect(opened.value.get_by_role("radio", name="$200")).to_be_checked()
    expect(opened.value.get_by_role("radio", name="Monthly")).to_be_checked()


def test_an_amount_of_ones_own_unchooses_the_presets_and_says_nothing(bar):
    bar.get_by_role("radio", name="$50").check(force=True)
    own = bar.get_by_role("textbox", name="Another amount, in USD")
    own.fill("12,50")
    expect(bar.get_by_role("radio", name="$50")).not_to_be_checked()
    expect(bar.get_by_role("status")).to_have_text("")
    assert asked(bar.get_by_role("link", name="Donate"))["amount"] == ["12.50"]
    own.fill("a lot")
    assert "amount" not in asked(bar.get_by_role("link", name="Donate"))


def test_it_goes_by_keyboard_alone(bar, page):
    bar.get_by_role("radio", name="$25").focus()
    page.keyboard.press("ArrowRight")
    expect(bar.get_by_role("radio", name="$50")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("75")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_load_state()
    assert "amount=75" in opened.value.url
    expect(opened.value.get_by_role("radio", name="$75")).to_be_checked()


def test_a_choice_survives_fresh_numbers(bar, give):
    bar.get_by_role("radio", name="$100").check(force=True)
    give("ch_2", 10_000)
    expect(bar.locator(".tm-raised").first).to_have_text("$2,455", timeout=25_000)
    expect(bar.get_by_role("radio", name="$100")).to_be_checked()
    expect(bar.get_by_role("status")).to_have_text("$100 takes us past “Servers paid”")


def test_in_the_place_of_the_picture_the_first_press_makes_room_and_nothing_moved_before(
    newsroom, put, page, live_server
):
    page.goto(put(body=snippet("newsroom", "Newsroom", live_server.url) + "<p id=below>Below</p>"))
    shown = page.locator("tidemark-progress")
    go = shown.get_by_role("link", name="Donate")
    expect(go).to_be_visible()
    assert shown.evaluate("element => element.offsetHeight") < 130
    page.wait_for_timeout(500)
    go.click()
    expect(shown.get_by_role("radio", name="$25")).to_be_focused()
    assert len(page.context.pages) == 1
    with page.context.expect_page():
        go.click()


def test_without_javascript_the_frame_is_a_form_that_goes_to_the_donation_page(newsroom, browser: Browser, live_server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/embed/newsroom")
    page.get_by_role("radio", name="$100").check(force=True)
    page.get_by_role("radio", name="Monthly").check(force=True)
    with context.expect_page() as opened:
        page.get_by_role("button", name="Donate").click()
    opened.value.wait_for_load_state()
    expect(opened.value.get_by_role("radio", name="$100")).to_be_checked()
    expect(opened.value.get_by_role("radio", name="Monthly")).to_be_checked()
    context.close()


def test_in_a_sandboxed_frame_the_choice_goes_out_by_the_link_message(newsroom, put, page, live_server):
    frame = (
        f'<iframe src="{live_server.url}/embed/newsroom#?secret=s3cret" sandbox="allow-scripts" height="600"></iframe>'
    )
    listen = "<script>window.told=[];addEventListener('message',e=>told.push(e.data))</script>"
    page.goto(put(body=listen + frame))
    inside = page.frame_locator("iframe")
    inside.get_by_role("radio", name="$50").check(force=True)
    inside.get_by_role("link", name="Donate").click()
    page.wait_for_function("told.some(one => one.message === 'link')")
    link = page.evaluate("told.find(one => one.message === 'link')")
    assert link["secret"] == "s3cret"
    assert link["value"] == f"{live_server.url}/c/newsroom/donate?amount=50"


def test_one_look_in_ten_is_told_without_a_cookie_and_never_against_the_readers_wish(newsroom, put, page, live_server):
    told: list[str] = []
    page.on("request", lambda request: told.append(request.post_data or "") if "/api/v1/seen" in request.url else None)
    address = put(body=ELEMENT + SCRIPT.format(url=live_server.url))
    page.add_init_script("Math.random = () => 0.05")
    page.goto(address)
    page.wait_for_timeout(2_500)
    assert told == ["newsroom\nhttps://herald.example/a/b"]
    assert page.context.cookies() == []
    unasked = "Math.random = () => 0.05; Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})"
    for wish in ("Math.random = () => 0.5", unasked):
        other = page.context.new_page()
        other.add_init_script(wish)
        other.on("request", lambda request: told.append("again") if "/api/v1/seen" in request.url else None)
        other.goto(address)
        other.wait_for_timeout(2_000)
    assert len(told) == 1
