"""Making the entries of a donation, under its lock, each exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from campaigns.ledger import attention
from campaigns.ledger.fingerprint import fingerprint
from campaigns.ledger.models import Donation, LedgerEntry
from campaigns.ledger.statement import Evidence, Statement
from campaigns.ledger.tally import Tally
from campaigns.providers.contract import Movement

OWN = "tidemark"  # the provider of entries that we make ourselves: transfers

Key = tuple[str, str, str]  # provider, scope, key


class Note(NamedTuple):
    """Something for the attention list, once the donation it is about is written."""

    kind: str
    subject: str
    detail: str
    donation: Donation


_OF = LedgerEntry.donation_id.in_(bindparam("donation_ids", expanding=True))
_KEYED = and_(
    LedgerEntry.provider == bindparam("of_provider"),
    LedgerEntry.scope == bindparam("of_scope"),
    LedgerEntry.key.in_(bindparam("keys", expanding=True)),
)
_OF_DONATIONS = select(LedgerEntry).where(_OF).order_by(LedgerEntry.id)
_OF_OR_KEYED = select(LedgerEntry).where(or_(_OF, _KEYED)).order_by(LedgerEntry.id)
_NONE = [0]  # no row has this id


@dataclass(slots=True)
class Posted:
    """The entries of the donations of one posting, and whatever else stands under the keys that it states.

    `new` are those made in this posting, in the order in which they are to be written.
    """

    by_donation: dict[int, list[LedgerEntry]] = field(default_factory=lambda: defaultdict(list))
    by_key: dict[Key, LedgerEntry] = field(default_factory=dict)
    new: list[tuple[Donation, LedgerEntry]] = field(default_factory=list)

    def add(self, entry: LedgerEntry) -> None:
        """Holds a stored entry."""
        key = (entry.provider, entry.scope, entry.key)
        if key not in self.by_key:
            self.by_key[key] = entry
            self.by_donation[entry.donation_id].append(entry)


def of(session: Session, donation: Donation) -> list[LedgerEntry]:
    """The donation's entries in the order they were posted."""
    return list(session.scalars(_OF_DONATIONS, {"donation_ids": [donation.id]}))


def load(session: Session, donations: Iterable[Donation], statements: Iterable[Statement]) -> Posted:
    """What stands already, read under the donations' locks in one query for each provider."""
    posted = Posted()
    ids = [donation.id for donation in donations]
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    for statement in statements:
        if statement.reading.movements:
            keys[statement.provider, statement.scope] |= {m.key for m in statement.reading.movements}
    if ids and not keys:
        for entry in session.scalars(_OF_DONATIONS, {"donation_ids": ids}):
            posted.add(entry)
    for (provider, scope), told in keys.items():
        named = {"of_provider": provider, "of_scope": scope, "keys": sorted(told)}
        for entry in session.scalars(_OF_OR_KEYED, {"donation_ids": ids or _NONE, **named}):
            posted.add(entry)
    return posted


def enter(
    donation: Donation,
    own: Sequence[LedgerEntry],
    said: Iterable[tuple[Statement, Movement]],
    posted: Posted,
    notes: list[Note],
    *,
    now: datetime,
) -> list[LedgerEntry]:
    """Makes each stated entry that does not exist yet, in the donation's present home; those that are new."""
    new: list[LedgerEntry] = []
    for statement, movement in said:
        key = (statement.provider, statement.scope, movement.key)
        known = posted.by_key.get(key)
        if known is not None:
            is_own = any(known is entry for entry in (*own, *new))
            notes += _compared(donation, known, movement, is_own=is_own)
            continue
        entry = LedgerEntry(
            provider=statement.provider,
            scope=statement.scope,
            key=movement.key,
            kind=movement.kind,
            amount_minor=movement.amount_minor,
            currency=movement.currency,
            campaign_id=donation.campaign_id,
            period_id=donation.period_id,
            occurred_at=movement.occurred_at,
        )
        posted.by_key[key] = entry
        new.append(_made(donation, entry, statement.evidence, posted, now))
    return new


def transfer(
    donation: Donation,
    old: Tally,
    home: tuple[int | None, int | None],
    posted: Posted,
    *,
    evidence: Evidence,
    now: datetime,
) -> list[LedgerEntry]:
    """The pair that moves all of a donation's net from its present home to `home` (campaign id, period id)."""
    donation.transfer_count += 1
    away = (donation.campaign_id, donation.period_id)
    pair: list[LedgerEntry] = []
    for way, amount_minor, (campaign_id, period_id) in (("out", -old.net_minor, away), ("in", old.net_minor, home)):
        entry = LedgerEntry(
            provider=OWN,
            scope="",
            key=f"transfer:{donation.key}:{donation.transfer_count}:{way}",
            kind="transfer",
            amount_minor=amount_minor,
            currency=old.currency,
            campaign_id=campaign_id,
            period_id=period_id,
            occurred_at=now,
        )
        pair.append(_made(donation, entry, evidence, posted, now))
    return pair


def write(session: Session, posted: Posted) -> int:
    """Stores the new entries, once their donations have ids; how many. Their ids rise in the order they were made."""
    for donation, entry in posted.new:
        entry.donation_id = donation.id
        session.add(entry)
    if posted.new:
        session.flush()
    return len(posted.new)


def _made(donation: Donation, entry: LedgerEntry, evidence: Evidence, posted: Posted, now: datetime) -> LedgerEntry:
    entry.posted_at = now
    entry.evidence_kind, entry.evidence_id, entry.evidence_sha256 = evidence.kind, evidence.id, evidence.sha256
    entry.entry_sha256 = fingerprint(entry, donation.key)
    posted.new.append((donation, entry))
    return entry


def _compared(donation: Donation, known: LedgerEntry, movement: Movement, *, is_own: bool) -> Iterable[Note]:
    """The same key with other money is never overwritten: a person looks at it."""
    stands = (known.kind, known.amount_minor, known.currency)
    stated = (movement.kind, movement.amount_minor, movement.currency)
    if is_own and stands == stated:
        return
    before, after = attention.amount(*stands[1:]), attention.amount(*stated[1:])
    detail = (
        f"{movement.key} stands in the ledger as {known.kind} of {before}; now it is told as {movement.kind} of {after}"
    )
    subject = f"{known.provider}:{known.key}:{movement.amount_minor}:{movement.currency}"
    yield Note("entry_conflict", subject, detail, donation)
