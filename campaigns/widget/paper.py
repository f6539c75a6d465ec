"""The paper that a picture is drawn on: how wide words are, where reading begins, and what they are drawn with.

A picture has one size and no sheet, and it is drawn by browsers and, as PNG, by a renderer that knows less of writing
than they do: to it, `direction` means nothing and `dx` moves one letter. So every place is physical, and a text says in
itself, by the signs Unicode has for it, from which side it is read.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from campaigns.campaign.progress import Step
from campaigns.widget.drawing import FACES, Drawing, Label
from campaigns.widget.fonts import FAMILY, drawable
from campaigns.widget.lettering import shortened, text_pixels
from campaigns.widget.scale import Anchor

READ_LTR, READ_RTL, READ_END = "\u2066", "\u2067", "\u2069"
TURNING = frozenset({"R", "AL", "AN"})  # letters and digits that turn the direction of what stands beside them
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # one of them, and there is no picture
SYSTEM = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
CORNER = 13.5  # pixels, half a line inside the 14 of widget.css
WORDS_MAX = 40  # of a title; what comes after them does not fit anyway
_OTHER_END: dict[Anchor, Anchor] = {"start": "end", "middle": "middle", "end": "start"}


@dataclass(frozen=True, slots=True)
class Stop:
    """The words of a milestone beside an upright scale: their height in pixels, and the part where its mark is."""

    part: float
    y: float
    step: Step


class Paper:
    """What the templates of pictures are given as `paper`. `painted`: for our renderer, else for browsers."""

    def __init__(self, bar: Drawing, width: int, height: int, *, painted: bool) -> None:
        self.bar, self.width, self.height, self.painted = bar, width, height, painted
        self.rtl = bar.direction == "rtl"
        self.start: Anchor = self.anchor("start")
        self.end: Anchor = self.anchor("end")
        self.family = FAMILY if painted else _family(bar.look.font)
        self.colours = bar.dark if bar.look.theme == "dark" else bar.light
        self.corner = CORNER if bar.look.radius is None else bar.look.radius
        self.part = float(bar.fill) / 100
        self.opened, self.closed = (READ_RTL, READ_END) if self.rtl else ("", "")

    @property
    def sheet(self) -> str:
        """For `auto`: what a browser in the dark paints each colour with, by the colour; "" where none may be told so.

        What no sheet reaches stays light, as it is written.
        """
        light = astuple(self.colours)
        if self.painted or self.bar.look.theme != "auto" or len(set(light)) < len(light):
            return ""
        pairs = zip(light, astuple(self.bar.dark), strict=True)
        rules = (f'[fill="{old}"]{{fill:{new}}}[stroke="{old}"]{{stroke:{new}}}' for old, new in pairs)
        return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}"

    def at(self, pixels: float) -> float:
        """`pixels` from the side where reading begins, counted from the left."""
        return round(self.width - pixels if self.rtl else pixels, 1)

    def pressed(self, height: float) -> float:
        """The corner of what looks as if it could be pressed."""
        return min(height / 2, self.corner * height / 2 / CORNER)

    def anchor(self, logical: Anchor) -> Anchor:
        """The anchor as it is on the page, for one that is meant in the direction of reading."""
        return _OTHER_END[logical] if self.rtl else logical

    @property
    def host(self) -> str:
        """Where the campaign is at home, as one would type it."""
        return urlsplit(self.bar.public_url).netloc

    def words(self, text: str) -> str:
        """`text` of our own, read as its language is."""
        return _signed(self.plain(text), rtl=self.rtl)

    def name(self, text: str, whole: str = "") -> str:
        """`text` that staff wrote (a title, a label), read as the first letter of the `whole` of it says."""
        plain = self.plain(text)
        return _signed(plain, rtl=_begins_rtl(self.plain(whole) or plain))

    def short(self, text: str, pixels: float, font: float, *, bold: bool = False) -> str:
        """As much of staff's `text` as fits."""
        plain = self.plain(text)
        return self.name(shortened(plain, pixels, font, bold=bold), plain)

    def lines(self, text: str, pixels: float, font: float, most: int) -> list[str]:
        """Staff's `text` in bold on at most so many lines, each cut where it is too long."""
        broken = self._broken(text, pixels, font, most)
        return [self.name(shortened(line, pixels, font, bold=True), text) for line in broken]

    def whole(self, text: str, pixels: float, fonts: Sequence[float], most: int) -> float:
        """The first of `fonts` in which `text` fits so many lines without a cut; the last where it fits in none."""
        for font in fonts:
            if all(text_pixels(line, font, bold=True) <= pixels for line in self._broken(text, pixels, font, most)):
                return font
        return fonts[-1]

    def fitting(self, text: str, pixels: float, fonts: Sequence[float]) -> float:
        """The first of `fonts` in which the bold `text` fits; the last where none does."""
        return next((font for font in fonts if text_pixels(text, font, bold=True) <= pixels), fonts[-1])

    def pixels(self, text: str, font: float, *, bold: bool = False) -> float:
        """About how wide `text` will be, rather too much."""
        return text_pixels(text, font, bold=bold)

    def stops(self, length: float, gap: float) -> list[Stop]:
        """Words up a scale `length` pixels high, none nearer than `gap` to the next: of all milestones, or of a few."""
        shown = self.parts
        if (len(shown) - 1) * gap > length:
            shown = [(part, step) for part, step in shown if step == self.bar.progress.next_step] + shown[-1:]
        falling = list(reversed(dict(shown).items()))
        ys = _apart([length * (1 - part) for part, _step in falling], gap, length)
        return [Stop(part, y, step) for (part, step), y in zip(falling, ys, strict=True)]

    @property
    def parts(self) -> list[tuple[float, Step]]:
        """Where each milestone stands on the scale, 0 to 1."""
        places = (float(x) / 100 for x, _reached in self.bar.ticks)
        parts = (1 - place if self.rtl else place for place in places)
        return list(zip(parts, self.bar.progress.steps, strict=True))

    def around(self, part: float, x: float, y: float, radius: float) -> tuple[float, float]:
        """The place on a ring after `part` of it, from the top and clockwise."""
        turn = part * math.tau
        return round(x + radius * math.sin(turn), 1), round(y - radius * math.cos(turn), 1)

    def label_x(self, label: Label, scale: float) -> float:
        """Where a label's anchor is on a level scale of so many pixels."""
        return round(float(label.hung.x) * scale / 100 + label.hung.dx, 1)

    def _broken(self, text: str, pixels: float, font: float, most: int) -> list[str]:
        """Lines as full as they get; what is left over is all in the last one."""
        lines: list[str] = []
        for word in self.plain(text).split()[:WORDS_MAX]:
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and (len(lines) == most or text_pixels(longer, font, bold=True) <= pixels):
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def plain(self, text: str) -> str:
        """`text` as it can be drawn. What a template put together is escaped already; only what it says is measured."""
        plain = text.unescape() if isinstance(text, Markup) else text
        whole = NOT_IN_XML.sub("", plain)
        return drawable(whole) if self.painted else whole


def _family(font: str) -> str:
    """What a picture is written with; it stands in no page whose font it could have."""
    return FACES.get(font, SYSTEM).replace('"', "'")


def _signed(text: str, *, rtl: bool) -> str:
    """`text` between signs that say how it is read, also where it stands within another; plain where none is needed."""
    if not rtl and all(unicodedata.bidirectional(character) not in TURNING for character in text):
        return text
    return f"{READ_RTL if rtl else READ_LTR}{text}{READ_END}"


def _begins_rtl(text: str) -> bool:
    strong = (kind for character in text if (kind := unicodedata.bidirectional(character)) in ("L", "R", "AL"))
    return next(strong, "L") != "L"


def _apart(wanted: Sequence[float], gap: float, last: float) -> list[float]:
    """The rising `wanted` pushed down until they stand `gap` apart, then up again until the last one is inside."""
    made: list[float] = []
    for value in wanted:
        made.append(max(value, made[-1] + gap) if made else value)
    for at in range(len(made) - 1, -1, -1):
        made[at] = min(made[at], made[at + 1] - gap if at + 1 < len(made) else last)
    return [round(value, 1) for value in made]
