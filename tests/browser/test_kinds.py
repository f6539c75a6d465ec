"""Every kind of widget in a browser: alive, nothing wider than its card, and nothing that axe complains about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from campaigns.campaign import lifecycle
from campaigns.staff import accounts
from campaigns.widget import drafts, embeds
from campaigns.widget.look import DEFAULT_KIND, Look, kinds
from campaigns.widget.snippet import element
from tests.browser.conftest import TITLE
from tests.browser.test_console import EMAIL, PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]
SCRIPT = '<script src="{}/widget.v1.js" async></script>'
OTHERS = [kind for kind in kinds() if kind != DEFAULT_KIND]

# What sticks out of its card by more than a pixel of rounding, and which words stand on others.
FAULTS = """() => {
  const faults = [];
  for (const card of document.querySelectorAll(".sheet-host .tm")) {
    const at = card.closest("figure").querySelector("figcaption").textContent + " at " + card.offsetWidth;
    const room = card.getBoundingClientRect();
    const shown = (it) => it.checkVisibility() && getComputedStyle(it).clipPath === "none" && it.getClientRects().length
      && !it.closest(".tm-hidden");
    for (const part of card.querySelectorAll("text, .tm-go, .tm-chip span, p, li, svg, circle")) {
      const clipped = part.closest(".tm-steps, .tm-title, .tm-sum") || part;
      if (!shown(part) || getComputedStyle(clipped).clipPath !== "none") continue;
      const box = part.getBoundingClientRect();
      if (box.width && (box.left < room.left - 1 || box.right > room.right + 1 || box.bottom > room.bottom + 1))
        faults.push(at + ": " + part.outerHTML.slice(0, 80) + " sticks out");
    }
    const words = [...card.querySelectorAll("text, .tm-go, .tm-brief, .tm-next, .tm-title, .tm-badge")].filter(shown)
      .filter((it) => getComputedStyle(it.closest(".tm-title, .tm-say, .tm-head") || it).clipPath === "none");
    words.forEach((one, i) => words.slice(i + 1).forEach((other) => {
      const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 2 && high > 4) faults.push(at + ": " + one.textContent.trim() + " on " + other.textContent.trim());
    }));
  }
  return faults;
}"""

# Of the cards alone: seventeen of one name on a page are the page's fault, not theirs.
COMPLAINTS = """async () => {
  const rules = { "landmark-unique": { enabled: false }, "aria-progressbar-name": { enabled: true } };
  const found = await axe.run({ include: [".sheet-states"] }, { resultTypes: ["violations"], rules });
  return found.violations.flatMap((one) => one.nodes.map((node) => one.id + ": " + node.html.slice(0, 160)));
}"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHERS)
def test_a_kind_comes_alive_with_its_own_sheet_and_follows_the_money(
    newsroom, put, give, page: Page, live_server, kind
):
    page.goto(put(element("newsroom", TITLE, live_server.url, look=Look(kind)) + SCRIPT.format(live_server.url)))
    bar = page.locator(f"tidemark-progress .tm-kind-{kind}")
    expect(bar).to_be_visible()
    expect(bar.locator(".tm-go")).to_be_visible()
    assert bar.evaluate("(it) => it.getRootNode().adoptedStyleSheets.length") == 3
    give("ch_9", 10_000)
    told = "$2,455 of $5,000 raised, 49 percent"
    expect(bar.get_by_role("progressbar")).to_have_attribute("aria-valuetext", told, timeout=25_000)


# Paint on a card of staff's own: letters with serifs, little room, no round corners, the words that are longest.
OWN = Look(
    surface="#fff8e7",
    text="#3a2a10",
    surface_dark="#2a1c10",
    text_dark="#fff0dd",
    accent="#b34700",
    radius=0,
    density="compact",
    font="serif",
    leads="goal",
    figure="percent",
    amounts="code",
)


