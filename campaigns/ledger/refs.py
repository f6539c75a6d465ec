"""Payment refs: locking the ones a statement speaks of, and walking from one to the others it is linked to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from campaigns.db import insert_or_ignore
from campaigns.ledger.models import PaymentLink, PaymentRef

LINK_DEPTH_MAX = 8  # charge → intent → session → invoice → subscription is four; a ring must still end

RefName = tuple[str, str, str]  # provider, scope, ref


def lock(session: Session, names: Iterable[RefName]) -> dict[RefName, int]:
    """Ids of `names`, made where they are new; their rows and all they are linked to stay locked until the commit.

    Two messages about one payment may name different ends of a chain (a charge, a subscription) and share no ref; the
    links between them, once known, make them meet. So what is linked is locked too, until nothing new comes in sight:
    whichever message is second sees all that the first wrote.
    """
    ordered = sorted(set(names))
    for provider, scope, ref in ordered:
        insert_or_ignore(session, PaymentRef, [{"provider": provider, "scope": scope, "ref": ref}])
    key = tuple_(PaymentRef.provider, PaymentRef.scope, PaymentRef.ref)
    rows = session.execute(
        select(PaymentRef.provider, PaymentRef.scope, PaymentRef.ref, PaymentRef.id)
        .where(key.in_(ordered))
        .order_by(PaymentRef.provider, PaymentRef.scope, PaymentRef.ref)
        .with_for_update()
    )
    ids = {(provider, scope, ref): ref_id for provider, scope, ref, ref_id in rows}
    _lock_linked(session, set(ids.values()))
    return ids


def _lock_linked(session: Session, locked: set[int]) -> None:
    """Locks what `locked` is linked to, up and down, by id. A ring of waiting is broken off by the database, and tried
    again by who posts."""
    while True:
        near = set(_walk(session, sorted(locked), PaymentLink.child_id, PaymentLink.parent_id))
        near |= set(_walk(session, sorted(locked), PaymentLink.parent_id, PaymentLink.child_id))
        new = sorted(near - locked)
        if not new:
            return
        wanted = select(PaymentRef.id).where(PaymentRef.id.in_(new)).order_by(PaymentRef.id).with_for_update()
        locked |= set(session.scalars(wanted))


def upward(session: Session, ref_id: int) -> dict[int, int]:
    """`ref_id` and every ref whose hints are hints about it, each with how many links away it is."""
    return _walk(session, [ref_id], PaymentLink.child_id, PaymentLink.parent_id)


def downward(session: Session, ref_ids: Sequence[int]) -> set[int]:
    """`ref_ids` and every ref that their hints are about."""
    return set(_walk(session, ref_ids, PaymentLink.parent_id, PaymentLink.child_id))


def _walk(
    session: Session, start: Sequence[int], near: InstrumentedAttribute[int], far: InstrumentedAttribute[int]
) -> dict[int, int]:
    seen = dict.fromkeys(start, 0)
    edge = set(start)
    for distance in range(1, LINK_DEPTH_MAX + 1):
        if not edge:
            break
        edge = set(session.scalars(select(far).where(near.in_(edge)))) - seen.keys()
        seen |= dict.fromkeys(edge, distance)
    return seen
