"""Further bugs, of our own design: homes, periods, milestones, promises, and what crashes leave behind."""

from __future__ import annotations

import itertools
import json
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest import mock

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle
from campaigns.campaign.models import Milestone, Period
from campaigns.crypto import keyed_hash
from campaigns.inbox import processing
from campaigns.inbox.models import WebhookEvent
from campaigns.ledger import home, refs, totals
from campaigns.ledger.models import Donation, MilestoneReached
from campaigns.ledger.statement import Statement
from campaigns.outbox.promising import promise
from campaigns.providers import stripe
from campaigns.providers.contract import HintRank, Link, Movement, Reading
from tests.model.planting import Json, at, bug, counting_too, misposted, misread

HASH = "campaigns.ledger.posting.keyed_hash"
_numbers = itertools.count()


@bug
def session_outranks_money() -> AbstractContextManager[Any]:
    """What a session names beats what the payment itself names."""

    def change(_: Json, said: Reading) -> Reading:
        raised = (replace(hint, rank=HintRank.STAFF) if hint.ref.startswith("cs_") else hint for hint in said.hints)
        return replace(said, hints=tuple(raised))

    return misread(change)


@bug
def first_home_is_kept() -> AbstractContextManager[Any]:
    """A donation never moves once it has found a campaign."""
    genuine = home.find

    def find(session: Session, donation: Donation, *rest: Any, **options: Any) -> home.Home:
        if donation.campaign_id is not None:
            return home.Home(donation.campaign_id, donation.period_id, donation.home_rank, None)
        return genuine(session, donation, *rest, **options)

    return mock.patch.object(home, "find", find)


@bug
def links_cut_short() -> AbstractContextManager[Any]:
    """Only what a charge is linked to directly may name its campaign."""
    return mock.patch.object(refs, "LINK_DEPTH_MAX", 1)


@bug
def invoices_unlinked() -> AbstractContextManager[Any]:
    """Nothing ties a renewal's payment to its invoice."""

    def change(_: Json, said: Reading) -> Reading:
        return replace(said, links=tuple(link for link in said.links if not _of_invoice(link)))

    return misread(change)


def _of_invoice(link: Link) -> bool:
    return link.parent.startswith("in_")


@bug
def unknown_name_falls_to_default() -> AbstractContextManager[Any]:
    """A campaign that is named and does not exist is taken for no name at all."""

    def change(_: Json, said: Reading) -> Reading:
        return replace(said, hints=tuple(hint for hint in said.hints if hint.campaign != "nowhere"))

    return misread(change)


@bug
def default_overwritten() -> AbstractContextManager[Any]:
    """A changed default carries old money along with the next word about it."""

    def change(_session: Session, statement: Statement) -> Reading:
        said = statement.reading
        weak = [hint for hint in said.hints if hint.rank == HintRank.DEFAULT]
        stronger = [replace(h, rank=HintRank.RULE, stated_at=h.stated_at.replace(year=2030)) for h in weak]
        late = [hint for hint in stronger if statement.evidence.id % 2]
        return replace(said, hints=(*said.hints, *late))

    return misposted(change)


@bug
def pending_kept() -> AbstractContextManager[Any]:
    """What was promised stays promised when it has been paid."""
    genuine = totals.share_of

    def share_of(donation: Donation, **options: Any) -> totals.Share:
        promised = 0 if donation.pending_over else donation.pending_stated_minor
        return replace(genuine(donation, **options), pending_minor=promised)

    return mock.patch.object(totals, "share_of", share_of)


@bug
def failure_leaves_pending() -> AbstractContextManager[Any]:
    """A delayed payment that failed stays promised."""

    def change(_: Json, said: Reading) -> Reading:
        return replace(said, pendings=tuple(replace(one, over=False) for one in said.pendings))

    return misread(change)


@bug
def pending_refund_waits() -> AbstractContextManager[Any]:
    """A refund subtracts only when it has succeeded."""

    def change(body: Json, said: Reading) -> Reading:
        waits = body["object"]["object"] == "refund" and body["object"]["status"] in ("pending", "requires_action")
        return replace(said, movements=()) if waits else said

    return misread(change)


@bug
def bounce_ignored() -> AbstractContextManager[Any]:
    """A debit that came back after it had succeeded goes on counting."""

    def change(body: Json, said: Reading) -> Reading:
        if body["object"]["object"] != "charge":
            return said
        return replace(said, movements=tuple(m for m in said.movements if m.kind != "dispute"))

    return misread(change)


@bug
def whole_amount_captured() -> AbstractContextManager[Any]:
    """A capture in part counts the whole authorisation."""

    def change(body: Json, said: Reading) -> Reading:
        whole = body["object"].get("amount", 0)
        changed = (replace(m, amount_minor=whole) if m.kind == "donation" else m for m in said.movements)
        return replace(said, movements=tuple(changed))

    return misread(change)


