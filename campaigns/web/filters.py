"""What templates say with numbers and times, and the globals every page shares."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, current_app, url_for
from markupsafe import Markup

from campaigns.clock import rfc3339
from campaigns.money import format_money, in_digits_of, locale_of
from campaigns.providers import shelf
from campaigns.web import shell


def install(app: Flask) -> None:
    """Registers filters and globals on `app`."""
    app.jinja_env.filters.update(money=format_money, when=when, on=on, last_day=last_day)
    app.jinja_env.filters.update(counted=counted, percent=percent, provider=provider)
    app.jinja_env.globals.update(asset=asset, **shell.globals_for_templates())


def when(instant: datetime, timezone: str = "UTC", language: str = "en") -> Markup:
    """An instant as `<time>`: date and hour in `timezone`, with the zone's name as title."""
    local = instant.astimezone(ZoneInfo(timezone))
    text = in_digits_of(language, format_datetime(local, "d MMM y, HH:mm", locale=locale_of(language)))
    return _time(instant, text, f"{text} ({timezone})")


def on(instant: datetime, timezone: str = "UTC", language: str = "en") -> Markup:
    """An instant as `<time>` that shows only the date in `timezone`."""
    local = instant.astimezone(ZoneInfo(timezone))
    shown = in_digits_of(language, format_date(local.date(), "d MMM y", locale=locale_of(language)))
    full = in_digits_of(language, format_datetime(local, "d MMM y, HH:mm", locale=locale_of(language)))
    return _time(instant, shown, f"{full} ({timezone})")


def last_day(ends_at: datetime, timezone: str = "UTC", language: str = "en") -> Markup:
    """The last day of a window that ends at `ends_at`, as a reader counts days: midnight belongs to the day before."""
    return on(ends_at - timedelta(microseconds=1), timezone, language)


def counted(number: int, one: str, many: str, language: str = "en") -> str:
    """`1 donation`, `1,204 donations`: the noun that fits, the number grouped."""
    return f"{format_decimal(number, locale=locale_of(language))} {one if number == 1 else many}"


def percent(value: Decimal | float, language: str = "en") -> str:
    """`47.1%` or `47%`: at most one decimal, none when it is zero."""
    return f"{format_decimal(Decimal(value), '#,##0.#', locale=locale_of(language), decimal_quantization=True)}%"


def provider(kind: str) -> str:
    """What people call a payment service: `Stripe`; `Offline` for what staff typed in."""
    found = shelf().get(kind)
    return found.TITLE if found is not None else kind.capitalize()


def asset(path: str) -> str:
    """URL of a file below `static/`, with its content in the name, so that browsers may keep it for ever."""
    digest = _digest(Path(current_app.static_folder or "") / path)
    return url_for("static", filename=path, v=digest)


def _time(instant: datetime, shown: str, title: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(rfc3339(instant.astimezone(UTC)), title, shown)


@lru_cache(maxsize=256)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
