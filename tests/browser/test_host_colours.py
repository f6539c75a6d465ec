"""The bar in a reader's own colours, on paper, on a dark page, read from the right: looked at in the picture itself."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Browser, Page, expect

from campaigns.widget.snippet import snippet

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("bed", ["sqlite"], indirect=True)]

RAISED = 0.471  # $2,355 of $5,000
TELLING_APART = 3.0  # WCAG 1.4.11, for what is drawn
READING = 4.5  # WCAG 1.4.3, for what is written
# The colours of a picture, in its middle row, from left to right.
MIDDLE_ROW = """async (url) => {
  const picture = await createImageBitmap(await (await fetch(url)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height), drawing = canvas.getContext("2d");
  drawing.drawImage(picture, 0, 0);
  const { data } = drawing.getImageData(0, Math.floor(picture.height / 2), picture.width, 1);
  return Array.from({ length: picture.width }, (_, i) => [...data.slice(i * 4, i * 4 + 3)]);
}"""

Colour = tuple[int, int, int]


def luminance(colour: Colour) -> float:
    """WCAG's relative luminance."""
    parts = [one / 255 for one in colour]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """WCAG's contrast ratio."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def along(browser: Browser, page: Page) -> list[Colour]:
    """What is seen along the middle of the rail, from left to right."""
    rail = page.locator("tidemark-progress .tm-rail:visible").first
    picture = base64.b64encode(rail.screenshot(animations="disabled")).decode()
    looking = browser.new_page()  # no policy of a host forbids it to look
    row: list[list[int]] = looking.evaluate(MIDDLE_ROW, f"data:image/png;base64,{picture}")
    looking.close()
    return [(red, green, blue) for red, green, blue in row]


def at(row: list[Colour], share: float) -> Colour:
    return row[int(share * (len(row) - 1))]


def written(page: Page, selector: str) -> tuple[Colour, Colour]:
    """The colour of the words at `selector`, and of what is right behind them."""
    found: list[list[int]] = page.locator(f"tidemark-progress {selector}").first.evaluate("""(node) => {
      const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
      const ink = numbers(getComputedStyle(node).color).slice(0, 3);
      for (let behind = node; behind; behind = behind.parentElement) {
        const [red, green, blue, opacity = 1] = numbers(getComputedStyle(behind).backgroundColor);
        if (opacity) return [ink, [red, green, blue]];
      }
      return [ink, [255, 255, 255]];
    }""")
    (a, b, c), (d, e, f) = found
    return (a, b, c), (d, e, f)


@pytest.fixture
def shown(newsroom, put, page, raised):
    """A page of another site with the bar in it."""
    page.goto(put())
    expect(raised(page)).to_have_text("$2,355")
    page.wait_for_function("document.querySelector('tidemark-progress').bar")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_one_sees_how_far_the_bar_is(shown, browser, scheme):
    shown.emulate_media(forced_colors="active", color_scheme=scheme)
    row = along(browser, shown)
    assert contrast(at(row, RAISED - 0.08), at(row, RAISED + 0.08)) >= TELLING_APART
    for selector in (".tm-title", ".tm-next", ".tm-go", ".tm-foot"):
        assert contrast(*written(shown, selector)) >= READING, selector


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_the_bar_keeps_its_fill_and_its_words_are_dark(shown, browser, scheme):
    shown.emulate_media(media="print", color_scheme=scheme)
    row = along(browser, shown)
    assert contrast(at(row, RAISED - 0.08), at(row, RAISED + 0.08)) >= TELLING_APART
    for selector in (".tm-title", ".tm-next", ".tm-go", ".tm-foot"):
        ink, behind = written(shown, selector)
        assert contrast(ink, behind) >= READING, selector
        # A printer leaves backgrounds out, unless it is told that they matter.
        kept = shown.locator(f"tidemark-progress {selector}").first.evaluate(
            "it => getComputedStyle(it).printColorAdjust"
        )
        assert kept == "exact", selector


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_fill_stands_out_from_its_track(shown, browser, scheme):
    shown.emulate_media(color_scheme=scheme)
    row = along(browser, shown)
    assert contrast(at(row, RAISED - 0.08), at(row, RAISED + 0.08)) >= TELLING_APART


def test_read_from_the_right_the_bar_fills_from_the_right(newsroom, put, page, browser, live_server):
    script = f'<script src="{live_server.url}/widget.v1.js" async></script>'
    page.goto(
        put(body=f'<div dir="rtl"><tidemark-progress campaign="newsroom" lang="ar"></tidemark-progress></div>{script}')
    )
    expect(page.locator("tidemark-progress .tm")).to_have_attribute("dir", "rtl")
    row = along(browser, page)
    filled, empty = at(row, 0.9), at(row, 0.1)
    assert contrast(filled, empty) >= TELLING_APART
    assert at(row, 1 - RAISED + 0.08) == filled
    assert at(row, 1 - RAISED - 0.08) == empty


def test_a_page_that_is_read_from_the_right_does_not_turn_a_bar_that_is_not(newsroom, put, page, browser, live_server):
    page.goto(put(body=f'<div dir="rtl">{snippet("newsroom", "Newsroom", live_server.url)}</div>'))
    expect(page.locator("tidemark-progress .tm")).to_have_attribute("dir", "ltr")
    row = along(browser, page)
    assert contrast(at(row, 0.1), at(row, 0.9)) >= TELLING_APART
    assert at(row, RAISED - 0.08) == at(row, 0.1)


@pytest.mark.parametrize("theme", ["auto", "dark"])
def test_on_a_dark_page_the_frame_is_no_white_box(newsroom, put, page, browser, live_server, theme):
    page.emulate_media(color_scheme="dark")
    style = "<style>:root { color-scheme: dark } body { background: #111 } iframe { color-scheme: dark }</style>"
    address = f"{live_server.url}/embed/newsroom?theme={theme}"
    page.goto(put(head=style, body=f'<iframe src="{address}" width="600" height="700" frameborder="0"></iframe>'))
    expect(page.frame_locator("iframe").get_by_role("group", name="Fundraiser")).to_be_visible()
    corner = page.locator("iframe").bounding_box()
    assert corner is not None
    below = {"x": corner["x"], "y": corner["y"] + 690, "width": corner["width"], "height": 5}  # the bar is less high
    page.set_viewport_size({"width": 800, "height": 1000})
    looking = browser.new_page()
    picture = base64.b64encode(page.screenshot(clip=below)).decode()
    row = looking.evaluate(MIDDLE_ROW, f"data:image/png;base64,{picture}")
    looking.close()
    assert {tuple(one) for one in row} == {(0x11, 0x11, 0x11)}
