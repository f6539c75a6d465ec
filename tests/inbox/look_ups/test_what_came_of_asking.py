"""What becomes of a look-up when its answer is strange, comes too late, or cannot be asked for at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from campaigns.inbox import look_ups, wanting
from campaigns.inbox.models import EndpointSecret, LookUp
from campaigns.ledger import posting
from campaigns.ledger.models import Attention
from campaigns.providers import stripe as provider
from campaigns.providers.asking import Answer, Answers, CannotLookUpNow, LookUpRefused
from campaigns.providers.contract import Needs, Reading
from tests.bed import stripe_events as stripe
from tests.bed.desk import CREATED
from tests.inbox.look_ups.rounds import answering, ask, put, refunded, rows, set_to, the_only


def test_an_answer_of_nothing_but_trouble_is_asked_for_again(desk, monkeypatch):
    answering(monkeypatch, lambda _: Answers((), CannotLookUpNow("the line is busy")))
    refunded(desk)
    assert ask(desk) == {"waiting": 1}
    waits = the_only(desk)
    assert (waits.status, waits.reason, waits.answered_at) == ("waiting", "the line is busy", None)
    assert waits.due_at == desk.now + wanting.BACK_OFF[0]


def test_an_answer_that_nobody_can_read_is_for_a_person(desk, monkeypatch):
    answering(monkeypatch, lambda _: Answers((Answer("GET /v1/charges/ch_1", b'{"object":"cheque"}'),)))
    message = refunded(desk)
    assert ask(desk) == {"failed": 1}
    words = "the answer is 'cheque', which is none of what was asked"
    assert (the_only(desk).status, the_only(desk).reason, the_only(desk).due_at) == ("failed", words, None)
    event = desk.event(message["id"])
    assert (event.status, event.reason, event.due_at) == ("failed", words, None)


def test_an_answer_that_cannot_be_posted_is_asked_for_again_and_says_no_more_than_why(desk, fake, monkeypatch, caplog):
    charge = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge, 2_000)
    desk.send(next(event for event in fake.world.events if event["type"] == "refund.created"))

    donor = "ada@example.org"

    def broken(*_: object, **__: object) -> None:
        raise ValueError(donor)

    with monkeypatch.context() as patched:
        patched.setattr(posting, "post", broken)
        desk.later(seconds=45)
        assert look_ups.ask_due(desk.database, desk.settings, now=desk.now) == {"waiting": 1}
    waits = the_only(desk)
    assert waits.reason == "could not be processed: ValueError (see the server's log)"
    assert waits.due_at == desk.now + wanting.BACK_OFF[0]
    assert f"look-up charge:{charge}: ValueError\n" in caplog.text
    assert "in broken" in caplog.text
    assert donor not in caplog.text
    ask(desk)
    assert desk.raised() == 3_000


def test_a_fault_of_ours_does_not_keep_the_rest_of_an_endpoint_from_being_asked(desk, monkeypatch):
    asked = answering(monkeypatch, lambda _: Answers((Answer("GET", b'{"object":"list","data":[]}'),)))
    monkeypatch.setattr(provider, "read_answer", _break)
    refunded(desk, 1)
    refunded(desk, 2)
    assert ask(desk) == {"waiting": 2}
    assert asked == ["charge:ch_1", "charge:ch_2"]


def test_an_endpoint_whose_api_is_silent_is_left_in_peace_for_the_rest_of_the_round(desk, monkeypatch):
    asked = answering(monkeypatch, put(CannotLookUpNow("no answer")))
    refunded(desk, 1)
    refunded(desk, 2)
    assert ask(desk) == {"waiting": 1}
    assert asked == ["charge:ch_1"]


def test_silence_of_one_api_is_not_anothers(desk, monkeypatch):
    desk.endpoint("second", api_key="rk_test_other", api_base="http://127.0.0.1:1")
    asked = answering(monkeypatch, put(CannotLookUpNow("no answer")))
    refunded(desk, 1)
    body = stripe.refund("re_2", "ch_2", 500, created=CREATED)
    desk.send(stripe.event("refund.created", body, created=CREATED), "second")
    assert ask(desk) == {"waiting": 2}
    assert asked == ["charge:ch_1", "charge:ch_2"]


def test_a_round_ends_after_as_many_questions_as_it_may_ask(desk, monkeypatch):
    asked = answering(monkeypatch, lambda _: Answers((Answer("GET", b'{"object":"list","data":[]}'),)))
    monkeypatch.setattr(look_ups, "ROUND_MAX", 2)
    for number in range(3):
        refunded(desk, number)
    assert ask(desk) == {"answered": 2}
    assert len(asked) == 2


def test_what_is_due_longest_is_asked_first(desk, monkeypatch):
    asked = answering(monkeypatch, lambda _: Answers((Answer("GET", b'{"object":"list","data":[]}'),)))
    refunded(desk, 1)
    refunded(desk, 2)
    with desk.database.writing() as session:
        earlier = update(LookUp).where(LookUp.subject == "charge:ch_2").values(due_at=desk.now - timedelta(hours=1))
        session.execute(earlier)
    ask(desk)
    assert asked == ["charge:ch_2", "charge:ch_1"]


def test_a_question_whose_secrets_cannot_be_opened_rests(desk, monkeypatch):
    asked = answering(monkeypatch, put(CannotLookUpNow("no answer")))
    refunded(desk)
    with desk.database.writing() as session:
        session.execute(update(EndpointSecret).values(sealed=b"torn"))
    desk.later(seconds=45)
    assert look_ups.ask_due(desk.database, desk.settings, now=desk.now) == {"sealed": 1}
    rests = the_only(desk)
    assert (rests.status, rests.reason) == ("waiting", "the endpoint's secrets cannot be opened")
    assert rests.due_at == desk.now + timedelta(hours=6)
    assert (asked, rests.attempt_count) == ([], 0)


@pytest.mark.parametrize(
    ("error", "after"),
    [
        (CannotLookUpNow("slow down", timedelta(minutes=10)), timedelta(minutes=10)),
        (CannotLookUpNow("slow down", timedelta(seconds=1)), wanting.BACK_OFF[0]),
        (CannotLookUpNow("silent"), wanting.BACK_OFF[0]),
        (LookUpRefused("the key is wrong"), timedelta(hours=6)),
    ],
)
def test_how_long_a_question_rests_is_the_providers_word_where_that_is_longer_than_ours(
    desk, monkeypatch, caplog, error, after
):
    answering(monkeypatch, put(error))
    refunded(desk)
    ask(desk)
    assert the_only(desk).due_at == desk.now + after
    assert the_only(desk).reason == str(error)
    assert f"look-up charge:ch_1 waits: {error}" in caplog.messages


def test_the_back_off_grows_with_each_question_and_starts_anew_after_an_answer(desk, monkeypatch):
    answering(monkeypatch, put(CannotLookUpNow("silent")))
    refunded(desk)
    for back_off in wanting.BACK_OFF[:3]:
        ask(desk, hours=1)
        assert the_only(desk).due_at == desk.now + back_off
    answering(monkeypatch, lambda _: Answers((Answer("GET", b'{"object":"list","data":[]}'),)))
    ask(desk, hours=1)
    assert (the_only(desk).attempt_count, the_only(desk).answered_at) == (0, desk.now)


def test_a_lease_outlasts_what_is_asked_before_it(desk, monkeypatch):
    leased: list[Any] = []

    def look_up(_: object, subject: str) -> Answers:
        leased.append(rows(desk, subject)[0].due_at)
        raise CannotLookUpNow("silent")

    monkeypatch.setattr(provider, "look_up", look_up)
    refunded(desk)
    ask(desk)
    (until,) = leased
    assert timedelta(minutes=20) <= until - desk.now < timedelta(minutes=21)


def test_who_comes_back_after_his_lease_ended_undoes_nothing_of_anothers(desk, monkeypatch):
    def overtaken(_: str) -> Answers:
        set_to(desk, attempt_count=7, status="waiting", reason="another asks", due_at=desk.now + look_ups.LEASE)
        return Answers((Answer("GET", b'{"object":"cheque"}'),))

    answering(monkeypatch, overtaken)
    message = refunded(desk)
    assert ask(desk) == {"superseded": 1}
    stands = the_only(desk)
    assert (stands.status, stands.reason, stands.attempt_count) == ("waiting", "another asks", 7)
    assert desk.event(message["id"]).status == "waiting"


def test_what_was_wanted_anew_while_it_was_asked_is_asked_again(desk, monkeypatch):
    def overtaken(_: str) -> Answers:
        set_to(desk, wanted_at=desk.now + timedelta(seconds=1))
        return Answers((Answer("GET", b'{"object":"list","data":[]}'),))

    answering(monkeypatch, overtaken)
    refunded(desk)
    desk.later(seconds=45)
    look_ups.ask_due(desk.database, desk.settings, now=desk.now)
    assert the_only(desk).status == "waiting"
    assert the_only(desk).answered_at == desk.now


def test_a_question_that_is_not_due_is_not_asked(desk, monkeypatch):
    asked = answering(monkeypatch, put(CannotLookUpNow("silent")))
    refunded(desk)
    set_to(desk, due_at=desk.now + timedelta(seconds=1))
    assert look_ups.ask_due(desk.database, desk.settings, now=desk.now) == {}
    set_to(desk, due_at=desk.now)
    assert look_ups.ask_due(desk.database, desk.settings, now=desk.now) == {"waiting": 1}
    assert asked == ["charge:ch_1"]


def test_what_an_answer_leaves_open_is_for_a_person(desk, monkeypatch):
    answering(monkeypatch, lambda _: Answers((Answer("GET", b'{"object":"list","data":[]}'),)))
    unclear = Reading(needs=(Needs("one thing"), Needs("another thing"), Needs("one thing", "charge:ch_1")))
    monkeypatch.setattr(provider, "read_answer", lambda *_: unclear)
    refunded(desk)
    assert ask(desk) == {"answered": 1}
    with desk.database.reading() as session:
        row = session.scalars(select(Attention)).one()
    assert (row.kind, row.subject, row.detail) == ("unclear_answer", "charge:ch_1", "one thing; another thing")


def test_what_only_asking_settles_is_settled_by_any_answer(desk, monkeypatch):
    asked = answering(monkeypatch, lambda _: Answers((Answer("GET", b'{"object":"list","data":[]}'),)))
    paid = stripe.checkout("ch_1", 500, created=CREATED, campaign="newsroom")
    message = stripe.event("checkout.session.completed", paid, created=CREATED)
    assert desk.send(message) == "queued"
    assert ask(desk) == {"answered": 1}
    assert asked == ["payment_intent:pi_1"]
    done = desk.event(message["id"])
    assert (done.status, done.reason) == ("processed", None)


def _break(*_: object) -> Reading:
    raise ValueError
