"""Every refusal as an answer, in one place: a page for people, `{"error": …}` for programs.

What went wrong inside is logged, never shown: an error page holds no traceback, no secret and no donor.
"""

from __future__ import annotations

import math
from traceback import format_tb
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_limiter.errors import RateLimitExceeded
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from campaigns import clock
from campaigns.errors import DomainError, Invalid
from campaigns.language import N_, words_of
from campaigns.language import say as _
from campaigns.translations import SOURCE_LANGUAGE
from campaigns.web import tongue
from campaigns.web.limits import limiter

RETRY_AFTER_SECONDS = 5
PROGRAM_PATHS = ("/api/", "/webhooks/", "/oembed", "/healthz", "/readyz", "/metrics")

# code: (what happened, said plainly; what to do about it)
WORDS: dict[int, tuple[str, str, str]] = {
    400: (
        N_("That request did not come through"),
        N_("Something in it was missing or out of date; nothing was changed."),
        N_("Go back, reload the page and try again."),
    ),
    403: (N_("This is not open to you"), N_("Your account may not do this."), N_("Ask an admin of this console.")),
    404: (
        N_("There is nothing here"),
        N_("The page may have moved, or the address has a slip in it."),
        N_("Check the address, or start over from the beginning."),
    ),
    405: (
        N_("That is not how this page works"),
        N_("The address exists but does not take this."),
        N_("Go back and try again."),
    ),
    409: (N_("That cannot be done now"), N_("Nothing was changed."), N_("Reload the page to see how things stand.")),
    413: (
        N_("That is too big"),
        N_("What was sent is larger than this page takes."),
        N_("Shorten it and send it again."),
    ),
    415: (
        N_("That is the wrong kind of content"),
        N_("This address does not take what was sent."),
        N_("Check what is sent."),
    ),
    422: (N_("Something needs another look"), N_("Nothing was changed."), N_("Go back and mend it.")),
    429: (
        N_("A little slower, please"),
        N_("There were too many attempts from here in a short time."),
        N_("Wait a few minutes, then try again."),
    ),
    500: (
        N_("Something broke on our side"),
        N_("It has been written down. No money is lost by it: every payment is kept before anything else happens."),
        N_("Try again in a moment."),
    ),
    503: (
        N_("Not available right now"),
        N_("The server is too busy or its database does not answer."),
        N_("Try again in a moment; nothing was changed."),
    ),
}


def install(app: Flask) -> None:
    """Registers the answers on `app`."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(RateLimitExceeded, _too_many)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(PoolTimeout, _unavailable)
    app.register_error_handler(DataError, _impossible)
    app.log_exception = _log  # type: ignore[method-assign]
    app.register_error_handler(HTTPException, _http)


def _domain(error: DomainError) -> Response:
    response = _answer(error.status, error.message)
    if error.status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if isinstance(error, Invalid) and error.field and response.is_json:
        response = _json(error.status, {"error": error.message, "field": error.field})
    return response


def _too_many(error: RateLimitExceeded) -> Response:
    response = _answer(429)
    response.headers["Retry-After"] = str(_seconds_until_free(error))
    return response


def _seconds_until_free(error: RateLimitExceeded) -> int:
    reached = limiter.current_limit
    if reached is None:
        return error.limit.limit.get_expiry()
    return max(1, math.ceil(reached.reset_at - clock.now().timestamp()))


def _unavailable(error: Exception) -> Response:
    current_app.logger.warning("the database did not answer: %s", type(error).__name__)
    response = _answer(503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _impossible(_error: DataError) -> Response:
    """A value no row can have (a NUL in a name): what it asks for cannot exist."""
    return _answer(404)


def _log(exc_info: Any) -> None:
    """What broke, by its class and frames; the text of an error may hold a donor's details."""
    kind, _error, frames = exc_info
    name = kind.__name__ if kind else "unknown"
    current_app.logger.error("%s %s: %s\n%s", request.method, request.path, name, "".join(format_tb(frames)))


def _http(error: HTTPException) -> Response:
    """werkzeug's own refusals; its redirects pass as they are."""
    if error.code is None or error.code < 400:
        return make_response(error.get_response())
    response = _answer(500 if isinstance(error, InternalServerError) else error.code)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value  # Allow, Retry-After, WWW-Authenticate
    return response


def _answer(code: int, message: str | None = None) -> Response:
    title, usual, advice = WORDS.get(code, WORDS[400] if code < 500 else WORDS[500])
    if _for_a_program():
        return _json(code, {"error": message or usual})
    if request.path == "/console" or request.path.startswith("/console/"):
        told, link = sentence(message) if message else usual, ("/console", "Back to the console")
        page = _page(code, title, told, advice, language=SOURCE_LANGUAGE, direction="ltr", link=link)
    else:
        page = _page_for_a_reader(code, title, message, usual, advice)
    response = make_response(page, code)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page_for_a_reader(code: int, title: str, message: str | None, usual: str, advice: str) -> str:
    """In the reader's language. What the domain told is shown where it was told in that."""
    with tongue.speaking_to_a_stranger() as spoken:
        understood = message and (tongue.spoken_so_far() or words_of(spoken.language) == SOURCE_LANGUAGE)
        told = sentence(message) if message and understood else _(usual)
        return _page(code, _(title), told, _(advice), language=spoken.language, direction=spoken.direction, link=None)


def _page(code: int, title: str, message: str, advice: str, **how: object) -> str:
    return render_template("error.html", code=code, title=title, message=message, advice=advice, **how)


def sentence(message: str) -> str:
    """A message of the domain as a sentence: it begins with a capital and ends with a full stop."""
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "!", "?", "…", "؟")) else ".")


def _for_a_program() -> bool:
    if request.path.startswith(PROGRAM_PATHS):
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"], "text/html") == "application/json"


def _json(code: int, document: dict[str, str]) -> Response:
    response = make_response(jsonify(document), code)
    response.headers["Cache-Control"] = "no-store"
    if request.path.startswith("/api/"):
        response.headers["Access-Control-Allow-Origin"] = "*"  # so that a page that embeds can read why
    return response
