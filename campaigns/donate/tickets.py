"""Tickets: for readers whose browser cannot compute a proof. A ticket is good after a wait, once, where it was given.

Nothing is stored when one is given; it is signed, and bound to campaign and address block. How many are taken is
limited far below what proofs of work are (`limits`), for waiting costs a program nothing.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from campaigns.crypto import derive, sha256_hex
from campaigns.donate.proof import Spent

WAIT = timedelta(seconds=20)
ATTACKED_WAIT = timedelta(seconds=60)
LIFE = timedelta(minutes=30)  # from when it is good
TICKET_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket of ours. `wait_seconds` is 0 when it is good."""

    wait_seconds: int
    spent: Spent


def wait_seconds(*, attacked: bool) -> int:
    """How long a fresh ticket has to be waited for."""
    return int((ATTACKED_WAIT if attacked else WAIT).total_seconds())


def issue(campaign_id: int, block: str | None, *, attacked: bool, secret_key: str, now: datetime) -> str:
    """A fresh ticket."""
    good_at = now + timedelta(seconds=wait_seconds(attacked=attacked))
    return _signer(secret_key, campaign_id, block).dumps([secrets.token_hex(8), math.ceil(good_at.timestamp())])


def held(text: str, campaign_id: int, block: str | None, *, secret_key: str, now: datetime) -> Held | None:
    """The ticket in `text`; None where it is none of ours, of another form or place, or too old."""
    if not text or len(text) > TICKET_LENGTH_MAX:
        return None
    try:
        number, good = _signer(secret_key, campaign_id, block).loads(text)
    except BadSignature:
        return None
    good_at = datetime.fromtimestamp(good, UTC)
    if good_at + LIFE <= now:
        return None
    wait = max(0, math.ceil((good_at - now).total_seconds()))
    return Held(wait, Spent(sha256_hex(f"ticket:{number}".encode()), good_at + LIFE))


def _signer(secret_key: str, campaign_id: int, block: str | None) -> URLSafeSerializer:
    return URLSafeSerializer(derive(secret_key, "donation-ticket"), salt=f"donate:{campaign_id}:{block or ''}")
