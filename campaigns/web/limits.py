"""Rate limits: in memory for one process, in Redis for several machines.

Without Redis every serving process counts for itself, so that with N of them N times as much passes: give an
installation of several processes a Redis. What opening checkouts may cost at most is counted in the database besides
(`donate/limits`), and holds for all processes together.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeVar, cast

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

from campaigns import clock
from campaigns.settings import Settings

REDIS_SECONDS_MAX = 1  # a reader waits for it
BLOCK_IPV4, BLOCK_IPV6 = 24, 56  # what one person or company can easily send from

T = TypeVar("T")

logger = logging.getLogger(__name__)
limiter = Limiter(key_func=get_remote_address, strategy="moving-window", headers_enabled=False)


class Counters:
    """The limiter's counts for what is no decorator's matter; with Redis away it counts in this process."""

    def __init__(self, shared: Limiter) -> None:
        self._shared = shared
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._is_away = False

    def hit(self, rule: RateLimitItem, who: str) -> bool:
        """Counts one for `who`; False, and nothing counted, where `rule` is used up."""
        return self._asked(lambda counting: counting.hit(rule, who))

    def used(self, rule: RateLimitItem, who: str) -> int:
        """How many stand against `rule` now."""
        return rule.amount - self._asked(lambda counting: counting.get_window_stats(rule, who)).remaining

    def free_in(self, rule: RateLimitItem, who: str) -> int:
        """After how many seconds one of them is over; at least 1."""
        free_at = self._asked(lambda counting: counting.get_window_stats(rule, who)).reset_time
        return max(1, math.ceil(free_at - clock.now().timestamp()))

    def _asked(self, question: Callable[[RateLimiter], T]) -> T:
        named = self._shared.storage.base_exceptions
        try:
            answer = question(self._shared.limiter)
        except named:
            if not self._is_away:
                logger.warning("Redis does not answer: what is limited is counted by each process for itself")
            self._is_away = True
            return question(self._own)
        self._is_away = False
        return answer


def install(app: Flask, settings: Settings) -> None:
    """Binds the limiter to its storage; with Redis away it counts in memory rather than refusing everyone."""
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=settings.redis_url is not None,
    )
    if settings.redis_url:
        waits = {"socket_connect_timeout": REDIS_SECONDS_MAX, "socket_timeout": REDIS_SECONDS_MAX}
        app.config.update(RATELIMIT_STORAGE_OPTIONS=waits)
    limiter.init_app(app)
    app.extensions["tidemark-counters"] = Counters(limiter)


def counters() -> Counters:
    """The application's counts."""
    return cast("Counters", current_app.extensions["tidemark-counters"])


def address_block() -> str | None:
    """From where this request comes, as one block: the /24 of IPv4, the /56 of IPv6.

    None where the address is nobody's on the internet (a proxy of ours, or a trial at a desk): it would count all
    readers as one.
    """
    return block_of(request.remote_addr or "")


def block_of(address: str) -> str | None:
    """The block of an address in text, or None for one that is not of the internet."""
    try:
        found = _parsed(address.partition("%")[0])
    except AddressValueError:
        return None
    if not found.is_global:
        return None
    if isinstance(found, IPv4Address):
        return str(IPv4Network((int(found), BLOCK_IPV4), strict=False))
    return str(IPv6Network((int(found), BLOCK_IPV6), strict=False))


def _parsed(address: str) -> IPv4Address | IPv6Address:
    if ":" not in address:
        return IPv4Address(address)
    found = IPv6Address(address)
    return found.ipv4_mapped or found
