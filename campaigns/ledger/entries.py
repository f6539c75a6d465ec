"""Writing the entries of one donation, under its lock, each exactly once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.ledger import attention
from campaigns.ledger.fingerprint import fingerprint
from campaigns.ledger.models import Donation, LedgerEntry
from campaigns.ledger.statement import Evidence, Statement
from campaigns.ledger.tally import Tally
from campaigns.providers.contract import Movement

OWN = "tidemark"  # the provider of entries that we make ourselves: transfers


def of(session: Session, donation: Donation) -> list[LedgerEntry]:
    """The donation's entries in the order they were posted."""
    found = select(LedgerEntry).where(LedgerEntry.donation_id == donation.id).order_by(LedgerEntry.id)
    return list(session.scalars(found))


def enter(
    session: Session, donation: Donation, said: Iterable[tuple[Statement, Movement]], *, now: datetime
) -> list[LedgerEntry]:
    """Posts each stated entry that does not exist yet, in the donation's present home; those that were new."""
    new: list[LedgerEntry] = []
    for statement, movement in said:
        key = {"provider": statement.provider, "scope": statement.scope, "key": movement.key}
        known = session.scalars(select(LedgerEntry).filter_by(**key)).one_or_none()
        if known is not None:
            _compare(session, donation, known, movement, now)
            continue
        entry = LedgerEntry(
            **key,
            kind=movement.kind,
            amount_minor=movement.amount_minor,
            currency=movement.currency,
            campaign_id=donation.campaign_id,
            period_id=donation.period_id,
            occurred_at=movement.occurred_at,
        )
        new.append(_write(session, donation, entry, statement.evidence, now))
    return new


def transfer(
    session: Session,
    donation: Donation,
    old: Tally,
    home: tuple[int | None, int | None],
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
        pair.append(_write(session, donation, entry, evidence, now))
    return pair


def _write(session: Session, donation: Donation, entry: LedgerEntry, evidence: Evidence, now: datetime) -> LedgerEntry:
    entry.donation_id = donation.id
    entry.posted_at = now
    entry.evidence_kind, entry.evidence_id, entry.evidence_sha256 = evidence.kind, evidence.id, evidence.sha256
    entry.entry_sha256 = fingerprint(entry, donation.key)
    session.add(entry)
    session.flush()  # one by one, so that ids tell the order in which a donation's entries were posted
    return entry


def _compare(session: Session, donation: Donation, known: LedgerEntry, movement: Movement, now: datetime) -> None:
    """The same key with other money is never overwritten: a person looks at it."""
    stands = (known.donation_id, known.kind, known.amount_minor, known.currency)
    stated = (donation.id, movement.kind, movement.amount_minor, movement.currency)
    if stands != stated:
        before, after = attention.amount(stands[2], stands[3]), attention.amount(stated[2], stated[3])
        detail = (
            f"{movement.key} stands in the ledger as {known.kind} of {before}; "
            f"now it is told as {movement.kind} of {after}"
        )
        subject = f"{known.provider}:{known.key}:{movement.amount_minor}:{movement.currency}"
        attention.note(session, "entry_conflict", subject, detail, donation=donation, now=now)
