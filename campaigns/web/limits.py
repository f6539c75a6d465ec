"""Rate limits: in memory for one process, in Redis for several machines."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from campaigns.settings import Settings

limiter = Limiter(key_func=get_remote_address, strategy="moving-window", headers_enabled=False)


def install(app: Flask, settings: Settings) -> None:
    """Binds the limiter to its storage; with Redis away it counts in memory rather than refusing everyone."""
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=settings.redis_url is not None,
    )
    limiter.init_app(app)
