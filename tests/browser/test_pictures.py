"""SVG pictures as a browser lays them out, with whatever fonts it has: nothing leaves the picture, nothing meets."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.bed.pictures import PICTURES, WORST, drawn

pytestmark = pytest.mark.browser

# Each text's rectangle inside its picture, in pixels.
TEXTS = """() => [...document.querySelectorAll('svg')].map(svg => {
  const sheet = svg.getBoundingClientRect();
  return {
    width: sheet.width, height: sheet.height,
    texts: [...svg.querySelectorAll('text')].filter(text => text.textContent.trim()).map(text => {
      const box = text.getBoundingClientRect();
      return {says: text.textContent, left: box.left - sheet.left, right: box.right - sheet.left,
              top: box.top - sheet.top, bottom: box.bottom - sheet.top};
    }),
  };
})"""
TOLERANCE = 1.0
LINE_HEIGHT_PART = 0.3  # of a text's box above and below its letters


def meet(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether the letters of two texts overlap."""
    beside = one["right"] <= other["left"] + TOLERANCE or other["right"] <= one["left"] + TOLERANCE
    spare = LINE_HEIGHT_PART * min(one["bottom"] - one["top"], other["bottom"] - other["top"])
    apart = one["bottom"] - spare <= other["top"] or other["bottom"] - spare <= one["top"]
    return not (beside or apart)


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_leaves_its_picture_or_meets_another(page: Page, name: str) -> None:
    page.set_content("".join(drawn(shown, name) for shown in WORST.values()))
    pictures = page.evaluate(TEXTS)
    assert len(pictures) == len(WORST)
    for state, picture in zip(WORST, pictures, strict=True):
        texts = picture["texts"]
        assert texts
        for at, text in enumerate(texts):
            assert -TOLERANCE <= text["left"] < text["right"] <= picture["width"] + TOLERANCE, (state, text)
            assert text["bottom"] <= picture["height"] + TOLERANCE, (state, text)
            assert [(state, text["says"], other["says"]) for other in texts[:at] if meet(text, other)] == []
