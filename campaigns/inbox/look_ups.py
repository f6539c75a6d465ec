"""Look-ups: asking a provider's API for what its events leave out, as rows that survive a crash.

A look-up is wanted in the transaction that found something missing, claimed by a lease (its `due_at` moved on and
committed, so that a killed worker's look-up comes due again), asked without any transaction open, and then stored
as evidence and posted in one. Asking twice changes nothing.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, or_, select, update
from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.crypto import SealBroken, Sealer, sha256_hex
from campaigns.db import Database
from campaigns.inbox import endpoints, renewing, stating, wanting
from campaigns.inbox.models import EventLookUp, LookUp, LookUpAnswer, WebhookEndpoint, WebhookEvent
from campaigns.ledger import attention, posting
from campaigns.ledger.models import Donation, PaymentRef
from campaigns.ledger.posting import Outcome
from campaigns.ledger.statement import Evidence
from campaigns.providers.asking import (
    Answer,
    Answers,
    CannotLookUpNow,
    LooksUp,
    LookUpRefused,
    NothingThere,
    TokenEnded,
    looks_up,
    renews,
)
from campaigns.providers.contract import Endpoint, HintRank, Provider, Reading, Unreadable
from campaigns.settings import Settings

LEASE = timedelta(minutes=20)  # longer than the slowest look-up; and who is slower still changes nothing of another's
REFUSED_REST = timedelta(hours=6)  # until a refused key is tried again by itself
ROUND_MAX = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A look-up that this process has the lease of."""

    id: int
    subject: str
    endpoint_id: int
    provider: Provider
    asked: LooksUp
    opened: Endpoint
    asked_at: datetime
    attempt_count: int


def key_given(session: Session, endpoint: WebhookEndpoint, *, now: datetime) -> int:
    """After an endpoint got a key: all that waits is due, and what failed with the former key; how many that is."""
    open_ones = (LookUp.endpoint_id == endpoint.id) & LookUp.status.in_(("waiting", "failed"))
    due = update(LookUp).where(open_ones).values(status="waiting", due_at=now, reason=None).returning(LookUp.id)
    ids = session.scalars(due.execution_options(synchronize_session=False)).all()
    theirs = select(EventLookUp.event_id).where(EventLookUp.look_up_id.in_(ids))
    given_up = select(WebhookEvent.id).where(WebhookEvent.id.in_(theirs), WebhookEvent.status == "failed")
    wanting.make_due(session, given_up, now=now)
    return len(ids)


def ask_due(database: Database, settings: Settings, *, now: datetime) -> dict[str, int]:
    """Asks all that is due, one after the other; how many ended at which status.

    An endpoint whose API does not answer is left in peace for the rest of the round.
    """
    ended: dict[str, int] = {}
    resting: set[int] = set()
    began = clock.now()
    for _ in range(ROUND_MAX):
        # A round takes its time, and a lease counts from when it is taken.
        leased_until = now + (clock.now() - began) + LEASE
        claim = _claim(database, settings, now=now, leased_until=leased_until, but=resting)
        if claim is None:
            break
        if isinstance(claim, str):
            ended[claim] = ended.get(claim, 0) + 1
            continue
        status, answered = _ask(database, settings, claim, now=now)
        ended[status] = ended.get(status, 0) + 1
        if status == "waiting" and not answered:
            resting.add(claim.endpoint_id)
    return ended


def _claim(
    database: Database, settings: Settings, *, now: datetime, leased_until: datetime, but: set[int]
) -> _Claim | str | None:
    """The next look-up, leased; or the word for one that needs no asking; or None where nothing is due."""
    with database.writing() as session:
        wanted = select(LookUp).where(LookUp.status == "waiting", LookUp.due_at <= now)
        wanted = wanted.where(LookUp.endpoint_id.not_in(but)).order_by(LookUp.due_at, LookUp.id).limit(1)
        found = session.scalars(wanted.with_for_update(skip_locked=True, of=LookUp)).one_or_none()
        if found is None:
            return None
        try:
            opened = endpoints.opened(found.endpoint, Sealer(settings.secret_key), settings.mode)
        except SealBroken:
            found.due_at, found.reason = now + REFUSED_REST, "the endpoint's secrets cannot be opened"
            return "sealed"
        provider = endpoints.provider_for(found.endpoint.provider, settings.mode)
        asked = looks_up(provider)
        lacking = wanting.lacking(asked, opened)
        if lacking or asked is None:
            found.due_at, found.reason = None, lacking
            return "keyless"
        if not _needed(session, found):
            found.status, found.due_at, found.reason = "unneeded", None, None
            return "unneeded"
        found.attempt_count += 1
        found.due_at = leased_until
        return _Claim(found.id, found.subject, found.endpoint_id, provider, asked, opened, now, found.attempt_count)


