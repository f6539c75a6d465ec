"""Where a bug is put: most change what a message is read as, or what posting is handed; those borders hold still."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from sqlalchemy.orm import Session

from campaigns.ledger import posting
from campaigns.ledger.statement import Statement
from campaigns.providers import stripe
from campaigns.providers.contract import Movement, Reading

Bug = Callable[[], AbstractContextManager[Any]]
Json = dict[str, Any]
BUGS: dict[str, Bug] = {}


def bug(make: Bug) -> Bug:
    """Adds a bug under its function's name."""
    BUGS[make.__name__] = make
    return make


def misread(change: Callable[[Json, Reading], Reading]) -> AbstractContextManager[Any]:
    """A message is read as something else; `change` is given its type and object as one dictionary."""
    genuine = stripe.read

    def read(body: bytes, endpoint: Any) -> Reading:
        reading = genuine(body, endpoint)
        event = json.loads(body)
        if reading.ignored is not None or "data" not in event:
            return reading
        return change({"type": event["type"], "id": event["id"], **event["data"]}, reading)

    return mock.patch.object(stripe, "read", read)


def misposted(change: Callable[[Session, Statement], Reading]) -> AbstractContextManager[Any]:
    """Posting is handed something else than was read."""
    genuine = posting.post

    def post(session: Session, statements: Sequence[Statement], **options: Any) -> Any:
        changed = [replace(statement, reading=change(session, statement)) for statement in statements]
        return genuine(session, changed, **options)

    return mock.patch.object(posting, "post", post)


def without(*kinds: str) -> AbstractContextManager[Any]:
    """Entries of some kinds are never booked."""
    return misread(lambda _, said: replace(said, movements=tuple(m for m in said.movements if m.kind not in kinds)))


def counting_too(body: Json, said: Reading, key: str, kind: Any, amount: int) -> Reading:
    """Something is booked that is no money of its own."""
    thing = body["object"]
    made_at = said.movements[0].occurred_at if said.movements else at(thing)
    ref = said.movements[0].ref if said.movements else thing["id"]
    extra = Movement(ref, key, kind, amount, thing["currency"].upper(), made_at)
    return replace(said, movements=(*said.movements, extra)) if amount else said


def at(thing: Json) -> datetime:
    return datetime.fromtimestamp(thing["created"], UTC)
