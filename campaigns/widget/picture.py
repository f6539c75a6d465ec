"""The live picture of the bar: one SVG that needs no script, for feeds, mails and hosts that take only images.

It has the look of the folded widget in the same 600 by 120, so that a page hardly changes when the one takes the
other's place.
"""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.widget.colours import DARK_SURFACE, LIGHT_SURFACE, Accent
from campaigns.widget.drawing import SLIM_PIXELS, Drawing
from campaigns.widget.kinds import environment
from campaigns.widget.lettering import shortened, text_pixels
from campaigns.widget.look import Look
from campaigns.widget.snapshot import Snapshot
from campaigns.widget.snippet import HEIGHT, WIDTH

PADDING, BUTTON_PIXELS, INSET = 20, 150, 7
TITLE_FONT, RAISED_FONTS = 14.5, (27, 22, 18, 14)


@dataclass(frozen=True, slots=True)
class Colours:
    """What an image, which no sheet reaches, is painted with."""

    surface: str
    line: str
    text: str
    muted: str
    track: str
    accent: str
    ink: str


LIGHT = Colours(LIGHT_SURFACE, "#d9d6cc", "#17211f", "#56615e", "#e3e0d6", "#0b7a75", "#ffffff")
DARK = Colours(DARK_SURFACE, "#2f3937", "#eef3f1", "#a3b0ac", "#2b3432", "#39c6ba", "#06201e")


def picture(snapshot: Snapshot, look: Look, public_url: str) -> str:
    """The SVG document, WIDTH by HEIGHT pixels; everything in it is escaped by the template."""
    bar = Drawing(snapshot, look, public_url)
    font = next((font for font in RAISED_FONTS if text_pixels(bar.raised, font, bold=True) <= SLIM_PIXELS), 14)
    with bar.speaking():
        return (
            environment()
            .get_template("widget/picture.svg")
            .render(
                bar=bar,
                colours=_colours(bar.accent, look.theme == "dark"),
                title=shortened(snapshot.title, SLIM_PIXELS, TITLE_FONT, bold=True),
                labels=bar.labels_in_one_row("slim", SLIM_PIXELS),
                raised=bar.hang(text_pixels(bar.raised, font, bold=True), SLIM_PIXELS),
                font=font,
                width=WIDTH,
                height=HEIGHT,
                scale=SLIM_PIXELS - 2 * INSET,
                left=PADDING + INSET if bar.direction == "ltr" else WIDTH - PADDING - SLIM_PIXELS + INSET,
                button=WIDTH - PADDING - BUTTON_PIXELS if bar.direction == "ltr" else PADDING,
                button_width=BUTTON_PIXELS,
            )
        )


def _colours(accent: Accent | None, dark: bool) -> Colours:
    plain = DARK if dark else LIGHT
    if accent is None:
        return plain
    chosen = (accent.dark, accent.dark_ink) if dark else (accent.light, accent.light_ink)
    return Colours(plain.surface, plain.line, plain.text, plain.muted, plain.track, *chosen)
