"""The bar on pages of other people: strict policies, no script, two bars, events, fresh numbers, an outage."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Request, Route, expect

from campaigns.widget.look import Look
from campaigns.widget.script import script
from campaigns.widget.snippet import snippet

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]

STRICT = "default-src 'none'; script-src {url}; connect-src {url}; img-src {url}"
TRUSTED = "; require-trusted-types-for 'script'; trusted-types 'none'"
REFRESHED_MS = 25_000
NOTE_EVENTS = """<script>
  window.told = [];
  for (const name of ["ready", "update", "milestone"]) addEventListener("tidemark:" + name, (event) =>
    told.push([name, event.detail.slug, event.detail.raised.amount, event.target.localName]));
</script>"""


@pytest.mark.parametrize("policy", [STRICT, STRICT + TRUSTED], ids=["strict", "trusted types"])
def test_a_site_with_the_strictest_policy_gets_a_bar_and_no_complaint(newsroom, put, page, raised, policy):
    page.goto(put(policy=policy))
    expect(raised(page)).to_have_text("$2,355")
    surface = page.locator("tidemark-progress .tm").evaluate("bar => getComputedStyle(bar).backgroundColor")
    assert surface == "rgb(251, 250, 247)", "the sheet is not applied"


@pytest.mark.parametrize(
    "policy",
    ["default-src 'none'; img-src *", "default-src 'none'; script-src {url}; img-src *"],
    ids=["no script", "no reading"],
)
def test_where_something_is_forbidden_the_link_stays(newsroom, put, browser: Browser, live_server, policy):
    page = browser.new_page()
    page.goto(put(policy=policy))
    page.wait_for_load_state("networkidle")
    link = page.get_by_role("link")
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", f"{live_server.url}/c/newsroom")
    page.close()


def test_a_script_of_the_right_content_runs_and_another_does_not(newsroom, put, browser, page, raised, live_server):
    fixed = f"{live_server.url}/widget.{script().digest}.js"
    element = '<tidemark-progress campaign="newsroom"><a href="/">Support us</a></tidemark-progress>'
    tag = '<script src="{}" integrity="{}" crossorigin async></script>'
    page.goto(put(body=element + tag.format(fixed, script().integrity)))
    expect(raised(page)).to_have_text("$2,355")
    other = browser.new_page()
    other.goto(put(body=element + tag.format(fixed, "sha384-" + "A" * 64)))
    other.wait_for_load_state("networkidle")
    expect(other.get_by_role("link", name="Support us")).to_be_visible()
    other.close()


def test_an_unknown_campaign_leaves_the_link(newsroom, put, page, live_server):
    with page.expect_response(lambda response: "/embed/nowhere/" in response.url) as answer:
        page.goto(put(body=snippet("nowhere", "Nowhere", live_server.url)))
    assert answer.value.status == 404
    expect(page.locator("tidemark-progress a")).to_be_visible()


def test_two_bars_share_one_request_and_loading_the_script_twice_is_harmless(newsroom, put, page, raised, live_server):
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    dark = '<tidemark-progress campaign="newsroom" theme="dark"></tidemark-progress>'
    page.goto(put(body=snippet("newsroom", "One", live_server.url) * 2 + dark))
    expect(raised(page)).to_have_text(["$2,355"] * 3)
    assert len([url for url in asked if url.endswith("/fragment")]) == 1
    assert page.locator("tidemark-progress .tm").nth(2).get_attribute("data-theme") == "dark"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bar", "ring"])
def test_a_module_that_was_lost_on_its_way_is_asked_for_again(newsroom, put, page, live_server, kind):
    lost: list[str] = []

    def lose(route: Route) -> None:
        path = route.request.url.partition("?")[0]
        if path in lost:
            route.continue_()
        else:
            lost.append(path)
            route.abort()

    page.route(re.compile("/widget-"), lose)
    page.goto(put(body=snippet("newsroom", "Newsroom", live_server.url, look=Look(kind))))
    expect(page.locator("tidemark-progress .tm-go")).to_be_visible(timeout=REFRESHED_MS + 10_000)
    assert lost


def test_marked_links_and_boxes_are_upgraded(newsroom, put, page, raised, live_server):
    tag = f'<script src="{live_server.url}/widget.v1.js" async></script>'
    link = f'<a data-tidemark="newsroom" data-theme="dark" href="{live_server.url}/c/newsroom">Support us</a>'
    page.goto(put(body=f"{link}<div data-tidemark=newsroom></div>{tag}"))
    expect(raised(page)).to_have_count(2)
    assert page.locator("tidemark-progress .tm").first.get_attribute("data-theme") == "dark"


def test_attributes_choose_language_accent_and_campaign(newsroom, give, put, page, raised, live_server):
    newsroom.campaign(slug="archive", milestones=[(100_000, "A scanner")])
    give("ch_2", 12_345, campaign="archive")
    body = '<tidemark-progress campaign="newsroom" lang="de" accent="b3261e"></tidemark-progress>'
    page.goto(put(body=body + f'<script src="{live_server.url}/widget.v1.js"></script>'))
    expect(raised(page)).to_have_text("2.355\u00a0$")
    button = page.get_by_role("link", name="Spenden", exact=True)
    assert button.evaluate("link => getComputedStyle(link).backgroundColor") == "rgb(179, 38, 30)"
    expect(button).to_have_attribute("href", f"{live_server.url}/c/newsroom/donate?lang=de")
    page.evaluate("document.querySelector('tidemark-progress').setAttribute('campaign', 'archive')")
    expect(raised(page)).to_have_text("123,45\u00a0$")


def test_a_page_may_say_where_a_gift_comes_from_but_not_its_query(newsroom, put, page, live_server):
    address = put(
        body=f'<tidemark-progress campaign="newsroom" source></tidemark-progress>'
        f'<script src="{live_server.url}/widget.v1.js"></script>'
    )
    page.goto(f"{address}?reader=7#comments")
    escaped = address.replace(":", "%3A").replace("/", "%2F")
    expected = f"{live_server.url}/c/newsroom/donate?source={escaped}"
    expect(page.get_by_role("link", name="Donate")).to_have_attribute("href", expected)


@pytest.mark.slow
def test_money_moves_the_bar_and_tells_the_page_and_unchanged_numbers_cost_a_304(
    newsroom, give, put, page, raised, live_server
):
    statuses: list[int] = []
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.responseReceivedExtraInfo", lambda seen: statuses.append(seen["statusCode"]))
    page.goto(put(head=NOTE_EVENTS))
    expect(raised(page)).to_have_text("$2,355")
    with page.expect_request_finished(lambda request: request.url.endswith("/fragment"), timeout=REFRESHED_MS):
        pass
    assert statuses[-1] == 304
    give("ch_2", 20_000)
    expect(raised(page)).to_have_text("$2,555", timeout=REFRESHED_MS)
    assert page.evaluate("told") == [
        ["ready", "newsroom", 235_500, "tidemark-progress"],
        ["update", "newsroom", 255_500, "tidemark-progress"],
        ["milestone", "newsroom", 255_500, "tidemark-progress"],
    ]


def test_only_what_is_looked_at_is_refreshed_and_an_outage_keeps_the_last_good_bar(newsroom, put, page, raised):
    asked: list[str] = []
    page.clock.install()

    def pass_on(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_()

    page.route("**/fragment", pass_on)
    page.goto(put())
    expect(raised(page)).to_have_text("$2,355")
    with page.expect_response("**/fragment"):
        page.clock.fast_forward(10_100)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function("document.querySelector('tidemark-progress').feed.near.size === 0")
    page.clock.fast_forward(60_000)
    assert len(asked) == 2
    page.unroute("**/fragment")
    page.route("**/fragment", lambda route: route.abort())
    with page.expect_request("**/fragment"):
        page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("document.querySelector('tidemark-progress').feed.wait === 20000")
    expect(raised(page)).to_have_text("$2,355")


def test_the_keyboards_place_is_kept_when_the_bar_changes(newsroom, give, put, page, raised):
    page.clock.install()
    page.route("**/fragment", lambda route: route.continue_())
    page.goto(put())
    expect(raised(page)).to_have_text("$2,355")
    donate = page.get_by_role("link", name="Donate", exact=True)
    donate.focus()
    give("ch_2", 20_000)
    page.clock.fast_forward(10_100)
    expect(raised(page)).to_have_text("$2,555")
    expect(donate).to_be_focused()


def test_who_is_on_the_link_when_the_bar_comes_is_on_its_button(newsroom, put, page, raised):
    held: list[Route] = []
    page.route("**/fragment", lambda route: held.append(route))  # noqa: PLW0108  (it wants a function)
    with page.expect_request("**/fragment"):
        page.goto(put())
    page.locator("tidemark-progress > a").focus()
    held[0].continue_()
    expect(raised(page)).to_have_text("$2,355")
    expect(page.get_by_role("link", name="Donate", exact=True)).to_be_focused()


def test_nothing_is_stored_and_no_path_is_told(newsroom, put, page, raised, live_server):
    told: list[str | None] = []
    page.on(
        "request", lambda request: told.append(request.headers.get("referer")) if "/embed/" in request.url else None
    )
    page.goto(put() + "?secret=1")
    expect(raised(page)).to_have_text("$2,355")
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert all(referer is None or referer.count("/") <= 3 for referer in told)


def test_a_reader_who_sees_nothing_is_told_everything(newsroom, put, page):
    page.goto(put())
    meter = page.get_by_role("progressbar", name="Newsroom")
    expect(meter).to_have_attribute("aria-valuetext", "$2,355 of $5,000 raised, 47 percent")
    expect(page.get_by_role("list", name="Milestones").get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_role("link", name="Donate")).to_be_visible()
