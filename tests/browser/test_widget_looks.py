"""How the bar stands on a page: nothing jumps, no labels meet, and the framed page works in every frame."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from campaigns.widget.snippet import snippet

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]

SHIFT_MAX = 0.01
FITTED = "<style>img { max-width: 100%; height: auto }</style>"
WATCH_SHIFTS = """<script>window.shifted = 0; new PerformanceObserver((list) => list.getEntries().forEach(
    (entry) => window.shifted += entry.value)).observe({type: "layout-shift", buffered: true});</script>"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Pairs of texts of one drawing that touch, and texts that leave the card.
COLLISIONS = """() => {
  const bar = (document.querySelector("tidemark-progress").shadowRoot || document).querySelector(".tm");
  const card = bar.getBoundingClientRect(), found = [];
  for (const drawing of bar.querySelectorAll(".tm-labels, .tm-crest")) {
    const texts = [...drawing.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()])
      .filter(([, box]) => box.width);
    for (const line of drawing.querySelectorAll(".tm-leader")) texts.push(["a line", line.getBoundingClientRect()]);
    texts.forEach(([text, box], i) => {
      if (text !== "a line" && (box.left < card.left + 2 || box.right > card.right - 2)) found.push(text + " leaves");
      for (const [other, its] of texts.slice(i + 1)) {
        const beside = box.right <= its.left || its.right <= box.left;
        const apart = beside || box.bottom - 3 <= its.top || its.bottom - 3 <= box.top;
        if (!apart) found.push(text + " meets " + other);
      }
    });
  }
  return found;
}"""
SCRIPTED = (
    "default-src 'none'; script-src {url} 'unsafe-inline'; connect-src {url}; img-src {url}; style-src 'unsafe-inline'"
)
CAMPAIGNS: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "seed": ("en", [(250_000, "Servers paid"), (500_000, "Two reporters")]),
    "close": ("en", [(100_000, "Servers paid"), (240_000, "A lawyer on call"), (500_000, "Two reporters")]),
    "closest": ("en", [(240_000, "Servers"), (250_000, "Lawyer"), (260_000, "Archive"), (500_000, "All")]),
    "early": ("en", [(2_000, "Coffee for everybody"), (500_000, "Two reporters for a whole year")]),
    "over": ("en", [(50_000, "Servers paid"), (100_000, "Two reporters")]),
    "ten": ("de", [(n * 50_000, f"Abonnementverwaltungsgebühr {n}") for n in range(1, 11)]),
    "long": ("de", [(250_000, "Datenschutzgrundverordnung"), (500_000, "Zwei Lokalreporterinnen")]),
    "rtl": ("ar", [(250_000, "الخوادم مدفوعة"), (500_000, "مراسلان لعام كامل")]),
    "rich": ("en", [(500_000_000_000, "Half of it"), (999_999_999_999, "All of it")]),
}


def element(page: Page, selector: str = ".tm"):
    return page.locator(f"tidemark-progress {selector}").first


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (768, 900), (390, 760)])
@pytest.mark.parametrize("policy", ["", SCRIPTED], ids=["open", "strict"])
def test_the_page_does_not_move_when_the_bar_takes_the_pictures_place(newsroom, put, page, width, height, policy):
    page.set_viewport_size({"width": width, "height": height})
    page.route("**/widget.v1.js", lambda route: (page.wait_for_timeout(350), route.continue_()))
    page.goto(put(head=WATCH_SHIFTS + FITTED, policy=policy))
    expect(element(page)).to_be_visible()
    expect(page.get_by_role("link", name="Donate")).to_be_in_viewport(ratio=1)
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("shifted") <= SHIFT_MAX


def test_a_folded_bar_takes_its_full_height_when_nobody_sees_it(newsroom, put, page):
    page.set_viewport_size({"width": 700, "height": 600})
    page.goto(put(head=WATCH_SHIFTS + FITTED))
    expect(page.get_by_role("link", name="PayPal")).to_be_hidden()
    folded = element(page).bounding_box()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function("!document.querySelector('tidemark-progress').style.height")
    page.evaluate(TWO_FRAMES)
    page.evaluate("scrollTo(0, 0)")
    expect(page.get_by_role("link", name="PayPal")).to_be_visible()
    full = element(page).bounding_box()
    assert folded is not None
    assert full is not None
    assert full["height"] > folded["height"] + 80
    assert page.evaluate("shifted") <= SHIFT_MAX


