"""Posting: the only writer of entries and totals.

It takes a batch of statements (one is a batch of one) and makes true what they say: every entry that must exist does,
every donation stands in the home of its strongest hint, every total has moved by exactly what changed. Stating the
same again changes nothing, and the order of statements does not matter.

Locks are taken in one order everywhere: payment refs by name, donations by id, people, then totals by period.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.crypto import keyed_hash
from campaigns.db import insert_or_ignore
from campaigns.keys import new_key
from campaigns.ledger import attention, entries, hinting, home, refs, totals
from campaigns.ledger.models import Donation, LedgerEntry
from campaigns.ledger.refs import RefName
from campaigns.ledger.statement import Evidence, Statement
from campaigns.ledger.tally import Tally, refunds, tally
from campaigns.providers.contract import Movement, Pending


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch came to: the donations it speaks of, those with money but no home, and what is still missing."""

    donation_ids: tuple[int, ...]
    unassigned_ids: tuple[int, ...]
    missing: tuple[str, ...]
    entry_count: int


@dataclass(frozen=True, slots=True)
class _Said:
    """What a batch states of the money of one donation."""

    movements: tuple[tuple[Statement, Movement], ...]
    pendings: tuple[Pending, ...]


def post(session: Session, statements: Sequence[Statement], *, now: datetime, secret_key: str) -> Outcome:
    """Makes true what `statements` say. The caller commits. Idempotent; safe beside any concurrent `post`."""
    ids = refs.lock(session, (name for statement in statements for name in statement.names()))
    touched: set[int] = set()
    for statement in statements:
        touched |= hinting.store(session, statement, ids)
    donations = _lock_donations(session, touched, _roots(statements, ids), now)
    changes: dict[int, totals.Change] = defaultdict(totals.Change)
    entry_count = 0
    for donation in donations:
        said = _said_about(donation, statements, ids)
        evidence = _evidence_about(session, donation, statements, ids)
        entry_count += _settle(session, donation, said, changes, evidence=evidence, now=now, secret_key=secret_key)
    session.flush()
    totals.move(session, changes, now=now)
    return Outcome(
        donation_ids=tuple(donation.id for donation in donations),
        unassigned_ids=tuple(d.id for d in donations if d.campaign_id is None and d.amount_minor is not None),
        missing=tuple(_missing(session, statements, ids)),
        entry_count=entry_count,
    )


def find_homes(
    session: Session, donation_ids: Iterable[int], *, evidence: Evidence, now: datetime, secret_key: str
) -> int:
    """Asks again where donations belong (a campaign they name may exist now); how many found a home."""
    locked = select(Donation).where(Donation.id.in_(list(donation_ids))).order_by(Donation.id)
    changes: dict[int, totals.Change] = defaultdict(totals.Change)
    found = 0
    for donation in session.scalars(locked.with_for_update(of=Donation)):
        homeless = donation.campaign_id is None
        _settle(session, donation, _Said((), ()), changes, evidence=evidence, now=now, secret_key=secret_key)
        found += homeless and donation.campaign_id is not None
    session.flush()
    totals.move(session, changes, now=now)
    return found


def take_in_named(session: Session, *, evidence: Evidence, now: datetime, secret_key: str) -> int:
    """After a campaign got a new name: the money that named it before it existed comes home; how many donations."""
    waiting = select(Donation.id).where(Donation.unassigned_reason.in_(("unknown_campaign", "currency")))
    ids = session.scalars(waiting).all()
    return find_homes(session, ids, evidence=evidence, now=now, secret_key=secret_key)


def _roots(statements: Iterable[Statement], ids: Mapping[RefName, int]) -> set[int]:
    """Refs that are payments: those of which money was stated."""
    roots: set[int] = set()
    for statement in statements:
        roots |= {ids[statement.name(movement.ref)] for movement in statement.reading.movements}
        roots |= {ids[statement.name(pending.ref)] for pending in statement.reading.pendings}
    return roots


def _lock_donations(session: Session, touched: set[int], roots: set[int], now: datetime) -> list[Donation]:
    """The donations of `roots`, made where new, and those that the touched refs' hints are about; locked by id."""
    zeros = ("transfer_count", "net_minor", "counted_minor", "pending_minor", "pending_stated_minor")
    blank = {**dict.fromkeys(zeros, 0), "pending_over": False, "show_name": False}
    for ref_id in sorted(roots):
        row = {"key": new_key(), "ref_id": ref_id, "unassigned_reason": "no_payment"}
        insert_or_ignore(session, Donation, [{**blank, **row, "created_at": now, "updated_at": now}])
    reachable = refs.downward(session, sorted(touched | roots))
    locked = select(Donation).where(Donation.ref_id.in_(reachable)).order_by(Donation.id)
    return list(session.scalars(locked.with_for_update(of=Donation).execution_options(populate_existing=True)))


def _said_about(donation: Donation, statements: Iterable[Statement], ids: Mapping[RefName, int]) -> _Said:
    movements: list[tuple[Statement, Movement]] = []
    pendings: list[Pending] = []
    for statement in statements:
        said = statement.reading
        movements += [(statement, m) for m in said.movements if ids[statement.name(m.ref)] == donation.ref_id]
        pendings += [p for p in said.pendings if ids[statement.name(p.ref)] == donation.ref_id]
    return _Said(tuple(movements), tuple(pendings))


