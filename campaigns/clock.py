"""The only place that asks what time it is, so that every instant in the house is aware and UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)


def from_timestamp(seconds: int) -> datetime:
    """The instant a provider states as Unix `seconds`. Raises ValueError outside the years 1970 to 9999."""
    if seconds < 0:
        raise ValueError("an instant before 1970")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except OverflowError as error:
        raise ValueError("an instant beyond the year 9999") from error


def rfc3339(instant: datetime) -> str:
    """`2026-11-22T19:00:00Z`: UTC, whole seconds, the form of every public time."""
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
