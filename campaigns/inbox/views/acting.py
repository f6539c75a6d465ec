"""What the pages of the inbox share: the act that is written down with each change."""

from __future__ import annotations

from typing import Any

from campaigns import audit
from campaigns.web import session as web
from campaigns.web.auth import current_staff

TRAIL_MAX = 20
ID_MAX = 9223372036854775807  # what a database can hold


def record(action: str, thing: str, thing_id: int, **detail: Any) -> None:
    """One act of whoever is logged in."""
    staff_id = current_staff().id
    audit.record(web.session(), staff_id=staff_id, action=action, thing=thing, thing_id=thing_id, **detail)
