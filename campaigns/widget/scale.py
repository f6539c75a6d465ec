"""Where labels stand under the bar, decided on the server, so that no two ever meet.

A mark stands at a part (0 to 1) of the bar; text keeps its size whatever the width, so what fits depends on pixels.
A scale is planned for the narrowest bar of its class: every label hangs on its own mark, moved aside by a fixed number
of pixels, hence on any wider bar the gaps between labels only grow.

Labels are tried in four ways, the first that fits wins: all of them in one row; in two rows, the lower ones on leader
lines; only the amounts, beside a list that has the labels; only the amounts that matter. Marks themselves are always
drawn. A scale that names some of its marks by chance is harder to read than one that names the two that matter.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from campaigns.widget.lettering import text_pixels, wrapped

NARROW_PIXELS = 288  # the inside of a bar in a column of 320 pixels; in narrower ones the list alone labels
WIDE_PIXELS = 480
INSET_PIXELS = 7.0  # the bar's round ends: its first and its last mark stand that far inside
AMOUNT_FONT_PIXELS, LABEL_FONT_PIXELS = 13.0, 12.5
GAP_PIXELS = 12.0
HOLD_PIXELS = 6.0  # a mark stands over its own label, that far from the label's ends; nearer only at the bar's ends
LEADER_PIXELS = 5.0  # what a leader line keeps free on either side
LABEL_PIXELS_MAX = 200.0
STAGGERED_MAX = 5  # with more marks than that, two rows read like a crowd

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone to be placed: where it stands (0 to 1), its amount as written, its label."""

    position: float
    amount: str
    label: str = ""
    important: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A label: its `anchor` (start, middle or end) is `shift` pixels after `position`; row 0 is the upper.

    `left` and `right` are its edges in pixels on the narrowest bar, counted from the first mark.
    """

    position: float
    anchor: Anchor
    shift: float
    row: int
    amount: str
    lines: tuple[str, ...]
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Scale:
    """Labels that do not meet. `complete`: every mark has its amount and its whole label, so no list is needed."""

    placed: tuple[Placed, ...]
    complete: bool


class _Text(NamedTuple):
    mark: Mark
    lines: tuple[str, ...]
    pixels: float


def plan(marks: Sequence[Mark], zero: str, pixels: int, *, rows: int = 2, lines: int = 2) -> Scale:
    """Labels for `marks`, and `zero` at the beginning, on bars of `pixels` and more; at most so many rows and lines."""
    ordered = sorted(marks, key=lambda mark: mark.position)
    beginning = Mark(0.0, zero, important=True)
    for texts in _written(ordered, lines):
        for lower in _staggerings(len(texts), rows):
            if placed := _place(beginning, texts, lower, pixels):
                return Scale(placed, complete=True)
    for shown in (ordered, [mark for mark in ordered if mark.important], ordered[-1:]):
        if placed := _place(beginning, [_text(Mark(mark.position, mark.amount)) for mark in shown], (), pixels):
            return Scale(placed, complete=not ordered)
    return Scale((), complete=not ordered)


def alone(position: float, text_pixels: float, pixels: int) -> tuple[Anchor, float]:
    """How one text stands over `position` without leaving the bar: its anchor, and how far that is moved."""
    left = min(max(position * _span(pixels) - text_pixels / 2, -INSET_PIXELS), pixels - INSET_PIXELS - text_pixels)
    placed = _placed(_Text(Mark(position, ""), (), text_pixels), left, 0, _span(pixels))
    return placed.anchor, placed.shift


def smallest_gap(positions: Sequence[float], pixels: int) -> float:
    """Between which two neighbours the least room is, in pixels; the whole bar where there are no two."""
    gaps = (after - before for before, after in itertools.pairwise(sorted(positions)))
    return min(gaps, default=1.0) * _span(pixels)


def _written(marks: Sequence[Mark], lines: int) -> Iterator[list[_Text]]:
    """The labels on one line each, then, where allowed, the longer ones on two."""
    plain = [_text(mark) for mark in marks]
    if all(text.pixels <= LABEL_PIXELS_MAX for text in plain):
        yield plain
    folded = [_text(mark, wrapped(mark.label, LABEL_FONT_PIXELS)) for mark in marks]
    if lines > 1 and all(text.pixels <= LABEL_PIXELS_MAX for text in folded):
        yield folded


def _text(mark: Mark, lines: tuple[str, ...] | None = None) -> _Text:
    lines = (mark.label,) if lines is None else lines
    widths = [text_pixels(mark.amount, AMOUNT_FONT_PIXELS, bold=True)]
    widths += [text_pixels(line, LABEL_FONT_PIXELS) for line in lines]
    return _Text(mark, tuple(line for line in lines if line), max(widths))


def _staggerings(count: int, rows: int) -> Iterator[tuple[int, ...]]:
    """Which labels hang lower: none, then as few as possible, and never the goal's."""
    most = count - 1 if rows > 1 and count <= STAGGERED_MAX else 0
    for lower_count in range(most + 1):
        yield from itertools.combinations(range(count - 1), lower_count)


