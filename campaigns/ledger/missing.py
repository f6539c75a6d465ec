"""Which parts of a payment must exist and have not been told: what an event waits for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from campaigns.ledger import attention
from campaigns.ledger.models import Donation, LedgerEntry
from campaigns.ledger.refs import Locked
from campaigns.ledger.statement import Statement
from campaigns.ledger.tally import refunds
from campaigns.providers.contract import RefundedSoFar

TOLD_WITHIN = timedelta(seconds=2)  # a provider's clocks: a refund may be dated a moment after the total that holds it


@dataclass(frozen=True, slots=True)
class Missing:
    """A part of the payment `ref` that must exist and has not been told, in words for staff.

    `until_asked`: whatever the provider answers when it is asked for `ref` settles the question. `doubtful`: it may as
    well be all there, so that nothing waits where nobody can be asked.
    """

    ref: str
    reason: str
    until_asked: bool = False
    doubtful: bool = False


def parts(
    donations: Sequence[Donation],
    statements: Sequence[Statement],
    locked: Locked,
    entries: Mapping[int, Iterable[LedgerEntry]],
) -> Iterable[Missing]:
    """What is missing of `donations` after `statements` were posted; `entries` are theirs, by the id of their ref."""
    told = {donation.ref_id for donation in donations if donation.amount_minor is not None}
    for statement in statements:
        for one in statement.reading.settled:
            # Of this very thing: a subscription's other payments are no payment of the session that began it.
            if not told & locked.links.downward([locked.ids[statement.name(one.ref)]]):
                yield Missing(one.ref, one.reason, until_asked=True)
    for donation in donations:
        if donation.amount_minor is None and donation.net_minor and not donation.pending_over:
            yield Missing(donation.ref.ref, f"{donation.ref.ref} was reversed, and the payment itself was not told yet")
    for statement in statements:
        for figure in statement.reading.refunded:
            yield from _of_refunds(figure, entries.get(locked.ids[statement.name(figure.ref)], ()))
        for movement in statement.reading.movements:
            if movement.kind == "refund_failed":
                yield _after_failure(movement.ref)


def _after_failure(ref: str) -> Missing:
    """A running total may have been held for complete because a refund was in it that had failed by then: another one,
    made in its place, would never be missed. Refunds seldom fail, so asking once each time costs little."""
    return Missing(ref, f"a refund of {ref} failed, and others may not have been told", until_asked=True, doubtful=True)


def _of_refunds(figure: RefundedSoFar, entries: Iterable[LedgerEntry]) -> Iterable[Missing]:
    """Only refunds made until the total was told can be in it. It leaves out what had failed by then, and may hold one
    that is dated a moment later, neither of which is known: where that decides, asking once settles it."""
    known = list(entries)
    made, failed = refunds(entry for entry in known if entry.occurred_at <= figure.at)
    if made - failed >= figure.amount_minor:
        return
    made, failed = refunds(entry for entry in known if entry.occurred_at <= figure.at + TOLD_WITHIN)
    in_all, told = (attention.amount(minor, figure.currency) for minor in (figure.amount_minor, made))
    but = f", of which {attention.amount(failed, figure.currency)} failed" if failed else ""
    reason = f"{figure.ref} was refunded {in_all} in all, and refunds of {told} have been told{but}"
    doubtful = made >= figure.amount_minor
    yield Missing(figure.ref, reason, until_asked=doubtful, doubtful=doubtful)
