"""Replaying from the console: chosen messages, all that fit a search, all since an hour; said before it is done."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from campaigns.audit import AuditEntry
from campaigns.inbox import attending, log, processing, replaying
from campaigns.inbox.models import LookUp, WebhookEvent
from tests.bed.cast import post, token_on
from tests.bed.desk import CREATED, Desk
from tests.bed.looking import page_of
from tests.bed.stripe_events import charge, event, intent
from tests.bed.told import counted_by_check, give

pytestmark = pytest.mark.usefixtures("traveller")
URL = "/console/webhooks/replay"


def store(desk: Desk, count: int = 3) -> list[int]:
    """Messages that were stored and then given up."""
    ids = []
    for number in range(count):
        body = charge(f"ch_{number}", 100, created=CREATED, campaign="newsroom")
        ids.append(desk.store(event("charge.succeeded", body, created=CREATED))[0])
    with desk.database.writing() as session:
        session.execute(text("UPDATE webhook_event SET status = 'failed', reason = 'a word unknown'"))
    return ids


def statuses(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        return list(session.scalars(select(WebhookEvent.status).order_by(WebhookEvent.id)))


def test_some_are_chosen_confirmed_and_read_again(desk, cast):
    first, _, third = store(desk)
    editor = cast.client("editor")
    page = page_of(editor, "/console/webhooks")
    assert f'name="event" value="{first}"' in page
    asked = page_of(editor, f"{URL}?event={first}&event={third}")
    assert "Replay 2 messages?" in asked
    assert re.findall(r'type="hidden" name="event" value="(\d+)"', asked) == [str(first), str(third)]
    assert desk.raised() == 0  # asking is not doing
    answer = post(editor, URL, {"event": [str(first), str(third)]})
    assert answer.status_code == 303
    shown = page_of(editor, answer.location)
    assert "2 read again: 2 done, 0 still waiting" in shown
    assert [f'value="{one}"' in shown for one in (1, 2, 3)] == [True, False, True]
    assert statuses(desk) == ["processed", "failed", "processed"]
    assert counted_by_check(desk) == 200


def test_all_that_fit_a_search_are_read_again_and_it_is_written_down(desk, cast):
    store(desk)
    give(desk, "ch_other", 700)
    editor = cast.client("editor")
    assert "Replay 3 messages?" in page_of(editor, f"{URL}?status=failed")
    post(editor, URL, {"status": "failed"})
    assert counted_by_check(desk) == 1_000
    with desk.database.reading() as session:
        (act,) = session.scalars(select(AuditEntry).filter_by(action="replay")).all()
    assert '"count":3' in act.detail
    assert act.staff_id == cast.staff("editor").id


def test_all_since_an_hour_on_the_clock_of_the_staff(desk, cast, traveller):
    old = give(desk, "ch_old", 100)
    desk.later(hours=2)
    traveller.shift(timedelta(hours=2))
    new = give(desk, "ch_new", 100)
    with desk.database.writing() as session:
        session.execute(update(WebhookEvent).values(attempt_count=1))
    editor = cast.client("editor")
    since = "2026-11-22T21:00"  # in Berlin: an hour after the first, an hour before the second
    assert "Replay 1 message?" in page_of(editor, f"{URL}?since={since}")
    post(editor, URL, {"since": since})
    with desk.database.reading() as session:
        tries = dict(session.execute(select(WebhookEvent.id, WebhookEvent.attempt_count)).all())
    assert tries == {old: 1, new: 2}


def test_what_was_read_is_read_again_and_counts_once(desk, cast):
    give(desk, "ch_1", 100)
    editor = cast.client("editor")
    post(editor, URL, {"status": "processed"})
    assert (counted_by_check(desk), len(desk.entries("ch_1"))) == (100, 1)
    with desk.database.reading() as session:
        assert session.scalars(select(WebhookEvent.attempt_count)).all() == [2]


def test_what_is_too_much_for_one_request_is_left_to_the_worker(desk, cast, monkeypatch, traveller):
    store(desk)
    monkeypatch.setattr(replaying, "REPLAYED_AT_ONCE_MAX", 2)
    editor = cast.client("editor")
    answer = post(editor, URL, {"status": "failed"})
    assert "2 of 3 messages were read again, and 2 of them are done." in page_of(editor, answer.location)
    assert statuses(desk) == ["processed", "processed", "waiting"]
    assert desk.raised() == 200
    assert desk.drain() == {"processed": 1}
    assert desk.raised() == 300


def test_no_more_is_asked_for_than_one_replay_takes_the_oldest_first(desk, cast, monkeypatch):
    store(desk)
    monkeypatch.setattr(replaying, "REQUEUED_MAX", 2)
    assert "Replay the oldest 2 messages?" in page_of(cast.client("editor"), f"{URL}?status=failed")
    post(cast.client("editor"), URL, {"status": "failed"})
    assert statuses(desk) == ["processed", "processed", "failed"]


def test_the_chosen_come_first_whatever_else_is_due(desk, cast, monkeypatch):
    ids = store(desk)
    with desk.database.writing() as session:
        session.execute(text("UPDATE webhook_event SET status = 'waiting', due_at = NULL WHERE id < 3"))
    monkeypatch.setattr(replaying, "REPLAYED_AT_ONCE_MAX", 1)
    post(cast.client("editor"), URL, {"event": str(ids[2])})
    assert statuses(desk) == ["waiting", "waiting", "processed"]


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "nonsense"},
        {"since": "yesterday"},
        {"via": "999"},
        {"event": "x"},
        {"event": ["1"] * 201},
    ],
)
def test_what_cannot_be_read_does_not_mean_everything(desk, cast, asked):
    store(desk)
    editor = cast.client("editor")
    confirming = editor.get(URL, query_string=asked).get_data(as_text=True)
    assert "That could not be understood" in confirming
    assert "Replay them" not in confirming
    answer = post(editor, URL, asked)
    assert "so nothing was replayed" in page_of(editor, answer.location)
    assert statuses(desk) == ["failed"] * 3


def test_nothing_that_fits_is_said_plainly(desk, cast):
    editor = cast.client("editor")
    assert "Nothing to replay" in page_of(editor, f"{URL}?status=failed")
    answer = post(editor, URL, {"status": "failed"})
    assert "nothing was replayed" in page_of(editor, answer.location)


def test_the_form_on_the_confirming_page_does_what_it_says(desk, cast):
    store(desk)
    editor = cast.client("editor")
    page = editor.get(URL, query_string={"status": "failed", "q": "charge"})
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.get_data(as_text=True)))
    assert hidden.keys() == {"csrf_token", "status", "q"}
    assert hidden["csrf_token"] == token_on(page)
    assert editor.post(URL, data=hidden).status_code == 303
    assert statuses(desk) == ["processed"] * 3


def test_what_still_waits_afterwards_is_told_and_keeps_its_reason(desk, cast):
    body = charge("ch_1", 8_000, created=CREATED, campaign="newsroom", refunded=3_000)
    desk.send(event("charge.refunded", body, created=CREATED))
    editor = cast.client("editor")
    page = page_of(editor, post(editor, URL, {"status": "waiting"}).location)
    assert "1 read again: 0 done, 1 still waiting or in need of a person." in page
    assert "was refunded $30 in all" in page


def test_what_waits_for_its_turn_is_not_late_until_an_hour_after_it_was_asked_for(desk, cast, traveller):
    give(desk, "ch_1", 100)
    traveller.shift(timedelta(days=3))
    now = desk.now + timedelta(days=3)
    with desk.database.writing() as session:
        replaying.requeue(session, log.Wanted(), now=now)
    with desk.database.reading() as session:
        assert log.late(session, now=now) == []
        assert attending.count(session, now=now) == 0
        assert [one.id for one in log.late(session, now=now + timedelta(minutes=61))] == [1]
        assert attending.count(session, now=now + timedelta(minutes=61)) == 1
    assert processing.drain(desk.database, desk.settings, now=now) == {"processed": 1}


def test_a_replay_needs_an_editor_and_the_token_of_the_page(desk, cast):
    ids = store(desk)
    viewer, editor = cast.client("viewer"), cast.client("editor")
    assert 'name="event"' not in page_of(viewer, "/console/webhooks")
    assert viewer.get(URL).status_code == 403
    assert post(viewer, URL, {"event": str(ids[0])}).status_code == 403
    assert editor.post(URL, data={"event": str(ids[0])}).status_code == 400
    assert statuses(desk) == ["failed"] * 3


# -- searching ---------------------------------------------------------------------------------------------------------


def test_a_message_is_found_by_whatever_a_person_has_in_hand(desk, cast):
    about_it = give(desk, "ch_1")
    other = give(desk, "ch_2")
    message = {"id": "re_9", "object": "refund", "amount": 100, "charge": "ch_1", "created": CREATED, "currency": "usd"}
    refunded = event("refund.created", {**message, "status": "succeeded", "metadata": {}}, created=CREATED)
    desk.send(refunded)
    refund_id, client = desk.event(refunded["id"]).id, cast.client("viewer")
    for text_, ids in {
        "ch_1": {about_it, refund_id},
        "pi_1": {about_it, refund_id},
        "re_9": {about_it, refund_id},
        desk.donation("ch_2").key: {other},
        refunded["id"]: {refund_id},
        refunded["id"][:-1] + "%": set(),
        "CHARGE.succ": {about_it, other},
        "ch_404": set(),
    }.items():
        page = client.get("/console/webhooks", query_string={"q": text_}).get_data(as_text=True)
        assert {one for one in (about_it, other, refund_id) if f'href="/console/webhooks/{one}"' in page} == ids, text_


def test_a_message_that_waits_is_found_by_what_it_waits_for(desk, cast):
    desk.send(event("payment_intent.succeeded", intent("ch_7", 500, created=CREATED, campaign=None), created=CREATED))
    with desk.database.reading() as session:
        subject = session.scalars(select(LookUp.subject)).one()
    for text_ in ("ch_7", "pi_7", subject):
        page = cast.client("viewer").get("/console/webhooks", query_string={"q": text_}).get_data(as_text=True)
        assert 'href="/console/webhooks/1"' in page, text_


def test_messages_are_found_by_when_they_were_received(desk, cast):
    give(desk, "ch_1")
    client = cast.client("viewer")  # received at 20:00 in Berlin
    for query, found in {
        "since=2026-11-22T20:00": True,
        "since=2026-11-22T20:01": False,
        "until=2026-11-22T20:00": False,
        "until=2026-11-22T20:01": True,
    }.items():
        assert ("charge.succeeded" in page_of(client, f"/console/webhooks?{query}")) is found, query


def test_the_confirming_page_says_what_was_asked_for(desk, cast):
    give(desk, "ch_1")
    homeless = give(desk, "ch_2", campaign=None)
    asked = "via=1&status=processed&q=ch_1&since=2026-11-22T01:00&until=2026-11-23T01:00"
    page = page_of(cast.client("editor"), f"{URL}?{asked}")
    for words in ("Endpoint: Stripe / main", "State: Processed", "Fitting “ch_1”", "Received from", "Received before"):
        assert words in page
    assert "Every message there is" in page_of(cast.client("editor"), URL)
    assert "Only money without a campaign" in page_of(cast.client("editor"), f"{URL}?homeless=y&event={homeless}")
