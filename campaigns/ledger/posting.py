"""Posting: the only writer of entries and totals.

It takes a batch of statements (one is a batch of one) and makes true what they say: every entry that must exist does,
every donation stands in the home of its strongest hint, every total has moved by exactly what changed. Stating the
same again changes nothing, and the order of statements does not matter.

Locks are taken in one order everywhere: the names of campaigns (shared), payment refs with all they are linked
to, donations by id, people, then totals by period. What they protect is read once, right after they are taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session, lazyload

from campaigns.crypto import keyed_hash
from campaigns.keys import new_key
from campaigns.ledger import attention, entries, hinting, home, levels, missing, naming, refs, routing, totals
from campaigns.ledger.entries import Note, Posted
from campaigns.ledger.hinting import HintKey, Told
from campaigns.ledger.missing import Missing
from campaigns.ledger.models import Donation, LedgerEntry
from campaigns.ledger.refs import Links, Locked, RefName
from campaigns.ledger.routing import Payment, choose
from campaigns.ledger.statement import Evidence, Statement
from campaigns.ledger.tally import Tally, tally
from campaigns.outbox.promising import promise
from campaigns.providers.contract import HintRank, Movement, Pending

AT_ONCE_MAX = 500  # donations whose homes are asked for in one query

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_EACH = select(Donation).options(lazyload(Donation.ref)).order_by(Donation.id).with_for_update(of=Donation)
_OF_REFS, _BY_ID = _EACH.where(Donation.ref_id.in_(_IDS)), _EACH.where(Donation.id.in_(_IDS))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch came to: the donations it speaks of, those with money but no home, and what is still missing.

    `ref_ids` are the refs of these donations and all above them: where entries or links are new, whatever waits for one
    of them may be done now.
    """

    donation_ids: tuple[int, ...]
    ref_ids: tuple[int, ...]
    unassigned_ids: tuple[int, ...]
    missing: tuple[Missing, ...]
    entry_count: int
    link_count: int


@dataclass(frozen=True, slots=True)
class _Said:
    """What a batch states of the money of one donation."""

    movements: tuple[tuple[Statement, Movement], ...]
    pendings: tuple[Pending, ...]


@dataclass(frozen=True, slots=True)
class _Work:
    """One posting: what was read at its beginning, once and under locks, and what has come of it so far."""

    links: Links
    told: Told
    posted: Posted
    now: datetime
    secret_key: str
    rules: routing.Lazily
    providers: Mapping[int, str]  # of the refs that this posting names
    changes: dict[int, totals.Change] = field(default_factory=lambda: defaultdict(totals.Change))
    notes: list[Note] = field(default_factory=list)
    arrived: list[Donation] = field(default_factory=list)  # gifts of our own page that count since this posting
    settled: dict[int, list[LedgerEntry]] = field(default_factory=dict)  # by the donation's ref


def post(session: Session, statements: Sequence[Statement], *, now: datetime, secret_key: str) -> Outcome:
    """Makes true what `statements` say. The caller commits. Idempotent; safe beside any concurrent `post`."""
    session.flush()
    naming.hold(session)
    locked = refs.lock(session, (name for statement in statements for name in statement.names()))
    unsure: list[Missing] = []
    if any(statement.reading.levels for statement in statements):
        spelt = levels.spell_out(session, statements, locked, now=now)
        statements, unsure = spelt.statements, spelt.missing
        # The gifts that came of it have refs of their own, which nobody else makes while the level's is ours.
        locked = refs.lock(session, (name for statement in statements for name in statement.names()))
    link_count = hinting.link(session, statements, locked)
    touched = {ref_id for statement in statements for ref_id in hinting.spoken_of(statement, locked)}
    roots = _roots(statements, locked.ids)
    about = locked.links.downward(touched | roots)
    known = {ref_id for one in about for ref_id in locked.links.upward(one)} | {*locked.ids.values()}
    told = hinting.load(session, known - locked.new)
    for statement in statements:
        hinting.store(session, statement, locked, told)
    found = _locked(session, _OF_REFS, about - locked.new)
    providers = {ref_id: provider for (provider, _, _), ref_id in locked.ids.items()}
    posted = entries.load(session, found, statements)
    work = _Work(locked.links, told, posted, now, secret_key, routing.lazily(), providers)
    donations = [*found, *_new_donations(roots - {donation.ref_id for donation in found}, now)]
    with session.no_autoflush:  # each donation is written once, at the end
        for donation in donations:
            said = _said_about(donation, statements, locked.ids)
            _settle(session, donation, said, work, evidence=_evidence_about(donation, statements, locked))
    entry_count = _write(session, donations, work)
    totals.move(session, work.changes, now=now)
    return Outcome(
        donation_ids=tuple(donation.id for donation in donations),
        ref_ids=tuple(sorted({one for donation in donations for one in locked.links.upward(donation.ref_id)})),
        unassigned_ids=tuple(d.id for d in donations if d.campaign_id is None and d.amount_minor is not None),
        missing=(*unsure, *missing.parts(donations, statements, locked, work.settled)),
        entry_count=entry_count,
        link_count=link_count,
    )


