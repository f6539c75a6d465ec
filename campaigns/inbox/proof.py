"""Reading an entry's evidence again from what is stored, for `ledger check`."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache

from sqlalchemy.orm import Session

from campaigns.audit import AuditEntry
from campaigns.crypto import Sealer, sha256_hex
from campaigns.inbox import endpoints
from campaigns.inbox.models import LookUpAnswer, WebhookEndpoint, WebhookEvent
from campaigns.ledger.check import Proof, ReadProof
from campaigns.ledger.imported import ImportRow
from campaigns.ledger.models import LedgerEntry
from campaigns.providers.asking import looks_up
from campaigns.providers.contract import Endpoint, Movement, Reading
from campaigns.settings import Settings


def reader(session: Session, settings: Settings) -> ReadProof:
    """A function that reads the evidence of an entry again; it returns None for evidence that is gone."""

    @lru_cache(maxsize=256)
    def opened(endpoint_id: int) -> Endpoint:
        endpoint = session.get_one(WebhookEndpoint, endpoint_id)
        return endpoints.opened(endpoint, Sealer(settings.secret_key), settings.mode)

    def read(entry: LedgerEntry) -> Proof | None:
        if entry.evidence_kind in ("staff", "import"):
            return _of_staff(session, entry)
        if entry.evidence_kind == "lookup":
            return _of_answer(session.get(LookUpAnswer, entry.evidence_id))
        event = session.get(WebhookEvent, entry.evidence_id) if entry.evidence_kind == "event" else None
        if event is None:
            return None
        provider = endpoints.provider_for(event.endpoint.provider, settings.mode)
        return _proof(event, provider.read(event.body, opened(event.endpoint_id)))

    def _of_answer(answer: LookUpAnswer | None) -> Proof | None:
        if answer is None:
            return None
        endpoint = answer.look_up.endpoint
        asked = looks_up(endpoints.provider_for(endpoint.provider, settings.mode))
        if asked is None:
            return None
        return _proof(answer, asked.read_answer(answer.body, opened(endpoint.id), answer.received_at))

    return read


def _of_staff(session: Session, entry: LedgerEntry) -> Proof | None:
    """An act of staff, or a row of a file that they read in."""
    if entry.evidence_kind == "import":
        return _of_row(session.get(ImportRow, entry.evidence_id))
    act = session.get(AuditEntry, entry.evidence_id)
    if act is None:
        return None
    return Proof(act.detail_sha256, sha256_hex(act.detail.encode()), redacted=False, movements=_stated_by(act))


def _stated_by(act: AuditEntry) -> tuple[Movement, ...] | None:
    """The money that an act of staff says must exist; None for acts that only say where money belongs."""
    said = json.loads(act.detail).get("movements")
    return (
        None
        if said is None
        else tuple(Movement("", key, kind, minor, code, act.acted_at) for key, kind, minor, code in said)
    )


def _of_row(row: ImportRow | None) -> Proof | None:
    if row is None:
        return None
    said = json.loads(row.detail)
    given_at = datetime.fromisoformat(said["given_at"])
    gift = Movement(row.ref, said["ref"], "donation", said["amount_minor"], said["currency"], given_at)
    return Proof(row.detail_sha256, sha256_hex(row.detail.encode()), redacted=False, movements=(gift,))


def _proof(stored: WebhookEvent | LookUpAnswer, reading: Reading) -> Proof:
    # A redacted body is held to its own hash: that of the bytes as received can no longer be computed.
    actual = sha256_hex(stored.body)
    redacted = stored.body_sha256 != stored.received_sha256 and actual == stored.body_sha256
    return Proof(stored.received_sha256, actual, redacted, reading.movements, reading.levels)
