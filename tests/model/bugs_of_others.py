"""The fifteen bugs of the permutation model in the reference on failures, and another; somebody had each of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest import mock

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.ledger import posting, tally
from campaigns.ledger.models import Donation, LedgerEntry, PaymentRef
from campaigns.ledger.statement import Statement
from campaigns.providers.contract import Hint, HintRank, Movement, Reading, foreign
from tests.model.planting import Json, at, bug, counting_too, misposted, misread, without

FOREIGN = "campaigns.providers.stripe.foreign"


@bug
def event_id_only() -> AbstractContextManager[Any]:
    """Every money event adds; only the event's id is remembered."""

    def change(_session: Session, statement: Statement) -> Reading:
        mark = f"#{statement.evidence.kind}{statement.evidence.id}"
        marked = tuple(replace(m, key=m.key + mark) for m in statement.reading.movements)
        return replace(statement.reading, movements=marked)

    return misposted(change)


@bug
def dedupe_window_expires() -> AbstractContextManager[Any]:
    """The memory of what was booked forgets after a day."""
    genuine = posting.post

    def post(session: Session, statements: Sequence[Statement], *, now: datetime, **options: Any) -> Any:
        def dated(said: Reading) -> Reading:
            return replace(said, movements=tuple(replace(m, key=f"{m.key}#{now:%j}") for m in said.movements))

        return genuine(session, [replace(s, reading=dated(s.reading)) for s in statements], now=now, **options)

    return mock.patch.object(posting, "post", post)


@bug
def cumulative_summed() -> AbstractContextManager[Any]:
    """The charge's running total of refunds is booked as a refund, once per event."""

    def change(body: Json, said: Reading) -> Reading:
        if body["type"] != "charge.refunded":
            return said
        return counting_too(body, said, f"{body['id']}:refunded", "refund", -body["object"]["amount_refunded"])

    return misread(change)


@bug
def last_write_wins() -> AbstractContextManager[Any]:
    """A refund that was told as failed is done again when an older word about it comes late."""

    def change(session: Session, statement: Statement) -> Reading:
        said = statement.reading
        keys = {m.key for m in said.movements}
        again: list[Movement] = []
        for movement in said.movements:
            failed = select(LedgerEntry.id).where(LedgerEntry.key == f"{movement.key}:failed")
            older = movement.kind == "refund" and f"{movement.key}:failed" not in keys
            if older and session.scalars(failed).first() is not None:
                again.append(replace(movement, key=f"{movement.key}:again"))
        return replace(said, movements=(*said.movements, *again))

    return misposted(change)


@bug
def early_refund_dropped() -> AbstractContextManager[Any]:
    """A refund or dispute of a payment that was not heard of yet is forgotten."""

    def change(session: Session, statement: Statement) -> Reading:
        said = statement.reading
        paid = {m.ref for m in said.movements if m.kind == "donation"}
        known = select(PaymentRef.ref).join(Donation, Donation.ref_id == PaymentRef.id)
        paid |= set(session.scalars(known.where(Donation.amount_minor.is_not(None))))
        return replace(said, movements=tuple(m for m in said.movements if m.ref in paid))

    return misposted(change)


@bug
def failed_refund_kept() -> AbstractContextManager[Any]:
    """A refund that failed after it had succeeded stays subtracted."""
    return without("refund_failed")


@bug
def disputes_ignored() -> AbstractContextManager[Any]:
    """No dispute moves money."""
    return without("dispute", "dispute_reversal")


@bug
def won_not_reinstated() -> AbstractContextManager[Any]:
    """What a won dispute gives back is not booked."""
    return without("dispute_reversal")


@bug
def no_clamp_double_subtract() -> AbstractContextManager[Any]:
    """A refund and a dispute of the same money sink the total twice."""

    def countable(self: tally.Tally) -> int:
        return 0 if self.amount_minor is None else self.net_minor

    return mock.patch.object(tally.Tally, "countable_minor", property(countable))


@bug
def uncaptured_counted() -> AbstractContextManager[Any]:
    """An authorisation counts as a payment."""

    def change(body: Json, said: Reading) -> Reading:
        thing = body["object"]
        held = thing["object"] == "charge" and thing["status"] == "succeeded" and not thing["captured"]
        if not held:
            return said
        paid = Movement(thing["id"], thing["id"], "donation", thing["amount"], thing["currency"].upper(), at(thing))
        return replace(said, movements=(*said.movements, paid))

    return misread(change)


@bug
def unpaid_session_counted() -> AbstractContextManager[Any]:
    """A session that is complete but unpaid counts."""

    def change(body: Json, said: Reading) -> Reading:
        thing = body["object"]
        if body["type"] != "checkout.session.completed" or thing["payment_status"] != "unpaid":
            return said
        return counting_too(body, said, thing["id"], "donation", thing["amount_total"])

    return misread(change)


@bug
def zero_invoice_is_donation() -> AbstractContextManager[Any]:
    """An invoice of nothing is somebody's donation, of the smallest amount there is."""

    def change(body: Json, said: Reading) -> Reading:
        if body["type"] != "invoice.paid" or body["object"]["amount_due"] != 0:
            return said
        return counting_too(body, said, body["object"]["id"], "donation", 1)

    return misread(change)


@bug
def test_mode_counted() -> AbstractContextManager[Any]:
    """The other mode's events count."""
    return mock.patch(FOREIGN, lambda said, endpoint: foreign(replace(said, live=None), endpoint))


@bug
def foreign_account_counted() -> AbstractContextManager[Any]:
    """Another account's events count."""
    return mock.patch(FOREIGN, lambda said, endpoint: foreign(replace(said, account=None), endpoint))


@bug
def unrelated_to_latest_campaign() -> AbstractContextManager[Any]:
    """A payment that names no campaign goes to the one that was made last."""

    def change(_: Json, said: Reading) -> Reading:
        made_up = [Hint(m.ref, HintRank.DEFAULT, "roof", m.occurred_at) for m in said.movements]
        return replace(said, hints=(*said.hints, *made_up))

    return misread(change)


@bug
def fee_subtracted() -> AbstractContextManager[Any]:
    """What the provider keeps is taken off what the donor gave."""
    return mock.patch.object(tally, "NET_KINDS", tally.NET_KINDS | {"fee"})
