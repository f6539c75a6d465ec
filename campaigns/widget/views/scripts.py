"""The embed script and its modules: under a lasting name kept for minutes, under the name of its content for ever."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from campaigns.errors import NotFound
from campaigns.widget.look import kinds
from campaigns.widget.script import Script, module, script
from campaigns.widget.views._reading import KEEP_FOR_EVER, KEEP_SCRIPT, open_to_all

blueprint = Blueprint("widget_scripts", __name__)
open_to_all(blueprint)


@blueprint.get("/widget.v1.js")
def lasting() -> Response:
    """The embed script under its lasting name."""
    return _script(KEEP_SCRIPT, script())


@blueprint.get("/widget.<digest>.js")
def fixed(digest: str) -> Response:
    """The embed script under the name of its content, for `integrity`; another content's name leads to nothing."""
    return _named(digest, script())


@blueprint.get("/widget-<kind>.<digest>.js")
def of_kind(kind: str, digest: str) -> Response:
    """What a bar of `kind` needs beside the script: its sheet, and choosing an amount."""
    if kind not in kinds():
        raise NotFound(f"there is no kind “{kind[:40]}”")
    return _named(digest, module(kind))


def _named(digest: str, what: Script) -> Response:
    if digest != what.digest:
        return make_response("this version of the script is not served any more", 404)
    return _script(KEEP_FOR_EVER, what)


def _script(cache_control: str, what: Script) -> Response:
    response = make_response(what.body)
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = cache_control
    response.set_etag(what.digest)
    response.make_conditional(request)
    return response
