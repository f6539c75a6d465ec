"""What every page of the way shares: the bar in it, and that nobody else may keep it."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.web import session as web
from campaigns.widget import embeds
from campaigns.widget.kinds import Look, draw
from campaigns.widget.snapshot import Snapshot, read


def snapshot_of(slug: str) -> Snapshot:
    """The campaign as it stands now. Raises NotFound."""
    with web.database().reading() as session:
        return read(session, slug, now=clock.now(), mode=web.settings().mode)


def fragment_of(snapshot: Snapshot, language: str) -> str:
    """Its bar, saying what the campaign's own says, for a page in `language` with the amounts beside it."""
    with web.database().reading() as session:
        saved = embeds.saved_look(session, snapshot.slug, None) or Look()
    return draw(replace(snapshot, checkout=False), saved.in_words(language), web.settings().public_url)


def private(response: Response) -> Response:
    """Forms and thank-yous are nobody else's to keep."""
    response.headers["Cache-Control"] = "no-store"
    return response
