"""Checking the ledger against itself: every total from the entries, every entry from its stored evidence.

A finding is a row for a person: what was checked, what stands there, and what should.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.ledger import levels, totals
from campaigns.ledger.fingerprint import fingerprint
from campaigns.ledger.models import Donation, LedgerEntry, PeriodDonor, PeriodTotal
from campaigns.ledger.tally import Tally, tally
from campaigns.providers.contract import Level, Movement, Unreadable

BATCH_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be."""

    what: str
    where: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class Report:
    """How much was checked, and all that was found wrong."""

    donations: int
    entries: int
    periods: int
    redacted: int
    findings: tuple[Finding, ...]

    def document(self) -> dict[str, object]:
        """Plain JSON."""
        return {**asdict(self), "ok": not self.findings}


@dataclass(frozen=True, slots=True)
class Proof:
    """Stored evidence read again. `movements` is None for staff's acts; `redacted` ones are proven by extract."""

    stored_sha256: str
    actual_sha256: str
    redacted: bool
    movements: tuple[Movement, ...] | None
    levels: tuple[Level, ...] = ()


ReadProof = Callable[[LedgerEntry], Proof | None]


def check(session: Session, read_proof: ReadProof) -> Report:
    """Recomputes everything. `read_proof` reads an entry's evidence again; None means that it is gone."""
    findings: list[Finding] = []
    expected: dict[int, totals.Change] = defaultdict(totals.Change)
    donation_count = entry_count = redacted = 0
    for donation, posted in _by_donation(session):
        donation_count += 1
        entry_count += len(posted)
        findings += _check_donation(session, donation, posted)
        for entry in posted:
            found, was_redacted = _check_entry(entry, donation, read_proof)
            findings += found
            redacted += was_redacted
        share = _expected_share(donation, tally(posted))
        if share.period_id is not None:
            expected[share.period_id].add(share, 1)
    findings += _check_totals(session, expected)
    for ref, found_minor, should_be in levels.unbalanced(session):
        findings.append(Finding("sum of a level's entries", ref, str(found_minor), str(should_be)))
    return Report(donation_count, entry_count, len(expected), redacted, tuple(findings))


def _by_donation(session: Session) -> Iterator[tuple[Donation, list[LedgerEntry]]]:
    """Every donation with its entries in the order they were posted, without holding them all in memory."""
    entries = select(LedgerEntry).order_by(LedgerEntry.donation_id, LedgerEntry.id)
    stream = session.scalars(entries.execution_options(yield_per=BATCH_ROWS))
    grouped = groupby(stream, key=lambda entry: entry.donation_id)
    waiting = next(grouped, None)
    everyone = select(Donation.id).order_by(Donation.id)
    for donation_id in session.scalars(everyone).all():
        donation = session.get_one(Donation, donation_id)
        posted: list[LedgerEntry] = []
        if waiting is not None and waiting[0] == donation_id:
            posted = list(waiting[1])
            waiting = next(grouped, None)
        yield donation, posted
        session.expunge(donation)


def _check_donation(session: Session, donation: Donation, posted: list[LedgerEntry]) -> Iterable[Finding]:
    summed = tally(posted)
    where = f"donation {donation.key}"
    stands = (donation.amount_minor, donation.net_minor)
    if stands != (summed.amount_minor, summed.net_minor):
        yield Finding("amount and net of a donation", where, str(stands), str((summed.amount_minor, summed.net_minor)))
    home = (donation.campaign_id, donation.period_id) if donation.campaign_id else None
    if posted and home != summed.home:
        yield Finding("home of a donation", where, str(home), str(summed.home))
    transfers = [entry.amount_minor for entry in posted if entry.kind == "transfer"]
    if sum(transfers) != 0 or len(transfers) != 2 * donation.transfer_count:
        found = f"{len(transfers)} lines, sum {sum(transfers)}"
        yield Finding("transfers of a donation", where, found, f"{2 * donation.transfer_count} lines, sum 0")
    counted = summed.countable_minor if summed.home else 0
    if donation.counted_minor != counted:
        yield Finding("counted of a donation", where, str(donation.counted_minor), str(counted))
    if donation.campaign_id and donation.amount_minor is not None:
        currency = session.scalar(select(Campaign.currency).where(Campaign.id == donation.campaign_id))
        if currency != summed.currency:
            yield Finding("currency of a donation", where, str(summed.currency), str(currency))


