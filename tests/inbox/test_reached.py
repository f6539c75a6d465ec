"""What is noted of an endpoint when something arrives, and that one endpoint's events are never taken for another's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from campaigns.inbox.models import WebhookEndpoint, WebhookEvent
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event


def paid(**over: Any) -> dict[str, Any]:
    body = charge("ch_1", 1_000, created=CREATED, campaign="newsroom")
    return event("charge.succeeded", body, created=CREATED, event_id="evt_1", **over)


def reached(desk: Desk) -> dict[str, tuple[object, object]]:
    with desk.database.reading() as session:
        rows = session.scalars(select(WebhookEndpoint)).all()
        return {row.name: (row.last_event_at, row.other_mode_at) for row in rows}


def test_the_endpoint_that_was_reached_is_noted_and_no_other(desk):
    desk.endpoint("second")
    assert reached(desk) == {"main": (None, None), "second": (None, None)}
    desk.send(paid(), "second")
    assert reached(desk) == {"main": (None, None), "second": (desk.now, None)}


def test_an_event_of_the_other_mode_is_noted_as_such(desk):
    other_mode = desk.settings.mode != "live"
    desk.send(paid(livemode=other_mode))
    assert reached(desk) == {"main": (None, desk.now)}


def test_one_event_at_two_endpoints_is_stored_at_each_and_counted_once(desk):
    desk.endpoint("second")
    assert [desk.send(paid()), desk.send(paid(), "second"), desk.send(paid(), "second")] == [
        "processed",
        "processed",
        "duplicate",
    ]
    assert desk.raised() == 1_000
    with desk.database.reading() as session:
        stored = session.scalars(select(WebhookEvent).order_by(WebhookEvent.id)).all()
        assert [(one.endpoint_id, one.remote_id, one.status) for one in stored] == [
            (1, "evt_1", "processed"),
            (2, "evt_1", "processed"),
        ]
        assert {(one.attempt_count, one.failure_count, one.received_at) for one in stored} == {(1, 0, desk.now)}
        assert {one.occurred_at for one in stored} != {None}
