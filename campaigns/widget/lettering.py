"""How wide a text will be drawn, guessed on the server, which has no fonts: rather too wide than too narrow.

The guess is made of the widest sans-serif that readers are likely to have (DejaVu Sans, Verdana), so a label that fits
by it fits in all of them.
"""

from __future__ import annotations

import unicodedata

BOLD = 1.13  # how much wider a bold letter is
WRAP_WORDS_MAX = 12

# em of a character by what it looks like; the first group that holds it counts. Arabic letters are drawn joined.
_SHAPES = (
    ("ijlıI.,·:;'’‘|!  \u00a0\u202f\u2009/\\", 0.35),
    ('frtJ()[]-–"“”°*', 0.47),
    ("mwMW@%—…✓+=<>#&", 1.0),
)
_DIGIT, _SMALL, _CAPITAL, _ARABIC, _OTHER, _WIDE, _PICTOGRAM = 0.64, 0.64, 0.78, 0.62, 0.8, 1.05, 1.35


def text_pixels(text: str, font_pixels: float, *, bold: bool = False) -> float:
    """About how wide `text` is on one line."""
    return sum(map(_em, text)) * font_pixels * (BOLD if bold else 1.0)


def shortened(text: str, pixels: float, font_pixels: float, *, bold: bool = False) -> str:
    """`text`, cut with an ellipsis where it is wider than `pixels`; nothing where not even that fits."""
    if text_pixels(text, font_pixels, bold=bold) <= pixels:
        return text
    while text and text_pixels(text.rstrip() + "…", font_pixels, bold=bold) > pixels:
        text = text[:-1]
    return text.rstrip() + "…" if text.strip() else ""


def wrapped(text: str, font_pixels: float) -> tuple[str, ...]:
    """`text` on two lines, as even as its spaces allow; on one where it is a single word."""
    words = text.split()
    if not 2 <= len(words) <= WRAP_WORDS_MAX:
        return (text,)
    splits = ((" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words)))
    return min(splits, key=lambda lines: max(text_pixels(line, font_pixels) for line in lines))


def _em(character: str) -> float:
    for characters, em in _SHAPES:
        if character in characters:
            return em
    if character.isascii():
        return _DIGIT if character.isdigit() else _CAPITAL if character.isupper() else _SMALL
    return _foreign_em(character)


def _foreign_em(character: str) -> float:
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return 0.0
    if category == "So":
        return _PICTOGRAM
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE
    if unicodedata.bidirectional(character) == "AL":
        return _ARABIC
    if category == "Lu":
        return _CAPITAL * 1.1
    return _SMALL * 1.1 if category in ("Ll", "Nd", "Sc") else _OTHER