def _place(beginning: Mark, texts: Sequence[_Text], lower: Sequence[int], pixels: int) -> tuple[Placed, ...]:
    """All of them, or nothing where they do not fit."""
    upper_row = [_text(beginning)] + [text for at, text in enumerate(texts) if at not in lower]
    lower_row = [texts[at] for at in lower]
    upper, below = _row(upper_row, 0, pixels), _row(lower_row, 1, pixels)
    if upper is None or below is None:
        return ()
    leaders = [one.position * _span(pixels) for one in below]
    if any(one.left - LEADER_PIXELS < at < one.right + LEADER_PIXELS for at in leaders for one in upper):
        return ()
    return (*upper, *below)


def _row(texts: Sequence[_Text], row: int, pixels: int) -> list[Placed] | None:
    """The texts side by side, each as near its mark as the others let it; None where one would lose its mark."""
    span = _span(pixels)
    offsets = list(itertools.accumulate((text.pixels + GAP_PIXELS for text in texts), initial=0.0))
    room = span + 2 * INSET_PIXELS - (offsets[-1] - GAP_PIXELS)
    if texts and room < 0:
        return None
    wanted = [text.mark.position * span - text.pixels / 2 - at for text, at in zip(texts, offsets, strict=False)]
    placed = []
    for text, at, start in zip(texts, offsets, _ascending(wanted), strict=False):
        left = min(max(start, -INSET_PIXELS), room - INSET_PIXELS) + at
        one = _placed(text, left, row, span)
        if not _holds(one, text.mark.position * span):
            return None
        placed.append(one)
    return placed


def _ascending(wanted: Sequence[float]) -> list[float]:
    """The ascending numbers nearest to `wanted` (least squares): neighbours that would cross share their mean."""
    pools: list[tuple[float, int]] = []
    for value in wanted:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, one_count), (other, other_count) = pools.pop(-2), pools.pop()
            count = one_count + other_count
            pools.append(((one * one_count + other * other_count) / count, count))
    return [value for value, count in pools for _ in range(count)]


def _placed(text: _Text, left: float, row: int, span: float) -> Placed:
    """A label that reaches an end of the bar is flush with it, however wide its letters turn out to be."""
    right = left + text.pixels
    anchor: Anchor = "start" if left <= -INSET_PIXELS else "end" if right >= span + INSET_PIXELS else "middle"
    at = {"start": left, "middle": (left + right) / 2, "end": right}[anchor]
    shift = round(at - text.mark.position * span, 1)
    return Placed(text.mark.position, anchor, shift, row, text.mark.amount, text.lines, left, right)


def _holds(one: Placed, at: float) -> bool:
    hold = HOLD_PIXELS if one.anchor == "middle" else 0.0
    return one.left + hold <= at <= one.right - hold


def _span(pixels: int) -> float:
    return pixels - 2 * INSET_PIXELS