@pytest.mark.slow
def test_a_saved_look_shows_under_the_strictest_policy_and_follows_its_change(
    newsroom, put, page: Page, live_server, served
):
    with served.database.writing() as session:
        campaign = lifecycle.find(session, "newsroom")[0]
        key = embeds.create(session, campaign.id, name="Own", look=OWN, is_default=False, now=served.now).key
    html = f'<tidemark-progress campaign="newsroom" embed="{key}"></tidemark-progress>'
    page.goto(put(body=html + SCRIPT.format(live_server.url)))
    card = page.locator("tidemark-progress .tm")
    expect(card).to_have_css("background-color", "rgb(255, 248, 231)")
    expect(card).to_have_css("border-radius", "0px")
    expect(card.locator(".tm-go")).to_have_css("background-color", "rgb(179, 71, 0)")
    expect(card.locator(".tm-sum")).to_contain_text("USD\u00a02,355 of USD\u00a05,000")
    with served.database.writing() as session:
        found = embeds.find(session, lifecycle.find(session, "newsroom")[0].id, key)
        changed = replace(OWN, surface="#e7f8ff", radius=28)
        embeds.change(session, found, name="Own", look=changed, is_default=False, now=served.now)
    card = page.locator("tidemark-progress .tm")
    expect(card).to_have_css("background-color", "rgb(231, 248, 255)", timeout=25_000)
    expect(card).to_have_css("border-radius", "28px")


# What of a folded bar leaves its card, and which of its words meet.
FOLDED_FAULTS = """() => {
  const card = document.querySelector("tidemark-progress").shadowRoot.querySelector(".tm"), faults = [];
  const room = card.getBoundingClientRect();
  const seen = (it) => it.checkVisibility() && getComputedStyle(it).clipPath === "none" && it.getClientRects().length;
  const words = [...card.querySelectorAll("text, .tm-go, .tm-brief, .tm-next, .tm-title")].filter(seen)
    .filter((it) => !it.closest(".tm-steps") && getComputedStyle(it.parentElement).clipPath === "none");
  words.forEach((one, i) => {
    const a = one.getBoundingClientRect();
    if (a.left < room.left - 1 || a.right > room.right + 1 || a.top < room.top - 1 || a.bottom > room.bottom + 1)
      faults.push(one.textContent.trim() + " sticks out");
    words.slice(i + 1).forEach((other) => {
      const b = other.getBoundingClientRect();
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 2 && high > 6) faults.push(one.textContent.trim() + " on " + other.textContent.trim());
    });
  });
  return faults;
}"""
WATCHED = """<style>img { max-width: 100%; height: auto }</style>
<script>window.shifted = 0; new PerformanceObserver((list) => list.getEntries().forEach(
  (entry) => window.shifted += entry.value)).observe({type: "layout-shift", buffered: true});</script>"""


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_takes_its_pictures_place_on_every_screen_and_the_page_stays(
    newsroom, put, page: Page, live_server, kind
):
    html = element("newsroom", TITLE, live_server.url, look=Look(kind)) + SCRIPT.format(live_server.url)
    address = put(head=WATCHED, body=html)
    for width in (320, 390, 620, 800, 1000):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(address)
        expect(page.locator("tidemark-progress .tm-go")).to_be_visible()
        page.wait_for_timeout(150)
        assert page.evaluate("shifted") <= 0.01, width
        assert page.evaluate(FOLDED_FAULTS) == [], width
        if kind in ("ring", "thermometer") and page.locator("tidemark-progress .tm-tight").count():
            expect(page.locator("tidemark-progress .tm-next")).to_be_hidden()


@pytest.mark.slow
@pytest.mark.parametrize("look", [None, OWN], ids=["plain", "own"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", kinds())
def test_in_no_state_does_anything_stick_out_or_stand_on_other_words(
    database, settings, live_server, browser: Browser, kind, theme, look
):
    with database.writing() as session:
        accounts.create(session, email=EMAIL, password=PASSWORD, role="viewer")
    own = f"&embed={drafts.written(settings.secret_key, look)}" if look else ""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=theme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{live_server.url}/console/login")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{live_server.url}/console/contact-sheet?kind={kind}&theme={theme}{own}")
    card = page.locator(".sheet-host .tm").first
    expect(card).to_be_visible()
    if look:
        expect(card).to_have_css("border-radius", "0px")
    assert page.evaluate(FAULTS) == []
    page.evaluate(Axe().axe_script)
    assert page.evaluate(COMPLAINTS) == []
    context.close()