def test_below_the_screen_the_bar_is_full_at_once(newsroom, put, page, live_server):
    page.set_viewport_size({"width": 700, "height": 600})
    page.goto(put(body="<p>Text.</p>" * 20 + snippet("newsroom", "Newsroom", live_server.url)))
    expect(page.get_by_role("link", name="PayPal")).to_be_visible()
    expect(page.get_by_role("link", name="PayPal")).not_to_be_in_viewport()


def test_where_nothing_was_reserved_the_bar_is_full_at_once(newsroom, put, page, live_server):
    link = f'<a data-tidemark="newsroom" href="{live_server.url}/c/newsroom">Support us</a>'
    page.goto(put(body=f'{link}<script src="{live_server.url}/widget.v1.js" async></script>'))
    expect(page.get_by_role("link", name="PayPal")).to_be_in_viewport()


@pytest.mark.slow
def test_as_drawn_no_labels_meet_at_any_width(served, give, page, live_server):
    for slug, (language, milestones) in CAMPAIGNS.items():
        served.campaign(slug=slug, language=language, milestones=milestones)
        give(f"ch_{slug}", 800_000_000_000 if slug == "rich" else 235_550, campaign=slug)
        page.goto(f"{live_server.url}/embed/{slug}")
        for width in (*range(220, 700, 24), 900, 1300):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate(COLLISIONS) == [], f"{slug} at {width} pixels"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{slug} at {width} pixels"


def test_without_javascript_the_framed_page_is_complete(newsroom, browser: Browser, live_server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/embed/newsroom")
    expect(page.get_by_text("$145 to go")).to_be_visible()
    expect(page.get_by_role("button", name="Donate")).to_be_visible()
    context.close()


def test_in_wordpress_sandbox_the_frame_asks_to_be_shown_and_hands_its_links_out(newsroom, put, page, live_server):
    listen = """<script>window.heard = []; addEventListener("message", (event) => heard.push(event.data));</script>"""
    address = f"{live_server.url}/embed/newsroom#?secret=s3"
    frame = f'<iframe sandbox="allow-scripts" width=600 height=420 src="{address}"></iframe>'
    page.goto(put(head=listen, body=frame))
    page.wait_for_function("heard.length >= 2")
    assert page.evaluate("heard.every((said) => said.message === 'height' && said.secret === 's3')")
    high = page.frames[1].evaluate("document.documentElement.getBoundingClientRect().height")
    assert page.evaluate("heard.at(-1).value") == pytest.approx(high, abs=1)
    framed = page.frame_locator("iframe")
    framed.get_by_role("link", name="Donate").click()
    framed.get_by_role("link", name="PayPal").press("Enter")
    page.wait_for_function("heard.filter((said) => said.message === 'link').length === 2")
    links = page.evaluate("heard.filter((said) => said.message === 'link').map((said) => said.value)")
    assert links == [f"{live_server.url}/c/newsroom/donate", f"{live_server.url}/c/newsroom"]


def test_another_page_around_the_frame_is_told_how_high_it_is_and_told_again_when_that_changes(
    newsroom, put, page, live_server
):
    listen = """<script>addEventListener("message", (event) => {
      if (event.data.type === "tidemark:height") document.querySelector("iframe").height = event.data.height;
    });</script>"""
    page.goto(put(head=listen, body=f'<iframe width=600 height=10 src="{live_server.url}/embed/newsroom"></iframe>'))
    frame = page.frames[1]

    def fits(width: int) -> None:
        for _ in range(50):
            page.wait_for_timeout(100)
            inner, high, wide = frame.evaluate("[innerHeight, document.documentElement.scrollHeight, innerWidth]")
            if wide == width and inner == high > 300:
                return
        raise AssertionError(f"{inner} pixels for {high}")

    fits(600)
    before = frame.evaluate("innerHeight")
    page.locator("iframe").evaluate("(frame) => { frame.width = 300; }")
    fits(300)
    assert frame.evaluate("innerHeight") > before


def test_the_campaigns_page_moves_no_pixel_when_its_bar_comes_alive(newsroom, page, live_server):
    page.add_init_script(WATCH_SHIFTS.removeprefix("<script>").removesuffix("</script>"))
    page.goto(f"{live_server.url}/c/newsroom")
    page.wait_for_function("document.querySelector('tidemark-progress').shadowRoot")
    expect(page.get_by_role("link", name="Donate")).to_be_visible()
    assert page.evaluate("shifted") == 0
