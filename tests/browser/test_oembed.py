"""The frame that oEmbed hands out: as high as the server guessed, and at work in a host that acts as WordPress does."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.ledger.models import Donation, PaymentRef
from campaigns.widget.look import kinds

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]

WAYS = [
    ("PayPal", "https://pay.example/us"),
    ("Patreon", "https://patreon.example/us"),
    ("Bank", "https://bank.example"),
]
STATES = ("ended", "no links", "links", "split")
LANGUAGES = ("ar", "de", "en", "es", "fr")
SERVICES = ("stripe", "paypal", "patreon", "kofi", "offline", "btcpay")
WIDTHS = (*range(240, 600, 30), 280, 300, 340, 480, 600)  # where the rows of the guess begin, and between
SPARE_MAX = 170  # pixels of the guess that stay empty in the language that needs most: an ended ticker has no button
HIGH = "document.documentElement.getBoundingClientRect().height"
COMES_ALIVE = "document.querySelector('tidemark-progress').shadowRoot?.querySelector('.tm')"
# What a host of that kind does with a quote and a frame: hides the frame until it speaks, holds its height to bounds,
# and follows a link only to the frame's own host and only while the frame has the focus.
HOST = """<script>
  window.heard = [];
  addEventListener("message", ({ data, source }) => {
    const frame = document.querySelector("iframe");
    if (!data || data.secret !== frame.dataset.secret || source !== frame.contentWindow) return;
    heard.push(data);
    if (data.message === "height") frame.height = Math.min(1000, Math.max(200, Math.trunc(data.value)));
    frame.removeAttribute("style");
    document.querySelector("blockquote").hidden = true;
    if (data.message !== "link") return;
    const isOwn = new URL(data.value).host === new URL(frame.src).host;
    if (isOwn && document.activeElement === frame) top.location = data.value;
  });
  if (GREETS) addEventListener("load", () => document.querySelector("iframe").contentWindow.postMessage(
    { message: "ready", secret: "s3cr3t" }, "*"));
