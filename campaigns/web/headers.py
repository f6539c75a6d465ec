"""Security headers on every answer. A view that needs another policy (embeds) sets its own header, which is kept.

A new route gets the strict default: not framable, nothing loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.wrappers import Response as AnyResponse

from campaigns.web.session import settings

HSTS_SECONDS = 31_536_000
ASSET_SECONDS = 31_536_000

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Staff's pages insert no text as markup, and the browser sees to it.
CONSOLE_POLICY = POLICY + "; require-trusted-types-for 'script'; trusted-types 'none'"
UNUSED_FEATURES = (
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)


def donation(response: AnyResponse, *, leads_to: Iterable[str] = ()) -> AnyResponse:
    """The policy of a page whose form leads to a checkout at one of the origins `leads_to`.

    Chromium asks the policy of the page with the form about every redirect that the form's answer is.
    """
    policy = POLICY.replace("form-action 'self'", " ".join(("form-action 'self'", *leads_to)))
    response.headers["Content-Security-Policy"] = policy
    return response


def install(app: Flask) -> None:
    """Adds the headers to every answer of `app`, error pages included."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    headers = response.headers
    console = request.path == "/console" or request.path.startswith("/console/")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if response.status_code != HTTPStatus.NOT_MODIFIED:  # whose headers replace those of the answer that is kept
        headers.setdefault("Content-Security-Policy", CONSOLE_POLICY if console else POLICY)
    headers.setdefault("Permissions-Policy", UNUSED_FEATURES)
    headers.setdefault("Referrer-Policy", "same-origin" if console else "strict-origin-when-cross-origin")
    if console:
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("X-Frame-Options", "DENY")
        headers["Cache-Control"] = "no-store"
    elif request.endpoint == "static" and "v" in request.args:
        headers["Cache-Control"] = f"public, max-age={ASSET_SECONDS}, immutable"
    if settings().public_url.startswith("https://"):
        headers.setdefault("Strict-Transport-Security", f"max-age={HSTS_SECONDS}")
    return response
