"""The live picture of the bar: one SVG that needs no script, for feeds, mails and hosts that take only images."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.widget.kinds import Drawing, Look, environment
from campaigns.widget.scale import shortened, text_pixels
from campaigns.widget.snapshot import Snapshot
from campaigns.widget.snippet import HEIGHT, WIDTH

PADDING = 20
INNER = WIDTH - 2 * PADDING


@dataclass(frozen=True, slots=True)
class Colours:
    """What an image, which no sheet reaches, is painted with."""

    surface: str
    line: str
    text: str
    muted: str
    track: str
    accent: str


LIGHT = Colours("#fbfaf7", "#d9d6cc", "#17211f", "#56615e", "#e3e0d6", "#0b7a75")
DARK = Colours("#161b1a", "#2f3937", "#eef3f1", "#a3b0ac", "#2b3432", "#39c6ba")


def picture(snapshot: Snapshot, look: Look, public_url: str) -> str:
    """The SVG document, WIDTH by HEIGHT pixels; everything in it is escaped by the template."""
    drawing = Drawing(snapshot, look, public_url)
    colours = DARK if look.theme == "dark" else LIGHT
    raised_pixels = text_pixels(drawing.raised, 26)
    return (
        environment()
        .get_template("widget/picture.svg")
        .render(
            bar=drawing,
            colours=colours,
            accent=drawing.accent or colours.accent,
            title=shortened(snapshot.title, INNER - raised_pixels - 30),
            width=WIDTH,
            height=HEIGHT,
            padding=PADDING,
            inner=INNER,
        )
    )
