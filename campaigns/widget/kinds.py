"""The shelf of widget kinds: one template each, found by scanning, drawn from a snapshot.

What a template needs is worked out here: every amount written for the reader, every sentence chosen, every label
placed. Templates decide nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from campaigns.campaign.progress import Step
from campaigns.money import format_money, known_language, locale_of, text_direction
from campaigns.shipped import shipped
from campaigns.widget.colours import colour, ink_on
from campaigns.widget.scale import NARROW_PIXELS, WIDE_PIXELS, Mark, Scale, anchor_of, plan, text_pixels
from campaigns.widget.snapshot import Snapshot, document

DEFAULT_KIND = "bar"
THEMES = ("auto", "light", "dark")
AMOUNT_FONT_PIXELS = 30.0
LONG_AMOUNT_LENGTH = 12
SCALE_TOP, ROW_HEIGHT = 66, 34  # pixels inside the drawing: where labels begin, and how high a row of them is


@dataclass(frozen=True, slots=True)
class Look:
    """What the embedding page asks for; anything unknown falls back to the campaign's own."""

    kind: str = DEFAULT_KIND
    theme: str = "auto"
    accent: str | None = None
    language: str | None = None
    source: str | None = None

    @classmethod
    def of(cls, asked: dict[str, str]) -> Look:
        """The look of a query; unknown words and broken values count as not asked."""
        kind, theme = asked.get("kind", ""), asked.get("theme", "")
        return cls(
            kind=kind if kind in kinds() else DEFAULT_KIND,
            theme=theme if theme in THEMES else "auto",
            accent=colour(asked.get("accent")),
            language=asked.get("lang"),
        )


@cache
def kinds() -> tuple[str, ...]:
    """The names of all kinds on the shelf."""
    return tuple(sorted(found.stem for found in (shipped("templates") / "widget" / "kinds").glob("[a-z]*.html")))


def draw(snapshot: Snapshot, look: Look | None = None, public_url: str = "") -> Markup:
    """The widget as an HTML fragment: no inline style, no script, complete without either."""
    chosen = look or Look()
    template = environment().get_template(f"widget/kinds/{chosen.kind}.html")
    return Markup(template.render(bar=Drawing(snapshot, chosen, public_url)))  # noqa: S704  (the template escapes)


def language_of(snapshot: Snapshot, look: Look) -> str:
    """The language that the widget is written in."""
    return known_language(look.language, snapshot.language)


@cache
def environment() -> Environment:
    """The templates, outside any request: what is drawn depends on the snapshot and the look alone."""
    loader = FileSystemLoader(shipped("templates"))
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    return made


class Drawing:
    """A snapshot in one look: what the templates of kinds are given as `bar`."""

    def __init__(self, snapshot: Snapshot, look: Look, public_url: str) -> None:
        self.snapshot = snapshot
        self.progress = snapshot.progress
        self.look = look
        self.language = language_of(snapshot, look)
        self.direction = text_direction(self.language)
        self.public_url = public_url
        self.page = f"{public_url}/c/{snapshot.slug}"
        self.accent = look.accent or colour(snapshot.accent)
        self.accent_ink = ink_on(self.accent) if self.accent else None

    @property
    def document(self) -> str:
        """The public document, for the events of the host page."""
        made = document(self.snapshot, self.language, self.public_url)
        return json.dumps(made, ensure_ascii=False, separators=(",", ":"))

    @property
    def raised(self) -> str:
        """The raised amount as the reader writes it."""
        return self.money(self.progress.raised_minor)

    @property
    def goal(self) -> str:
        """The goal as the reader writes it."""
        return self.money(self.progress.goal_minor)

    @property
    def percent(self) -> str:
        """Whole percent, rounded down: 99.9 is not yet 100."""
        return format_decimal(int(self.progress.percent), locale=locale_of(self.language))

    @property
    def accepts(self) -> bool:
        """Whether gifts are asked for now."""
        return self.snapshot.status == "live"

    @property
    def long_amount(self) -> bool:
        """Whether the raised amount needs a smaller type."""
        return len(self.raised) > LONG_AMOUNT_LENGTH

    @property
    def fill(self) -> str:
        """How much of the bar is filled, in percent with two decimals."""
        return f"{self._fraction(self.progress.raised_minor) * 100:.2f}"

    @property
    def fill_x(self) -> str:
        """Where the fill begins, in percent from the left: it grows from the side where reading starts."""
        return "0" if self.direction == "ltr" else f"{100 - float(self.fill):.2f}"

    @property
    def amount_anchor(self) -> str:
        """How the raised amount stands over the end of the fill without leaving a narrow bar."""
        width = text_pixels(self.raised, AMOUNT_FONT_PIXELS * (0.7 if self.long_amount else 1))
        return anchor_of(self._fraction(self.progress.raised_minor), width, NARROW_PIXELS)

    @property
    def amount_x(self) -> str:
        """Where it stands, in percent from the left of the drawing."""
        fixed = {"start": 0.0, "end": 1.0}
        return self._percent_from_left(fixed.get(self.amount_anchor, self._fraction(self.progress.raised_minor)))

    @property
    def ticks(self) -> list[tuple[str, bool]]:
        """Each milestone's place in percent from the left, and whether it is reached."""
        return [(self._percent_from_left(self._fraction(s.amount_minor)), s.reached) for s in self.progress.steps]

    @property
    def scales(self) -> list[tuple[str, Scale, int]]:
        """The narrow and the wide scale: name, labels, and the height of the drawing in pixels."""
        following = self.progress.next_step
        marks = [
            Mark(
                self._fraction(step.amount_minor),
                self.money(step.amount_minor),
                step.label,
                important=step.amount_minor == self.progress.goal_minor or step == following,
            )
            for step in self.progress.steps
        ]
        zero = self.money(0)
        planned = (("narrow", plan(marks, zero, NARROW_PIXELS)), ("wide", plan(marks, zero, WIDE_PIXELS)))
        return [(name, scale, SCALE_TOP + ROW_HEIGHT * scale.rows) for name, scale in planned]

    def label_x(self, x: float) -> str:
        """A label's place in percent from the left of the drawing."""
        return self._percent_from_left(x / 100)

    def row_y(self, row: int) -> int:
        """The baseline of a row of labels."""
        return SCALE_TOP + 14 + ROW_HEIGHT * row

    def money(self, minor: int) -> str:
        """An amount as the reader writes it."""
        return format_money(minor, self.snapshot.currency, self.language)

    def number(self, value: int) -> str:
        """A plain number as the reader writes it."""
        return format_decimal(value, locale=locale_of(self.language))

    def day(self, which: str) -> str:
        """The day on which the period starts or ends, in the campaign's zone."""

        instant = self.snapshot.starts_at if which == "starts" else self.snapshot.ends_at
        local = instant.astimezone(ZoneInfo(self.snapshot.timezone)).date() if instant else None
        return format_date(local, "d MMMM", locale=locale_of(self.language)) if local else ""

    def step_amount(self, step: Step) -> str:
        """A milestone's amount as the reader writes it."""
        return self.money(step.amount_minor)

    def _fraction(self, minor: int) -> float:
        """A place on the scale, which reaches to the goal, or to what is raised once that is more."""
        end = max(self.progress.goal_minor, self.progress.raised_minor)
        return minor / end if end else 0.0

    def _percent_from_left(self, fraction: float) -> str:
        return f"{(1 - fraction if self.direction == 'rtl' else fraction) * 100:.2f}"
