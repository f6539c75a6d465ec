"""What the public reads: the document, the fragment, the framed page, the script, the picture and the campaign's page.

Every answer may be kept by anyone for seconds and shown stale while we are away. The ETag is made of all that can
change what is shown, so nothing ever needs to be invalidated.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

import campaigns
from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.campaign.story import story_html
from campaigns.ledger import standing
from campaigns.money import known_language, text_direction
from campaigns.web import session as web
from campaigns.widget.kinds import Drawing, Look, draw, language_of
from campaigns.widget.openapi import description
from campaigns.widget.picture import picture
from campaigns.widget.script import script
from campaigns.widget.snapshot import Snapshot, document, read

KEEP = "public, max-age=5, s-maxage=5, stale-while-revalidate=5, stale-if-error=86400"
KEEP_SCRIPT = "public, max-age=300, s-maxage=300, stale-while-revalidate=86400, stale-if-error=86400"
KEEP_FOR_EVER = "public, max-age=31536000, immutable"
EMBED_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors *; base-uri 'none'"
)
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
PAST_MAX = 12

blueprint = Blueprint("widget", __name__)


@blueprint.get("/api/v1/campaigns/<slug>")
def api(slug: str) -> AnyResponse:
    """The public document of a campaign."""
    snapshot = _snapshot(slug)
    language = known_language(request.args.get("lang"), snapshot.language)
    made = lambda: jsonify(document(snapshot, language, web.settings().public_url))  # noqa: E731
    return _public(snapshot, ("json", language), made)


@blueprint.get("/api/v1/openapi.json")
def openapi() -> AnyResponse:
    """What the public API answers, for programs."""
    response = jsonify(description(web.settings().public_url, campaigns.__version__))
    return _open(response, KEEP_SCRIPT)


@blueprint.get("/embed/<slug>/fragment")
def fragment(slug: str) -> AnyResponse:
    """The widget's HTML alone, as the custom element loads it."""
    snapshot, look = _snapshot(slug), _look()
    made = lambda: make_response(str(draw(snapshot, look, web.settings().public_url)))  # noqa: E731
    return _public(snapshot, ("fragment", *_shown(snapshot, look)), made)


@blueprint.get("/embed/<slug>")
def embed(slug: str) -> AnyResponse:
    """The widget as a page for a frame, on any site."""
    snapshot, look = _snapshot(slug), _look()
    if snapshot.alias_of:
        return redirect(f"/embed/{snapshot.slug}", 301)
    return _public(snapshot, ("embed", *_shown(snapshot, look)), lambda: _framed(snapshot, look))


@blueprint.get("/widget.v1.js")
def widget_script() -> AnyResponse:
    """The embed script under its lasting name, kept for minutes."""
    return _script(KEEP_SCRIPT)


@blueprint.get("/widget.<digest>.js")
def widget_script_fixed(digest: str) -> AnyResponse:
    """The embed script under the name of its content, for `integrity`; another content's name leads to nothing."""
    if digest != script().digest:
        return make_response("this version of the script is not served any more", 404)
    return _script(KEEP_FOR_EVER)


@blueprint.get("/img/<slug>.svg")
def image(slug: str) -> AnyResponse:
    """The live picture."""
    snapshot, look = _snapshot(slug), _look()

    def made() -> Response:
        response = make_response(picture(snapshot, look, web.settings().public_url))
        response.headers["Content-Type"] = "image/svg+xml; charset=utf-8"
        response.headers["Content-Security-Policy"] = PICTURE_POLICY
        return response

    return _public(snapshot, ("svg", *_shown(snapshot, look)), made)


@blueprint.get("/c/<slug>")
def page(slug: str) -> AnyResponse:
    """The campaign's page: story, bar, ways to give, past periods."""
    snapshot, look = _snapshot(slug), Look(language=request.args.get("lang"))
    if snapshot.alias_of:
        return redirect(f"/c/{snapshot.slug}", 301)
    return _public(snapshot, ("page", *_shown(snapshot, look)), lambda: _page(snapshot, look))


def _framed(snapshot: Snapshot, look: Look) -> Response:
    drawing, language = Drawing(snapshot, look, web.settings().public_url), language_of(snapshot, look)
    style = f".tm{{--tm-accent:{drawing.accent};--tm-accent-ink:{drawing.accent_ink}}}" if drawing.accent else ""
    response = make_response(
        render_template(
            "widget/embed.html",
            snapshot=snapshot,
            look=look,
            language=language,
            direction=text_direction(language),
            page=drawing.page,
            accent_style=style,
            fragment=draw(snapshot, look, web.settings().public_url),
        )
    )
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    allowed = f" 'sha256-{hashed}'" if style else ""
    response.headers["Content-Security-Policy"] = EMBED_POLICY.format(style=allowed)
    return response


def _page(snapshot: Snapshot, look: Look) -> Response:
    now, reading, public_url = clock.now(), web.session(), web.settings().public_url
    campaign, _ = lifecycle.find(reading, snapshot.slug)
    language = language_of(snapshot, look)
    return make_response(
        render_template(
            "campaign/page.html",
            snapshot=snapshot,
            bar=Drawing(snapshot, look, public_url),
            fragment=draw(snapshot, look, public_url),
            story=story_html(campaign.story),
            past=standing.past(reading, campaign, now=now, limit=PAST_MAX),
            language=language,
            direction=text_direction(language),
            public_url=public_url,
        )
    )


def _snapshot(slug: str) -> Snapshot:
    return read(web.session(), slug, now=clock.now(), mode=web.settings().mode)


def _look() -> Look:
    return Look.of({name: request.args[name] for name in ("kind", "theme", "accent", "lang") if name in request.args})


def _shown(snapshot: Snapshot, look: Look) -> tuple[str, ...]:
    return (language_of(snapshot, look), look.kind, look.theme, look.accent or "")


def _public(snapshot: Snapshot, shown: tuple[str, ...], make: Callable[[], Response]) -> Response:
    """The answer with its ETag, or 304 before anything is drawn."""
    known = "|".join((campaigns.__version__, script().digest, web.settings().public_url, snapshot.version, *shown))
    etag = hashlib.sha256(known.encode()).hexdigest()[:32]
    unchanged = request.if_none_match.contains(etag)
    response = make_response("", 304) if unchanged else make()
    response.set_etag(etag)
    return _open(response, KEEP)


def _script(cache: str) -> Response:
    response = make_response(script().body)
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.set_etag(script().digest)
    response.make_conditional(request)
    return _open(response, cache)


def _open(response: Response, cache: str) -> Response:
    """Any page may read it, frame it or show it; no cookie is ever set."""
    response.headers["Cache-Control"] = cache
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
