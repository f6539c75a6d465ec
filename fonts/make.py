"""Makes the fonts that pictures are drawn with, out of Noto: see README.md beside this file.

One font for all scripts, emoji too, instead of one each: the renderer mixes fonts within a text only where each of
them has as many glyphs for it, which a ligature or a sign of direction already spoils.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.merge import Merger
from fontTools.merge import Options as MergeOptions
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

SHIPPED = Path(__file__).parents[1] / "campaigns" / "static" / "fonts"
UNITS = 1000
FAMILY = "Tidemark Sans"
LATIN = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x300),
    *range(0x300, 0x370),  # marks to combine
    *range(0x370, 0x530),  # Greek, Cyrillic
    *range(0x1E00, 0x2000),
    *range(0x2000, 0x2070),  # dashes, quotes, spaces, signs of direction
    *range(0x2070, 0x2200),
    0x2212,
    0x25CC,
)
ARABIC = (*range(0x600, 0x700), *range(0x750, 0x780), 0xFDFA, 0xFDFC)
HEBREW = tuple(range(0x591, 0x5F5))
NOT_EMOJI_MAX = 0xFF  # digits, * and © are letters here
FLAG_LETTERS = range(0x1F1E6, 0x1F200)
TAGS_MIN = 0xE0000
MADE = 3_786_912_000  # seconds since 1904
WEIGHTS = {"Regular": 400, "Bold": 700}


def main(noto: Path, emoji: Path) -> None:
    """Writes the two weights, and which characters they have."""
    SHIPPED.mkdir(parents=True, exist_ok=True)
    for weight, number in WEIGHTS.items():
        parts = [
            _part(noto / f"NotoSans-{weight}.ttf", LATIN),
            _part(noto / f"NotoSansArabic-{weight}.ttf", ARABIC),
            _part(noto / f"NotoSansHebrew-{weight}.ttf", HEBREW),
            *_emoji_parts(emoji, number),
        ]
        _save(_merged(parts), weight)
    letters = set.intersection(*(set(TTFont(path).getBestCmap()) for path in SHIPPED.glob("*.ttf")))
    (SHIPPED / "characters.txt").write_text("\n".join(_ranges(sorted(letters))) + "\n", encoding="ascii")


def _part(path: Path, characters: tuple[int, ...]) -> TTFont:
    return _reduced(TTFont(path), set(characters), ["*"])


def _emoji_parts(folder: Path, weight: int) -> list[TTFont]:
    """The package cuts one font into numbered pieces, which overlap."""
    parts, seen = [], set(LATIN)
    for path in sorted(folder.glob(f"noto-emoji-[0-9]*-{weight}-normal.woff")):
        font = TTFont(path)
        wanted = {c for c in font.getBestCmap() if NOT_EMOJI_MAX < c < TAGS_MIN and c not in FLAG_LETTERS} - seen
        wanted -= {0xFE0F}
        seen |= wanted
        if wanted:
            parts.append(_reduced(font, wanted, []))
    return parts


def _reduced(font: TTFont, characters: set[int], features: list[str]) -> TTFont:
    options = Options(hinting=False, layout_features=features, drop_tables=["MATH", "DSIG", "STAT", "vhea", "vmtx"])
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters & set(font.getBestCmap()))
    subsetter.subset(font)
    font.flavor = None
    if not features:
        for table in [tag for tag in ("GSUB", "GPOS", "GDEF") if tag in font]:
            del font[table]
    if font["head"].unitsPerEm != UNITS:
        scale_upem(font, UNITS)
    return font


def _merged(parts: list[TTFont]) -> TTFont:
    folder = SHIPPED / "parts"
    folder.mkdir(exist_ok=True)
    paths = []
    for number, part in enumerate(parts):
        path = folder / f"{number}.ttf"
        part.save(path)
        paths.append(str(path))
    font = Merger(options=MergeOptions()).merge(paths)
    for name in paths:
        Path(name).unlink()
    folder.rmdir()
    return font


def _save(font: TTFont, weight: str) -> None:
    plain = FAMILY.replace(" ", "")
    licence = [name for name in font["name"].names if name.nameID in (0, 13, 14)]
    font["name"].names = licence
    told = {1: FAMILY, 2: weight, 3: f"{plain}-{weight}", 4: f"{FAMILY} {weight}", 6: f"{plain}-{weight}"}
    for number, text in told.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = WEIGHTS[weight]
    font["head"].created = font["head"].modified = MADE  # the same bytes whenever it is made
    font.recalcTimestamp = False
    font.save(SHIPPED / f"{plain}-{weight}.ttf")


def _ranges(numbers: list[int]) -> list[str]:
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return [f"{first:X}-{last:X}" for first, last in found]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
