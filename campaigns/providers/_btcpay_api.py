"""Asking a BTCPay Server for an invoice and its payments (Greenfield API, v1). Nothing is changed there."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx2

from campaigns.providers.asking import Answer, Answers, CannotLookUpNow, LookUpRefused, NothingThere
from campaigns.providers.contract import Endpoint

KEY = "api_key"
CONNECT_SECONDS, READ_SECONDS = 5.0, 20.0
BODY_BYTES_MAX = 2 * 1024 * 1024
AFTER_MAX = timedelta(hours=1)  # of what Retry-After may ask for
SECONDS_DIGITS_MAX = 9


def ask(endpoint: Endpoint, invoice_id: str) -> Answers:
    """One answer: the invoice and its payment methods, each as it came, side by side in one document."""
    key = endpoint.settings.get(KEY)
    if not key:
        raise LookUpRefused(f"no {KEY}")
    base = (endpoint.settings.get("api_base") or endpoint.settings["url"]).rstrip("/")
    store = endpoint.settings["store_id"]
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    headers = {"Authorization": f"token {key}", "Accept": "application/json"}
    with httpx2.Client(base_url=base, headers=headers, timeout=timeout, trust_env=False) as client:
        path, invoice = _first(
            client, f"/api/v1/stores/{store}/invoices/{invoice_id}", f"/api/v1/invoices/{invoice_id}"
        )
        methods = _get(client, f"{path}/payment-methods?onlyAccountedPayments=false")
    body = b'{"invoice":' + invoice + b',"paymentMethods":' + methods + b"}"
    return Answers((Answer(f"GET {path} and its payment-methods", body),))


def _first(client: httpx2.Client, *paths: str) -> tuple[str, bytes]:
    """The answer at the first of `paths` that is there: older servers keep invoices below their store only."""
    for path in paths[:-1]:
        try:
            return path, _get(client, path)
        except NothingThere:
            continue
    return paths[-1], _get(client, paths[-1])


def _get(client: httpx2.Client, path: str) -> bytes:
    """The body of an answer that is JSON. What the server says in words may tell of donors; ours names the question."""
    shown = path.partition("?")[0]
    try:
        response = client.get(path)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise CannotLookUpNow(f"BTCPay Server did not answer ({type(error).__name__})") from error
    status = response.status_code
    if status in (401, 403):
        raise LookUpRefused(f"the {KEY} {'is not valid' if status == 401 else 'may not read this'} ({shown})")
    if status == 404:
        raise NothingThere(f"BTCPay Server knows no such thing (GET {shown})")
    if status != 200:
        raise CannotLookUpNow(f"BTCPay Server did not answer (HTTP {status})", _after(response))
    try:
        json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise CannotLookUpNow(f"BTCPay Server's answer is no JSON (GET {shown})") from error
    if len(response.content) > BODY_BYTES_MAX:
        raise CannotLookUpNow(f"BTCPay Server's answer is too long (GET {shown})")
    return response.content


def _after(response: httpx2.Response) -> timedelta | None:
    seconds = response.headers.get("retry-after", "")
    if not (seconds.isascii() and seconds.isdigit()):
        return None
    return min(timedelta(seconds=int(seconds)), AFTER_MAX) if len(seconds) <= SECONDS_DIGITS_MAX else AFTER_MAX
