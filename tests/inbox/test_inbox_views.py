"""The console's pages about messages: the log, one message, and replaying."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from campaigns.audit import AuditEntry
from campaigns.inbox import endpoints, log
from campaigns.inbox.body import laid_out
from campaigns.inbox.models import WebhookEvent
from tests.bed.cast import post
from tests.bed.desk import CREATED
from tests.bed.looking import page_of
from tests.bed.stripe_events import event, refund
from tests.bed.told import give

pytestmark = pytest.mark.usefixtures("traveller")


# -- the log -----------------------------------------------------------------------------------------------------------


def test_the_log_counts_messages_by_what_came_of_them_and_lists_each_kind(desk, cast):
    give(desk)
    give(desk, "ch_2", status="dreaming")
    desk.send(event("payout.paid", {"id": "po_1", "object": "payout"}, created=CREATED))
    client = cast.client("viewer")
    page = page_of(client, "/console/webhooks")
    for told in ("charge.succeeded", "payout.paid", "Stripe / main", "Messages of this type are not about money"):
        assert told in page
    assert 'Needs a person<span class="muted">1</span>' in page
    assert "payout.paid" not in page_of(client, "/console/webhooks?status=failed")
    assert "dreaming" in page_of(client, "/console/webhooks?status=failed")
    assert "payout.paid" in page_of(client, "/console/webhooks?status=nonsense")


def test_the_log_is_narrowed_by_endpoint_type_and_missing_campaign(desk, cast):
    desk.endpoint("other")
    at_main, at_other = give(desk), give(desk, "ch_2", name="other")
    homeless = give(desk, "ch_3", campaign=None)
    desk.send(event("refund.created", refund("re_1", "ch_1", 5, created=CREATED), created=CREATED))
    client = cast.client("viewer")
    with desk.database.reading() as session:
        other = endpoints.find(session, "stripe", "other").id
    shown = {
        "?q=REFUND": [4],
        f"?via={other}": [at_other],
        "?homeless=y": [homeless],
        "?via=999": [at_main, at_other, homeless, 4],
        "?q=%25": [],
    }
    for query, ids in shown.items():
        page = page_of(client, "/console/webhooks" + query)
        assert [one for one in (1, 2, 3, 4) if f'href="/console/webhooks/{one}"' in page] == sorted(ids), query


def test_pages_of_the_log_are_stable_while_messages_arrive(desk):
    ids = [give(desk, f"ch_{number}") for number in range(5)]
    with desk.database.reading() as session:
        first = log.listed(session, log.Wanted(), limit=2)
    give(desk, "ch_late")
    with desk.database.reading() as session:
        second = log.listed(session, log.Wanted(), before=first.older, limit=2)
        third = log.listed(session, log.Wanted(), before=second.older, limit=2)
        back = log.listed(session, log.Wanted(), after=second.newer, limit=2)
    seen = [one.id for page in (first, second, third) for one in page.events]
    assert seen == sorted(ids, reverse=True)
    assert third.older is None
    assert [one.id for one in back.events] == seen[:2]


@pytest.mark.parametrize(
    "query", ["?before=x", "?after=99999999999999999999", "?before=-1", "?via=%00", "?q=%00", "?since=tomorrow"]
)
def test_a_query_of_nonsense_shows_the_log(desk, cast, query):
    give(desk)
    assert "charge.succeeded" in page_of(cast.client("viewer"), "/console/webhooks" + query)


# -- one message -------------------------------------------------------------------------------------------------------


def test_a_message_tells_its_envelope_its_proof_and_what_came_of_it(desk, cast):
    event_id = give(desk)
    page = page_of(cast.client("viewer"), f"/console/webhooks/{event_id}")
    with desk.database.reading() as session:
        stored = session.get_one(WebhookEvent, event_id)
    for told in (stored.remote_id, stored.received_sha256, "Money arrived", "+$25", "Ada Reader", "Newsroom"):
        assert told in page


def test_what_a_message_said_is_shown_to_editors_only(desk, cast):
    url = f"/console/webhooks/{give(desk)}"
    assert "ada@example.org" in page_of(cast.client("editor"), url)
    page = page_of(cast.client("viewer"), url)
    assert "ada@example.org" not in page
    assert "shown to editors" in page


@pytest.mark.parametrize("event_id", [2, 99999999999999999999])
def test_a_message_that_does_not_exist_is_not_found(desk, cast, event_id):
    give(desk)
    assert cast.client("viewer").get(f"/console/webhooks/{event_id}").status_code == 404
    assert post(cast.client("editor"), f"/console/webhooks/{event_id}/replay").status_code == 404


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            b'{"amount": 10.00, "big": 123456789012345678901234567890}',
            '"amount": 10.00,\n  "big": 123456789012345678901234567890',
        ),
        (
            '{"name": "J\u00fcrgen \u202e<b>", "half": "\\ud83d"}'.encode(),
            '"J\u00fcrgen \\u202e<b>",\n  "half": "\\ud83d"',
        ),
        (b"data=%7B%22amount%22%3A%223.00%22%7D", 'data: {\n  "amount": "3.00"\n}'),
        (b"no json \xff", "no json \ufffd"),
        (b"[" * 100_000, "[" * 60_000),
    ],
)
def test_a_body_is_laid_out_without_changing_a_digit(body, shown):
    assert shown in laid_out(body)[0]


# -- replaying ---------------------------------------------------------------------------------------------------------


def test_a_replay_of_what_was_read_changes_nothing_and_is_written_down(desk, cast):
    event_id = give(desk)
    editor = cast.client("editor")
    answer = post(editor, f"/console/webhooks/{event_id}/replay")
    assert (answer.status_code, answer.location) == (303, f"/console/webhooks/{event_id}")
    page = page_of(editor, answer.location)
    assert "Its money stands in the ledger, once." in page
    assert "Replayed it" in page
    assert (desk.raised(), len(desk.entries("ch_1"))) == (2_500, 1)
    with desk.database.reading() as session:
        (act,) = session.scalars(select(AuditEntry).filter_by(action="replay")).all()
    assert (act.thing, act.thing_id, act.staff_id) == ("webhook_event", event_id, cast.staff("editor").id)


def test_a_message_that_failed_counts_when_it_is_replayed_after_the_mending(desk, cast, monkeypatch):
    from campaigns.providers import stripe
    from campaigns.providers.contract import Unreadable

    with monkeypatch.context() as patch:

        def broken(_body, _endpoint):
            raise Unreadable("a word we have not learnt")

        patch.setattr(stripe, "read", broken)
        event_id = give(desk)
        editor = cast.client("editor")
        assert "still not done" in page_of(editor, post(editor, f"/console/webhooks/{event_id}/replay").location)
    post(editor, f"/console/webhooks/{event_id}/replay")
    assert desk.raised() == 2_500
    assert desk.check().findings == ()
