"""From levels to money: what somebody has given in all, told in snapshots of any age, becomes gifts and refunds.

Under the lock of its ref a level is compared with the one that is known. A rise is a gift of its own; a fall takes
back from the newest gifts, and only where the service itself was asked: an old snapshot looks the same. Once a level
has fallen, a snapshot from before the fall looks like a rise; so what does not pass the highest level ever known must
show a later payment, or be asked for, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.ledger import attention
from campaigns.ledger.missing import Missing
from campaigns.ledger.models import Donation, LedgerEntry, PaymentLevel, PaymentLink, PaymentRef
from campaigns.ledger.refs import Locked
from campaigns.ledger.statement import Statement
from campaigns.providers.contract import HintRank, Level, Link, Movement, Reading, Trait

_KEY = re.compile(r"(?P<ref>.+):\d+:(?P<old>\d+)-(?P<new>\d+)(\.\d+)?", re.ASCII)


@dataclass(slots=True)
class Spelt:
    """Statements without levels, and what of the levels cannot be booked before the service is asked."""

    statements: list[Statement]
    missing: list[Missing]


@dataclass(slots=True)
class _Said:
    """What the levels of one statement come to."""

    movements: list[Movement] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    traits: list[Trait] = field(default_factory=list)
    payments: dict[str, list[Movement]] = field(default_factory=dict)  # new ones, by the ref of their level


def spell_out(session: Session, statements: Sequence[Statement], locked: Locked, *, now: datetime) -> Spelt:
    """The same statements with movements in the place of levels; the levels' refs are locked. Writes what is known."""
    spelt: list[Statement] = []
    missing: list[Missing] = []
    for statement in statements:
        said = _Said()
        for level in statement.reading.levels:
            ref_id = locked.ids[statement.name(level.ref)]
            missing += _compare(session, level, ref_id, said, now)
        spelt.append(_with(statement, said) if statement.reading.levels else statement)
    return Spelt(spelt, missing)


def explains(entry: LedgerEntry, levels: Iterable[Level]) -> bool:
    """Whether `entry` is what one of `levels`, told by its evidence, came to."""
    found = _KEY.fullmatch(entry.key)
    if found is None:
        return False
    ref, old, new = found["ref"], int(found["old"]), int(found["new"])
    of_ref = [one for one in levels if (one.ref, one.currency) == (ref, entry.currency)]
    told = any(new == one.amount_minor or new in {reached for reached, _ in one.gifts} for one in of_ref)
    if entry.kind == "donation":
        return told and entry.amount_minor == new - old
    return told and entry.kind == "refund" and new - old <= entry.amount_minor < 0


def unbalanced(session: Session) -> Iterator[tuple[str, int, int]]:
    """Levels whose entries do not add up: (ref, what they add up to, what they should)."""
    summed = (
        select(PaymentLink.parent_id, func.sum(LedgerEntry.amount_minor).label("total"))
        .join(Donation, Donation.ref_id == PaymentLink.child_id)
        .join(LedgerEntry, LedgerEntry.donation_id == Donation.id)
        .where(LedgerEntry.kind.in_(("donation", "refund")))
        .group_by(PaymentLink.parent_id)
        .subquery()
    )
    rows = select(PaymentRef.ref, func.coalesce(summed.c.total, 0), PaymentLevel.level_minor - PaymentLevel.base_minor)
    rows = rows.join(PaymentLevel, PaymentLevel.ref_id == PaymentRef.id)
    rows = rows.outerjoin(summed, summed.c.parent_id == PaymentRef.id)
    for ref, found, expected in session.execute(rows):
        if int(found) != expected:
            yield ref, int(found), expected


def _compare(session: Session, level: Level, ref_id: int, said: _Said, now: datetime) -> Iterator[Missing]:
    known = session.get(PaymentLevel, ref_id, populate_existing=True)
    if known is None:
        if level.base_minor is None:
            reason = f"how much {level.ref} had given before counting began was not told"
            yield Missing(level.ref, reason, until_asked=True)
            return
        known = _first(session, level, ref_id, now)
        for reached, at in level.gifts:
            if known.level_minor < reached <= level.amount_minor:
                _rise(replace(level, amount_minor=reached, charged_at=at), known, said, now)
    if known.currency != level.currency:
        detail = f"{level.ref} is counted in {known.currency}, and is now told in {level.currency}; it adds nothing"
        attention.note(session, "currency_conflict", f"level:{level.ref}", detail, donation=None, now=now)
        return
    is_sure = level.confirmed_at is not None and level.confirmed_at >= known.heard_at
    if level.confirmed_at is not None and is_sure:
        known.confirmed_at = max(level.confirmed_at, known.confirmed_at or level.confirmed_at)
    if level.amount_minor > known.level_minor:
        yield from _more(level, known, said, is_sure, now)
    elif level.amount_minor < known.level_minor:
        yield from _less(session, level, known, said, is_sure, now)
    elif level.is_refunded and known.level_minor == known.peak_minor and known.level_minor > known.base_minor:
        yield from _unseen(session, level, is_sure, now)


def _more(level: Level, known: PaymentLevel, said: _Said, is_sure: bool, now: datetime) -> Iterator[Missing]:
    if is_sure or _is_later(level, known):
        _rise(level, known, said, now)
    else:
        yield Missing(level.ref, f"whether {level.ref} has given again since it was last asked for", until_asked=True)


