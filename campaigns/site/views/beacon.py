"""The beacon: a bar says that it was seen. No cookie, no id, nothing asked of the browser, nothing given back."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, current_app, make_response, request
from limits import parse

from campaigns.errors import Invalid
from campaigns.web import session as web
from campaigns.web.limits import address_block, counters
from campaigns.widget.seen import Tally

BODY_BYTES_MAX = 1024
PER_BLOCK = parse("120 per minute")  # one look in ten is told, so ten times as many readers in one block
TALLY = "tidemark-seen"
_SLUG = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)

blueprint = Blueprint("beacon", __name__)


@blueprint.post("/api/v1/seen")
def seen() -> Response:
    """One look in ten at a bar: a campaign's slug, and on a second line the place it stands on, if that is told."""
    request.max_content_length = BODY_BYTES_MAX  # what is longer is refused unread
    slug, _line, source = request.get_data(cache=False).decode("utf-8", "replace").partition("\n")
    if not _SLUG.fullmatch(slug):
        raise Invalid("the first line is the slug of a campaign")
    if not _wants_not_to_be_counted():
        block = address_block()
        if block and not counters().hit(PER_BLOCK, f"seen:{block}"):
            abort(429)
        _tally().add(slug, source.strip())
    return make_response("", 204)


@blueprint.after_request
def _open(response: Response) -> Response:
    """Any page may send it, and nobody keeps the answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _wants_not_to_be_counted() -> bool:
    """The script asks the browser already; here it is asked once more."""
    return request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1"


def _tally() -> Tally:
    """This process's."""
    found: Tally = current_app.extensions.setdefault(TALLY, Tally(web.database()))
    return found
