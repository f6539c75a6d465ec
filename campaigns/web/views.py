"""For those who watch the machine: is the process up, and is everything behind it in order."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, make_response, send_from_directory

from campaigns.web import health
from campaigns.web import session as web

ICON_SECONDS = 86_400

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """200 while the process answers."""
    return _answer({"status": "ok"}, 200)


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 when database, migrations and worker are in order, else 503 with what is not; it shows no data."""
    reason = health.trouble(web.database(), web.settings())
    return _answer({"status": "unready", "reason": reason}, 503) if reason else _answer({"status": "ready"}, 200)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """What browsers ask every site for."""
    return send_from_directory(current_app.static_folder or "", "icon.svg", max_age=ICON_SECONDS)


def _answer(document: dict[str, str], status: int) -> Response:
    response = make_response(jsonify(document), status)
    response.headers["Cache-Control"] = "no-store"
    return response