def _evidence_about(
    session: Session, donation: Donation, statements: Sequence[Statement], ids: Mapping[RefName, int]
) -> Evidence:
    """What a transfer of `donation` points at: the first statement of the batch that speaks of it."""
    if len(statements) > 1:
        reachable = refs.upward(session, donation.ref_id)
        for statement in statements:
            if any(ids[name] in reachable for name in statement.names()):
                return statement.evidence
    return statements[0].evidence


def _settle(
    session: Session,
    donation: Donation,
    said: _Said,
    changes: dict[int, totals.Change],
    *,
    evidence: Evidence,
    now: datetime,
    secret_key: str,
) -> int:
    """Brings one donation to what is now known of it and adds to `changes` what moved; how many entries are new."""
    posted = entries.of(session, donation)
    known_count = len(posted)
    before, old = _share(donation, posted), tally(posted)
    _note_pending(donation, said.pendings)
    _date(donation, old, [movement for _, movement in said.movements])
    hinting.describe_donor(session, donation)
    posted += _rehome(session, donation, old, evidence, now)
    posted += entries.enter(session, donation, said.movements, now=now)
    _sum_up(session, donation, tally(posted), secret_key, now)
    after = _share(donation, posted)
    if before != after:
        donation.updated_at = now
        for share, sign in ((before, -1), (after, 1)):
            if share.period_id is not None:
                changes[share.period_id].add(share, sign)
    return len(posted) - known_count


def _share(donation: Donation, posted: Sequence[LedgerEntry]) -> totals.Share:
    summed = tally(posted)
    return totals.share_of(donation, matched_minor=summed.matched_minor, fee_minor=summed.fee_minor)


def _note_pending(donation: Donation, pendings: Iterable[Pending]) -> None:
    """Pending only grows and only ends: the largest amount and any end are the same in every order."""
    for pending in pendings:
        donation.pending_stated_minor = max(donation.pending_stated_minor, pending.amount_minor)
        donation.pending_over = donation.pending_over or pending.over
        donation.occurred_at = donation.occurred_at or pending.occurred_at
        donation.currency = donation.currency or pending.currency


def _date(donation: Donation, old: Tally, movements: Sequence[Movement]) -> None:
    """Its currency and the instant that decides its period are the payment's own word, once and for all."""
    paid = next((m for m in movements if m.kind == "donation"), None)
    if paid is not None and old.amount_minor is None:
        donation.occurred_at, donation.currency = paid.occurred_at, paid.currency
    elif donation.currency is None and movements:
        donation.currency = movements[0].currency


def _rehome(session: Session, donation: Donation, old: Tally, evidence: Evidence, now: datetime) -> list[LedgerEntry]:
    """Moves the donation to the home of its strongest hint, by a pair of transfers where it has entries already."""
    found = home.find(session, donation, now=now)
    target = (found.campaign_id, found.period_id)
    pair: list[LedgerEntry] = []
    if target != (donation.campaign_id, donation.period_id) and old.currency is not None:
        pair = entries.transfer(session, donation, old, target, evidence=evidence, now=now)
    donation.campaign_id, donation.period_id = target
    donation.home_rank, donation.unassigned_reason = found.rank, found.reason
    return pair


def _sum_up(session: Session, donation: Donation, summed: Tally, secret_key: str, now: datetime) -> None:
    """Sets the donation's cached money from its entries; flags what a person should see."""
    donation.amount_minor, donation.net_minor = summed.amount_minor, summed.net_minor
    donation.counted_minor = summed.countable_minor if donation.campaign_id is not None else 0
    waits = summed.amount_minor is None and not donation.pending_over
    donation.pending_minor = donation.pending_stated_minor if waits else 0
    if donation.donor_email:
        donation.donor_hash = keyed_hash(secret_key, "donor", donation.donor_email.strip().lower())
    if summed.amount_minor is not None and summed.net_minor < 0:
        detail = f"{attention.amount(-summed.net_minor, summed.currency)} more was taken back than was given"
        attention.note(session, "overshoot", f"{donation.key}:{summed.net_minor}", detail, donation=donation, now=now)
    if summed.other_currencies:
        detail = f"entries in {', '.join(sorted(summed.other_currencies))} beside {summed.currency}; they add nothing"
        attention.note(session, "currency_conflict", donation.key, detail, donation=donation, now=now)


def _missing(session: Session, statements: Iterable[Statement], ids: Mapping[RefName, int]) -> Iterable[str]:
    """Which cumulative figures the entries do not add up to yet: parts that were never told, or not yet."""
    for statement in statements:
        for figure in statement.reading.refunded:
            ref_id = ids[statement.name(figure.ref)]
            donation = session.scalars(select(Donation).where(Donation.ref_id == ref_id)).one_or_none()
            made, _failed = refunds(entries.of(session, donation)) if donation else (0, 0)
            if made < figure.amount_minor:
                in_all, told = (attention.amount(minor, figure.currency) for minor in (figure.amount_minor, made))
                yield f"{figure.ref} was refunded {in_all} in all, and refunds of {told} have been told"