</script>"""
HIDDEN = {
    "older": "position: absolute; clip: rect(1px, 1px, 1px, 1px)",
    "newer": "position: absolute; visibility: hidden",
}

Paste = Callable[..., None]


def told(live_server, **asked: object) -> dict[str, object]:
    """The answer of oEmbed."""
    more = "".join(f"&{name}={value}" for name, value in asked.items() if name != "query")
    url = quote(f"{live_server.url}/c/newsroom{asked.get('query', '')}", safe="")
    answer = live_server.get(f"/oembed?url={url}{more}")
    assert answer.status == 200
    made: dict[str, object] = json.loads(answer.body)
    return made


@pytest.fixture
def paste(put, page, live_server) -> Paste:
    """`paste("newer", query="?kind=ticker")`: a link to the campaign is pasted into such a host, and read there."""

    def at(host: str, **asked: object) -> None:
        html = str(told(live_server, **asked)["html"])
        style = f'class="wp-embedded-content" sandbox="allow-scripts" data-secret="s3cr3t" style="{HIDDEN[host]}" '
        html = html.replace("<iframe ", f"<iframe {style}").replace('" width=', '#?secret=s3cr3t" width=', 1)
        assert "#?secret=s3cr3t" in html
        page.goto(put(head=HOST.replace("GREETS", "true" if host == "newer" else "false"), body=html))

    return at


@pytest.mark.parametrize("host", HIDDEN)
def test_the_frame_is_shown_whole_and_the_quote_goes(newsroom, paste, page: Page, host):
    paste(host)
    frame = page.locator("iframe")
    expect(frame).to_be_visible()
    expect(page.locator("blockquote")).to_be_hidden()
    inside = page.frames[1]
    inside.wait_for_function(COMES_ALIVE)
    page.wait_for_function(
        "Math.abs(heard.filter((said) => said.message === 'height').at(-1).value - window.innerHeight)"
    )
    page.wait_for_timeout(300)  # what it says last counts
    assert inside.evaluate("innerHeight") == pytest.approx(inside.evaluate(HIGH), abs=1)


@pytest.mark.parametrize("kind", ["compact", "ticker"])
def test_a_bar_lower_than_such_a_host_stretches_to_keeps_its_declared_height(newsroom, paste, page, kind):
    paste("newer", query=f"?kind={kind}")
    expect(page.locator("iframe")).to_be_visible()
    inside = page.frames[1]
    inside.wait_for_function(COMES_ALIVE)
    page.wait_for_timeout(300)
    assert set(page.evaluate("heard.map((said) => said.message)")) == {"show"}
    assert inside.evaluate(HIGH) <= inside.evaluate("innerHeight") < 200


@pytest.mark.parametrize("host", HIDDEN)
@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_donate_leads_the_whole_page_out_of_the_sandbox(newsroom, paste, page, live_server, host, how):
    paste(host)
    expect(page.locator("iframe")).to_be_visible()
    page.frames[1].wait_for_function(COMES_ALIVE)
    go = page.frame_locator("iframe").get_by_role("link", name="Donate", exact=True)
    if how == "mouse":
        go.click()
    else:
        go.press("Enter")
    page.wait_for_url(f"{live_server.url}/c/newsroom/donate*")
    expect(page.get_by_role("heading", name="Make a donation")).to_be_visible()


def test_an_amount_that_was_chosen_in_the_sandbox_is_taken_along(newsroom, paste, page, live_server):
    paste("newer")
    page.frames[1].wait_for_function(COMES_ALIVE)
    framed = page.frame_locator("iframe")
    framed.locator(".tm-chip:visible").first.click()
    framed.get_by_role("link", name="Donate", exact=True).click()
    page.wait_for_url(f"{live_server.url}/c/newsroom/donate?*amount=25*")


@pytest.mark.parametrize("kind", kinds())
def test_in_a_frame_a_bar_is_never_folded(newsroom, page, live_server, kind):
    for width, height in ((1280, 720), (600, 500), (240, 400)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{live_server.url}/embed/newsroom?kind={kind}")
        page.wait_for_function(COMES_ALIVE)
        assert page.evaluate("document.querySelector('tidemark-progress').bar.matches('.tm-tight')") is False, width


def test_without_javascript_the_quote_stays_with_its_link(newsroom, put, browser, live_server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(put(body=str(told(live_server)["html"])))
    expect(page.locator("blockquote").get_by_role("link")).to_have_attribute("href", f"{live_server.url}/c/newsroom")
    expect(page.frame_locator("iframe").get_by_text("$145 to go")).to_be_visible()
    context.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("state", STATES)
def test_the_declared_height_is_enough_at_every_width_and_hardly_too_much(served, give, page, live_server, kind, state):
    served.campaign(ways=WAYS if state == "links" else [])
    give("ch_1", 235_500)
    if state == "split":
        for number in range(1, len(SERVICES)):
            give(f"ch_{number + 1}", 1_000)
        with served.database.writing() as session:
            session.execute(update(Campaign).values(shows_split=True))
            paid = session.scalars(select(PaymentRef).join(Donation, Donation.ref_id == PaymentRef.id)).all()
            for ref, provider in zip(paid, SERVICES, strict=True):
                ref.provider = provider  # as if each had come through another service
    if state == "ended":
        with served.database.writing() as session:
            lifecycle.end(session, lifecycle.find(session, "newsroom")[0], now=served.now)
    spare: dict[int, int] = {}
    for language in LANGUAGES:
        page.goto(f"{live_server.url}/embed/newsroom?lang={language}&kind={kind}")
        page.wait_for_function(COMES_ALIVE)
        for width in WIDTHS:
            made = told(live_server, maxwidth=width, query=f"?lang={language}&kind={kind}")
            assert made["width"] == width
            page.set_viewport_size({"width": width, "height": 800})
            left = int(str(made["height"])) - int(page.evaluate(f"Math.ceil({HIGH})"))
            assert left >= 0, f"{language} at {width} pixels"
            spare[width] = min(left, spare.get(width, left))
    assert max(spare.values()) <= SPARE_MAX, spare
