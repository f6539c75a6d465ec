"""What an embedding page asks for. Everything in it is typed; what is unknown counts as not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from campaigns.language import asked_language, nearest
from campaigns.shipped import shipped
from campaigns.widget.colours import colour
from campaigns.widget.snapshot import Snapshot

DEFAULT_KIND = "bar"
THEMES = ("auto", "light", "dark")
NAMES = ("kind", "theme", "accent", "lang")


@dataclass(frozen=True, slots=True)
class Look:
    """Kind, theme, accent (`#rrggbb`) and language of a widget; None is the campaign's own."""

    kind: str = DEFAULT_KIND
    theme: str = "auto"
    accent: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Look:
        """The look of a query; other names in it are not read."""
        kind, theme = asked.get("kind", ""), asked.get("theme", "")
        return cls(
            kind=kind if kind in kinds() else DEFAULT_KIND,
            theme=theme if theme in THEMES else "auto",
            accent=colour(asked.get("accent")),
            language=asked_language(asked.get("lang")),
        )


@cache
def kinds() -> tuple[str, ...]:
    """The names of all kinds on the shelf."""
    return tuple(sorted(found.stem for found in (shipped("templates") / "widget" / "kinds").glob("[a-z]*.html")))


def language_of(snapshot: Snapshot, look: Look) -> str:
    """The language of the widget: of its words, numbers and dates, and from whose side it is read."""
    return nearest(look.language, snapshot.language)
