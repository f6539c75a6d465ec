"""Which language a reader's page is written in: one that was asked for by `?lang=`, else the campaign's.

A page that anybody may keep never follows the browser's wishes, which no shared cache knows of; an error page, which
nobody keeps, does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import g, request

from campaigns.campaign import wording
from campaigns.language import nearest, speaking
from campaigns.money import text_direction
from campaigns.widget.snapshot import Snapshot

ASKED = "lang"


@dataclass(frozen=True, slots=True)
class Tongue:
    """The language a page is written in, and from which side it is read."""

    language: str

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return text_direction(self.language)


@contextmanager
def speaking_to(snapshot: Snapshot, asked: str | None = None) -> Iterator[Tongue]:
    """Has everything inside speak to a reader of the campaign: in `asked`, in the URL's `?lang=`, or in its own."""
    language = nearest(asked, request.args.get(ASKED), snapshot.language)
    g.tongue = tongue = Tongue(language)
    with speaking(language, wording.chosen(snapshot.wordings, language)):
        yield tongue


def spoken_so_far() -> Tongue | None:
    """The tongue in which this request has been answering, where it was."""
    found = g.get("tongue")
    return found if isinstance(found, Tongue) else None


@contextmanager
def speaking_to_a_stranger() -> Iterator[Tongue]:
    """The same where no campaign is known, on pages that nobody may keep: so far, by `?lang=`, by the browser."""
    wishes = [tag for tag, _quality in request.accept_languages]
    so_far = spoken_so_far()
    language = so_far.language if so_far else nearest(request.args.get(ASKED), *wishes)
    with speaking(language):
        yield Tongue(language)
