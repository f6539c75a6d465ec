"""The schema: migrating it, and telling whether a database has it. Finds `migrations/` in a checkout and in a wheel."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

import campaigns.audit
import campaigns.campaign.models
import campaigns.donate.models
import campaigns.inbox.models
import campaigns.installation
import campaigns.ledger.imported
import campaigns.ledger.models
import campaigns.outbox.models
import campaigns.sandbox.models
import campaigns.site.models
import campaigns.staff.models
import campaigns.widget.models  # noqa: F401  (every import above registers its tables)
from campaigns.db import Base
from campaigns.shipped import shipped

MIGRATION_LOCK = 0x7469_6465  # PostgreSQL advisory lock: one migrator at a time ("tide")
metadata = Base.metadata


def upgrade(engine: Engine) -> None:
    """Migrates the database to the newest revision, one migrator at a time, all or nothing."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def newest_revision() -> str | None:
    """The revision this code expects."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def present_revision(engine: Engine) -> str | None:
    """The revision the database is at; None before the first migration."""
    with engine.execution_options(tidemark_reading=True).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")).replace("%", "%%"))
    return config
