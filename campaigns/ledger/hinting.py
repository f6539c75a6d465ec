"""Keeping what is said around a payment: whose home it is, what it is linked to, who gave it.

`Told` is what stands in the database about the refs of one posting, read once: their locks keep it true.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import BindParameter, Table, and_, bindparam, insert, select, update
from sqlalchemy.orm import Session

from campaigns.db import insert_or_ignore
from campaigns.ledger.models import Donation, HomeHint, PaymentDonor, PaymentLink, PaymentTrait
from campaigns.ledger.refs import Locked
from campaigns.ledger.routing import Fact
from campaigns.ledger.statement import Evidence, Statement
from campaigns.providers.contract import Donor, Hint, HintRank


class HintKey(NamedTuple):
    """A hint is kept once for each of these, with the latest instant at which it was said."""

    ref_id: int
    rank: int
    campaign_slug: str


class Person(NamedTuple):
    """Donor details as told on one ref."""

    name: str | None
    email: str | None
    message: str | None
    show_name: bool
    typed_here: bool = False


@dataclass(slots=True)
class Told:
    """Hints with the latest instant of each, and donor details by ref."""

    hints: dict[HintKey, datetime] = field(default_factory=dict)
    people: dict[int, Person] = field(default_factory=dict)


_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_HINTS = select(HomeHint.ref_id, HomeHint.rank, HomeHint.campaign_slug, HomeHint.stated_at).where(
    HomeHint.ref_id.in_(_IDS)
)
_PEOPLE = select(
    PaymentDonor.ref_id,
    PaymentDonor.name,
    PaymentDonor.email,
    PaymentDonor.message,
    PaymentDonor.show_name,
    PaymentDonor.typed_here,
).where(PaymentDonor.ref_id.in_(_IDS))
_TRAITS = select(PaymentTrait.name, PaymentTrait.value).where(PaymentTrait.ref_id.in_(_IDS))
_links, _hints, _people = (cast(Table, model.__table__) for model in (PaymentLink, HomeHint, PaymentDonor))
_ADD_LINKS, _ADD_HINT, _ADD_PERSON = insert(_links), insert(_hints), insert(_people)
_SAY_AGAIN = update(_hints).where(
    and_(
        _hints.c.ref_id == bindparam("of_ref"),
        _hints.c.rank == bindparam("of_rank"),
        _hints.c.campaign_slug == bindparam("of_slug"),
    )
)
_DESCRIBE = update(_people).where(_people.c.ref_id == bindparam("of_ref"))


def link(session: Session, statements: Iterable[Statement], locked: Locked) -> int:
    """Stores the links that `statements` tell, and adds them to those that are held locked; how many are new."""
    told = [
        (locked.ids[s.name(one.child)], locked.ids[s.name(one.parent)]) for s in statements for one in s.reading.links
    ]
    new = [{"child_id": child, "parent_id": parent} for child, parent in told if locked.links.add(child, parent)]
    if new:
        session.connection().execute(_ADD_LINKS, new)
    return len(new)


def load(session: Session, ref_ids: Iterable[int]) -> Told:
    """What was said on `ref_ids`."""
    told, ids = Told(), sorted(ref_ids)
    if ids:
        rows = session.connection().execute(_HINTS, {"ids": ids})
        told.hints = {HintKey(ref_id, rank, slug): stated_at for ref_id, rank, slug, stated_at in rows}
        told.people = {row[0]: Person(*row[1:]) for row in session.connection().execute(_PEOPLE, {"ids": ids})}
    return told


def store(session: Session, statement: Statement, locked: Locked, told: Told) -> None:
    """Stores the hints and donor details of `statement` that are new, and adds them to `told`."""
    for hint in statement.reading.hints:
        _store_hint(session, locked.ids[statement.name(hint.ref)], hint, statement.evidence, told)
    for donor in statement.reading.donors:
        _store_donor(session, locked.ids[statement.name(donor.ref)], donor, told)
    for trait in statement.reading.traits:
        row = {"ref_id": locked.ids[statement.name(trait.ref)], "name": trait.name, "value": trait.value}
        insert_or_ignore(session, PaymentTrait, [row])


def spoken_of(statement: Statement, locked: Locked) -> set[int]:
    """The refs whose donations may have another home or donor, or be told of, by `statement`."""
    said = statement.reading
    about = {*(h.ref for h in said.hints), *(d.ref for d in said.donors), *(one.child for one in said.links)}
    about |= {*(one.ref for one in said.settled), *(one.ref for one in said.refunded)}
    about |= {trait.ref for trait in said.traits}
    return {locked.ids[statement.name(ref)] for ref in about}


def strongest(told: Told, away: dict[int, int]) -> HintKey | None:
    """The hint that decides, whatever came first: the strongest rank, then the nearest to the payment, then the latest.

    Nearness comes before time: a subscription that is given another campaign in March says nothing about the January
    renewal, whose own invoice named the former one. What still ties is decided by name.
    """
    hints = [hint for hint in told.hints if hint.ref_id in away]
    if not hints:
        return None
    rank, distance = min((hint.rank, away[hint.ref_id]) for hint in hints)
    deciding = (hint for hint in hints if (hint.rank, away[hint.ref_id]) == (rank, distance))
    return max(deciding, key=lambda hint: (told.hints[hint], hint.campaign_slug))


def facts(session: Session, away: Iterable[int]) -> set[Fact]:
    """All facts about a payment and what it is linked to."""
    rows = session.connection().execute(_TRAITS, {"ids": sorted(away)})
    return {(name, value) for name, value in rows}


def describe_donor(donation: Donation, told: Told, away: dict[int, int]) -> None:
    """Who gave: of each detail what the donor typed on our own page, else what was told nearest to the payment; equally
    near ones are taken by name, so that the order in which they were told does not matter."""
    reachable = sorted(away.keys() & told.people.keys())
    here = [ref_id for ref_id in reachable if told.people[ref_id].typed_here]
    donation.intent_ref_id = here[0] if here else donation.intent_ref_id
    people = sorted((ref_id not in here, away[ref_id], *map(_sortable, told.people[ref_id])) for ref_id in reachable)
    for name, place in (("donor_name", 2), ("donor_email", 3), ("donor_message", 4)):
        nearest = next((person[place] for person in people if person[place]), None)
        if nearest:
            setattr(donation, name, nearest)
    donation.show_name = donation.show_name or any(person[5] for person in people)


def _sortable(detail: str | bool | None) -> str | bool:
    return "" if detail is None else detail


def _store_hint(session: Session, ref_id: int, hint: Hint, evidence: Evidence, told: Told) -> None:
    """Once for each rank and name, at the latest instant it was said: the same in every order.

    A default is kept as it was when the payment was first heard of: staff who change it speak of what arrives from
    then on, and a late refund must not carry old money into another campaign.
    """
    key = HintKey(ref_id, int(hint.rank), hint.campaign)
    if hint.rank == HintRank.DEFAULT and any((ref_id, hint.rank) == (one.ref_id, one.rank) for one in told.hints):
        return
    said: dict[str, Any] = {"evidence_kind": evidence.kind, "evidence_id": evidence.id, "stated_at": hint.stated_at}
    if key not in told.hints:
        session.connection().execute(_ADD_HINT, key._asdict() | said)
    elif told.hints[key] < hint.stated_at:
        of_hint = {"of_ref": key.ref_id, "of_rank": key.rank, "of_slug": key.campaign_slug}
        session.connection().execute(_SAY_AGAIN, of_hint | said)
    else:
        return
    told.hints[key] = hint.stated_at


def _store_donor(session: Session, ref_id: int, donor: Donor, told: Told) -> None:
    known = told.people.get(ref_id)
    person = Person(donor.name, donor.email, donor.message, donor.show_name, donor.typed_here)
    if known is None:
        session.connection().execute(_ADD_PERSON, person._asdict() | {"ref_id": ref_id})
    else:
        person = Person(
            known.name or person.name,
            known.email or person.email,
            known.message or person.message,
            known.show_name or person.show_name,
            known.typed_here or person.typed_here,
        )
        if person != known:
            session.connection().execute(_DESCRIBE, person._asdict() | {"of_ref": ref_id})
    told.people[ref_id] = person