def _ask(database: Database, settings: Settings, claim: _Claim, *, now: datetime) -> tuple[str, bool]:
    """Asks, without a transaction; then keeps what came of it. The look-up's status, and whether anything came."""
    try:
        answers = _answers(database, settings, claim, now)
    except NothingThere as error:
        with database.writing() as session:
            return _give_up(session, claim, str(error)), False
    except CannotLookUpNow as error:
        return _put_off(database, claim, error, now), False
    except Exception as error:  # noqa: BLE001  (one service's odd answer must not end the round for all)
        return _unforeseen(database, claim, error, now), False
    try:
        return _keep(database, settings, claim, answers, now=now), True
    except Exception as error:  # noqa: BLE001  (whatever it was stands on the look-up, which is asked again)
        return _unforeseen(database, claim, error, now), True


def _unforeseen(database: Database, claim: _Claim, error: Exception, now: datetime) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))  # not its text, which may tell of donors
    logger.error("look-up %s: %s\n%s", claim.subject, type(error).__name__, frames)
    reason = f"could not be processed: {type(error).__name__} (see the server's log)"
    return _postpone(database, claim, reason, timedelta(0), now)


def _answers(database: Database, settings: Settings, claim: _Claim, now: datetime) -> Answers:
    """What came back; where the key had ended and can be renewed, by the fresh one."""
    try:
        return claim.asked.look_up(claim.opened, claim.subject)
    except TokenEnded:
        renewer = renews(claim.provider)
        if renewer is None:
            raise
        fresh = renewing.renewed(database, settings, renewer, claim.endpoint_id, claim.opened, now=now)
        return claim.asked.look_up(fresh, claim.subject)


def _keep(database: Database, settings: Settings, claim: _Claim, answers: Answers, *, now: datetime) -> str:
    """Stores the answers as evidence, posts what they say, wakes who waited; the look-up's status afterwards."""
    with database.writing() as session:
        look_up = session.get_one(LookUp, claim.id)
        rows = _stored(session, claim, answers.rows, now)
        try:
            readings = [claim.asked.read_answer(row.body, claim.opened, row.received_at) for row in rows]
        except Unreadable as error:
            return _give_up(session, claim, str(error))
        statements = [
            stating.statement(session, look_up.endpoint, reading, _evidence(row), settings=settings, now=now)
            for row, reading in zip(rows, readings, strict=True)
        ]
        if statements:
            outcome = posting.post(session, statements, now=now, secret_key=settings.secret_key)
            wanting.wake(session, outcome, but=None, now=now)
            if answers.trouble is None:
                _note_missing(session, claim, outcome, now)
            for reading in readings:
                stating.note(session, reading, now=now)
                wanting.wishes(session, look_up.endpoint, claim.opened, reading, outcome, now=now)
        _note_unclear(session, claim, readings, now)
        if answers.trouble is None:
            _mark_answered(session, claim)
        theirs = select(EventLookUp.event_id).where(EventLookUp.look_up_id == claim.id)
        waiting = select(WebhookEvent.id).where(WebhookEvent.id.in_(theirs), WebhookEvent.status == "waiting")
        wanting.make_due(session, waiting, now=now)
    return "answered" if answers.trouble is None else _put_off(database, claim, answers.trouble, now)


def _note_missing(session: Session, claim: _Claim, outcome: Outcome, now: datetime) -> None:
    """Parts that must exist and that not even the answer has told: no event waits for them, so a person looks."""
    for missing in outcome.missing:
        if not (missing.until_asked or missing.doubtful):
            attention.note(session, "unclear_answer", missing.ref, missing.reason, donation=None, now=now)


def _note_unclear(session: Session, claim: _Claim, readings: Sequence[Reading], now: datetime) -> None:
    """What even the provider's answer leaves open is for a person; what it told stands."""
    reasons = dict.fromkeys(need.reason for reading in readings for need in reading.needs)
    if reasons:
        attention.note(session, "unclear_answer", claim.subject, "; ".join(reasons), donation=None, now=now)