def find_homes(
    session: Session, donation_ids: Iterable[int], *, evidence: Evidence, now: datetime, secret_key: str
) -> int:
    """Asks again where donations belong (a campaign they name may exist now); how many found a home."""
    session.flush()
    wanted = sorted(donation_ids)
    parts = [wanted[start : start + AT_ONCE_MAX] for start in range(0, len(wanted), AT_ONCE_MAX)]
    locked = [_locked(session, _BY_ID, part) for part in parts]
    changes: dict[int, totals.Change] = defaultdict(totals.Change)
    rules, found = routing.lazily(), 0
    for donations in locked:
        links = refs.around(session, [donation.ref_id for donation in donations])
        told = hinting.load(session, {one for donation in donations for one in links.upward(donation.ref_id)})
        work = _Work(links, told, entries.load(session, donations, ()), now, secret_key, rules, {}, changes)
        homeless = [donation for donation in donations if donation.campaign_id is None]
        with session.no_autoflush:
            for donation in donations:
                _settle(session, donation, _Said((), ()), work, evidence=evidence)
        _write(session, donations, work)
        found += sum(donation.campaign_id is not None for donation in homeless)
    totals.move(session, changes, now=now)
    return found


def take_in_named(session: Session, *, evidence: Evidence, now: datetime, secret_key: str) -> int:
    """After a campaign got a new name: the money that named it before it existed comes home; how many donations."""
    naming.change(session)
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


def _locked(session: Session, chosen: Select[Donation], ids: Iterable[int]) -> list[Donation]:
    """The donations that `chosen` means by `ids`, by id. Refs do not protect them alone: staff's acts and rebuilding
    hold nothing but donations."""
    wanted = sorted(ids)
    fresh = {"populate_existing": True}  # as it is now that it is ours, whatever this session had read
    return list(session.scalars(chosen, {"ids": wanted}, execution_options=fresh)) if wanted else []


def _new_donations(ref_ids: set[int], now: datetime) -> list[Donation]:
    """Donations of payments that nobody has told of before. Nobody else makes them: their refs are locked."""
    zeros = ("transfer_count", "net_minor", "counted_minor", "pending_minor", "pending_stated_minor")
    blank = {**dict.fromkeys(zeros, 0), "pending_over": False, "show_name": False, "created_at": now, "updated_at": now}
    return [Donation(key=new_key(), ref_id=ref_id, **blank) for ref_id in sorted(ref_ids)]


def _said_about(donation: Donation, statements: Iterable[Statement], ids: Mapping[RefName, int]) -> _Said:
    movements: list[tuple[Statement, Movement]] = []
    pendings: list[Pending] = []
    for statement in statements:
        said = statement.reading
        movements += [(statement, m) for m in said.movements if ids[statement.name(m.ref)] == donation.ref_id]
        pendings += [p for p in said.pendings if ids[statement.name(p.ref)] == donation.ref_id]
    return _Said(tuple(movements), tuple(pendings))


def _evidence_about(donation: Donation, statements: Sequence[Statement], locked: Locked) -> Evidence:
    """What a transfer of `donation` points at: the first statement of the batch that speaks of it."""
    reachable = locked.links.upward(donation.ref_id)
    speaking = (one for one in statements if any(locked.ids[name] in reachable for name in one.names()))
    return next(speaking).evidence


def _settle(session: Session, donation: Donation, said: _Said, work: _Work, *, evidence: Evidence) -> None:
    """Brings one donation to what is now known of it; adds to `work` its new entries and what moved."""
    own = list(work.posted.by_donation[donation.id]) if donation.id else []
    old, away, had_arrived = tally(own), work.links.upward(donation.ref_id), _has_arrived(donation)
    before = _share(donation, old)
    _note_pending(donation, said.pendings)
    _date(donation, old, [movement for _, movement in said.movements])
    hinting.describe_donor(donation, work.told, away)
    found = home.find(session, donation, _hint(session, donation, said, work, away), now=work.now)
    own += _rehome(donation, old, found, work, evidence)
    own += entries.enter(donation, own, said.movements, work.posted, work.notes, now=work.now)
    work.settled[donation.ref_id] = own
    summed = tally(own)
    _sum_up(donation, summed, work)
    if not had_arrived and _has_arrived(donation):
        work.arrived.append(donation)
    after = _share(donation, summed)
    if before != after:
        donation.updated_at = work.now
        for share, sign in ((before, -1), (after, 1)):
            if share.period_id is not None:
                work.changes[share.period_id].add(share, sign)


