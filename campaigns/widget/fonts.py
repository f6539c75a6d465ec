"""The fonts that come with Tidemark, for pictures drawn on the server (fonts/README.md tells what they are made of).

Never those of the machine: a server often has none, and the renderer leaves out, without a word, what no font has.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "static" / "fonts"
FAMILY = "Tidemark Sans"
_SPACES = re.compile(r" {2,}")


@cache
def files() -> tuple[Path, ...]:
    """The font files, those for letters first: others only help out."""
    return tuple(sorted(FOLDER.glob("*.ttf"), reverse=True))


@cache
def fingerprint() -> str:
    """Another one whenever the same words would be drawn otherwise."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in files())).hexdigest()[:16]


def drawable(text: str) -> str:
    """`text` without the characters that our fonts lack: one of them keeps the renderer from looking for the others."""
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(character for character in composed if ord(character) in _characters())
    return _SPACES.sub(" ", kept).strip(" ") if len(kept) < len(composed) else composed


@cache
def _characters() -> frozenset[int]:
    ranges = (line.split("-") for line in (FOLDER / "characters.txt").read_text("ascii").split())
    return frozenset(number for first, last in ranges for number in range(int(first, 16), int(last, 16) + 1))
