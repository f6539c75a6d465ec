"""What all public reads have in common: anyone may keep them for seconds, and the ETag tells all that can change."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, Response, make_response, request

import campaigns
from campaigns import clock, translations
from campaigns.shipped import shipped
from campaigns.web import session as web
from campaigns.widget import drafts, embeds
from campaigns.widget.drawing import Drawing
from campaigns.widget.look import NAMES, Look, language_of
from campaigns.widget.script import script
from campaigns.widget.snapshot import Snapshot, read

KEEP = "public, max-age=5, s-maxage=5, stale-while-revalidate=5, stale-if-error=86400"
KEEP_SCRIPT = "public, max-age=300, s-maxage=300, stale-while-revalidate=86400, stale-if-error=86400"
KEEP_FOR_EVER = "public, max-age=31536000, immutable"
PREFLIGHT_SECONDS = 86400


def snapshot_of(slug: str) -> Snapshot:
    """The campaign as it stands now. Raises NotFound for a draft and for none."""
    return read(web.session(), slug, now=clock.now(), mode=web.settings().mode)


def asked_look(slug: str, *names: str) -> Look:
    """The look that the query asks for, over the one that staff saved for the campaign; nothing else of it is read.

    `names`: all that is read of the query, where that is less than everything.
    """
    asked = {name: request.args[name] for name in names or NAMES if name in request.args}
    return look_for(slug, asked)


def look_for(slug: str, asked: Mapping[str, str]) -> Look:
    """The same for a query that stands elsewhere: in a link that somebody pasted."""
    key = asked.get("embed")
    drafted = drafts.read(web.settings().secret_key, key) if key else None
    saved = drafted or embeds.saved_look(web.session(), slug, key)
    return Look.of(asked, saved)


def shown(snapshot: Snapshot, look: Look) -> tuple[str, ...]:
    """All of the look that can change what is shown."""
    return (language_of(snapshot, look), look.key or "", *look.fingerprint)


@dataclass(frozen=True, slots=True)
class Style:
    """What a look changes, for a page that draws it without the script; `source` allows just this in its policy."""

    text: str
    source: str


def style_of(bar: Drawing) -> Style:
    """The style of a card, both empty where the sheet says all."""
    if not bar.style:
        return Style("", "")
    text = f".tm.tm.tm{{{bar.style}}}"  # before what a kind's sheet says, as in a host page, where it is inline
    return Style(text, f" 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'")


def public(snapshot: Snapshot, about: tuple[str, ...], make: Callable[[], Response]) -> Response:
    """The answer with its ETag, or 304 before anything is drawn. `about`: what else than the snapshot it shows."""
    known = "|".join((drawn_by(), web.settings().public_url, snapshot.version, *about))
    etag = hashlib.sha256(known.encode()).hexdigest()[:32]
    unchanged = request.if_none_match.contains_weak(etag)  # a proxy that compresses makes a strong tag a weak one
    response = make_response("", 304) if unchanged else make()
    response.set_etag(etag)
    response.headers["Cache-Control"] = KEEP
    key = f"campaign-{snapshot.slug}"
    response.headers["Surrogate-Key"] = response.headers["Cache-Tag"] = key  # to purge it by, at Fastly; at Cloudflare
    return response


@cache
def drawn_by() -> str:
    """What draws: the version, the script with its sheet, every template a reader's page is made of, and the words."""
    folders = [shipped("templates") / name for name in ("widget", "campaign")]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    words = sorted(translations.FOLDER.glob("*.po"))
    drawn = b"".join(path.read_bytes() for path in (*files, *words, shipped("templates") / "public.html"))
    return f"{campaigns.__version__}-{script().digest}-{hashlib.sha256(drawn).hexdigest()}"


def open_to_all(blueprint: Blueprint) -> None:
    """Any page may read or show what `blueprint` answers, refusals included; no cookie is ever set."""

    @blueprint.after_request
    def _open(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = "*"
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        return response