@bug
def inquiry_subtracts() -> AbstractContextManager[Any]:
    """A bank's question is taken for a chargeback."""
    genuine = stripe.read

    def read(body: bytes, endpoint: Any) -> Reading:
        said, event = genuine(body, endpoint), json.loads(body)
        thing = event.get("data", {}).get("object", {})
        if thing.get("object") != "dispute" or not thing["status"].startswith("warning_"):
            return said
        taken = Movement(thing["charge"], thing["id"], "dispute", -thing["amount"], "USD", at(thing))
        return replace(said, ignored=None, movements=(taken,))

    return mock.patch.object(stripe, "read", read)


@bug
def dispute_amount_each_time() -> AbstractContextManager[Any]:
    """What is reinstated in part is taken for the whole dispute."""

    def change(body: Json, said: Reading) -> Reading:
        if body["object"]["object"] != "dispute":
            return said
        whole = body["object"]["amount"]
        changed = (replace(m, amount_minor=whole if m.amount_minor > 0 else -whole) for m in said.movements)
        return replace(said, movements=tuple(changed))

    return misread(change)


@bug
def paid_by_hand_counted() -> AbstractContextManager[Any]:
    """An invoice that was marked as paid by hand counts as money from a card."""

    def change(body: Json, said: Reading) -> Reading:
        thing = body["object"]
        if body["type"] != "invoice.paid" or not thing.get("amount_paid_off_stripe"):
            return said
        return counting_too(body, said, thing["id"], "donation", thing["amount_paid"])

    return misread(change)


@bug
def period_by_arrival() -> AbstractContextManager[Any]:
    """A payment counts in the period in which its message was processed."""
    genuine = lifecycle.period_for

    def period_for(session: Session, campaign: Any, _occurred_at: datetime, *, now: datetime) -> Period:
        return genuine(session, campaign, now, now=now)

    return mock.patch.object(lifecycle, "period_for", period_for)


@bug
def currency_ignored() -> AbstractContextManager[Any]:
    """Euros count as dollars."""

    def change(_: Json, said: Reading) -> Reading:
        return replace(
            said,
            movements=tuple(replace(m, currency="USD") for m in said.movements),
            pendings=tuple(replace(p, currency="USD") for p in said.pendings),
        )

    return misread(change)


@bug
def addresses_taken_literally() -> AbstractContextManager[Any]:
    """One person who writes their address in two ways is two donors."""
    return mock.patch(HASH, lambda key, purpose, text: keyed_hash(key, purpose, f"{text} {next(_numbers)}"))


@bug
def milestone_announced_again() -> AbstractContextManager[Any]:
    """A milestone that sank and rose again is announced a second time."""
    genuine = totals._note_reached

    def note(session: Session, period_id: int, raised: int, *, announce_above: int | None, now: datetime) -> None:
        genuine(session, period_id, raised, announce_above=announce_above, now=now)
        period = session.get_one(Period, period_id)
        crossed = select(Milestone.id).where(Milestone.campaign_id == period.campaign_id)
        crossed = crossed.where(Milestone.amount_minor <= raised, Milestone.amount_minor > (announce_above or 0))
        for milestone_id in session.scalars(crossed):
            said = {"milestone": milestone_id}
            promise(session, "milestone.reached", f"again:{next(_numbers)}", said, now=now)

    return mock.patch.object(totals, "_note_reached", note)


@bug
def milestone_one_payment_late() -> AbstractContextManager[Any]:
    """What was crossed is judged by the total before the payment."""
    genuine = totals._note_raised

    def note(session: Session, period_id: int, before: int, _after: int, now: datetime) -> None:
        genuine(session, period_id, before, before, now)

    return mock.patch.object(totals, "_note_raised", note)


@bug
def milestone_forgotten() -> AbstractContextManager[Any]:
    """A milestone that sinks is no longer known to have been reached."""
    genuine = totals._note_raised

    def note(session: Session, period_id: int, before: int, after: int, now: datetime) -> None:
        genuine(session, period_id, before, after, now)
        for row in session.scalars(select(MilestoneReached).where(MilestoneReached.period_id == period_id)):
            if session.get_one(Milestone, row.milestone_id).amount_minor > after:
                session.delete(row)

    return mock.patch.object(totals, "_note_raised", note)


@bug
def marked_done_before_it_is() -> AbstractContextManager[Any]:
    """An event is marked as processed in a transaction of its own, before its money is booked."""
    genuine = processing.process

    def process(database: Any, settings: Any, event_id: int, *, now: datetime, again: bool = False) -> str:
        with database.writing() as session:
            event = session.get_one(WebhookEvent, event_id)
            if event.status == "processed" and not again:
                return "duplicate"
            event.status = "processed"
        return genuine(database, settings, event_id, now=now, again=True)

    return mock.patch.object(processing, "process", process)


@bug
def failure_swallowed() -> AbstractContextManager[Any]:
    """What could not be processed is called done, and nobody tries again."""

    def keep(database: Any, event_id: int, *_: Any, **__: Any) -> None:
        with database.writing() as session:
            session.get_one(WebhookEvent, event_id).status = "processed"

    return mock.patch.object(processing, "_keep_failure", keep)
