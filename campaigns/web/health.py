"""Is everything behind this process in order: the database, its migrations, the worker that belongs beside it."""

from __future__ import annotations

import os
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from campaigns import clock, installation, schema
from campaigns.db import Database
from campaigns.errors import DomainError
from campaigns.settings import Settings

WORKER_VARIABLE = "TIDEMARK_SERVED_WITH_WORKER"  # set by `serve` for its processes: a worker belongs beside them
_started_at = clock.now()


def trouble(database: Database, settings: Settings) -> str | None:
    """What is not in order, in words that show no data; None when all is."""
    try:
        if schema.present_revision(database.engine) != schema.newest_revision():
            return "the database is not migrated to this version"
        with database.reading() as session:
            installation.agree(session, settings)
            heard = installation.worker_silent_since(session)
    except SQLAlchemyError:
        return "the database does not answer"
    except DomainError:
        return "the database belongs to another installation"
    return "the worker is silent" if os.environ.get(WORKER_VARIABLE) and _is_silent(heard) else None


def _is_silent(heard: datetime | None) -> bool:
    # One that was never heard of has as long to say its first word, counted from when this process began.
    latest = max(heard, _started_at) if heard else _started_at
    return clock.now() - latest > installation.SILENT_AFTER
