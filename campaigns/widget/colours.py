"""The colours of a card: read as typed values, never as free text, and made fit to be seen on each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

WHITE, BLACK = "#ffffff", "#000000"
LIGHT_INK, DARK_INK = WHITE, "#06201e"
LIGHT_SURFACE, DARK_SURFACE = "#fbfaf7", "#161b1a"  # those of widget.css
CONTRAST_MIN = 3.0  # WCAG 2.2, 1.4.11: what a graphic needs to be told from its ground
TEXT_CONTRAST_MIN = 4.5  # 1.4.3: what words need; of black and white, one always has it
STEP = 0.04
FAINT, FAINTER, FADES = 0.8, 0.87, (0.34, 0.26, 0.18, 0.1)  # how much of the ground is in a line, a track, small print
_HEX = re.compile(r"#?([0-9a-f]{6})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Palette:
    """What a card is painted with in one theme; `ink` is for words on the accent."""

    surface: str
    line: str
    text: str
    muted: str
    track: str
    accent: str
    ink: str


LIGHT = Palette(LIGHT_SURFACE, "#d9d6cc", "#17211f", "#56615e", "#e3e0d6", "#0b7a75", LIGHT_INK)
DARK = Palette(DARK_SURFACE, "#2f3937", "#eef3f1", "#a3b0ac", "#2b3432", "#39c6ba", DARK_INK)


def colour(text: str | None) -> str | None:
    """`#rrggbb` of what looks like one (the `#` may be missing, as in a URL), else None."""
    found = _HEX.fullmatch(text or "")
    return f"#{found.group(1).lower()}" if found else None


@lru_cache(maxsize=1024)
def palette(plain: Palette, surface: str | None, text: str | None, accent: str | None) -> Palette:
    """`plain` with the colours that staff chose (`#rrggbb`; None: as it is), and the others fitted to them.

    An accent that would be lost on its ground is mended; whether words can be read is `words_problem`'s to say.
    """
    ground = surface or plain.surface
    behind: tuple[str, ...] = (ground,)
    words = text or (plain.text if contrast(plain.text, ground) >= TEXT_CONTRAST_MIN else ink_on(ground))
    if (ground, words) == (plain.surface, plain.text):
        line, track, muted = plain.line, plain.track, plain.muted
    else:
        line, track, muted = _mixed(words, ground, FAINT), _mixed(words, ground, FAINTER), _muted(words, ground)
        behind = (ground, track)
    if accent is None and len(behind) == 1:
        return plain
    paint = _seen_on(accent or plain.accent, behind)
    ink = plain.ink if paint == plain.accent else ink_on(paint)
    return Palette(ground, line, words, muted, track, paint, ink)


def words_problem(plain: Palette, surface: str | None, text: str | None) -> str | None:
    """What is wrong with words in `text` on `surface`, with the nearest that would do; None where they can be read."""
    ground = surface or plain.surface
    if text is None or contrast(text, ground) >= TEXT_CONTRAST_MIN:
        return None
    steps = (_mixed(text, end, step * STEP) for step in range(int(1 / STEP) + 1) for end in (BLACK, LIGHT_INK))
    nearest = next(made for made in steps if contrast(made, ground) >= TEXT_CONTRAST_MIN)
    return (
        f"words in {text} on {ground} are hard to read: their contrast is {contrast(text, ground):.1f} to 1, and "
        f"{TEXT_CONTRAST_MIN} is needed; {nearest} would do"
    )


def ink_on(background: str) -> str:
    """The ink in which words can be read on `background`: ours where one of them does, else black."""
    better = max((LIGHT_INK, DARK_INK), key=lambda ink: contrast(ink, background))
    return better if contrast(better, background) >= TEXT_CONTRAST_MIN else BLACK


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two colours, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _seen_on(chosen: str, grounds: Sequence[str]) -> str:
    """`chosen`, mixed with as little black or white as makes it stand out from all `grounds`; one of the two does."""
    steps = (_mixed(chosen, end, step * STEP) for step in range(int(1 / STEP) + 1) for end in (BLACK, LIGHT_INK))
    return next(made for made in steps if all(contrast(made, ground) >= CONTRAST_MIN for ground in grounds))


def _muted(words: str, ground: str) -> str:
    """`words`, as faint as can still be read."""
    steps = (_mixed(words, ground, part) for part in FADES)
    return next((made for made in steps if contrast(made, ground) >= TEXT_CONTRAST_MIN), words)


def _mixed(one: str, other: str, part: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def _channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def _luminance(colour: str) -> float:
    parts = [channel / 255 for channel in _channels(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
