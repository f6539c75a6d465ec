"""A snapshot in one look, ready for a template: amounts written for the reader, marks and labels placed.

The scale reaches from 0 to the goal, or to what is raised once that is more: a bar that stops at its goal would draw
340 % like 100 %. The goal's mark then stands inside, where it belongs, and the fill is always the whole truth.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent

from campaigns.campaign import wording
from campaigns.campaign.presets import presets_minor
from campaigns.campaign.progress import Step
from campaigns.language import Voice, speaking
from campaigns.language import say as _
from campaigns.money import exponent, format_money, in_digits_of, locale_of, major_text, text_direction
from campaigns.providers import shelf
from campaigns.widget.colours import DARK, LIGHT, WHITE, Palette, colour, palette
from campaigns.widget.lettering import text_pixels
from campaigns.widget.look import Look, language_of
from campaigns.widget.scale import NARROW_PIXELS, WIDE_PIXELS, Anchor, Mark, Placed, Scale, alone, plan, smallest_gap
from campaigns.widget.snapshot import Snapshot, document

SLIM_PIXELS = 384  # the bar beside the button, where little height is free
RAISED_FONTS = ((32, ""), (25, "tm-long"), (19, "tm-longest"))  # pixels and class, the first that fits
AMOUNT_BASELINE, LINE_PIXELS, ROW_GAP_PIXELS, DESCENT_PIXELS = 14, 16, 9, 5
TICK_RADIUS_MIN, TICK_RADIUS_MAX, TICK_STROKE_PIXELS = 2.5, 5.5, 1.0
CORNER_PIXELS, PILL_PIXELS = 14, 22  # of the card and of what is pressed, as in widget.css
# What words are set in; the widths of labels are guessed for the widest sans-serif, which these hardly pass.
FACES = {
    "serif": 'Georgia, Cambria, "Noto Serif", "Times New Roman", serif',
    "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", source-sans-pro, sans-serif',
    "page": "inherit",
}
RIGHT_TO_LEFT_MARK, LEFT_TO_RIGHT_MARK = "\u200f", "\u200e"


@dataclass(frozen=True, slots=True)
class Hung:
    """A text at `x` percent from the left, `dx` pixels aside, with its `anchor`."""

    x: str
    dx: float
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Label:
    """A label with the baselines of its amount and its lines, and where its leader line ends (0: none)."""

    hung: Hung
    amount: str
    y: int
    lines: tuple[tuple[str, int], ...]
    leader_end: int


@dataclass(frozen=True, slots=True)
class Labels:
    """All labels of one width class, in a drawing `height` pixels high; `complete` where no list is needed."""

    name: str
    height: int
    labels: tuple[Label, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Preset:
    """An amount to choose: as the form sends it, as it is written, and what giving it would do, in a sentence."""

    major: str
    amount: str
    says: str


class Drawing:
    """What the templates of kinds are given as `bar`."""

    def __init__(self, snapshot: Snapshot, look: Look, public_url: str) -> None:
        self.snapshot = snapshot
        self.progress = snapshot.progress
        self.look = look
        self.language = language_of(snapshot, look)
        self.direction = text_direction(self.language)
        self.public_url = public_url
        self.page = f"{public_url}/c/{snapshot.slug}"
        self.donate = f"{self.page}/donate" + (f"?lang={look.language}" if look.language else "")
        accent = look.accent or colour(snapshot.accent)
        self.light = palette(LIGHT, look.surface, look.text, accent)
        self.dark = palette(DARK, look.surface_dark, look.text_dark, accent)

    def speaking(self) -> AbstractContextManager[Voice]:
        """Has the templates inside speak to the reader, in staff's words where they gave some."""
        return speaking(self.language, wording.chosen(self.snapshot.wordings, self.language))

    @property
    def style(self) -> str:
        """What of the look is not the sheet's, as declarations for the card; "" for nothing."""
        radius = self.look.radius
        pill = None if radius is None or radius >= CORNER_PIXELS else round(radius * PILL_PIXELS / CORNER_PIXELS)
        said = {
            **_differing(self.light, LIGHT, ""),
            **_differing(self.dark, DARK, "-dark"),
            **self._on_paper,
            "border-radius": None if radius is None else f"{radius}px",
            "--tm-pill": None if pill is None else f"{pill}px",
            "font-family": FACES.get(self.look.font),
        }
        return ";".join(f"{name}:{value}" for name, value in said.items() if value is not None)

    @property
    def _on_paper(self) -> dict[str, str | None]:
        """Paper is white: an accent that was fitted to a card of staff's own is fitted to it anew."""
        if self.light.surface == LIGHT.surface:
            return {}
        printed = palette(LIGHT, WHITE, None, self.light.accent)
        return {"--tm-paper": printed.accent, "--tm-paper-ink": printed.ink}

    @property
    def version(self) -> str:
        """Another one whenever anything that is drawn may be: the snapshot's, and that of a look with a name."""
        if self.look.saved is None:
            return self.snapshot.version
        look = hashlib.sha256("|".join(self.look.fingerprint).encode()).hexdigest()
        return f"{self.snapshot.version}-{look[:8]}"

    @property
    def document(self) -> str:
        """The public document, for the events of the host page."""
        made = document(self.snapshot, self.language, self.public_url)
        return json.dumps(made, ensure_ascii=False, separators=(",", ":"))

    @property
    def split(self) -> list[tuple[str, str]]:
        """Through which service how much came, the most first: its name, and the amount as the reader writes it."""
        kinds = shelf()
        titles = {kind: kinds[kind].TITLE for kind, _minor in self.snapshot.by_provider or () if kind in kinds}
        parts = self.snapshot.by_provider or ()
        return [(titles.get(kind) or _("Other gifts"), self.money(minor)) for kind, minor in parts]

    @property
    def raised(self) -> str:
        """The raised amount as the reader writes it."""
        return self.money(self.progress.raised_minor)

    @property
    def figure(self) -> str:
        """What is written large beside the drawing: the amount, or how much of the goal."""
        return self.percent if self.look.figure == "percent" and self.progress.goal_minor else self.raised

    @property
    def other(self) -> str:
        """The one of the two that the figure is not."""
        return self.percent if self.figure == self.raised else self.raised

    @property
    def ring_figure(self) -> str:
        """What stands in the ring: unless the amount is wished for there, how much of the goal."""
        return self.raised if self.look.figure == "amount" or not self.progress.goal_minor else self.percent

    @property
    def ring_other(self) -> str:
        """What stands below the ring, which is not in it."""
        return self.percent if self.ring_figure == self.raised and self.progress.goal_minor else self.raised

    @property
    def aims_at_goal(self) -> bool:
        """Whether the sentence speaks of the goal: it comes next and has no name of its own, or staff wish so."""
        return bool(self.progress.goal_minor) and (self.look.leads == "goal" or self.next_is_goal)

    @property
    def to_go_minor(self) -> int:
        """What is missing to what the sentence speaks of."""
        missing = self.progress.goal_minor - self.progress.raised_minor
        return max(missing, 0) if self.aims_at_goal else self.progress.to_go_minor

    @property
    def donors(self) -> int:
        """How many donors are told of."""
        return self.snapshot.donors if self.look.has_donors else 0

    @property
    def days_left(self) -> int | None:
        """How many days are told of; None for no such word."""
        return self.progress.days_left if self.look.has_time_left and self.accepts else None

    @property
    def goal(self) -> str:
        """The goal as the reader writes it."""
        return self.money(self.progress.goal_minor)

    @property
    def percent(self) -> str:
        """`47%`, `47 %`: whole percent, rounded down, since 99.9 is not yet 100."""
        part = Decimal(int(self.progress.percent)) / 100
        text = str(format_percent(part, locale=locale_of(self.language), numbering_system="default"))
        return in_digits_of(self.language, text)

    @property
    def percent_number(self) -> str:
        """The same without a sign, to be read aloud."""
        return self.number(int(self.progress.percent))

    @property
    def accepts(self) -> bool:
        """Whether gifts are asked for now."""
        return self.snapshot.status == "live"

    @property
    def presets(self) -> list[Preset]:
        """The amounts to choose from, where our own page takes gifts."""
        if not (self.accepts and self.snapshot.checkout):
            return []
        currency = self.snapshot.currency
        return [
            Preset(major_text(minor, currency), self.money(minor), self._would(minor))
            for minor in presets_minor(currency)
        ]

    @property
    def unit(self) -> int:
        """How many minor units make one of the currency."""
        return int(10 ** exponent(self.snapshot.currency))

    def _would(self, minor: int) -> str:
        """What a gift of `minor` would do: pass a milestone, reach the goal, or bring us somewhat nearer."""
        after, goal_minor, amount = self.progress.raised_minor + minor, self.progress.goal_minor, self.money(minor)
        if not goal_minor or self.progress.goal_reached:
            return _("%(amount)s brings us to %(total)s", amount=amount, total=self.money(after))
        if after >= goal_minor:
            return _("%(amount)s reaches the goal of %(goal)s", amount=amount, goal=self.goal)
        passed = [step.label for step in self.progress.steps if not step.reached and step.amount_minor <= after]
        passed = [label for label in passed if label]
        if passed:
            return _("%(amount)s takes us past “%(milestone)s”", amount=amount, milestone=passed[-1])
        part = Decimal(after * 100 // goal_minor) / 100
        written = str(format_percent(part, locale=locale_of(self.language), numbering_system="default"))
        percent = in_digits_of(self.language, written)
        return _("%(amount)s brings us to %(percent)s of %(goal)s", amount=amount, percent=percent, goal=self.goal)

    @property
    def next_is_goal(self) -> bool:
        """Whether the next milestone is the goal and has no name of its own."""
        step = self.progress.next_step
        return step is not None and step.amount_minor == self.progress.goal_minor and step.label in ("", "Goal")

    @property
    def fill(self) -> str:
        """How much of the bar is filled, in percent with two decimals."""
        return f"{self._part(self.progress.raised_minor) * 100:.2f}"

    @property
    def raised_class(self) -> str:
        """The class of the largest type in which the figure fits a narrow bar."""
        fitting = (name for font, name in RAISED_FONTS if text_pixels(self.figure, font, bold=True) <= NARROW_PIXELS)
        return next(fitting, RAISED_FONTS[-1][1])

    @property
    def raised_hung(self) -> list[tuple[str, Hung]]:
        """How the figure stands over the end of the fill without leaving a narrow or a wide bar."""
        font = next(font for font, name in RAISED_FONTS if name == self.raised_class)
        pixels = text_pixels(self.figure, font, bold=True)
        return [(name, self.hang(pixels, bar)) for name, bar in (("narrow", NARROW_PIXELS), ("wide", WIDE_PIXELS))]

    def hang(self, text_width_pixels: float, bar_pixels: int) -> Hung:
        """How a text so wide stands over the end of the fill of a bar."""
        at = self._part(self.progress.raised_minor)
        return self._hung(at, *alone(at, text_width_pixels, bar_pixels))

    @property
    def raised_x(self) -> str:
        """The end of the fill, in percent from the left."""
        return self._x(self._part(self.progress.raised_minor))

    @property
    def ticks(self) -> list[tuple[str, bool]]:
        """Each milestone's place in percent from the left, and whether it is reached."""
        return [(self._x(self._part(step.amount_minor)), step.reached) for step in self.progress.steps]

    @property
    def tick_radius(self) -> float:
        """Large enough to be seen, and no larger than lets the nearest two stand apart on a narrow bar."""
        gap = smallest_gap([self._part(step.amount_minor) for step in self.progress.steps], NARROW_PIXELS)
        return round(min(max(gap / 2 - TICK_STROKE_PIXELS, TICK_RADIUS_MIN), TICK_RADIUS_MAX), 1)

    @property
    def labels(self) -> list[Labels]:
        """The labels for a narrow and a wide bar, and for a slim one beside the button."""
        marks, zero = self._marks(), self.money(0)
        return [
            self._labels("narrow", plan(marks, zero, NARROW_PIXELS)),
            self._labels("wide", plan(marks, zero, WIDE_PIXELS)),
            self.labels_in_one_row("slim", SLIM_PIXELS),
        ]

    def labels_in_one_row(self, name: str, pixels: int) -> Labels:
        """The labels for a bar of `pixels` where there is height for two lines of text only."""
        return self._labels(name, plan(self._marks(), self.money(0), pixels, rows=1, lines=1))

    def money(self, minor: int) -> str:
        """An amount as the reader writes it. Behind `US$`, a mark keeps the sign on its side in Arabic."""
        text = format_money(minor, self.snapshot.currency, self.language, self.look.amounts)
        return text + LEFT_TO_RIGHT_MARK if text.startswith(RIGHT_TO_LEFT_MARK) else text

    def number(self, value: int) -> str:
        """A plain number as the reader writes it."""
        text = str(format_decimal(value, locale=locale_of(self.language), numbering_system="default"))
        return in_digits_of(self.language, text)

    def day(self, instant: datetime | None) -> str:
        """The day of an instant in the campaign's zone: `May 3`, `3. Mai`."""
        local = instant.astimezone(ZoneInfo(self.snapshot.timezone)) if instant else None
        text = format_skeleton("MMMMd", local, locale=locale_of(self.language)) if local else ""
        return in_digits_of(self.language, text)

    def step_amount(self, step: Step) -> str:
        """A milestone's amount as the reader writes it."""
        return self.money(step.amount_minor)

    def _marks(self) -> list[Mark]:
        following, goal_minor = self.progress.next_step, self.progress.goal_minor
        return [
            Mark(
                self._part(step.amount_minor),
                self.money(step.amount_minor),
                step.label,
                important=step == following or step.amount_minor == goal_minor,
            )
            for step in self.progress.steps
        ]

    def _labels(self, name: str, scale: Scale) -> Labels:
        upper_lines = max((len(one.lines) for one in scale.placed if one.row == 0), default=0)
        lower_y = AMOUNT_BASELINE + LINE_PIXELS * (upper_lines + 1) + ROW_GAP_PIXELS
        made = tuple(self._label(one, lower_y) for one in scale.placed)
        last = max((label.y + LINE_PIXELS * len(label.lines) for label in made), default=0)
        return Labels(name, last + DESCENT_PIXELS, made, scale.complete)

    def _label(self, one: Placed, lower_y: int) -> Label:
        y = lower_y if one.row else AMOUNT_BASELINE
        lines = tuple((line, y + LINE_PIXELS * number) for number, line in enumerate(one.lines, start=1))
        hung = self._hung(one.position, one.anchor, one.shift)
        return Label(hung, one.amount, y, lines, y - AMOUNT_BASELINE if one.row else 0)

    def _hung(self, position: float, anchor: Anchor, shift: float) -> Hung:
        return Hung(self._x(position), -shift if self.direction == "rtl" else shift, anchor)

    def _part(self, minor: int) -> float:
        """A place on the scale, 0 to 1; without a goal there is no scale to stand on."""
        goal_minor = self.progress.goal_minor
        return minor / max(goal_minor, self.progress.raised_minor) if goal_minor else 0.0

    def _x(self, part: float) -> str:
        """A place in percent from the left, whichever side reading starts from."""
        return f"{(1 - part if self.direction == 'rtl' else part) * 100:.2f}"


def _differing(own: Palette, usual: Palette, ending: str) -> dict[str, str | None]:
    """The colours that are not the sheet's, as its properties are called."""
    names = (one.name for one in fields(Palette) if getattr(own, one.name) != getattr(usual, one.name))
    return {f"--tm-{name}{ending}": getattr(own, name) for name in names}
