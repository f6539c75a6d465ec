"""How high the framed bar is, guessed on the server: a host reserves its place before anything is loaded.

The heights were measured in Chromium on a campaign with two milestones, amounts to choose and three links, in German
and Spanish, whose words are the longest of ours; `tests/browser/test_oembed.py` holds them to it.
"""

from __future__ import annotations

from campaigns.widget.drawing import Drawing

WIDTH, WIDTH_MIN, HEIGHT_MIN = 600, 200, 120
# From this width on: the bar alone, what choosing an amount adds, what links to other ways add.
_HEIGHTS = (
    (700, 278, 159, 56),
    (600, 298, 195, 81),
    (480, 332, 215, 81),
    (400, 370, 214, 82),
    (340, 370, 214, 134),
    (300, 408, 267, 134),
    (0, 510, 267, 190),
)


def frame_size(bar: Drawing, width_max: int | None, height_max: int | None) -> tuple[int, int, bool]:
    """Width and height of the frame in pixels, within what the host can give, and whether all of the bar is seen.

    Where it is not, the frame has to scroll.
    """
    width = WIDTH if width_max is None else min(WIDTH, max(width_max, 1))
    alone, choosing, links = next(row[1:] for row in _HEIGHTS if width >= row[0])
    full = alone + (choosing if bar.presets else 0) + (links if bar.accepts and bar.snapshot.ways else 0)
    height = full if height_max is None else min(full, max(height_max, 1))
    return width, height, height == full
