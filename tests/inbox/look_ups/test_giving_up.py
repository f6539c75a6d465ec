"""What a question that failed does to those who wait for it, and a new key to what had failed."""

from __future__ import annotations

from sqlalchemy import update

from campaigns.inbox import endpoints, look_ups
from campaigns.inbox.models import WebhookEvent
from campaigns.providers.asking import Answer, Answers, NothingThere
from tests.bed import stripe_events as stripe
from tests.bed.desk import CREATED
from tests.inbox.look_ups.rounds import KEY, answering, ask, put, refunded, rows, set_to, the_only


def test_a_new_key_makes_due_what_waits_and_what_had_failed_of_its_endpoint_alone(desk, monkeypatch):
    answering(monkeypatch, put(NothingThere("no such thing")))
    mine, done = refunded(desk, 1), refunded(desk, 2)
    ask(desk)
    desk.endpoint("other", api_key=KEY)
    theirs = stripe.event("refund.created", stripe.refund("re_3", "ch_3", 500, created=CREATED), created=CREATED)
    desk.send(theirs, "other")
    ask(desk)
    paid = stripe.charge("ch_2", 900, created=CREATED, campaign="newsroom")
    desk.send(stripe.event("charge.succeeded", paid, created=CREATED))
    desk.drain()
    failed = [desk.event(message["id"]) for message in (mine, theirs)]
    assert [(one.status, one.due_at, one.reason) for one in failed] == [("failed", None, "no such thing")] * 2
    assert desk.event(done["id"]).status == "processed"
    with desk.database.writing() as session:
        endpoint = endpoints.find(session, "stripe", "main")
        assert look_ups.key_given(session, endpoint, now=desk.now) == 2
    again = [row for row in rows(desk) if row.endpoint_id == endpoint.id]
    assert [(row.status, row.due_at, row.reason) for row in again] == [("waiting", desk.now, None)] * 2
    (other,) = [row for row in rows(desk) if row.endpoint_id != endpoint.id]
    assert (other.status, other.due_at, other.reason) == ("failed", None, "no such thing")
    event = desk.event(mine["id"])
    assert (event.status, event.due_at) == ("waiting", desk.now)
    assert [desk.event(one["id"]).status for one in (theirs, done)] == ["failed", "processed"]


def test_a_question_that_failed_fails_who_waited_for_it_and_nobody_else(desk, monkeypatch, caplog):
    answering(monkeypatch, put(NothingThere("no such thing")))
    mine = refunded(desk, 1)
    set_to(desk, due_at=desk.now)
    other = refunded(desk, 2)
    paid = stripe.charge("ch_3", 900, created=CREATED, campaign="newsroom")
    done = stripe.event("charge.succeeded", paid, created=CREATED)
    desk.send(done)
    monkeypatch.setattr(look_ups, "ROUND_MAX", 1)
    assert look_ups.ask_due(desk.database, desk.settings, now=desk.now) == {"failed": 1}
    assert [desk.event(one["id"]).status for one in (mine, other, done)] == ["failed", "waiting", "processed"]
    assert "look-up charge:ch_1 failed: no such thing" in caplog.messages


def test_an_event_that_was_done_meanwhile_is_not_failed_by_its_question(desk, monkeypatch):
    def overtaken(_: str) -> Answers:
        with desk.database.writing() as session:
            session.execute(update(WebhookEvent).values(status="processed"))
        raise NothingThere("no such thing")

    answering(monkeypatch, overtaken)
    message = refunded(desk)
    assert ask(desk) == {"failed": 1}
    assert desk.event(message["id"]).status == "processed"


def test_what_was_wanted_at_the_instant_it_was_asked_is_answered(desk, monkeypatch):
    answering(monkeypatch, lambda _: Answers((Answer("GET", b'{"object":"list","data":[]}'),)))
    refunded(desk)
    desk.later(seconds=45)
    set_to(desk, wanted_at=desk.now)
    assert look_ups.ask_due(desk.database, desk.settings, now=desk.now) == {"answered": 1}
    assert the_only(desk).status == "answered"
