"""Wanting: what an event or an answer leaves open becomes look-ups, in the transaction that found it missing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from campaigns.db import insert_or_ignore
from campaigns.inbox import endpoints
from campaigns.inbox.models import EventEffect, EventLookUp, LookUp, WebhookEndpoint, WebhookEvent
from campaigns.ledger.models import Donation, PaymentRef
from campaigns.ledger.posting import Outcome
from campaigns.providers.asking import LooksUp, looks_up
from campaigns.providers.contract import Endpoint, HintRank, Provider, Reading

BACK_OFF = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400))
SOON = timedelta(0)
DELAYS = {"parts": SOON, "home": timedelta(seconds=5), "fee": timedelta(seconds=30), "balance": SOON, "checkout": SOON}
OTHERS_TELL = timedelta(seconds=5)  # usually the event with the missing part is only a moment late


def want(
    session: Session,
    endpoint: WebhookEndpoint,
    opened: Endpoint,
    subject: str,
    *,
    purpose: str,
    now: datetime,
    since: datetime,
    ref: str | None = None,
    due_at: datetime | None = None,
    event_id: int | None = None,
) -> bool:
    """Wants an answer about `subject` asked for after `since`; True where there is one already.

    `due_at`: not to be asked before; by default after the purpose's own delay, in which events may yet tell.
    """
    due = due_at or now + DELAYS[purpose]
    row = {"endpoint_id": endpoint.id, "subject": subject, "purpose": purpose, "ref": ref, "status": "waiting"}
    row |= {"wanted_at": since, "due_at": due, "attempt_count": 0}
    keyless = lacking(looks_up(endpoints.provider_for(endpoint.provider, opened.mode)), opened)
    if keyless:
        row |= {"due_at": None, "reason": keyless}
    is_new = insert_or_ignore(session, LookUp, [row])
    if not is_new and purpose != "parts":
        _revive(session, endpoint, subject, due_at=None if keyless else due, reason=keyless)
        return True  # nothing waits for a home or a fee
    same = select(LookUp).filter_by(endpoint_id=endpoint.id, subject=subject)
    found = session.scalars(
        same.with_for_update(of=LookUp, key_share=True).execution_options(populate_existing=True)
    ).one()
    if event_id is not None:
        insert_or_ignore(session, EventLookUp, [{"event_id": event_id, "look_up_id": found.id}])
    if found.answered_at is not None and found.answered_at >= since:
        return True
    if not is_new:
        _want_again(found, since=since, due_at=None if keyless else due, reason=keyless)
    return False


def later(attempt_count: int, now: datetime) -> datetime:
    """When to try again what was tried `attempt_count` times (1 or more)."""
    return now + BACK_OFF[min(attempt_count, len(BACK_OFF)) - 1]


def parts(
    session: Session,
    event: WebhookEvent,
    provider: Provider,
    opened: Endpoint,
    reading: Reading,
    outcome: Outcome,
    *,
    now: datetime,
) -> tuple[list[str], bool]:
    """What the event still waits for, in words, each with its look-up wanted; nothing where all is there.

    And whether the provider was asked for it already, and did not know.
    """
    asked = looks_up(provider)
    received = event.received_at

    def answered(subject: str | None, since: datetime, due_at: datetime, ref: str | None = None) -> bool:
        return subject is not None and want(
            session,
            event.endpoint,
            opened,
            subject,
            purpose="parts",
            now=now,
            since=since,
            ref=ref,
            due_at=due_at,
            event_id=event.id,
        )

    waits_for = [need.reason for need in reading.needs if not answered(need.subject if asked else None, received, now)]
    was_asked = False
    for missing in outcome.missing:
        if missing.doubtful and (asked is None or lacking(asked, opened)):
            continue
        subject = asked.subject_of(missing.ref) if asked else None
        told = answered(subject, received, now + OTHERS_TELL, missing.ref)
        if told and missing.until_asked:
            continue
        if told:  # the provider itself did not know yet: ask again, ever more rarely
            answered(subject, now, later(event.attempt_count, now))
            was_asked = True
        waits_for.append(missing.reason)
    return list(dict.fromkeys(waits_for)), was_asked


def wishes(
    session: Session, endpoint: WebhookEndpoint, opened: Endpoint, reading: Reading, outcome: Outcome, *, now: datetime
) -> None:
    """Wants the fees that are not known, and the homes of payments that nothing better than a rule places."""
    placed = _well_placed(session, outcome) if any(wish.purpose == "home" for wish in reading.wishes) else set()
    for wish in reading.wishes:
        if wish.purpose != "home" or wish.ref not in placed:
            want(session, endpoint, opened, wish.subject, purpose=wish.purpose, now=now, since=now, ref=wish.ref)


def wake(session: Session, outcome: Outcome, *, but: int | None, now: datetime) -> None:
    """Events that wait for parts of the same payments may have them now. One that is being processed is left alone:
    it is about to wait for the locks that this transaction holds, and will see what it wrote."""
    if not (outcome.entry_count or outcome.link_count):
        return
    theirs = select(EventEffect.event_id).where(EventEffect.donation_id.in_(outcome.donation_ids))
    named = select(PaymentRef.ref).where(PaymentRef.id.in_(outcome.ref_ids))
    asked = select(EventLookUp.event_id).join(LookUp, LookUp.id == EventLookUp.look_up_id)
    asked = asked.where(LookUp.ref.in_(named))
    waiting = (WebhookEvent.status == "waiting") & or_(WebhookEvent.id.in_(theirs), WebhookEvent.id.in_(asked))
    given_up = (WebhookEvent.status == "failed") & WebhookEvent.id.in_(asked)  # since the provider knew no such thing
    mine = select(WebhookEvent.id).where(or_(waiting, given_up), WebhookEvent.id != (but or 0))
    make_due(session, mine, now=now)


def make_due(session: Session, chosen: Select[int], *, now: datetime) -> None:
    """Makes due the events `chosen` that nobody holds: whoever holds one is about to see what was written here."""
    free = session.scalars(chosen.with_for_update(skip_locked=True)).all()
    if free:
        due = update(WebhookEvent).where(WebhookEvent.id.in_(free)).values(status="waiting", due_at=now)
        session.execute(due.execution_options(synchronize_session=False))


def _well_placed(session: Session, outcome: Outcome) -> set[str]:
    named = select(PaymentRef.ref).join(Donation, Donation.ref_id == PaymentRef.id)
    strong = (Donation.id.in_(outcome.donation_ids)) & (Donation.home_rank < int(HintRank.RULE))
    return set(session.scalars(named.where(strong)))


def _revive(
    session: Session, endpoint: WebhookEndpoint, subject: str, *, due_at: datetime | None, reason: str | None
) -> None:
    """A home or a fee is asked for once; what failed, perhaps by a wrong key, is tried again when told of again."""
    failed = (LookUp.endpoint_id == endpoint.id) & (LookUp.subject == subject) & (LookUp.status == "failed")
    again = update(LookUp).where(failed).values(status="waiting", due_at=due_at, reason=reason)
    session.execute(again.execution_options(synchronize_session=False))


def _want_again(found: LookUp, *, since: datetime, due_at: datetime | None, reason: str | None) -> None:
    found.wanted_at = max(found.wanted_at, since)
    if found.status == "waiting" and found.due_at is not None and due_at is not None:
        due_at = min(found.due_at, due_at) if found.attempt_count == 0 else found.due_at
    found.status, found.due_at = "waiting", due_at
    found.reason = reason or (found.reason if found.attempt_count else None)


def lacking(asked: LooksUp | None, opened: Endpoint) -> str | None:
    """Why nothing can be asked through this endpoint ("no api_key"), or None."""
    name = asked.key_lacking(opened) if asked else None
    return f"no {name}" if name else None
