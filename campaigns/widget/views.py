"""What the public reads: the document, the fragment, the framed page, the script, the picture and the campaign's page.

Every answer may be kept by anyone for seconds and shown stale while we are away. The ETag is made of all that can
change what is shown, so nothing ever needs to be invalidated.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from functools import cache

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

import campaigns
from campaigns import clock, translations
from campaigns.campaign import lifecycle
from campaigns.campaign.story import story_html
from campaigns.donate import wall
from campaigns.ledger import standing
from campaigns.money import known_language
from campaigns.shipped import shipped
from campaigns.web import session as web
from campaigns.widget.colours import Accent
from campaigns.widget.drawing import Drawing
from campaigns.widget.kinds import draw
from campaigns.widget.look import NAMES, Look, language_of
from campaigns.widget.openapi import description
from campaigns.widget.picture import picture
from campaigns.widget.script import Script, giving, script
from campaigns.widget.snapshot import Snapshot, document, read

KEEP = "public, max-age=5, s-maxage=5, stale-while-revalidate=5, stale-if-error=86400"
KEEP_SCRIPT = "public, max-age=300, s-maxage=300, stale-while-revalidate=86400, stale-if-error=86400"
KEEP_FOR_EVER = "public, max-age=31536000, immutable"
PREFLIGHT_SECONDS = 86400
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors {framed_by}; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PICTURE_POLICY = "default-src 'none'; sandbox"
PAST_MAX = 24

blueprint = Blueprint("widget", __name__)


@blueprint.get("/api/v1/campaigns/<slug>")
def api(slug: str) -> Response:
    """The public document of a campaign."""
    snapshot = _snapshot(slug)
    language = known_language(request.args.get("lang"), snapshot.language)
    return _public(snapshot, ("json", language), lambda: _json(document(snapshot, language, web.settings().public_url)))


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
    snapshot, look = _snapshot(slug), _look()
    make = lambda: make_response(str(draw(snapshot, look, web.settings().public_url)))  # noqa: E731
    return _public(snapshot, ("fragment", *_shown(snapshot, look)), make)


@blueprint.get("/embed/<slug>")
def embed(slug: str) -> AnyResponse:
    """The widget as a page for a frame, on any site."""
    snapshot, look = _snapshot(slug), _look()
    if snapshot.alias_of:
        return _moved(f"/embed/{snapshot.alias_of}")
    make = lambda: _page("widget/embed.html", snapshot, look, framed_by="*")  # noqa: E731
    return _public(snapshot, ("embed", *_shown(snapshot, look)), make)


@blueprint.get("/c/<slug>")
def page(slug: str) -> AnyResponse:
    """The campaign's page: story, bar, ways to give, past periods."""
    snapshot, look = _snapshot(slug), Look.of({"lang": request.args.get("lang", "")})
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
        story=story_html(campaign.story),
        past=past,
        wall=thanked,
        page_url=f"{web.settings().public_url}/c/{snapshot.slug}",
    )
    # Late money restates closed periods too, and staff let words stand; the snapshot's own version tells of neither.
    restated = (f"{one.window.starts_at}:{one.version}" for one in past)
    return _public(snapshot, ("page", *_shown(snapshot, look), *restated, thanked.version if thanked else ""), make)


@blueprint.get("/img/<slug>.svg")
def image(slug: str) -> Response:
    """The live picture."""
    snapshot, look = _snapshot(slug), _look()

    def make() -> Response:
        response = make_response(picture(snapshot, look, web.settings().public_url))
        response.headers["Content-Type"] = "image/svg+xml; charset=utf-8"
        response.headers["Content-Security-Policy"] = PICTURE_POLICY
        return response

    return _public(snapshot, ("svg", *_shown(snapshot, look)), make)


@blueprint.get("/widget.v1.js")
def widget_script() -> Response:
    """The embed script under its lasting name, kept for minutes."""
    return _script(KEEP_SCRIPT)


@blueprint.get("/widget.<digest>.js")
def widget_script_fixed(digest: str) -> Response:
    """The embed script under the name of its content, for `integrity`; another content's name leads to nothing."""
    if digest != script().digest:
        return make_response("this version of the script is not served any more", 404)
    return _script(KEEP_FOR_EVER)


@blueprint.get("/widget-give.<digest>.js")
def giving_script(digest: str) -> Response:
    """The module for choosing an amount in the bar, which the script of the same version asks for."""
    if digest != giving().digest:
        return make_response("this version of the script is not served any more", 404)
    return _script(KEEP_FOR_EVER, giving())


@blueprint.after_request
def _open(response: Response) -> Response:
    """Any page may read it or show it, refusals included; no cookie is ever set."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "*"
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response


def _page(template: str, snapshot: Snapshot, look: Look, *, framed_by: str, **more: object) -> Response:
    """A page with the bar drawn in it. Its one style, the accent, is allowed by its hash."""
    bar = Drawing(snapshot, look, web.settings().public_url)
    style = _accent_style(bar.accent)
    drawn = draw(snapshot, look, web.settings().public_url)
    with bar.speaking():
        response = make_response(render_template(template, bar=bar, fragment=drawn, accent_style=style, **more))
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    allowed = f" 'sha256-{hashed}'" if style else ""
    response.headers["Content-Security-Policy"] = PAGE_POLICY.format(style=allowed, framed_by=framed_by)
    return response


def _accent_style(accent: Accent | None) -> str:
    if accent is None:
        return ""
    values = {"": accent.light, "-ink": accent.light_ink, "-dark": accent.dark, "-dark-ink": accent.dark_ink}
    return ".tm{" + ";".join(f"--tm-accent{name}:{value}" for name, value in values.items()) + "}"


def _snapshot(slug: str) -> Snapshot:
    return read(web.session(), slug, now=clock.now(), mode=web.settings().mode)


def _look() -> Look:
    return Look.of({name: request.args[name] for name in NAMES if name in request.args})


def _shown(snapshot: Snapshot, look: Look) -> tuple[str, ...]:
    return (language_of(snapshot, look), look.language or "", look.kind, look.theme, look.accent or "")


def _public(snapshot: Snapshot, shown: tuple[str, ...], make: Callable[[], Response]) -> Response:
    """The answer with its ETag, or 304 before anything is drawn."""
    known = "|".join((_drawn_by(), web.settings().public_url, snapshot.version, *shown))
    etag = hashlib.sha256(known.encode()).hexdigest()[:32]
    unchanged = request.if_none_match.contains_weak(etag)  # a proxy that compresses makes a strong tag a weak one
    response = make_response("", 304) if unchanged else make()
    response.set_etag(etag)
    response.headers["Cache-Control"] = KEEP
    return response


@cache
def _drawn_by() -> str:
    """What draws: the version, the script with its sheet, every template a reader's page is made of, and the words."""
    folders = [shipped("templates") / name for name in ("widget", "campaign")]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    words = sorted(translations.FOLDER.glob("*.po"))
    drawn = b"".join(path.read_bytes() for path in (*files, *words, shipped("templates") / "public.html"))
    return f"{campaigns.__version__}-{script().digest}-{hashlib.sha256(drawn).hexdigest()}"


def _script(cache_control: str, what: Script | None = None) -> Response:
    what = what or script()
    response = make_response(what.body)
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = cache_control
    response.set_etag(what.digest)
    response.make_conditional(request)
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