def _check_entry(entry: LedgerEntry, donation: Donation, read_proof: ReadProof) -> tuple[list[Finding], bool]:
    where = f"entry {entry.provider}:{entry.key}"
    findings: list[Finding] = []
    computed = fingerprint(entry, donation.key)
    if computed != entry.entry_sha256:
        findings.append(Finding("hash of an entry", where, computed, entry.entry_sha256))
    try:
        proof = read_proof(entry)
    except Unreadable as error:
        return [*findings, Finding("evidence of an entry", where, f"unreadable: {error}", "readable")], False
    evidence = f"{entry.evidence_kind} {entry.evidence_id}"
    if proof is None:
        return [*findings, Finding("evidence of an entry", where, "gone", evidence)], False
    if proof.stored_sha256 != entry.evidence_sha256:
        findings.append(Finding("hash of evidence", where, proof.stored_sha256, entry.evidence_sha256))
    if not proof.redacted and proof.actual_sha256 != proof.stored_sha256:
        findings.append(Finding("bytes of evidence", where, proof.actual_sha256, proof.stored_sha256))
    if proof.movements is not None and entry.kind != "transfer":
        stated = {(m.key, m.kind, m.amount_minor, m.currency) for m in proof.movements}
        is_told = (entry.key, entry.kind, entry.amount_minor, entry.currency) in stated
        if not is_told and not levels.explains(entry, proof.levels):
            told = ", ".join(f"{m.key} {m.kind} {m.amount_minor} {m.currency}" for m in proof.movements) or "no money"
            stands = f"{entry.key} {entry.kind} {entry.amount_minor} {entry.currency}"
            findings.append(Finding("entry and what its evidence tells", where, stands, told))
    return findings, proof.redacted


def _expected_share(donation: Donation, summed: Tally) -> totals.Share:
    """What the donation should add, from its entries alone; pending, which has no entries, from its own columns."""
    period_id = summed.home[1] if summed.home else (donation.period_id if summed.currency is None else None)
    waits = summed.amount_minor is None and not donation.pending_over
    return totals.Share(
        period_id=period_id,
        counted_minor=summed.countable_minor if summed.home else 0,
        pending_minor=donation.pending_stated_minor if waits else 0,
        matched_minor=summed.matched_minor,
        fee_minor=summed.fee_minor,
        donor_hash=donation.donor_hash or donation.key,
    )


def _check_totals(session: Session, expected: dict[int, totals.Change]) -> Iterable[Finding]:
    stored = {total.period_id: total for total in session.scalars(select(PeriodTotal))}
    people: dict[int, dict[str, int]] = defaultdict(dict)
    for row in session.scalars(select(PeriodDonor).where(PeriodDonor.donation_count > 0)):
        people[row.period_id][row.donor_hash] = row.donation_count
    for period_id in sorted({*stored, *expected}):
        want, total = expected.get(period_id, totals.Change()), stored.get(period_id)
        donors = {donor: count for donor, count in want.by_donor.items() if count}
        should = {
            "raised_minor": want.raised_minor,
            "pending_minor": want.pending_minor,
            "matched_minor": want.matched_minor,
            "fee_minor": want.fee_minor,
            "donation_count": want.donation_count,
            "donor_count": len(donors),
        }
        for name, value in should.items():
            found = getattr(total, name) if total is not None else 0
            if found != value:
                yield Finding(f"{name} of a period", f"period {period_id}", str(found), str(value))
        if people.get(period_id, {}) != donors:
            where = f"period {period_id}"
            yield Finding("people of a period", where, f"{len(people.get(period_id, {}))} kept", f"{len(donors)}")
