"""How often a bar was seen, its donation page opened and a checkout begun: added up by day, campaign and source.

Only sums are kept, so nothing here tells one reader from another. What a stranger can make us store is bounded: of
origins nobody made known, and of paths on known ones, so many a day and campaign; what comes after them is summed.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, Table, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from campaigns.db import Database
from campaigns.site import sites
from campaigns.site.models import SourceDay
from campaigns.site.places import place

UNKNOWN_MAX = 100  # distinct origins a day and campaign that belong to no site of ours; the others are OTHER
KNOWN_MAX = 1000  # distinct articles of our sites; those of the others count for their origin
OTHER = "other"  # no place is spelled so

logger = logging.getLogger(__name__)
_days = cast(Table, SourceDay.__table__)
_SUMS = ("impression_count", "open_count", "checkout_count")


def day(now: datetime, timezone: str) -> date:
    """The day it is in the campaign's zone."""
    return now.astimezone(ZoneInfo(timezone)).date()


def count(
    session: Session,
    campaign_id: int,
    on: date,
    source: str,
    site_id: int | None,
    *,
    impressions: int = 0,
    opens: int = 0,
    checkouts: int = 0,
) -> None:
    """Adds to the sums of a day and source (as `sites.attribute` gave it), exactly, whoever else is adding too."""
    sums = dict(zip(_SUMS, (impressions, opens, checkouts), strict=True))
    key: dict[str, Any] = {"campaign_id": campaign_id, "on": on, "source": source}
    if _add(session, key, sums):
        return
    kept, kept_site = _bounded(session, campaign_id, on, source, site_id)
    row = key | {"source": kept, "site_id": kept_site} | sums
    session.connection().execute(_inserting(session.connection().dialect.name), row)


def note(
    database: Database,
    campaign_id: int,
    timezone: str,
    sent: str | None,
    *,
    now: datetime,
    opens: int = 0,
    checkouts: int = 0,
) -> None:
    """Counts what `sent` tells of, on its own. Logs a database that is away: a reader's page never fails for a sum."""
    try:
        with database.writing() as session:
            told = sites.attribute(session, sent)
            on = day(now, timezone)
            count(session, campaign_id, on, told.source, told.site_id, opens=opens, checkouts=checkouts)
    except (OperationalError, PoolTimeout) as error:
        logger.warning("%s opened and %s begun were not counted: %s", opens, checkouts, type(error).__name__)


def _add(session: Session, key: dict[str, Any], sums: dict[str, int]) -> bool:
    said = {f"of_{name}": value for name, value in key.items()} | {
        f"more_{name}": value for name, value in sums.items()
    }
    return session.connection().execute(_adding(), said).one_or_none() is not None


def _bounded(session: Session, campaign_id: int, on: date, source: str, site_id: int | None) -> tuple[str, int | None]:
    """Under which source a new one is counted, once there are too many."""
    is_known = SourceDay.site_id.is_not(None) if site_id is not None else SourceDay.site_id.is_(None)
    kept = select(func.count()).where(SourceDay.campaign_id == campaign_id, SourceDay.on == on, is_known)
    if not source or (session.scalar(kept) or 0) < (UNKNOWN_MAX if site_id is None else KNOWN_MAX):
        return source, site_id
    found = place(source)
    return (OTHER, None) if site_id is None or found is None else (found.origin, site_id)


@lru_cache(maxsize=1)  # built once: building a statement costs as much as sending it
def _adding() -> Executable:
    key = [_days.c[name] == bindparam(f"of_{name}") for name in ("campaign_id", "on", "source")]
    more = {name: _days.c[name] + bindparam(f"more_{name}") for name in _SUMS}
    return update(_days).where(*key).values(more).returning(_days.c.id)


@lru_cache(maxsize=2)
def _inserting(dialect: str) -> Executable:
    inserted: Any = postgresql.insert(_days) if dialect == "postgresql" else sqlite.insert(_days)
    more = {name: _days.c[name] + inserted.excluded[name] for name in _SUMS}
    return cast(Executable, inserted.on_conflict_do_update(index_elements=["campaign_id", "on", "source"], set_=more))
