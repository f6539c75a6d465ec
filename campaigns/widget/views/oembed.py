"""Where hosts ask what to show instead of a link to us (oembed.com)."""

from __future__ import annotations

import json

from flask import Blueprint, Response, make_response, request

from campaigns.errors import NotFound
from campaigns.web import session as web
from campaigns.widget import oembed
from campaigns.widget.drawing import Drawing
from campaigns.widget.oembed import Form
from campaigns.widget.views._reading import look_for, open_to_all, public, shown, snapshot_of

FORMATS = ("json", "xml")
PIXELS_MAX = 10_000

blueprint = Blueprint("oembed", __name__)
open_to_all(blueprint)


@blueprint.get("/oembed")
def answer() -> Response:
    """The document for `url`: a frame, with `for=plugin` the element, with `type=photo` a picture."""
    written = request.args.get("format") or "json"
    if written not in FORMATS:
        return make_response("format is json or xml", 501)
    asked = oembed.asked(request.args.get("url", ""), web.settings().public_url)
    if asked is None:
        raise NotFound("url is no address of a campaign here")
    snapshot = snapshot_of(asked.slug)
    look = look_for(snapshot.slug, asked.look)
    width_max, height_max, form = _pixels("maxwidth"), _pixels("maxheight"), _form()

    def make() -> Response:
        bar = Drawing(snapshot, look, web.settings().public_url)
        with bar.speaking():
            document = oembed.document(bar, form, width_max=width_max, height_max=height_max)
        body = oembed.as_xml(document) if written == "xml" else json.dumps(document, ensure_ascii=False)
        response = make_response(body)
        response.headers["Content-Type"] = "text/xml; charset=utf-8" if written == "xml" else "application/json"
        return response

    about = ("oembed", written, form, str(width_max), str(height_max), *shown(snapshot, look))
    return public(snapshot, about, make)


def _form() -> Form:
    if request.args.get("type") == "photo":
        return "photo"
    return "element" if request.args.get("for") == "plugin" else "frame"


def _pixels(name: str) -> int | None:
    """A size as it was asked for; what is none counts as not asked."""
    text = request.args.get(name, "")
    return min(int(text), PIXELS_MAX) if text.isascii() and text.isdigit() and text.strip("0") else None
