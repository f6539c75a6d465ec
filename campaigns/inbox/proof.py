"""Reading an entry's evidence again from what is stored, for `ledger check`."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy.orm import Session

from campaigns.audit import AuditEntry
from campaigns.crypto import Sealer, sha256_hex
from campaigns.inbox import endpoints
from campaigns.inbox.models import WebhookEndpoint, WebhookEvent
from campaigns.ledger.check import Proof, ReadProof
from campaigns.ledger.models import LedgerEntry
from campaigns.providers.contract import Endpoint
from campaigns.settings import Settings


def reader(session: Session, settings: Settings) -> ReadProof:
    """A function that reads the evidence of an entry again; it returns None for evidence that is gone."""

    @lru_cache(maxsize=256)
    def opened(endpoint_id: int) -> Endpoint:
        endpoint = session.get_one(WebhookEndpoint, endpoint_id)
        return endpoints.opened(endpoint, Sealer(settings.secret_key), settings.mode)

    def read(entry: LedgerEntry) -> Proof | None:
        if entry.evidence_kind == "staff":
            act = session.get(AuditEntry, entry.evidence_id)
            if act is None:
                return None
            return Proof(act.detail_sha256, sha256_hex(act.detail.encode()), redacted=False, movements=None)
        event = session.get(WebhookEvent, entry.evidence_id) if entry.evidence_kind == "event" else None
        if event is None:
            return None
        provider = endpoints.provider_for(event.endpoint.provider, settings.mode)
        redacted = event.body_sha256 != event.received_sha256
        # A redacted body is held to its own hash: that of the bytes as received can no longer be computed.
        actual = sha256_hex(event.body)
        if actual != event.body_sha256:
            redacted = False
        reading = provider.read(event.body, opened(event.endpoint_id))
        return Proof(event.received_sha256, actual, redacted, reading.movements)

    return read