def _hint(session: Session, donation: Donation, said: _Said, work: _Work, away: dict[int, int]) -> HintKey | None:
    """The strongest hint; where that is a default or none at all, the word of a routing rule."""
    told = hinting.strongest(work.told, away)
    if told is not None and told.rank < HintRank.RULE:
        return told
    rules = work.rules(session)
    if not rules:
        return told
    paid = next((movement.amount_minor for _, movement in said.movements if movement.kind == "donation"), None)
    payment = Payment(
        provider=work.providers.get(donation.ref_id) or donation.ref.provider,
        currency=donation.currency,
        amount_minor=donation.amount_minor or paid or donation.pending_stated_minor or None,
        occurred_at=donation.occurred_at,
        facts=hinting.facts(session, away),
    )
    rule = choose(rules, payment)
    return HintKey(donation.ref_id, int(HintRank.RULE), rule.campaign_slug) if rule else told


def _write(session: Session, donations: Sequence[Donation], work: _Work) -> int:
    """Writes donations, which get their ids, then their entries; how many of these are new."""
    session.add_all(donations)
    session.flush()
    entry_count = entries.write(session, work.posted)
    for donation in work.arrived:  # once in its life: a dispute that is won is no second gift
        promise(session, "receipt", f"receipt:{donation.key}", {"donation": donation.key}, now=work.now)
    for note in work.notes:
        attention.note(session, note.kind, note.subject, note.detail, donation=note.donation, now=work.now)
    return entry_count


def _has_arrived(donation: Donation) -> bool:
    return donation.intent_ref_id is not None and donation.counted_minor > 0


def _share(donation: Donation, summed: Tally) -> totals.Share:
    return totals.share_of(donation, matched_minor=summed.matched_minor, fee_minor=summed.fee_minor)


def _note_pending(donation: Donation, pendings: Iterable[Pending]) -> None:
    """Pending only grows and only ends: the largest amount and any end are the same in every order."""
    for pending in pendings:
        donation.pending_stated_minor = max(donation.pending_stated_minor, pending.amount_minor)
        donation.pending_over = donation.pending_over or pending.over
        donation.currency = donation.currency or pending.currency
        if pending.amount_minor:  # one of nothing only says that it is over, not when the payment was made
            donation.occurred_at = donation.occurred_at or pending.occurred_at


def _date(donation: Donation, old: Tally, movements: Sequence[Movement]) -> None:
    """Its currency and the instant that decides its period are the payment's own word, once and for all."""
    paid = next((m for m in movements if m.kind == "donation"), None)
    if paid is not None and old.amount_minor is None:
        donation.occurred_at, donation.currency = paid.occurred_at, paid.currency
    elif donation.currency is None:
        # Not a fee's: those come in the currency that the account is settled in.
        donation.currency = next((m.currency for m in movements if m.kind != "fee"), None)


def _rehome(donation: Donation, old: Tally, found: home.Home, work: _Work, evidence: Evidence) -> list[LedgerEntry]:
    """Moves the donation to its home, by a pair of transfers where it has entries already."""
    target = (found.campaign_id, found.period_id)
    pair: list[LedgerEntry] = []
    if target != (donation.campaign_id, donation.period_id) and old.currency is not None:
        pair = entries.transfer(donation, old, target, work.posted, evidence=evidence, now=work.now)
    donation.campaign_id, donation.period_id = target
    donation.home_rank, donation.unassigned_reason = found.rank, found.reason
    return pair


def _sum_up(donation: Donation, summed: Tally, work: _Work) -> None:
    """Sets the donation's cached money from its entries; flags what a person should see."""
    donation.amount_minor, donation.net_minor = summed.amount_minor, summed.net_minor
    donation.counted_minor = summed.countable_minor if donation.campaign_id is not None else 0
    waits = summed.amount_minor is None and not donation.pending_over
    donation.pending_minor = donation.pending_stated_minor if waits else 0
    if donation.donor_email:
        donation.donor_hash = keyed_hash(work.secret_key, "donor", donation.donor_email.strip().lower())
    if summed.amount_minor is not None and summed.net_minor < 0:
        detail = f"{attention.amount(-summed.net_minor, summed.currency)} more was taken back than was given"
        work.notes.append(Note("overshoot", f"{donation.key}:{summed.net_minor}", detail, donation))
    if summed.other_currencies:
        detail = f"entries in {', '.join(sorted(summed.other_currencies))} beside {summed.currency}; they add nothing"
        work.notes.append(Note("currency_conflict", donation.key, detail, donation))
