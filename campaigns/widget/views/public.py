"""What the public reads: the document, the fragment, the framed page and the campaign's page.

Every answer may be kept by anyone for seconds and shown stale while we are away. The ETag is made of all that can
change what is shown, so nothing ever needs to be invalidated.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

import campaigns
from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.campaign.story import story_html
from campaigns.donate import wall
from campaigns.ledger import standing
from campaigns.money import known_language
from campaigns.site import sites
from campaigns.web import session as web
from campaigns.widget.drawing import Drawing
from campaigns.widget.kinds import draw
from campaigns.widget.look import Look
from campaigns.widget.openapi import description
from campaigns.widget.script import sheet_of
from campaigns.widget.sharing import sharing
from campaigns.widget.snapshot import Snapshot, document
from campaigns.widget.views._reading import KEEP_SCRIPT, asked_look, open_to_all, public, shown, snapshot_of, style_of

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors {framed_by}; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAST_MAX = 24

blueprint = Blueprint("widget", __name__)
open_to_all(blueprint)


@blueprint.get("/api/v1/campaigns/<slug>")
def api(slug: str) -> Response:
    """The public document of a campaign."""
    snapshot = snapshot_of(slug)
    language = known_language(request.args.get("lang"), snapshot.language)
    return public(snapshot, ("json", language), lambda: _json(document(snapshot, language, web.settings().public_url)))


@blueprint.get("/api/v1/openapi.json")
def openapi() -> Response:
    """What the public API answers, for programs."""
    response = _json(description(web.settings().public_url, campaigns.__version__))
    response.headers["Cache-Control"] = KEEP_SCRIPT
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/embed/<slug>/fragment")
def fragment(slug: str) -> Response:
    """The widget's HTML alone, as the custom element loads it."""
    snapshot = snapshot_of(slug)
    look = asked_look(snapshot.slug)
    make = lambda: make_response(str(draw(snapshot, look, web.settings().public_url)))  # noqa: E731
    return public(snapshot, ("fragment", *shown(snapshot, look)), make)


@blueprint.get("/embed/<slug>")
def embed(slug: str) -> AnyResponse:
    """The widget as a page for a frame, on any site."""
    snapshot = snapshot_of(slug)
    look = asked_look(snapshot.slug)
    if snapshot.alias_of:
        return _moved(f"/embed/{snapshot.alias_of}")
    own = sheet_of(look.kind)
    origins = sites.framing(web.session())
    framed_by = "*" if origins is None else " ".join(["'self'", *origins])
    make = lambda: _page("widget/embed.html", snapshot, look, framed_by=framed_by, kind_sheet=own)  # noqa: E731
    return public(snapshot, ("embed", framed_by, *shown(snapshot, look)), make)


@blueprint.get("/c/<slug>")
def page(slug: str) -> AnyResponse:
    """The campaign's page: story, bar, ways to give, past periods."""
    snapshot = snapshot_of(slug)
    look = asked_look(snapshot.slug, "lang")
    if snapshot.alias_of:
        return _moved(f"/c/{snapshot.alias_of}")
    campaign, _ = lifecycle.find(web.session(), snapshot.slug)
    past = standing.past(web.session(), campaign, now=clock.now(), limit=PAST_MAX)
    thanked = wall.wall(web.session(), campaign.id, snapshot.starts_at) if campaign.donor_wall else None
    make = lambda: _page(  # noqa: E731
        "campaign/page.html",
        snapshot,
        look,
        framed_by="'none'",
        sharing=sharing(snapshot, look, web.settings().public_url),
        story=story_html(campaign.story),
        past=past,
        wall=thanked,
        page_url=f"{web.settings().public_url}/c/{snapshot.slug}",
    )
    # Late money restates closed periods too, and staff let words stand; the snapshot's own version tells of neither.
    restated = (f"{one.window.starts_at}:{one.version}" for one in past)
    return public(snapshot, ("page", *shown(snapshot, look), *restated, thanked.version if thanked else ""), make)


def _page(template: str, snapshot: Snapshot, look: Look, *, framed_by: str, **more: object) -> Response:
    """A page with the bar drawn in it. Its one style, what the look changes, is allowed by its hash."""
    bar = Drawing(snapshot, look, web.settings().public_url)
    style = style_of(bar)
    drawn = draw(snapshot, look, web.settings().public_url)
    with bar.speaking():
        response = make_response(render_template(template, bar=bar, fragment=drawn, look_style=style.text, **more))
    response.headers["Content-Security-Policy"] = PAGE_POLICY.format(style=style.source, framed_by=framed_by)
    return response


def _json(value: dict[str, object]) -> Response:
    """In the order in which it is described."""
    response = make_response(json.dumps(value, ensure_ascii=False))
    response.headers["Content-Type"] = "application/json"
    return response


def _moved(path: str) -> AnyResponse:
    query = request.query_string.decode("ascii", "replace")
    response = redirect(f"{path}?{query}" if query else path, 301)
    response.headers["Cache-Control"] = KEEP_SCRIPT
    return response
