"""How high the framed bar is, guessed on the server: a host reserves its place before anything is loaded.

The heights were measured in Chromium on a campaign with two milestones, amounts to choose and three links, in all our
languages; `tests/browser/test_oembed.py` holds them to it. A kind that was not measured counts as a bar.
"""

from __future__ import annotations

from campaigns.widget.drawing import Drawing

WIDTH = 600
# From this width on: the bar alone, what choosing an amount adds, what links to other ways add.
_Rows = tuple[tuple[int, int, int, int], ...]
_BAR: _Rows = (
    (700, 278, 159, 56),
    (600, 298, 195, 81),
    (480, 332, 217, 82),
    (340, 372, 215, 82),
    (300, 414, 267, 82),
    (280, 414, 267, 134),
    (240, 416, 321, 134),
    (220, 476, 351, 134),
    (0, 514, 422, 134),
)
_HEIGHTS: dict[str, _Rows] = {
    "thermometer": (
        (600, 368, 88, 56),
        (560, 368, 110, 56),
        (520, 368, 162, 56),
        (400, 482, 292, 82),
        (320, 508, 288, 82),
        (240, 572, 324, 134),
        (220, 616, 351, 134),
        (0, 636, 424, 134),
    ),
    "ring": (
        (600, 340, 174, 56),
        (560, 340, 196, 56),
        (520, 340, 248, 56),
        (340, 532, 268, 82),
        (320, 532, 292, 82),
        (260, 584, 304, 134),
        (240, 604, 340, 134),
        (220, 664, 351, 134),
        (0, 680, 424, 134),
    ),
    "compact": ((0, 78, 0, 0),),
    "ticker": ((400, 92, 0, 0), (340, 98, 0, 0), (300, 118, 0, 0), (280, 166, 0, 0), (0, 222, 0, 0)),
}


# The line that says what came through which service: its height, its widest letters, what stands beside it.
SPLIT_LINE, SPLIT_LETTER, SPLIT_MARGIN = 21, 8, 44
FOOTLESS = ("compact", "ticker")


def frame_size(bar: Drawing, width_max: int | None, height_max: int | None) -> tuple[int, int, bool]:
    """Width and height of the frame in pixels, within what the host can give, and whether all of the bar is seen.

    Where it is not, the frame has to scroll.
    """
    width = WIDTH if width_max is None else min(WIDTH, max(width_max, 1))
    rows = _HEIGHTS.get(bar.look.kind, _BAR)
    alone, choosing, links = next(row[1:] for row in rows if width >= row[0])
    full = alone + (choosing if bar.presets else 0) + (links if bar.accepts and bar.snapshot.ways else 0)
    if bar.split and bar.look.kind not in FOOTLESS:
        length = sum(len(name) + len(amount) + 4 for name, amount in bar.split)
        full += SPLIT_LINE * -(-length * SPLIT_LETTER // max(width - SPLIT_MARGIN, SPLIT_LETTER))
    height = full if height_max is None else min(full, max(height_max, 1))
    return width, height, height == full
