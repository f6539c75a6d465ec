"""What a campaign's pages say of themselves to whoever shows a link to them: the Open Graph tags.

The picture is the card, at an address that changes with what it shows: hosts keep an address's picture for weeks, or
for ever, so a link shared today would go on showing last month's number. An old address shows the present number too.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from campaigns.language import say as _
from campaigns.widget.drawing import Drawing
from campaigns.widget.look import Look
from campaigns.widget.picture import CARD, size_of
from campaigns.widget.snapshot import Snapshot

VERSION_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Sharing:
    """`page` is the campaign's own, wherever the tags stand: a thank-you's address is its donor's secret."""

    page: str
    title: str
    summary: str
    locale: str
    image: str
    image_width: int
    image_height: int

    @property
    def alt(self) -> str:
        """The picture in words."""
        return f"{self.title}: {self.summary}"


def sharing(snapshot: Snapshot, look: Look, public_url: str) -> Sharing:
    """The tags of `snapshot`, in the language of `look`."""
    bar = Drawing(snapshot, look, public_url)
    width, height = size_of(CARD)
    return Sharing(
        page=bar.page,
        title=snapshot.title,
        summary=_summary(bar),
        locale=bar.language.replace("-", "_"),
        image=f"{public_url}/img/{snapshot.slug}/card.png?{_query(bar)}",
        image_width=width,
        image_height=height,
    )


def _summary(bar: Drawing) -> str:
    with bar.speaking():
        if bar.progress.goal_minor:
            return _("%(raised)s of %(goal)s raised.", raised=bar.raised, goal=bar.goal)
        return _("%(raised)s raised.", raised=bar.raised)


def _query(bar: Drawing) -> str:
    language = {"lang": bar.look.language} if bar.look.language else {}
    number, _dash, look = bar.version.partition("-")
    return urlencode(language | {"v": number[:VERSION_LENGTH] + look})