def _less(
    session: Session, level: Level, known: PaymentLevel, said: _Said, is_sure: bool, now: datetime
) -> Iterator[Missing]:
    if is_sure:
        _fall(session, level, known, said, now)
    elif level.confirmed_at is None:
        reason = f"{level.ref} is told to have given less than was told before"
        yield Missing(level.ref, reason, until_asked=True, doubtful=not level.is_refunded)


def _unseen(session: Session, level: Level, is_sure: bool, now: datetime) -> Iterator[Missing]:
    """Money is said to have gone back, and the level has not fallen: even the service's own figure may not show it."""
    if is_sure:
        detail = f"a payment of {level.ref} was refunded, and the service's own figure has not fallen"
        subject = f"{level.ref}:{level.amount_minor}"
        attention.note(session, "refund_unseen", subject, detail, donation=None, now=now)
    elif level.confirmed_at is None:
        yield Missing(level.ref, f"how much of {level.ref} was refunded", until_asked=True, doubtful=True)


def _first(session: Session, level: Level, ref_id: int, now: datetime) -> PaymentLevel:
    base = min(level.base_minor or 0, level.amount_minor)
    made = PaymentLevel(
        ref_id=ref_id,
        currency=level.currency,
        level_minor=base,
        base_minor=base,
        peak_minor=base,
        step_count=0,
        charged_at=None,
        heard_at=level.confirmed_at or now,
        confirmed_at=level.confirmed_at,
    )
    session.add(made)
    return made


def _is_later(level: Level, known: PaymentLevel) -> bool:
    """Whether a rise is a gift since: nothing ever went back, it is more than ever before, or it was paid later.

    Once the service was asked, only what was paid since then: a snapshot from before may tell of what was undone.
    """
    if known.confirmed_at is not None and (level.charged_at is None or level.charged_at <= known.confirmed_at):
        return False
    if known.peak_minor <= known.level_minor or level.amount_minor > known.peak_minor:
        return True
    return level.charged_at is not None and (known.charged_at is None or level.charged_at > known.charged_at)


def _rise(level: Level, known: PaymentLevel, said: _Said, now: datetime) -> None:
    at = level.charged_at if level.charged_at is not None and level.charged_at <= now else now
    if level.counts_from is not None and at < level.counts_from:  # given before counting began
        known.base_minor += level.amount_minor - known.level_minor
        _settle(level, known, now)
        return
    key = _step(level, known)
    gift = Movement(key, key, "donation", level.amount_minor - known.level_minor, level.currency, at)
    said.movements.append(gift)
    said.links.append(Link(key, level.ref))
    said.traits += [Trait(key, name, value) for name, value in level.traits]
    said.payments.setdefault(level.ref, []).append(gift)
    known.charged_at = max(filter(None, (known.charged_at, level.charged_at)), default=None)
    _settle(level, known, now)


def _fall(session: Session, level: Level, known: PaymentLevel, said: _Said, now: datetime) -> None:
    """Takes back from the newest gifts; what is more than they are was given before counting began."""
    key, left = _step(level, known), known.level_minor - level.amount_minor
    for place, (ref, worth) in enumerate(_gifts(session, known.ref_id, said.payments.get(level.ref, ()))):
        taken = min(left, worth)
        if taken:
            said.movements.append(Movement(ref, f"{key}.{place}", "refund", -taken, level.currency, now))
            left -= taken
    known.base_minor -= left
    _settle(level, known, now)


def _gifts(session: Session, ref_id: int, new: Iterable[Movement]) -> Iterator[tuple[str, int]]:
    """(ref, what is left of it) of each gift, the newest first."""
    for gift in reversed(list(new)):
        yield gift.ref, gift.amount_minor
    stored = select(PaymentRef.ref, Donation.net_minor).join(PaymentLink, PaymentLink.child_id == PaymentRef.id)
    stored = stored.join(Donation, Donation.ref_id == PaymentRef.id).where(PaymentLink.parent_id == ref_id)
    for ref, net_minor in session.execute(stored.order_by(Donation.occurred_at.desc(), Donation.id.desc())).all():
        yield ref, max(net_minor, 0)


def _step(level: Level, known: PaymentLevel) -> str:
    known.step_count += 1
    return f"{level.ref}:{known.step_count}:{known.level_minor}-{level.amount_minor}"


def _settle(level: Level, known: PaymentLevel, now: datetime) -> None:
    known.level_minor = level.amount_minor
    known.peak_minor = max(known.peak_minor, level.amount_minor)
    known.heard_at = max(known.heard_at, level.confirmed_at or now)


def _with(statement: Statement, said: _Said) -> Statement:
    """`statement` with what its levels come to. A default campaign holds for the gifts it came with, not for all."""
    reading = statement.reading
    about = {level.ref for level in reading.levels}
    kept = [hint for hint in reading.hints if hint.rank != HintRank.DEFAULT or hint.ref not in about]
    for hint in reading.hints:
        if hint.rank == HintRank.DEFAULT and hint.ref in about:
            kept += [
                replace(hint, ref=gift.ref, stated_at=gift.occurred_at) for gift in said.payments.get(hint.ref, ())
            ]
    spelt: Reading = replace(
        reading,
        movements=(*reading.movements, *said.movements),
        links=(*reading.links, *said.links),
        traits=(*reading.traits, *said.traits),
        hints=tuple(kept),
        levels=(),
    )
    return replace(statement, reading=spelt)
