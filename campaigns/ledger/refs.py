"""Payment refs: locking the ones a statement speaks of, and walking from one to the others it is linked to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import BigInteger, bindparam, case, cast, null, or_, select
from sqlalchemy.orm import Session

from campaigns.db import insert_new
from campaigns.ledger.models import PaymentLink, PaymentRef

LINK_DEPTH_MAX = 8  # charge → intent → session → invoice → subscription is four; a ring must still end

RefName = tuple[str, str, str]  # provider, scope, ref

_NAMED = select(PaymentRef.ref, PaymentRef.id).where(
    PaymentRef.provider == bindparam("of_provider"),
    PaymentRef.scope == bindparam("of_scope"),
    PaymentRef.ref.in_(bindparam("refs", expanding=True)),
)
_BY_ID = (
    select(PaymentRef.id)
    .where(PaymentRef.id.in_(bindparam("ids", expanding=True)))
    .order_by(PaymentRef.id)
    .with_for_update()
)
# Steps along links in both directions: where a step leads, and the link it takes. The links are taken from the steps,
# for a join of the steps with all links would be planned by a bad guess at how many steps there are.
_none = cast(null(), BigInteger)
_start = select(PaymentRef.id, _none.label("child_id"), _none.label("parent_id"))
_step = _start.where(PaymentRef.id.in_(bindparam("ids", expanding=True))).cte("step", recursive=True)
_far = case((PaymentLink.child_id == _step.c.id, PaymentLink.parent_id), else_=PaymentLink.child_id)
_step = _step.union(
    select(_far, PaymentLink.child_id, PaymentLink.parent_id).where(
        or_(PaymentLink.child_id == _step.c.id, PaymentLink.parent_id == _step.c.id)
    )
)
_LINKS = select(_step.c.child_id, _step.c.parent_id).where(_step.c.child_id.is_not(None))


@dataclass(slots=True)
class Links:
    """The links among some refs, in memory."""

    parents: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    children: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, child_id: int, parent_id: int) -> bool:
        """Adds a link; whether it is new. Nothing is linked to itself."""
        if child_id == parent_id or parent_id in self.parents[child_id]:
            return False
        self.parents[child_id].add(parent_id)
        self.children[parent_id].add(child_id)
        return True

    def ids(self) -> set[int]:
        """Every ref that is linked to another."""
        return {ref_id for ref_id, others in (*self.parents.items(), *self.children.items()) if others}

    def upward(self, ref_id: int) -> dict[int, int]:
        """`ref_id` and every ref whose hints are hints about it, each with how many links away it is.

        By the longest way: an invoice may know both its subscription and the session that began that, and then the
        session is the farther one.
        """
        away, edge = {ref_id: 0}, {ref_id}
        for distance in range(1, LINK_DEPTH_MAX + 1):
            edge = {parent for near in edge for parent in self.parents.get(near, ())} - {ref_id}
            away |= dict.fromkeys(edge, distance)
        return away

    def downward(self, ref_ids: Iterable[int]) -> set[int]:
        """`ref_ids` and every ref that their hints are about."""
        found = edge = set(ref_ids)
        for _ in range(LINK_DEPTH_MAX):
            edge = {child for near in edge for child in self.children.get(near, ())} - found
            found = found | edge
        return found


@dataclass(frozen=True, slots=True)
class Locked:
    """Refs that are ours until the commit: their ids, the links around them, and which of them were only made now."""

    ids: Mapping[RefName, int]
    links: Links
    new: frozenset[int]


def lock(session: Session, names: Iterable[RefName]) -> Locked:
    """Ids of `names`, made where they are new; their rows and all they are linked to stay locked until the commit.

    Two messages about one payment may name different ends of a chain (a charge, a subscription) and share no ref; the
    links between them, once known, make them meet. So what is linked is locked too: whichever message is second sees
    all that the first wrote. New refs are made in the order of their names, then all others are locked in the order
    of their ids, so that messages about one payment wait for each other and never in a ring.
    """
    ordered = sorted(set(names))
    ids = _ids(session, ordered)
    made = _make(session, [name for name in ordered if name not in ids])
    ids |= made
    if len(ids) < len(ordered):  # another made them since, and has committed
        ids |= _ids(session, [name for name in ordered if name not in ids])
    new = frozenset(made.values())
    return Locked(ids, _lock(session, set(ids.values()) - new), new)


def around(session: Session, ref_ids: Iterable[int]) -> Links:
    """Every link that can be reached from `ref_ids`, in any direction."""
    links, wanted = Links(), list(ref_ids)
    if wanted:
        for row in session.connection().execute(_LINKS, {"ids": wanted}):
            links.add(row.child_id, row.parent_id)
    return links


def upward(session: Session, ref_id: int) -> dict[int, int]:
    """As `Links.upward`, of what is stored now."""
    return around(session, [ref_id]).upward(ref_id)


def downward(session: Session, ref_ids: Sequence[int]) -> set[int]:
    """As `Links.downward`, of what is stored now."""
    return around(session, ref_ids).downward(ref_ids)


def _ids(session: Session, names: Sequence[RefName]) -> dict[RefName, int]:
    found: dict[RefName, int] = {}
    for (provider, scope), group in groupby(names, key=lambda name: name[:2]):  # in order; mostly one group
        wanted = {"of_provider": provider, "of_scope": scope, "refs": [ref for _, _, ref in group]}
        rows = session.connection().execute(_NAMED, wanted)
        found |= {(provider, scope, row.ref): row.id for row in rows}
    return found


def _make(session: Session, names: Sequence[RefName]) -> dict[RefName, int]:
    """Those of `names` that nobody made before us; waits for who is making one now."""
    rows = [{"provider": provider, "scope": scope, "ref": ref} for provider, scope, ref in names]
    made = insert_new(session, PaymentRef, rows, returning=("provider", "scope", "ref", "id"))
    return {(row.provider, row.scope, row.ref): row.id for row in made}


def _lock(session: Session, wanted: set[int]) -> Links:
    """Locks `wanted` and what they are linked to, up and down; the links. They are read again once the locks are ours,
    until nothing new comes in sight: who held them may have linked them to more. (A ring of waiting is possible only
    then; the database breaks it off, and who posts tries again.)"""
    links = around(session, wanted)
    if session.connection().dialect.name == "sqlite":  # its one writer holds everything already
        return links
    locked: set[int] = set()
    while missing := (wanted | links.ids()) - locked:
        session.connection().execute(_BY_ID, {"ids": sorted(missing)})
        locked |= missing
        links = around(session, wanted)
    return links
