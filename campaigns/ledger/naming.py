"""Money that names a campaign, and the campaign that gets this name, must not miss each other.

Each looks for the other in the database as it was committed, so at the same moment each could find nothing. Hence
posting holds all names as they are, beside others who post; who gives a campaign a name waits until nobody does, and
only then looks for the money. SQLite needs neither: it has one writer at a time.

This lock comes before every other of its transaction.
"""

from __future__ import annotations

from sqlalchemy import literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import func

_NAMES = literal(0x7469_6465)  # any number, if only no other lock of ours has it
_HOLD = select(func.pg_advisory_xact_lock_shared(_NAMES))
_CHANGE = select(func.pg_advisory_xact_lock(_NAMES))


def hold(session: Session) -> None:
    """Until the commit no campaign gets a name."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_HOLD)


def change(session: Session) -> None:
    """Waits until nobody posts; until the commit nobody will."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_CHANGE)
