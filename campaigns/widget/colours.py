"""Accent colours: read as typed values, never as free text, and given an ink that can be read on them."""

from __future__ import annotations

import re

DARK_INK, LIGHT_INK = "#06201e", "#ffffff"
_HEX = re.compile(r"#?([0-9a-f]{6})", re.IGNORECASE | re.ASCII)


def colour(text: str | None) -> str | None:
    """`#rrggbb` of what looks like one (the `#` may be missing, as in a URL), else None."""
    found = _HEX.fullmatch(text or "")
    return f"#{found.group(1).lower()}" if found else None


def ink_on(background: str) -> str:
    """Whichever ink has the better contrast on `background` (WCAG 2 relative luminance)."""
    luminance = _luminance(background)
    light = 1.05 / (luminance + 0.05)
    dark = (luminance + 0.05) / (_luminance(DARK_INK) + 0.05)
    return LIGHT_INK if light >= dark else DARK_INK


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
