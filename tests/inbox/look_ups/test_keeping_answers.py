"""What an answer sets off: its money, the questions that it leaves open, and those who waited for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from campaigns.crypto import sha256_hex
from campaigns.inbox import look_ups
from campaigns.inbox.models import LookUp, LookUpAnswer, WebhookEvent
from campaigns.ledger.models import Donation
from campaigns.providers.asking import Answer, Answers, CannotLookUpNow
from tests.bed import stripe_events as stripe
from tests.bed.desk import CREATED, Desk
from tests.inbox.look_ups.rounds import answering, refunded, rows, set_to

SECOND = timedelta(seconds=1)


def charged(number: int = 1, **over: object) -> Answers:
    """What Stripe answers about a charge."""
    body = stripe.charge(f"ch_{number}", 900, created=CREATED, **over)  # type: ignore[arg-type]
    return Answers((Answer(f"GET /v1/charges/ch_{number}", json.dumps(body).encode()),))


def round_(desk: Desk) -> dict[str, int]:
    """One round of questions, and nothing else."""
    return look_ups.ask_due(desk.database, desk.settings, now=desk.now)


@pytest.fixture
def asking(desk, monkeypatch):
    """Stripe answers about any charge; only what is set to be due is asked."""
    asked = answering(monkeypatch, lambda subject: charged(int(subject.rpartition("_")[2])))
    monkeypatch.setattr(look_ups, "ROUND_MAX", 1)
    return asked


def only(desk: Desk, subject: str) -> None:
    set_to(desk, due_at=desk.now + timedelta(days=9))
    with desk.database.writing() as session:
        session.execute(update(LookUp).where(LookUp.subject == subject).values(due_at=desk.now))


def test_an_answer_is_evidence_of_its_money_and_kept_by_both_hashes(desk, asking):
    refunded(desk)
    only(desk, "charge:ch_1")
    assert round_(desk) == {"answered": 1}
    with desk.database.reading() as session:
        (kept,) = session.query(LookUpAnswer).all()
    assert (kept.request, kept.received_at) == ("GET /v1/charges/ch_1", desk.now)
    assert kept.body_sha256 == kept.received_sha256 == sha256_hex(kept.body)
    paid = next(entry for entry in desk.entries("ch_1") if entry.key == "ch_1")
    assert (paid.evidence_kind, paid.evidence_id, paid.evidence_sha256) == ("lookup", kept.id, kept.received_sha256)
    assert (paid.posted_at, paid.amount_minor) == (desk.now, 900)


def test_an_answer_asks_for_the_home_that_it_leaves_open(desk, asking):
    refunded(desk)
    only(desk, "charge:ch_1")
    round_(desk)
    (home,) = [row for row in rows(desk) if row.purpose == "home"]
    assert (home.subject, home.ref, home.status, home.reason) == ("home:pi_1", "ch_1", "waiting", None)
    assert (home.wanted_at, home.due_at, home.endpoint_id) == (desk.now, desk.now + 5 * SECOND, 1)


def test_who_waits_for_the_question_is_due_at_once_and_nobody_else(desk, asking):
    mine, other, past = refunded(desk, 1), refunded(desk, 2), refunded(desk, 3)
    done(desk, past)
    only(desk, "charge:ch_1")
    due_before = desk.event(other["id"]).due_at
    desk.later(seconds=45)
    set_to_due = desk.now
    only(desk, "charge:ch_1")
    assert round_(desk) == {"answered": 1}
    assert (desk.event(mine["id"]).status, desk.event(mine["id"]).due_at) == ("waiting", set_to_due)
    assert (desk.event(other["id"]).status, desk.event(other["id"]).due_at) == ("waiting", due_before)
    only(desk, "charge:ch_3")
    round_(desk)
    assert (desk.event(past["id"]).status, desk.event(past["id"]).due_at) == ("processed", None)


def test_who_waits_for_the_same_money_by_another_question_is_due_too(desk, asking):
    mine = refunded(desk)
    paid = stripe.checkout("ch_1", 900, created=CREATED, campaign="newsroom")
    desk.send(stripe.event("checkout.session.completed", paid, created=CREATED))
    assert {row.subject for row in rows(desk)} == {"charge:ch_1", "payment_intent:pi_1"}
    desk.later(seconds=45)
    only(desk, "payment_intent:pi_1")
    assert round_(desk) == {"answered": 1}
    assert (desk.event(mine["id"]).status, desk.event(mine["id"]).due_at) == ("waiting", desk.now)
    assert desk.drain() == {"processed": 2}
    assert desk.raised() == 400


def done(desk: Desk, message: stripe.Json) -> None:
    with desk.database.writing() as session:
        session.execute(
            update(WebhookEvent).where(WebhookEvent.remote_id == message["id"]).values(status="processed", due_at=None)
        )


def test_a_question_for_whose_answer_nobody_waits_any_more_is_not_asked(desk, asking, monkeypatch):
    monkeypatch.setattr(look_ups, "ROUND_MAX", 9)
    first, second, third = (refunded(desk, number) for number in (1, 2, 3))
    done(desk, first)
    done(desk, second)
    set_to(desk, due_at=desk.now)
    assert round_(desk) == {"unneeded": 2, "answered": 1}
    assert asking == ["charge:ch_3"]
    assert [row.status for row in rows(desk) if row.purpose == "parts"] == ["unneeded", "unneeded", "answered"]
    assert desk.event(third["id"]).status == "waiting"


def test_what_failed_is_not_asked_though_it_was_due(desk, asking):
    refunded(desk)
    set_to(desk, status="failed", due_at=desk.now)
    assert round_(desk) == {}


@pytest.mark.parametrize(("rank", "asked"), [(None, True), (1, False), (2, False), (3, False), (4, True), (5, True)])
def test_a_home_is_asked_for_unless_something_better_than_a_rule_told_it(desk, asking, rank, asked):
    for number in (1, 2):
        body = stripe.charge(f"ch_{number}", 900, created=CREATED)
        desk.send(stripe.event("charge.succeeded", body, created=CREATED))
    with desk.database.writing() as session:
        of_first = Donation.id == desk.donation("ch_1").id
        session.execute(update(Donation).where(of_first).values(home_rank=rank))
    only(desk, "home:pi_1")
    assert round_(desk) == {"answered" if asked else "unneeded": 1}


def test_an_api_that_answered_in_part_is_asked_for_the_rest_of_the_round(desk, monkeypatch):
    def in_part(subject: str) -> Answers:
        return replace(charged(int(subject.rpartition("_")[2])), trouble=CannotLookUpNow("too much"))

    asked = answering(monkeypatch, in_part)
    refunded(desk, 1)
    refunded(desk, 2)
    set_to(desk, due_at=desk.now)
    assert round_(desk) == {"waiting": 2}
    assert asked == ["charge:ch_1", "charge:ch_2"]
    assert [row.answered_at for row in rows(desk) if row.purpose == "parts"] == [None, None]


def row_of(desk: Desk, subject: str) -> LookUp:
    (row,) = rows(desk, subject)
    return row


def test_an_answered_question_is_due_no_more_and_no_other_is_touched(desk, asking):
    refunded(desk, 1)
    refunded(desk, 2)
    set_to(desk, attempt_count=1, reason="it was not reached")
    only(desk, "charge:ch_1")
    with desk.database.writing() as session:
        session.execute(update(LookUp).where(LookUp.subject == "charge:ch_2").values(attempt_count=2))
    other = row_of(desk, "charge:ch_2")
    assert round_(desk) == {"answered": 1}
    mine = row_of(desk, "charge:ch_1")
    assert (mine.status, mine.due_at, mine.reason, mine.attempt_count) == ("answered", None, None, 0)
    assert mine.answered_at == desk.now
    now = row_of(desk, "charge:ch_2")
    assert (now.status, now.due_at, now.reason, now.attempt_count) == ("waiting", other.due_at, other.reason, 2)
    assert now.answered_at is None


def test_who_answers_too_late_leaves_the_question_to_who_has_it_now(desk, monkeypatch):
    refunded(desk)

    def taken_meanwhile(_: str) -> Answers:
        set_to(desk, attempt_count=7)
        return charged()

    answering(monkeypatch, taken_meanwhile)
    only(desk, "charge:ch_1")
    monkeypatch.setattr(look_ups, "ROUND_MAX", 1)
    round_(desk)
    left = row_of(desk, "charge:ch_1")
    assert (left.status, left.attempt_count, left.answered_at) == ("waiting", 7, None)
