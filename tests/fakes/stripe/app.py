"""The fake behind HTTP: Stripe's API under /v1 and /v2, the hosted pages, and a control surface under /_fake.

Nothing here is protected: it belongs on a loopback address.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, current_app, request

from tests.fakes.stripe import control, hosted
from tests.fakes.stripe.api import Answer, Api, Request, refusal
from tests.fakes.stripe.delivery import Courier
from tests.fakes.stripe.misbehaviour import Misbehaviour
from tests.fakes.stripe.state import StripeError

METHODS = ("GET", "POST", "DELETE")


def create_app(api: Api, courier: Courier) -> Flask:
    """The application over one API."""
    app = Flask(__name__, template_folder="pages", static_folder=None)
    app.extensions["fake"] = (api, courier)
    app.add_url_rule("/v1/<path:_rest>", "v1", _answer, methods=METHODS)
    app.add_url_rule("/v2/<path:_rest>", "v2", _answer, methods=METHODS)
    app.register_blueprint(hosted.pages)
    app.register_blueprint(control.surface)
    app.before_request(_same_origin)
    app.after_request(_no_scripts)
    app.register_error_handler(StripeError, _told)
    return app


def _answer(_rest: str) -> Response:
    api, courier = current_app.extensions["fake"]
    asked = _asked()
    behaviour: Misbehaviour = courier.misbehaviour
    if behaviour.slow_seconds and asked.path.startswith(behaviour.only_path):
        threading.Event().wait(behaviour.slow_seconds)
    if behaviour.takes("too_many_requests", asked.path):
        error = StripeError("Too many requests hit the API too quickly.", code="rate_limit", status=429)
        headers = {"Retry-After": str(behaviour.retry_after_seconds)}
        return _response(Answer(429, refusal(error).body, headers))
    if behaviour.takes("server_errors", asked.path):
        return _broken(api, asked)
    done = api.answer(asked)
    if behaviour.takes("server_errors_after", asked.path):
        return _broken(api, asked)
    if behaviour.takes("cut", asked.path):
        return _cut(done, whole=False)
    if behaviour.takes("cut_halfway", asked.path):
        return _cut(done, whole=True)
    return _response(done)


def _asked() -> Request:
    pairs = list(request.args.items(multi=True)) + list(request.form.items(multi=True))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(request.method, request.path, pairs, headers)


def _response(answer: Answer) -> Response:
    made = Response(json.dumps(answer.body, indent=2), answer.status, mimetype="application/json")
    made.headers.update(answer.headers)
    made.headers["Request-Id"] = "req_fake"
    return made


def _broken(api: Api, asked: Request) -> Response:
    # Stripe keeps the answer to an idempotent request even if it was this one.
    error = StripeError("An unknown error occurred", status=500, kind="api_error")
    broken = refusal(error)
    api.remember(asked, broken)
    return _response(broken)


def _cut(answer: Answer, *, whole: bool) -> Response:
    """Closes the connection: with nothing sent, or after the headers and half a body."""
    text = json.dumps(answer.body).encode()
    connection: socket.socket | None = request.environ.get("werkzeug.socket")

    def body() -> Iterator[bytes]:
        yield text[: len(text) // 2]
        _hang_up(connection)

    if not whole:
        _hang_up(connection)
        return Response(status=200)
    made = Response(body(), answer.status, mimetype="application/json")
    made.content_length = len(text)
    return made


def _hang_up(connection: socket.socket | None) -> None:
    if connection is None:
        raise ConnectionAbortedError("the fake was told to cut this connection")
    connection.shutdown(socket.SHUT_RDWR)


def _same_origin() -> Response | None:
    # A page somewhere on the web must not press these buttons through the browser of whoever tries the fake out.
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin not in (None, request.host_url.rstrip("/")):
        return Response("Requests from other sites are refused.\n", 403, mimetype="text/plain")
    return None


def _no_scripts(response: Response) -> Response:
    """Proves that the pages need none."""
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def _told(error: StripeError) -> tuple[dict[str, Any], int]:
    return refusal(error).body, error.status
