"""How often bars were seen: an estimate from a sample, gathered in memory and written every few seconds.

One look in ten is told (`SEEN_ONE_IN`, which the address `/api/v1/seen` stands for), without a cookie and without
anything that names the reader. Taking one in touches no database, so that a crowd of readers never waits for it; a
process that ends loses at most the last seconds of an estimate.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import date, datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.campaign import lifecycle, zones
from campaigns.campaign.models import Campaign
from campaigns.db import Database
from campaigns.errors import NotFound
from campaigns.site import counting, sites
from campaigns.site.places import place

SEEN_ONE_IN = 10
FLUSH_SECONDS = 3.0
KEYS_MAX = 500  # different places between two writings; what comes beyond them is left out of the estimate

_Key = tuple[int, date, str, int | None]  # campaign, day, source, site

logger = logging.getLogger(__name__)


class Tally:
    """What was told since the last writing. With `pause_seconds` None, it is written only when `flush` is called."""

    def __init__(self, database: Database, *, pause_seconds: float | None = FLUSH_SECONDS) -> None:
        self._database = database
        self._pause_seconds = pause_seconds
        self._lock = threading.Lock()
        self._told: Counter[tuple[str, str]] = Counter()
        self._is_planned = False

    def add(self, slug: str, sent: str) -> None:
        """One told look at the bar of campaign `slug`, on the place `sent`."""
        found = place(sent)
        key = (slug, found.url if found else "")
        with self._lock:
            if key in self._told or len(self._told) < KEYS_MAX:
                self._told[key] += 1
            if self._is_planned or self._pause_seconds is None:
                return
            self._is_planned = True
        timer = threading.Timer(self._pause_seconds, self.flush)
        timer.daemon = True
        timer.start()

    def flush(self) -> None:
        """Writes what was told, all of it or, where the database is away, nothing."""
        with self._lock:
            told, self._told = self._told, Counter()
            self._is_planned = False
        if not told:
            return
        try:
            with self._database.reading() as session:
                sums = _attributed(session, told, clock.now())
            with self._database.writing() as session:
                _write(session, sums)
        except (OperationalError, PoolTimeout) as error:
            logger.warning("%s told looks at bars were not counted: %s", told.total(), type(error).__name__)


def _attributed(session: Session, told: Counter[tuple[str, str]], now: datetime) -> Counter[_Key]:
    """What is to be counted, gathered by what is kept of the places."""
    campaigns = {slug: _public(session, slug, now) for slug in {slug for slug, _sent in told}}
    days = {one.id: counting.day(now, zones.of(one)) for one in campaigns.values() if one}
    sources = sites.attribute_all(session, [sent for _slug, sent in told])
    sums: Counter[_Key] = Counter()
    for ((slug, _sent), times), source in zip(told.items(), sources, strict=True):
        campaign = campaigns[slug]
        if campaign is not None:
            sums[campaign.id, days[campaign.id], source.source, source.site_id] += times
    return sums


def _write(session: Session, sums: Counter[_Key]) -> None:
    """In the order of the keys, so that two processes never wait for each other in a ring."""
    for key in sorted(sums, key=lambda key: key[:3]):
        counting.count(session, *key, impressions=sums[key] * SEEN_ONE_IN)


def _public(session: Session, slug: str, now: datetime) -> Campaign | None:
    try:
        campaign, _alias = lifecycle.find(session, slug)
    except NotFound:
        return None
    return campaign if lifecycle.status_at(campaign, now) != "draft" else None
