"""Accent colours: read as typed values, never as free text, and made fit to be seen on a light and a dark card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LIGHT_INK, DARK_INK, BLACK = "#ffffff", "#06201e", "#000000"
LIGHT_SURFACE, DARK_SURFACE = "#fbfaf7", "#161b1a"  # those of widget.css
CONTRAST_MIN = 3.0  # WCAG 2.2, 1.4.11: what a graphic needs to be told from its ground
TEXT_CONTRAST_MIN = 4.5  # 1.4.3: what words need; of black and white, one always has it
STEP = 0.04
_HEX = re.compile(r"#?([0-9a-f]{6})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Accent:
    """A colour, mended for each ground where it would be lost there, and the ink for words on it."""

    light: str
    light_ink: str
    dark: str
    dark_ink: str


def colour(text: str | None) -> str | None:
    """`#rrggbb` of what looks like one (the `#` may be missing, as in a URL), else None."""
    found = _HEX.fullmatch(text or "")
    return f"#{found.group(1).lower()}" if found else None


@lru_cache(maxsize=256)
def accent_of(chosen: str) -> Accent:
    """What to paint with where `chosen` (`#rrggbb`) is asked for."""
    light, dark = _seen_on(chosen, LIGHT_SURFACE, BLACK), _seen_on(chosen, DARK_SURFACE, LIGHT_INK)
    return Accent(light, ink_on(light), dark, ink_on(dark))


def ink_on(background: str) -> str:
    """The ink in which words can be read on `background`: ours where one of them does, else black."""
    better = max((LIGHT_INK, DARK_INK), key=lambda ink: contrast(ink, background))
    return better if contrast(better, background) >= TEXT_CONTRAST_MIN else BLACK


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two colours, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _seen_on(chosen: str, surface: str, towards: str) -> str:
    """`chosen`, mixed with as little of `towards` as makes it stand out from `surface`."""
    steps = (_mixed(chosen, towards, step * STEP) for step in range(int(1 / STEP) + 1))
    return next((made for made in steps if contrast(made, surface) >= CONTRAST_MIN), towards)


def _mixed(one: str, other: str, part: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def _channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def _luminance(colour: str) -> float:
    parts = [channel / 255 for channel in _channels(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
