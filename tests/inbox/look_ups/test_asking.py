"""What events leave out is asked for at the provider's API: over real HTTP, by the official client."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from campaigns.inbox import endpoints, look_ups
from campaigns.inbox.models import LookUpAnswer
from campaigns.ledger.models import Attention
from tests.bed import stripe_events as stripe
from tests.bed.desk import Desk
from tests.fakes.stripe.world import in_version, thin
from tests.inbox.look_ups.rounds import KEY, ask, rows, told


def test_a_refund_without_its_charge_waits_and_the_charge_is_asked_for(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    refund_id = fake.world.refund(charge_id, 2_000)
    assert desk.send(told(fake, "refund.created")) == "queued"
    assert desk.raised() == 0
    assert ask(desk)["answered"] >= 1
    assert desk.raised() == 3_000
    assert {entry.key: entry.evidence_kind for entry in desk.entries(charge_id) if entry.provider == "stripe"} == {
        refund_id: "event",
        charge_id: "lookup",
    }
    assert desk.event(told(fake, "refund.created")["id"]).status == "processed"
    assert desk.check().findings == ()


def test_refunds_that_were_never_told_are_asked_for(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 1_000)
    fake.world.refund(charge_id, 500)
    assert desk.send(told(fake, "charge.refunded")) == "queued"
    assert desk.raised() == 5_000
    ask(desk)
    assert desk.raised() == 3_500
    assert desk.check().findings == ()


def test_money_that_only_its_intent_tells_of_is_asked_for(desk, fake):
    fake.world.pay(amount=5_000, campaign="newsroom")
    assert desk.send(told(fake, "payment_intent.succeeded")) == "queued"
    ask(desk)
    assert desk.raised() == 5_000
    assert desk.event(told(fake, "payment_intent.succeeded")["id"]).status == "processed"


def test_money_that_only_its_session_tells_of_is_asked_for(desk, fake):
    session_id = fake.world.create_session(amount=5_000, campaign="newsroom", label="session")
    fake.world.complete_session(session_id)
    assert desk.send(told(fake, "checkout.session.completed")) == "queued"
    ask(desk)
    assert desk.raised() == 5_000


def test_the_event_with_the_missing_part_makes_asking_needless(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 2_000)
    assert desk.send(told(fake, "refund.created")) == "queued"
    assert desk.send(told(fake, "charge.succeeded")) == "processed"
    ask(desk)
    assert rows(desk, f"charge:{charge_id}")[0].status == "unneeded"
    assert [row.status for row in rows(desk) if row.purpose == "parts"] == ["unneeded"]
    assert desk.raised() == 3_000


def test_a_renewal_that_names_nothing_finds_the_campaign_of_its_subscription(desk, fake):
    fake.world.leave_metadata_off_renewals = True
    session_id = fake.world.create_session(amount=1_500, campaign="newsroom", mode="subscription")
    charge_id = fake.world.complete_session(session_id)
    renewed = fake.world.renew(fake.world.subscription_of(charge_id))
    event = next(
        one for one in fake.world.events if one["type"] == "charge.succeeded" and one["data"]["object"]["id"] == renewed
    )
    assert desk.send(event) == "unassigned"
    assert desk.raised() == 0
    ask(desk)
    assert desk.raised() == 1_500
    assert desk.donation(renewed).home_rank == 3


def test_a_default_campaign_gives_way_to_what_a_look_up_finds(database, settings, fake):
    desk = Desk(database, settings)
    desk.campaign()
    desk.campaign("roof")
    desk.endpoint(campaign="roof", api_key=KEY, api_base=fake.url)
    session_id = fake.world.create_session(amount=1_500, campaign="newsroom", label="session")
    fake.world.complete_session(session_id)
    assert desk.send(told(fake, "charge.succeeded")) == "processed"
    assert desk.raised("roof") == 1_500
    ask(desk)
    assert (desk.raised("roof"), desk.raised("newsroom")) == (0, 1_500)
    assert desk.check().findings == ()


def test_a_home_that_events_found_meanwhile_is_not_asked_for(desk, fake):
    session_id = fake.world.create_session(amount=1_500, campaign="newsroom", label="session")
    fake.world.complete_session(session_id)
    desk.send(told(fake, "charge.succeeded"))
    desk.send(told(fake, "checkout.session.completed"))
    ask(desk)
    assert [row.status for row in rows(desk) if row.purpose == "home"] == ["unneeded"]


def test_the_fee_is_asked_for_and_stands_beside_the_money(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    txn = fake.world.set_balance_transaction(charge_id)
    desk.send(told(fake, "charge.succeeded"))
    desk.send(told(fake, "charge.updated"))
    ask(desk)
    fee = next(entry for entry in desk.entries(charge_id) if entry.kind == "fee")
    assert (fee.key, fee.amount_minor < 0, fee.evidence_kind) == (f"{txn}:fee", True, "lookup")
    assert desk.raised() == 5_000
    assert desk.totals()[0].fee_minor == -fee.amount_minor
    assert desk.check().findings == ()


def test_a_thin_event_is_read_from_what_is_asked_for(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    assert desk.send(thin(told(fake, "charge.succeeded"))) == "queued"
    fake.world.refund(charge_id, 1_000)
    ask(desk)
    assert desk.raised() == 4_000


def test_without_a_key_the_money_waits_and_the_look_up_says_which_key_would_help(database, settings, fake):
    desk = Desk(database, settings)
    desk.campaign()
    desk.endpoint(api_base=fake.url)
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 2_000)
    assert desk.send(told(fake, "refund.created")) == "queued"
    assert ask(desk) == {}
    (waits,) = rows(desk)
    assert (waits.status, waits.due_at, waits.reason) == ("waiting", None, "no api_key")
    with database.writing() as session:
        endpoint = endpoints.find(session, "stripe", "main")
        assert look_ups.key_given(session, endpoint, now=desk.now) == 1
    assert look_ups.ask_due(desk.database, desk.settings, now=desk.now) == {"keyless": 1}
    assert rows(desk)[0].reason == "no api_key"


def test_an_api_that_refuses_breaks_or_goes_silent_is_asked_again_later(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 2_000)
    desk.send(told(fake, "refund.created"))
    for trouble in ("server_errors", "cut", "cut_halfway", "too_many_requests"):
        fake.behave()
        fake.misbehave(**{trouble: 1}, retry_after_seconds=90)
        assert ask(desk, hours=5) == {"waiting": 1}
        waits = rows(desk, f"charge:{charge_id}")[0]
        assert waits.reason
        assert waits.due_at is not None
        assert waits.due_at > desk.now
        if trouble == "too_many_requests":
            assert waits.due_at >= desk.now + timedelta(seconds=90)
    fake.behave()
    ask(desk, hours=5)
    assert desk.raised() == 3_000


def test_a_key_that_is_refused_is_told_and_rests(database, settings, fake):
    desk = Desk(database, settings)
    desk.campaign()
    desk.endpoint(api_key="no_such_key_at_all", api_base=fake.url)
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 2_000)
    desk.send(told(fake, "refund.created"))
    assert ask(desk) == {"waiting": 1}
    (waits,) = rows(desk)
    assert waits.reason is not None
    assert "api_key" in waits.reason
    assert "no_such_key_at_all" not in waits.reason
    assert waits.due_at is not None
    assert waits.due_at - desk.now > timedelta(hours=5)


def test_what_stripe_does_not_know_fails_and_so_does_the_event_that_waited(desk):
    refund = stripe.refund("re_lost", "ch_lost", 500, created=int(desk.now.timestamp()))
    message = stripe.event("refund.created", refund, created=int(desk.now.timestamp()))
    assert desk.send(message) == "queued"
    assert ask(desk) == {"failed": 1}
    event = desk.event(message["id"])
    assert event.status == "failed"
    assert "ch_lost" in event.reason


def test_what_a_key_may_not_read_does_not_undo_what_it_may(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 2_000)
    desk.send(told(fake, "refund.created"))
    fake.api.restrict(KEY, "charge_read", "refund_read")
    assert ask(desk) == {"waiting": 1}
    assert desk.raised() == 3_000
    waits = rows(desk, f"charge:{charge_id}")[0]
    assert (waits.status, waits.reason) == ("waiting", "the api_key may not read this (/v1/disputes)")
    assert desk.event(told(fake, "refund.created")["id"]).status == "processed"
    ask(desk, hours=7)
    assert rows(desk, f"charge:{charge_id}")[0].status == "unneeded"


def test_a_killed_workers_look_up_comes_due_again(desk, fake, monkeypatch):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 2_000)
    desk.send(told(fake, "refund.created"))

    class Killed(BaseException):
        """As if by kill -9, between the answer and its storing."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(look_ups, "_keep", die)
        with pytest.raises(Killed):
            ask(desk)
    assert look_ups.ask_due(desk.database, desk.settings, now=desk.now) == {}
    ask(desk, minutes=21)
    assert desk.raised() == 3_000
    assert desk.check().findings == ()


