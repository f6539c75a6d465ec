"""What the frame of every console page shows: who is logged in, the sections, and how much waits in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from campaigns import clock
from campaigns.donate import attack, wall
from campaigns.inbox import attending
from campaigns.ledger import register
from campaigns.ledger.models import Donation
from campaigns.web import auth
from campaigns.web.session import database, settings

SECTIONS = (
    ("campaigns", "Campaigns"),
    ("donations", "Donations"),
    ("unassigned", "Unassigned"),
    ("messages", "Messages"),
    ("sites", "Sites"),
    ("outbox", "Mail"),
    ("webhooks", "Webhooks"),
    ("attention", "Attention"),
    ("protection", "Protection"),
)
COUNTED_MAX = 99


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the navigation. `count` is what waits there for a person."""

    name: str
    title: str
    path: str
    count: int

    @property
    def counted(self) -> str:
        """The count as it is shown: nobody needs to know by how much it is too much."""
        return f"{COUNTED_MAX}+" if self.count > COUNTED_MAX else str(self.count)


def globals_for_templates() -> dict[str, Any]:
    """What the templates of the console may ask. Asked, not given: a public page never asks, and sees no cookie."""
    asked = {"staff_or_none": auth.staff_or_none, "may": auth.may, "sections": sections, "mode": mode}
    return asked | {"under_attack": under_attack}


def mode() -> str:
    """demo, test or live."""
    return settings().mode


def under_attack() -> bool:
    """Whether attack mode is on: every page says so, since readers wait while it is."""
    with database().reading() as session:
        return attack.is_under_attack(session)


def sections() -> list[Section]:
    """The navigation, as far as its pages exist in this installation."""
    rules = {rule.rule.rstrip("/") for rule in current_app.url_map.iter_rules()}
    waiting = _waiting()
    paths = ((name, title, f"{auth.CONSOLE}/{name}") for name, title in SECTIONS)
    return [Section(name, title, path, waiting.get(name, 0)) for name, title, path in paths if path in rules]


def _waiting() -> dict[str, int]:
    """How much waits for a person. A reading session of its own, since a form shown again must hold no write lock."""
    homeless = select(Donation.id).where(register.waits()).limit(COUNTED_MAX + 1)
    unassigned = select(func.count()).select_from(homeless.subquery())
    with database().reading() as session:
        return {
            "unassigned": session.scalar(unassigned) or 0,
            "messages": wall.count_unread(session, most=COUNTED_MAX + 1),
            "attention": attending.count(session, now=clock.now()),
        }
