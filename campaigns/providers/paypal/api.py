"""Talking to PayPal's REST API: where it is, its tokens, and one question at a time.

What PayPal says in words may tell of donors; our own messages name the question and the kind of fault only.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2

from campaigns.crypto import sha256_hex
from campaigns.providers._fields import as_object
from campaigns.providers.asking import CannotLookUpNow, LookUpRefused, NothingThere
from campaigns.providers.contract import Endpoint

CLIENT_ID, CLIENT_SECRET = "client_id", "client_secret"  # names of settings
LIVE, SANDBOX = "live", "sandbox"
BASES = {LIVE: "https://api-m.paypal.com", SANDBOX: "https://api-m.sandbox.paypal.com"}
CONNECT_SECONDS, READ_SECONDS = 5.0, 20.0
BODY_BYTES_MAX = 2 * 1024 * 1024
AFTER_MAX = timedelta(hours=1)  # of what Retry-After may ask for
SECONDS_DIGITS_MAX = 9
TOKEN_SPARE_SECONDS = 120  # before its end, a token is fetched anew
TOKENS_MAX = 64


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    until: float  # of the monotonic clock


_tokens: dict[tuple[str, str, str], _Token] = {}
_tokens_lock = threading.Lock()


class Refused(Exception):
    """PayPal read the question and will not do it. `issue` is its own word for why, such as ORDER_NOT_APPROVED."""

    def __init__(self, issue: str, status: int) -> None:
        super().__init__(issue)
        self.issue, self.status = issue, status


def environment(endpoint: Endpoint) -> str:
    """`live` or `sandbox`: as staff said, else what fits the installation."""
    return endpoint.settings.get("environment") or (LIVE if endpoint.mode == "live" else SANDBOX)


def base(endpoint: Endpoint) -> str:
    """Where the API is: PayPal's, or outside live that of a stand-in."""
    stand_in = endpoint.settings.get("api_base") if endpoint.mode != "live" else None
    return (stand_in or BASES.get(environment(endpoint), BASES[SANDBOX])).rstrip("/")


def pages(endpoint: Endpoint) -> tuple[str, ...]:
    """The origins of PayPal's pages for donors; outside live that of a stand-in too."""
    known = ("https://www.paypal.com",) if environment(endpoint) == LIVE else ("https://www.sandbox.paypal.com",)
    parts = urlsplit(base(endpoint))
    is_stand_in = endpoint.mode != "live" and endpoint.settings.get("api_base")
    return (*known, f"{parts.scheme}://{parts.netloc}") if is_stand_in else known


def key_lacking(endpoint: Endpoint) -> str | None:
    """The first setting without which nothing can be asked, or None."""
    return next((name for name in (CLIENT_ID, CLIENT_SECRET) if not endpoint.settings.get(name)), None)


def get(endpoint: Endpoint, path: str) -> bytes:
    """The JSON at `path`, as it came. Raises CannotLookUpNow, LookUpRefused or NothingThere."""
    try:
        return call(endpoint, "GET", path)
    except Refused as error:
        raise CannotLookUpNow(f"PayPal did not answer (HTTP {error.status}, GET {_shown(path)})") from error


def call(
    endpoint: Endpoint,
    method: str,
    path: str,
    *,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    read_seconds: float = READ_SECONDS,
) -> bytes:
    """One question with a valid token; a token that PayPal has dropped is fetched anew, once.

    Raises Refused beside what `get` raises.
    """
    lacking = key_lacking(endpoint)
    if lacking:
        raise LookUpRefused(f"no {lacking}")
    timeout = httpx2.Timeout(read_seconds, connect=CONNECT_SECONDS)
    with httpx2.Client(base_url=base(endpoint), timeout=timeout, trust_env=False) as client:
        for is_last in (False, True):
            token = _token(client, endpoint)
            sent = {"Authorization": f"Bearer {token}", "Accept": "application/json", **(headers or {})}
            if content is not None:
                sent["Content-Type"] = "application/json"
            response = _send(client, method, path, headers=sent, content=content)
            if response.status_code != 401 or is_last:
                return _read(response, f"{method} {_shown(path)}")
            _forget(endpoint)
    raise AssertionError("unreachable")  # pragma: no cover - the loop's last round returns or raises