def test_an_answer_is_kept_as_received_but_for_its_secrets(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 2_000)
    desk.send(told(fake, "refund.created"))
    ask(desk)
    with desk.database.reading() as session:
        answers = list(session.scalars(select(LookUpAnswer).order_by(LookUpAnswer.id)))
    assert answers[0].request.startswith(f"GET /v1/charges/{charge_id}")
    assert any(answer.body_sha256 != answer.received_sha256 for answer in answers)
    assert all(b"_secret_" not in answer.body for answer in answers)


def test_an_invoice_paid_by_hand_counts_nothing_and_is_shown_to_staff(desk, fake):
    session_id = fake.world.create_session(amount=1_500, campaign="newsroom", mode="subscription")
    charge_id = fake.world.complete_session(session_id)
    invoice_id = fake.world.pay_out_of_band(fake.world.subscription_of(charge_id))
    desk.send(told(fake, "invoice.paid"))
    ask(desk)
    assert desk.raised() == 0
    with desk.database.reading() as session:
        assert session.scalars(select(Attention.subject).filter_by(kind="out_of_band")).all() == [invoice_id]
    assert desk.event(told(fake, "invoice.paid")["id"]).status == "processed"


def test_the_uncaptured_rest_that_old_versions_call_a_refund_takes_nothing_back(desk, fake):
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom", capture="manual")
    fake.world.capture(charge_id, 3_000)
    captured = told(fake, "charge.captured")
    desk.send(in_version(captured, "2022-11-15"))
    rest = stripe.refund("re_rest", charge_id, 2_000, created=captured["created"], balance_transaction=None)
    rest["payment_intent"] = fake.world.intent_of(charge_id)
    message = {
        **stripe.event("charge.refund.updated", rest, created=captured["created"]),
        "api_version": "2022-11-15",
    }
    fake.world.objects["re_rest"] = {**rest, "livemode": False}
    assert desk.send(message) == "queued"
    ask(desk)
    assert desk.raised() == 3_000
    assert desk.event(message["id"]).status == "processed"
