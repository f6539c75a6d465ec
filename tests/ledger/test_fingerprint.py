"""The hash of an entry, held to a known answer: whoever changes what it covers, or how, changes what was stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest

from campaigns.ledger.fingerprint import fingerprint
from campaigns.ledger.models import LedgerEntry

PLAIN = (
    '{"amount_minor":-550,"campaign":7,"corrects":null,"counted_currency":null,"currency":"USD","donation":"k2m",'
    '"evidence":["event",12,"ab12"],"key":"re_1","kind":"refund","occurred_at":"2026-11-22T18:00:00+00:00",'
    '"period":9,"posted_at":"2026-11-22T19:00:00.000001+00:00","provider":"stripe","rate":null,"rate_on":null,'
    '"rate_source":null,"scope":"4"}'
)
CONVERTED = (
    '{"amount_minor":-550,"campaign":7,"corrects":3,"counted_currency":"EUR","currency":"USD","donation":"k2m",'
    '"evidence":["event",12,"ab12"],"key":"re_1","kind":"refund","occurred_at":"2026-11-22T18:00:00+00:00",'
    '"period":9,"posted_at":"2026-11-22T19:00:00.000001+00:00","provider":"stripe","rate":"0.9","rate_on":'
    '"2026-11-21","rate_source":"ecb","scope":"4"}'
)
RATE = {
    "counted_currency": "EUR",
    "rate": "0.9",
    "rate_source": "ecb",
    "rate_on": date(2026, 11, 21),
    "corrects_id": 3,
}


def entry(**over: Any) -> LedgerEntry:
    told: dict[str, Any] = {
        "provider": "stripe",
        "scope": "4",
        "key": "re_1",
        "kind": "refund",
        "amount_minor": -550,
        "currency": "USD",
        "campaign_id": 7,
        "period_id": 9,
        "occurred_at": datetime(2026, 11, 22, 18, 0, tzinfo=UTC),
        "posted_at": datetime(2026, 11, 22, 19, 0, 0, 1, tzinfo=UTC),
        "evidence_kind": "event",
        "evidence_id": 12,
        "evidence_sha256": "ab12",
    }
    return LedgerEntry(**told | over)


@pytest.mark.parametrize(("over", "said"), [({}, PLAIN), (RATE, CONVERTED)])
def test_an_entry_is_hashed_as_it_always_was(over, said):
    assert fingerprint(entry(**over), "k2m") == sha256(said.encode()).hexdigest()


def test_an_instant_is_the_same_in_every_zone():
    berlin = timezone(timedelta(hours=1))
    moved = entry(
        occurred_at=datetime(2026, 11, 22, 19, 0, tzinfo=berlin),
        posted_at=datetime(2026, 11, 22, 20, 0, 0, 1, tzinfo=berlin),
    )
    assert fingerprint(moved, "k2m") == fingerprint(entry(), "k2m")
