"""Where marks and labels stand on the scale, decided on the server so that no two labels ever meet.

Positions are fractions of the bar's width. Text is never scaled, so what fits depends on the width in pixels: the
scale is planned for a narrow and a wide bar, and the sheet shows the one that fits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

NARROW_PIXELS = 272  # the content of a bar on a phone of 320 pixels
WIDE_PIXELS = 480
GAP_PIXELS = 10.0
FONT_PIXELS = 13.0
LABEL_PIXELS_MAX = 150.0
ROWS_MAX = 2

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone to be placed: its amount as written, its label, and where it stands (0 to 1)."""

    position: float
    amount: str
    label: str
    important: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A label on the scale: `x` in percent of the width, from the side where reading starts; `row` 0 is the upper."""

    x: float
    anchor: Anchor
    row: int
    amount: str
    label: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Scale:
    """The labels that fit, and whether some did not (the list then shows them all)."""

    placed: tuple[Placed, ...]
    complete: bool

    @property
    def rows(self) -> int:
        """How many rows of labels there are."""
        return max((one.row for one in self.placed), default=0) + 1


def plan(marks: Sequence[Mark], zero: str, pixels: int) -> Scale:
    """Labels for `marks` on a bar of `pixels`, none overlapping another.

    Where not all of them fit, only the important ones are labelled: a scale that names some of its marks by chance is
    harder to read than one that names the two that matter beside a list of all.
    """
    everything = _fitted(marks, zero, pixels)
    if everything.complete:
        return everything
    return replace(_fitted([mark for mark in marks if mark.important], zero, pixels), complete=False)


def _fitted(marks: Sequence[Mark], zero: str, pixels: int) -> Scale:
    """As many labels as fit: the important first, then from the goal down."""
    nothing = _place(Mark(0.0, zero, ""), 0, pixels)
    placed = [nothing] if nothing else []
    complete = True
    for mark in sorted(marks, key=lambda mark: (not mark.important, -mark.position)):
        fitting = (one for row in range(ROWS_MAX) if (one := _place(mark, row, pixels)) and _free(one, placed))
        found = next(fitting, None)
        if found is None:
            complete = False
        else:
            placed.append(found)
            complete = complete and found.label == mark.label
    return Scale(tuple(sorted(placed, key=lambda one: (one.row, one.left))), complete)


def text_pixels(text: str, font_pixels: float = FONT_PIXELS) -> float:
    """About how wide `text` is drawn; rather too wide than too narrow."""
    return sum(map(_em, text)) * font_pixels


def shortened(text: str, pixels: float) -> str:
    """`text`, cut with an ellipsis where it is wider than `pixels`."""
    if text_pixels(text) <= pixels:
        return text
    while text and text_pixels(text + "…") > pixels:
        text = text[:-1]
    return text.rstrip() + "…" if text.strip() else ""


def anchor_of(position: float, width: float, pixels: int) -> Anchor:
    """How a text of `width` pixels stands at `position` without leaving the bar."""
    middle = position * pixels
    if middle < width / 2:
        return "start"
    return "end" if middle > pixels - width / 2 else "middle"


def _place(mark: Mark, row: int, pixels: int) -> Placed | None:
    label = shortened(mark.label, min(LABEL_PIXELS_MAX, pixels * 0.42))
    width = max(text_pixels(mark.amount), text_pixels(label))
    if width > pixels:
        return None
    anchor = anchor_of(mark.position, width, pixels)
    x = {"start": 0.0, "middle": mark.position, "end": 1.0}[anchor]
    left = {"start": 0.0, "middle": x * pixels - width / 2, "end": pixels - width}[anchor]
    return Placed(round(x * 100, 2), anchor, row, mark.amount, label, left, left + width)


def _free(one: Placed, placed: Sequence[Placed]) -> bool:
    same_row = (other for other in placed if other.row == one.row)
    return all(one.left >= other.right + GAP_PIXELS or one.right <= other.left - GAP_PIXELS for other in same_row)


def _em(character: str) -> float:
    """Width of one character as a part of the font size, by its kind."""
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character in " .,'’:;|!ilIj\u00a0\u202f":
        return 0.36
    if character in "mwMW@%":
        return 0.98
    return 0.74 if character.isupper() else 0.64
