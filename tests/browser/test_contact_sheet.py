"""Every kind in every state and both themes, beside a picture of how it looked when somebody last looked at it.

Letters are the shipped ones, so that the machine's fonts change nothing. After a change that is meant: `make looks`,
and look at what it drew.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from campaigns.staff import accounts
from campaigns.widget import fonts
from campaigns.widget.look import kinds
from tests.browser.test_console import EMAIL, PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("bed", ["sqlite"], indirect=True),
]
PICTURES = Path(__file__).parent / "pictures"
REDRAW = "REDRAW_LOOKS"
SCALE, QUALITY, WIDTH = 0.5, 40, 1100
BLOCK_MAX = 28  # of 255: how much the mean of 8 by 8 points may differ; a moved letter is above, other smoothing below
SHEET_MAX = 0.6  # of 255: how much all of it may differ on average
# How far two pictures are from each other: [their sizes], the worst block and where it is, the mean.
APART = """async ([one, other]) => {
  const points = async (url) => {
    const picture = await createImageBitmap(await (await fetch(url)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height), drawing = canvas.getContext("2d");
    drawing.drawImage(picture, 0, 0);
    return drawing.getImageData(0, 0, picture.width, picture.height);
  };
  const [a, b] = [await points(one), await points(other)];
  const made = { sizes: [[a.width, a.height], [b.width, b.height]], worst: 0, at: [0, 0], mean: 0 };
  const width = Math.min(a.width, b.width), height = Math.min(a.height, b.height);
  let all = 0;
  for (let y = 0; y + 8 <= height; y += 8) for (let x = 0; x + 8 <= width; x += 8) {
    const sum = [0, 0, 0];
    for (let v = y; v < y + 8; v++) for (let u = x; u < x + 8; u++) for (let c = 0; c < 3; c++) {
      const difference = a.data[(v * a.width + u) * 4 + c] - b.data[(v * b.width + u) * 4 + c];
      sum[c] += difference;
      all += Math.abs(difference);
    }
    const block = Math.max(...sum.map(Math.abs)) / 64;
    if (block > made.worst) made.worst = block, made.at = [x, y];
  }
  made.mean = all / (width * height * 3);
  return made;
}"""


def data(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"


def letters() -> str:
    """The shipped letters, for every card."""
    faces = "".join(_face(name, weights) for name, weights in (("Regular", "100 500"), ("Bold", "501 900")))
    return faces + '.sheet-states, .sheet-states .tm { font-family: "Tidemark Sans" }'


def _face(name: str, weights: str) -> str:
    letters = base64.b64encode((fonts.FOLDER / f"TidemarkSans-{name}.ttf").read_bytes()).decode()
    source = f"src:url(data:font/ttf;base64,{letters})"
    return f'@font-face{{font-family:"Tidemark Sans";font-weight:{weights};{source}}}'


def shown(page: Page, url: str, kind: str, theme: str) -> bytes:
    """The sheet as a picture."""
    page.goto(f"{url}/console/login")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{url}/console/contact-sheet?kind={kind}&theme={theme}")
    page.add_style_tag(content=letters())
    page.evaluate("document.fonts.ready")
    expect(page.locator(".sheet-host .tm").first).to_have_css("font-family", '"Tidemark Sans"')
    return page.locator(".sheet-states").screenshot(type="jpeg", quality=QUALITY, animations="disabled")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", kinds())
def test_every_state_looks_as_it_did(database, live_server, browser: Browser, tmp_path: Path, kind, theme):
    with database.writing() as session:
        accounts.create(session, email=EMAIL, password=PASSWORD, role="viewer")
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 900}, device_scale_factor=SCALE, color_scheme=theme, bypass_csp=True
    )
    page = context.new_page()
    now = shown(page, live_server.url, kind, theme)
    page.goto("about:blank")
    known = PICTURES / f"{kind}-{theme}.jpg"
    if os.environ.get(REDRAW):
        PICTURES.mkdir(exist_ok=True)
        known.write_bytes(now)
    apart = page.evaluate(APART, [data(known.read_bytes()), data(now)])
    context.close()
    seen = tmp_path / known.name
    seen.write_bytes(now)
    told = f"{apart}: compare {seen} with {known.name}, and `make looks` if it is meant"
    assert apart["sizes"][0] == apart["sizes"][1], told
    assert apart["worst"] <= BLOCK_MAX, told
    assert apart["mean"] <= SHEET_MAX, told
