"""Each entry's own hash: what it says about money and its evidence, and nothing about the donor."""

from __future__ import annotations

import json
from datetime import UTC

from campaigns.crypto import sha256_hex
from campaigns.ledger.models import LedgerEntry


def fingerprint(entry: LedgerEntry, donation_key: str) -> str:
    """SHA-256 (hex) of the entry's canonical JSON. Any change to a stored row shows as another hash."""
    said = {
        "provider": entry.provider,
        "scope": entry.scope,
        "key": entry.key,
        "donation": donation_key,
        "kind": entry.kind,
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        "campaign": entry.campaign_id,
        "period": entry.period_id,
        "counted_currency": entry.counted_currency,
        "rate": entry.rate,
        "rate_source": entry.rate_source,
        "rate_on": entry.rate_on.isoformat() if entry.rate_on else None,
        "corrects": entry.corrects_id,
        "occurred_at": entry.occurred_at.astimezone(UTC).isoformat(),
        "posted_at": entry.posted_at.astimezone(UTC).isoformat(),
        "evidence": [entry.evidence_kind, entry.evidence_id, entry.evidence_sha256],
    }
    return sha256_hex(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())
