"""The live pictures: as SVG and PNG for wherever a page takes images only, and the card of a shared campaign.

Of the PNG, `scale=2` gives four times the pixels, for sharp screens; `theme=dark` suits a dark page. Both are drawn
from the same template as the SVG.
"""

from __future__ import annotations

import base64
import hashlib

from flask import Blueprint, Response, make_response, request

from campaigns.web import session as web
from campaigns.widget import album, fonts
from campaigns.widget.look import Look
from campaigns.widget.picture import CARD, drawn_as, picture
from campaigns.widget.snapshot import Snapshot
from campaigns.widget.views._reading import asked_look, open_to_all, public, shown, snapshot_of

POLICY = "default-src 'none'{style}; sandbox"
SCALES = {"1": 1, "2": 2}

blueprint = Blueprint("widget_pictures", __name__)
open_to_all(blueprint)


@blueprint.get("/img/<slug>.svg")
def svg(slug: str) -> Response:
    """The picture of the look's kind."""
    snapshot = snapshot_of(slug)
    look = asked_look(snapshot.slug)
    name = _kind(look)

    def make() -> Response:
        drawn = picture(snapshot, look, web.settings().public_url, name=name)
        return _image(drawn.encode(), "image/svg+xml; charset=utf-8", _policy(drawn))

    return public(snapshot, ("svg", name, *shown(snapshot, look)), make)


@blueprint.get("/img/<slug>.png")
def png(slug: str) -> Response:
    """The same, for hosts that take no SVG; 503 while too many are being painted, so that caches show the last one."""
    snapshot = snapshot_of(slug)
    look = asked_look(snapshot.slug)
    return _png(snapshot, look, _kind(look), SCALES.get(request.args.get("scale", ""), 1))


@blueprint.get("/img/<slug>/card.png")
def card(slug: str) -> Response:
    """What is shown where the campaign's page is shared: 1200 by 630."""
    snapshot = snapshot_of(slug)
    return _png(snapshot, asked_look(snapshot.slug), CARD, 1)


def _png(snapshot: Snapshot, look: Look, name: str, scale: int) -> Response:
    def make() -> Response:
        drawn = picture(snapshot, look, web.settings().public_url, name=name, painted=True)
        return _image(album.png(web.settings().data_dir, drawn, scale=scale), "image/png", POLICY.format(style=""))

    about = ("png", name, str(scale), fonts.fingerprint(), *shown(snapshot, look))
    return public(snapshot, about, make)


def _kind(look: Look) -> str:
    """The kind that is asked for, also where it is none of widgets; else the look's."""
    return drawn_as(request.args.get("kind") or look.kind)


def _image(body: bytes, content_type: str, policy: str) -> Response:
    response = make_response(body)
    response.headers["Content-Type"] = content_type
    response.headers["Content-Security-Policy"] = policy
    return response


def _policy(drawn: str) -> str:
    """A picture opened by itself loads nothing and runs nothing; its one sheet is allowed by its hash."""
    _before, found, rest = drawn.partition("<style>")
    if not found:
        return POLICY.format(style="")
    sheet = rest.partition("</style>")[0].encode()
    return POLICY.format(style=f"; style-src 'sha256-{base64.b64encode(hashlib.sha256(sheet).digest()).decode()}'")
