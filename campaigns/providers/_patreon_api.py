"""Asking Patreon's API (version 2) for members, and renewing the token to ask with. Nothing is changed there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2

from campaigns.providers._fields import as_list, as_object, identity
from campaigns.providers.asking import (
    Answer,
    Answers,
    CannotLookUpNow,
    LookUpRefused,
    NothingThere,
    TokenEnded,
)
from campaigns.providers.contract import Endpoint

BASE = "https://www.patreon.com"
TOKEN, REFRESH, CLIENT_ID, CLIENT_SECRET = "access_token", "refresh_token", "client_id", "client_secret"
CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
BODY_BYTES_MAX = 32 * 1024 * 1024
PAGE_ROWS = 500  # the most with a history
PAGES_MAX = 400
CAMPAIGNS_MAX = 20
AFTER_MAX = timedelta(hours=1)
SECONDS_DIGITS_MAX = 9
TOKEN_MAX = 2000
AGENT = "Tidemark"  # who sends none is refused
_TOKEN = re.compile(rf"[!-~]{{8,{TOKEN_MAX}}}", re.ASCII)
FIELDS = {
    "include": "campaign,currently_entitled_tiers,pledge_history",
    "fields[member]": "campaign_lifetime_support_cents,email,full_name,last_charge_date,last_charge_status,"
    "patron_status,pledge_relationship_start",
    "fields[tier]": "title",
    "fields[pledge-event]": "amount_cents,currency_code,date,payment_status,type",
}


def ask(endpoint: Endpoint, subject: str) -> Answers:
    """The answers to `member:<id>` or `members`. A member that is not there any more is an answer, too."""
    noun, _, member_id = subject.partition(":")
    if not endpoint.settings.get(TOKEN):
        raise LookUpRefused(f"no {TOKEN}")
    with _client(endpoint) as client:
        if noun == "member" and identity(member_id):
            path = f"/api/oauth2/v2/members/{member_id}"
            try:
                return Answers((Answer(f"GET {path}", _get(client, path, FIELDS)),))
            except NothingThere:
                return Answers((Answer(f"GET {path}", b'{"gone":"' + member_id.encode() + b'"}'),))
        if subject == "members":
            rows: list[Answer] = []
            try:
                rows.extend(_members(client))
            except (CannotLookUpNow, NothingThere) as error:
                if not rows or isinstance(error, LookUpRefused):
                    raise
                return Answers(tuple(rows), CannotLookUpNow(str(error), getattr(error, "after", None)))
            return Answers(tuple(rows))
    raise NothingThere(f"nothing at Patreon is called {subject[:80]}")


def renew(endpoint: Endpoint) -> Mapping[str, str]:
    """A fresh pair of tokens: the former refresh token is used up by this. Raises CannotLookUpNow or LookUpRefused."""
    names = (REFRESH, CLIENT_ID, CLIENT_SECRET)
    lacking = next((name for name in names if not endpoint.settings.get(name)), None)
    if lacking:
        raise LookUpRefused(f"the {TOKEN} is not valid any more, and there is no {lacking} to renew it with")
    form = {"grant_type": "refresh_token", **{name: endpoint.settings[name] for name in names}}
    with _client(endpoint, bearer=False) as client:
        try:
            response = client.post("/api/oauth2/token", data=form)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise CannotLookUpNow(f"Patreon did not answer ({type(error).__name__})") from error
    if response.status_code in (400, 401, 403):
        raise LookUpRefused(f"the {REFRESH} is not valid any more; make new tokens at Patreon")
    try:
        told = as_object(json.loads(_checked(response, "POST /api/oauth2/token")))
    except NothingThere as error:
        raise CannotLookUpNow(str(error)) from error
    fresh = {name: told.get(name) for name in (TOKEN, REFRESH)}
    if not all(isinstance(one, str) and _TOKEN.fullmatch(one) for one in fresh.values()):
        raise CannotLookUpNow("Patreon's answer holds no token")
    return {name: str(value) for name, value in fresh.items()}


def _members(client: httpx2.Client) -> Iterator[Answer]:
    """Every member of every campaign of the creator, page by page."""
    listed = as_object(json.loads(_get(client, "/api/oauth2/v2/campaigns", {})))
    ids = [found for one in as_list(listed.get("data")) if (found := identity(as_object(one).get("id")))]
    for campaign_id in ids[:CAMPAIGNS_MAX]:
        path, cursor = f"/api/oauth2/v2/campaigns/{campaign_id}/members", ""
        for _ in range(PAGES_MAX):
            asked = {**FIELDS, "page[count]": str(PAGE_ROWS), **({"page[cursor]": cursor} if cursor else {})}
            body = _get(client, path, asked)
            yield Answer(f"GET {path}", body)
            meta = as_object(as_object(json.loads(body)).get("meta"))
            following = as_object(as_object(meta.get("pagination")).get("cursors")).get("next")
            if not isinstance(following, str) or not following or following == cursor:
                break
            cursor = following
        else:
            raise CannotLookUpNow(f"GET {path} has more than {PAGES_MAX * PAGE_ROWS} rows")


def _client(endpoint: Endpoint, *, bearer: bool = True) -> httpx2.Client:
    stand_in = endpoint.settings.get("api_base") if endpoint.mode != "live" else None
    headers = {"User-Agent": AGENT, "Accept": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {endpoint.settings[TOKEN]}"
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    return httpx2.Client(base_url=(stand_in or BASE).rstrip("/"), headers=headers, timeout=timeout, trust_env=False)


def _get(client: httpx2.Client, path: str, query: Mapping[str, str]) -> bytes:
    asked = f"{path}?{urlencode(query)}" if query else path
    try:
        response = client.get(asked)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise CannotLookUpNow(f"Patreon did not answer ({type(error).__name__})") from error
    if response.status_code == 401:
        raise TokenEnded(f"the {TOKEN} is not valid any more (GET {path})")
    return _checked(response, f"GET {path}")


def _checked(response: httpx2.Response, asked: str) -> bytes:
    status = response.status_code
    if status == 403:
        raise LookUpRefused(f"the {TOKEN} may not read this ({asked})")
    if status == 404:
        raise NothingThere(f"Patreon knows no such thing ({asked})")
    if status != 200:
        raise CannotLookUpNow(f"Patreon did not answer (HTTP {status}, {asked})", _after(response))
    if len(response.content) > BODY_BYTES_MAX:
        raise CannotLookUpNow(f"Patreon's answer is too long ({asked})")
    try:
        document = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise CannotLookUpNow(f"Patreon's answer is no JSON ({asked})") from error
    if not isinstance(document, dict):
        raise CannotLookUpNow(f"Patreon's answer is no object ({asked})")
    return response.content


def _after(response: httpx2.Response) -> timedelta | None:
    """How long to wait: in a header, or in the first of the errors in the answer."""
    told: Any = response.headers.get("retry-after", "")
    if not told:
        try:
            errors = as_list(as_object(json.loads(response.content)).get("errors"))
        except (ValueError, RecursionError):
            errors = []
        told = str(as_object(errors[0]).get("retry_after_seconds", "")) if errors else ""
    if not (told.isascii() and told.isdigit()):
        return None
    return min(timedelta(seconds=int(told)), AFTER_MAX) if len(told) <= SECONDS_DIGITS_MAX else AFTER_MAX
