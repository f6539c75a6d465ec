"""Trying an endpoint out: a signed message to its own public URL, over the network as the provider's would come."""

from __future__ import annotations

from datetime import datetime

import httpx2

from campaigns.errors import Conflict
from campaigns.providers.contract import Endpoint, Provider
from campaigns.providers.rehearsing import rehearses

SECONDS_MAX = 10.0


def rehearse(provider: Provider, opened: Endpoint, url: str, *, now: datetime) -> None:
    """Posts a message that moves nothing to `url`. Raises Conflict, saying what answered instead."""
    rehearser = rehearses(provider)
    if rehearser is None:
        raise Conflict(f"nobody but {provider.TITLE} can sign its messages; make a small gift to try it out")
    lacking = provider.lacks(opened)
    if lacking is not None:
        raise Conflict(f"it lacks {lacking}")
    sent = rehearser.rehearse(opened, now)
    try:
        answer = httpx2.post(url, content=sent.body, headers=sent.headers, timeout=SECONDS_MAX, trust_env=False)
    except httpx2.HTTPError as error:
        told = f"nothing answered at {url} ({type(error).__name__}); check TIDEMARK_PUBLIC_URL, the name and the proxy"
        raise Conflict(told) from error
    if answer.status_code != 200:
        told = f"{url} answered {answer.status_code}: something between readers and Tidemark changes or stops messages"
        raise Conflict(told)