def _token(client: httpx2.Client, endpoint: Endpoint) -> str:
    name = _name(endpoint)
    with _tokens_lock:
        kept = _tokens.get(name)
    if kept is not None and kept.until > time.monotonic():
        return kept.text
    response = _send(
        client,
        "POST",
        "/v1/oauth2/token",
        auth=(endpoint.settings[CLIENT_ID], endpoint.settings[CLIENT_SECRET]),
        headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
        content=b"grant_type=client_credentials",
    )
    if response.status_code in (400, 401, 403):
        raise LookUpRefused(f"{CLIENT_ID} and {CLIENT_SECRET} are not valid for PayPal's {environment(endpoint)}")
    answer = as_object(json.loads(_read(response, "POST /v1/oauth2/token")))
    text, lasts = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or not isinstance(lasts, int):
        raise CannotLookUpNow("PayPal's answer holds no token")
    with _tokens_lock:
        while len(_tokens) >= TOKENS_MAX:
            _tokens.pop(next(iter(_tokens)))
        _tokens[name] = _Token(text, time.monotonic() + max(lasts - TOKEN_SPARE_SECONDS, 1))
    return text


def _forget(endpoint: Endpoint) -> None:
    with _tokens_lock:
        _tokens.pop(_name(endpoint), None)


def _name(endpoint: Endpoint) -> tuple[str, str, str]:
    return (base(endpoint), endpoint.settings[CLIENT_ID], sha256_hex(endpoint.settings[CLIENT_SECRET].encode()))


def _send(client: httpx2.Client, method: str, path: str, **request: Any) -> httpx2.Response:
    try:
        return client.request(method, path, **request)
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeEncodeError) as error:
        raise CannotLookUpNow(f"PayPal did not answer ({type(error).__name__})") from error


def _read(response: httpx2.Response, asked: str) -> bytes:
    status = response.status_code
    if status in (401, 403):
        what = "are not valid" if status == 401 else "may not do this"
        raise LookUpRefused(f"{CLIENT_ID} and {CLIENT_SECRET} {what} ({asked})")
    if status == 404:
        raise NothingThere(f"PayPal knows no such thing ({asked})")
    if status == 429 or status >= 500 or status < 200 or 300 <= status < 400:
        raise CannotLookUpNow(f"PayPal did not answer (HTTP {status}, {asked})", _after(response))
    if len(response.content) > BODY_BYTES_MAX:
        raise CannotLookUpNow(f"PayPal's answer is too long ({asked})")
    try:
        document = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        if status >= 400:
            raise Refused(f"HTTP_{status}", status) from error
        raise CannotLookUpNow(f"PayPal's answer is no JSON ({asked})") from error
    if status >= 400:
        raise Refused(_issue(as_object(document), status), status)
    if not isinstance(document, dict):
        raise CannotLookUpNow(f"PayPal's answer is no object ({asked})")
    return response.content


def _issue(document: Mapping[str, Any], status: int) -> str:
    """PayPal's own word for what is wrong; anything that does not look like one of its words is left out."""
    details = document.get("details")
    first = as_object(details[0]).get("issue") if isinstance(details, list) and details else None
    for word in (first, document.get("name")):
        if isinstance(word, str) and word.isascii() and word.replace("_", "").isalnum() and word.isupper():
            return word[:80]
    return f"HTTP_{status}"


def _after(response: httpx2.Response) -> timedelta | None:
    seconds = response.headers.get("retry-after", "")
    if not (seconds.isascii() and seconds.isdigit()):
        return None
    return min(timedelta(seconds=int(seconds)), AFTER_MAX) if len(seconds) <= SECONDS_DIGITS_MAX else AFTER_MAX


def _shown(path: str) -> str:
    return path.partition("?")[0]
