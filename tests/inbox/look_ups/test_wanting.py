"""Wanting an answer: once for each subject, again only when it is too old, and never for what cannot be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from campaigns.crypto import Sealer
from campaigns.inbox import endpoints, wanting
from campaigns.inbox.models import EventLookUp, LookUp, WebhookEvent
from campaigns.ledger.models import Donation
from campaigns.ledger.posting import Outcome
from campaigns.providers.contract import Endpoint, Reading, Wish
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event
from tests.inbox.look_ups.rounds import rows

SUBJECT = "charge:ch_1"
HOUR = timedelta(hours=1)
NOTHING = Outcome((), (), (), (), 0, 0)


def want(desk: Desk, subject: str = SUBJECT, name: str = "main", **over: Any) -> bool:
    asked = {"purpose": "parts", "now": desk.now, "since": desk.now, **over}
    with desk.database.writing() as session:
        endpoint = endpoints.find(session, "stripe", name)
        opened = endpoints.opened(endpoint, Sealer(desk.settings.secret_key), desk.settings.mode)
        return wanting.want(session, endpoint, opened, subject, **asked)


def the(desk: Desk, subject: str = SUBJECT) -> LookUp:
    (row,) = rows(desk, subject)
    return row


def set_to(desk: Desk, subject: str = SUBJECT, **values: Any) -> None:
    with desk.database.writing() as session:
        session.execute(update(LookUp).where(LookUp.subject == subject).values(**values))


def stored(desk: Desk, number: int = 1, **values: Any) -> int:
    """An event that was received, as it may stand."""
    body = charge(f"ch_{number}", 100, created=CREATED, campaign="newsroom")
    event_id, _ = desk.store(event("charge.succeeded", body, created=CREATED))
    with desk.database.writing() as session:
        session.execute(update(WebhookEvent).where(WebhookEvent.id == event_id).values(**values))
    return event_id


@pytest.mark.parametrize(("purpose", "seconds"), [("parts", 0), ("home", 5), ("fee", 30)])
def test_what_is_wanted_is_asked_for_after_its_purposes_delay(desk, purpose, seconds):
    already = want(desk, purpose=purpose, ref="ch_1", since=desk.now - HOUR)
    row = the(desk)
    assert already is False
    assert (row.purpose, row.ref, row.status, row.reason, row.attempt_count) == (purpose, "ch_1", "waiting", None, 0)
    assert (row.wanted_at, row.due_at, row.answered_at) == (
        desk.now - HOUR,
        desk.now + timedelta(seconds=seconds),
        None,
    )


def test_what_is_wanted_may_be_due_at_another_time_and_by_an_event(desk):
    event_id = stored(desk, status="waiting")
    want(desk, due_at=desk.now + HOUR, event_id=event_id)
    want(desk, "charge:ch_2")
    assert the(desk).due_at == desk.now + HOUR
    with desk.database.reading() as session:
        (linked,) = session.scalars(select(EventLookUp)).all()
    assert (linked.event_id, linked.look_up_id) == (event_id, the(desk).id)


def test_without_a_key_it_is_kept_and_says_what_is_lacking(keyless):
    assert want(keyless) is False
    assert (the(keyless).status, the(keyless).due_at, the(keyless).reason) == ("waiting", None, "no api_key")
    set_to(keyless, reason=None, due_at=keyless.now)
    assert want(keyless) is False
    assert (the(keyless).due_at, the(keyless).reason) == (None, "no api_key")


@pytest.mark.parametrize("purpose", ["home", "fee"])
def test_a_home_or_a_fee_is_asked_for_once_and_again_only_if_that_failed(desk, purpose):
    want(desk, purpose=purpose)
    want(desk, "charge:ch_2", purpose=purpose)
    desk.endpoint("other", api_key="rk_1")
    want(desk, name="other", purpose=purpose)
    first, second, other = rows(desk)
    set_to(desk, status="failed", due_at=None, reason="no such thing")
    set_to(desk, "charge:ch_2", status="failed", due_at=None, reason="no such thing")
    desk.later(hours=1)
    assert want(desk, purpose=purpose) is True
    with desk.database.reading() as session:
        stands = {row.id: (row.status, row.due_at, row.reason) for row in session.scalars(select(LookUp))}
    assert stands[first.id] == ("waiting", desk.now + wanting.DELAYS[purpose], None)
    assert stands[second.id] == stands[other.id] == ("failed", None, "no such thing")


def test_a_fee_that_is_answered_or_waits_is_left_as_it_is(desk):
    want(desk, purpose="fee")
    for status in ("answered", "waiting", "unneeded"):
        set_to(desk, status=status, due_at=None, reason="as it was")
        assert want(desk, purpose="fee") is True
        assert (the(desk).status, the(desk).due_at, the(desk).reason) == (status, None, "as it was")


def test_a_fee_that_failed_and_has_no_key_any_more_says_so(keyless):
    want(keyless, purpose="fee")
    set_to(keyless, status="failed", reason="no such thing")
    want(keyless, purpose="fee")
    assert (the(keyless).status, the(keyless).due_at, the(keyless).reason) == ("waiting", None, "no api_key")


@pytest.mark.parametrize(("answered", "already"), [(-1, False), (0, True), (1, True)])
def test_only_an_answer_that_was_asked_for_since_will_do(desk, answered, already):
    want(desk)
    set_to(desk, status="answered", due_at=None, answered_at=desk.now + answered * HOUR)
    assert want(desk) is already
    assert the(desk).status == ("answered" if already else "waiting")
    assert the(desk).due_at == (None if already else desk.now)


def test_what_is_wanted_again_is_wanted_since_the_later_of_both(desk):
    want(desk, since=desk.now)
    want(desk, since=desk.now - HOUR)
    assert the(desk).wanted_at == desk.now
    want(desk, since=desk.now + HOUR)
    assert the(desk).wanted_at == desk.now + HOUR


def test_what_was_never_tried_is_due_at_the_earlier_of_both_and_what_was_tried_keeps_its_rest(desk):
    want(desk, due_at=desk.now + HOUR)
    want(desk, due_at=desk.now + 2 * HOUR)
    assert the(desk).due_at == desk.now + HOUR
    want(desk, due_at=desk.now)
    assert the(desk).due_at == desk.now
    set_to(desk, attempt_count=1, due_at=desk.now + HOUR, reason="the line is busy")
    want(desk, due_at=desk.now)
    assert (the(desk).due_at, the(desk).reason) == (desk.now + HOUR, "the line is busy")


def test_what_had_failed_is_asked_for_anew(desk):
    want(desk)
    set_to(desk, status="failed", due_at=desk.now + 9 * HOUR, reason="no such thing", attempt_count=0)
    want(desk, due_at=desk.now + HOUR)
    assert (the(desk).status, the(desk).due_at, the(desk).reason) == ("waiting", desk.now + HOUR, None)


@pytest.mark.parametrize(
    ("tried", "seconds"),
    [(1, 5), (2, 30), (3, 120), (4, 600), (5, 1800), (6, 3600), (7, 7200), (8, 14400), (9, 14400), (99, 14400)],
)
def test_the_back_off_grows_up_to_four_hours(tried, seconds):
    now = datetime.fromtimestamp(CREATED).astimezone()
    assert wanting.later(tried, now) == now + timedelta(seconds=seconds)


def test_only_what_is_chosen_comes_due_and_waits_again(desk):
    first, second = stored(desk, 1, status="failed"), stored(desk, 2, status="failed")
    with desk.database.writing() as session:
        wanting.make_due(session, select(WebhookEvent.id).where(WebhookEvent.id == first), now=desk.now)
        wanting.make_due(session, select(WebhookEvent.id).where(WebhookEvent.id == 999), now=desk.now)
    with desk.database.reading() as session:
        one, two = session.get_one(WebhookEvent, first), session.get_one(WebhookEvent, second)
    assert (one.status, one.due_at, two.status, two.due_at) == ("waiting", desk.now, "failed", None)


def test_what_changed_nothing_wakes_nobody(desk):
    event_id = stored(desk, status="waiting")
    want(desk, event_id=event_id, ref="ch_1")
    with desk.database.writing() as session:
        wanting.wake(session, NOTHING, but=None, now=desk.now)
        assert session.scalar(select(func.count()).where(WebhookEvent.due_at.is_not(None))) == 0


def test_who_cannot_be_asked_lacks_no_key(desk):
    assert wanting.lacking(None, Endpoint("main", "test", (), {})) is None


@pytest.mark.parametrize(
    ("rank", "wanted"),
    [(None, ["fee", "home"]), (1, ["fee"]), (3, ["fee"]), (4, ["fee", "home"]), (5, ["fee", "home"])],
)
def test_a_home_is_wanted_unless_something_better_than_a_rule_told_it_and_a_fee_always(desk, rank, wanted):
    for number in (1, 2):
        body = charge(f"ch_{number}", 100, created=CREATED, campaign="newsroom", payment_intent=None)
        desk.send(event("charge.succeeded", body, created=CREATED))
    donation = desk.donation("ch_1")
    told = (Wish("ch_1", "home", "home:pi_1"), Wish("ch_1", "fee", "balance_transaction:txn_1"))
    with desk.database.writing() as session:
        session.execute(update(Donation).where(Donation.id == donation.id).values(home_rank=rank))
        endpoint = endpoints.find(session, "stripe", "main")
        opened = endpoints.opened(endpoint, Sealer(desk.settings.secret_key), desk.settings.mode)
        outcome = replace(NOTHING, donation_ids=(donation.id,))
        wanting.wishes(session, endpoint, opened, Reading(wishes=told), outcome, now=desk.now)
    made = rows(desk)
    assert sorted(row.purpose for row in made) == wanted
    assert {(row.ref, row.wanted_at) for row in made} == {("ch_1", desk.now)}
