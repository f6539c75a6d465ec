"""The trail of a thing in words: who of the staff did what to it, and when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.audit import AuditEntry
from campaigns.staff.models import Staff

COMMAND_LINE = "the command line"
VERBS = {
    "create": "Made it",
    "edit": "Changed it",
    "publish": "Published it",
    "reword": "Reworded it",
    "pause": "Paused it",
    "resume": "Resumed it",
    "end": "Ended it",
    "archive": "Archived it",
    "assign": "Assigned it",
    "replay": "Replayed it",
    "resolve": "Settled it",
    "ask": "Had it asked again",
    "let_be": "Let it be",
    "set_aside": "Set it aside",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the trail."""

    words: str
    who: str
    acted_at: datetime


def trail(session: Session, thing: str, thing_id: int, *, limit: int) -> list[Act]:
    """The newest acts on a thing first."""
    found = (
        select(AuditEntry, Staff.email)
        .outerjoin(Staff, Staff.id == AuditEntry.staff_id)
        .where(AuditEntry.thing == thing, AuditEntry.thing_id == thing_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [Act(_words(entry), email or COMMAND_LINE, entry.acted_at) for entry, email in session.execute(found)]


def _words(entry: AuditEntry) -> str:
    verb = VERBS.get(entry.action, entry.action.replace("_", " ").capitalize())
    detail = json.loads(entry.detail)
    changed = detail.get("changed") or [one for one in (detail.get("setting"),) if one]
    return f"{verb}: {', '.join(str(name).replace('_', ' ') for name in changed)}" if changed else verb