def _stored(session: Session, claim: _Claim, answers: Sequence[Answer], now: datetime) -> list[LookUpAnswer]:
    """Every answer as received, but for secrets that travel in it."""
    rows: list[LookUpAnswer] = []
    for answer in answers:
        body = claim.provider.redact(answer.body)
        row = LookUpAnswer(
            look_up_id=claim.id,
            request=answer.request,
            received_at=now,
            body=body,
            body_sha256=sha256_hex(body),
            received_sha256=sha256_hex(answer.body),
        )
        session.add(row)
        session.flush()
        rows.append(row)
    return rows


def _evidence(row: LookUpAnswer) -> Evidence:
    return Evidence("lookup", row.id, row.received_sha256)


def _held(claim: _Claim) -> Update:
    """A change to the look-up as long as its lease is ours: who came too late must not undo what another has done."""
    ours = (LookUp.id == claim.id) & (LookUp.status == "waiting") & (LookUp.attempt_count == claim.attempt_count)
    return update(LookUp).where(ours).execution_options(synchronize_session=False)


def _mark_answered(session: Session, claim: _Claim) -> None:
    """Done, unless it was wanted anew while it was being asked: then the answer is too old for who wants it now."""
    done = _held(claim).where(LookUp.wanted_at <= claim.asked_at)
    session.execute(done.values(status="answered", due_at=None, reason=None))
    known = update(LookUp).where(LookUp.id == claim.id, LookUp.attempt_count == claim.attempt_count)
    known = known.values(answered_at=claim.asked_at, attempt_count=0)
    session.execute(known.execution_options(synchronize_session=False))


def _give_up(session: Session, claim: _Claim, reason: str) -> str:
    """No asking again will mend it: a person looks at it, and at the events that waited for it."""
    failed = _held(claim).values(status="failed", reason=reason, due_at=None).returning(LookUp.id)
    if session.scalars(failed).one_or_none() is None:
        return "superseded"
    theirs = select(EventLookUp.event_id).where(EventLookUp.look_up_id == claim.id)
    waiting = select(WebhookEvent.id).where(WebhookEvent.id.in_(theirs), WebhookEvent.status == "waiting")
    free = session.scalars(waiting.with_for_update(skip_locked=True)).all()
    given_up = update(WebhookEvent).where(WebhookEvent.id.in_(free))
    given_up = given_up.values(status="failed", reason=reason, due_at=None)
    session.execute(given_up.execution_options(synchronize_session=False))
    logger.warning("look-up %s failed: %s", claim.subject, reason)
    return "failed"


def _put_off(database: Database, claim: _Claim, error: CannotLookUpNow, now: datetime) -> str:
    wait = REFUSED_REST if isinstance(error, LookUpRefused) else error.after or timedelta(0)
    return _postpone(database, claim, str(error), wait, now)


def _postpone(database: Database, claim: _Claim, reason: str, wait: timedelta, now: datetime) -> str:
    """Asks again later: after the back-off, or longer where the provider wants that."""
    due_at = max(wanting.later(claim.attempt_count, now), now + wait)
    with database.writing() as session:
        session.execute(_held(claim).values(due_at=due_at, reason=reason))
    logger.warning("look-up %s waits: %s", claim.subject, reason)
    return "waiting"


def _needed(session: Session, look_up: LookUp) -> bool:
    """Whether it is still worth asking: events may have told it meanwhile."""
    if look_up.purpose == "parts":
        theirs = select(EventLookUp.event_id).where(EventLookUp.look_up_id == look_up.id)
        waiting = select(WebhookEvent.id).where(WebhookEvent.id.in_(theirs), WebhookEvent.status == "waiting")
        return session.scalars(waiting.limit(1)).first() is not None
    if look_up.purpose == "home":
        weak = or_(Donation.home_rank.is_(None), Donation.home_rank >= int(HintRank.RULE))
        named = (PaymentRef.provider == look_up.endpoint.provider) & (PaymentRef.ref == look_up.ref)
        homeless = select(Donation.id).join(PaymentRef, PaymentRef.id == Donation.ref_id).where(named, weak)
        return session.scalars(homeless.limit(1)).first() is not None
    return True
