"""The embed script and its modules: under a lasting name kept for minutes, under the name of its content for ever."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from campaigns.errors import NotFound
from campaigns.widget.look import kinds
from campaigns.widget.script import SHARED, Script, module, script, shared
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


@blueprint.get("/widget-<name>.<digest>.js")
def beside(name: str, digest: str) -> Response:
    """What the script asks for: the sheet that all kinds share, or what a kind needs beside it."""
    if name == SHARED:  # a script that a cache still has may ask for a former one: it gets the present
        what = shared()
        return _script(KEEP_FOR_EVER if digest == what.digest else KEEP_SCRIPT, what)
    if name not in kinds():
        raise NotFound(f"there is no kind “{name[:40]}”")
    return _named(digest, module(name))


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
