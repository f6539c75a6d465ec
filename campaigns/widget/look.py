"""What an embedding page asks for, and what staff saved for it. All of it is typed; what is unknown is not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Self

from campaigns.language import asked_language, nearest
from campaigns.shipped import shipped
from campaigns.widget.colours import colour
from campaigns.widget.snapshot import Snapshot

DEFAULT_KIND = "bar"
THEMES = ("auto", "light", "dark")
DENSITIES = ("comfortable", "compact")
FONTS = ("system", "serif", "humanist", "page")
LEADS = ("next", "goal")
FIGURES = ("kind", "amount", "percent")
AMOUNTS = ("locale", "after", "code")
RADIUS_MAX = 28
ATTRIBUTES = {"kind": "kind", "theme": "theme", "accent": "accent", "lang": "language"}
NAMES = (*ATTRIBUTES, "embed")  # what is read of a query


@dataclass(frozen=True, slots=True)
class Look:
    """How a widget looks, and what of a campaign it puts first.

    Colours are `#rrggbb`, `radius` is in pixels; None is the kind's, the theme's or the campaign's own. `leads`: what
    the sentence speaks of, the next milestone or the goal. `figure`: what is written large; `kind` leaves that to the
    kind. `amounts`: the sign where the language has it, behind the number, or the ISO code. `saved` is the look of an
    Embed that this one began with, and `key` its name where a page has to say it.
    """

    kind: str = DEFAULT_KIND
    theme: str = "auto"
    accent: str | None = None
    language: str | None = None
    surface: str | None = None
    text: str | None = None
    surface_dark: str | None = None
    text_dark: str | None = None
    radius: int | None = None
    density: str = "comfortable"
    font: str = "system"
    leads: str = "next"
    figure: str = "kind"
    amounts: str = "locale"
    has_time_left: bool = True
    has_donors: bool = True
    key: str | None = field(default=None, compare=False)
    saved: Look | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, asked: Mapping[str, str], saved: Look | None = None) -> Look:
        """The look of a query, over the saved one; other names in it are not read."""
        kind, theme = asked.get("kind", ""), asked.get("theme", "")
        said: dict[str, str | None] = {
            "kind": kind if kind in kinds() else None,
            "theme": theme if theme in THEMES else None,
            "accent": colour(asked.get("accent")),
            "language": asked_language(asked.get("lang")),
        }
        return replace(saved or cls(), **{name: value for name, value in said.items() if value is not None})  # type: ignore[arg-type]

    @property
    def attributes(self) -> list[tuple[str, str]]:
        """What of this a page has to say, as attributes or a query: what it would not get unasked."""
        usual = self.saved or Look()
        said = [("embed", self.key)] if self.key else []
        for name, own in ATTRIBUTES.items():
            value = getattr(self, own)
            if value and value != getattr(usual, own):
                said.append((name, value.lstrip("#")))
        return [(name, value) for name, value in said if value]

    @property
    def can_be_said(self) -> bool:
        """Whether attributes alone give this look; what they have no words for must be saved first."""
        usual = self.saved or Look()
        said = {own: getattr(self, own) for own in ATTRIBUTES.values() if getattr(self, own)}
        return self == replace(usual, **said)

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """All of it that can change what is shown."""
        values = (getattr(self, one.name) for one in fields(self) if one.compare)
        return tuple("" if value is None else str(value) for value in values)

    def in_words(self, language: str) -> Look:
        """A bar on a page of our own in `language`, which says what this one says and looks like the page."""
        said = {name: getattr(self, name) for name in ("leads", "figure", "amounts", "has_time_left", "has_donors")}
        return Look(language=language, **said)

    def under(self, key: str | None) -> Self:
        """The same as one that is saved, and under which name pages ask for it (None: they get it unasked)."""
        return replace(self, key=key, saved=self)


@cache
def kinds() -> tuple[str, ...]:
    """The names of all kinds on the shelf."""
    return tuple(sorted(found.stem for found in (shipped("templates") / "widget" / "kinds").glob("[a-z]*.html")))


def language_of(snapshot: Snapshot, look: Look) -> str:
    """The language of the widget: of its words, numbers and dates, and from whose side it is read."""
    return nearest(look.language, snapshot.language)
