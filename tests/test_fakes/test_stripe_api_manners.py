"""How the fake's API treats whoever asks: keys, versions, idempotency, pages of lists, what is written out."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.fakes.stripe.world import sign, thin


def test_pages_follow_each_other_both_ways(fake, client):
    charges = [fake.world.pay(amount=1000 + number) for number in range(25)][::-1]
    first = client.v1.charges.list({"limit": 10})
    assert [one.id for one in first.data] == charges[:10]
    assert first.has_more is True
    assert [one.id for one in client.v1.charges.list({"limit": 10}).auto_paging_iter()] == charges
    before = client.v1.charges.list({"limit": 3, "ending_before": charges[9]})
    assert [one.id for one in before.data] == charges[6:9]
    assert before.has_more is True
    last = client.v1.charges.list({"limit": 10, "starting_after": charges[19]})
    assert ([one.id for one in last.data], last.has_more) == (charges[20:], False)
    for wrong in ({"limit": 0}, {"limit": 101}, {"starting_after": "ch_none"}, {"limit": "ten"}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.charges.list(wrong)


def test_one_idempotency_key_is_one_refund_and_another_request_under_it_is_refused(fake, client):
    charge = fake.world.pay(amount=2500)
    key: Any = {"idempotency_key": "refund-1"}
    first = client.v1.refunds.create({"charge": charge, "amount": 1000}, key)
    again = client.v1.refunds.create({"charge": charge, "amount": 1000}, key)
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert client.v1.charges.retrieve(charge).amount_refunded == 1000
    with pytest.raises(stripe.IdempotencyError):
        client.v1.refunds.create({"charge": charge, "amount": 1001}, key)
    assert client.v1.charges.retrieve(charge).amount_refunded == 1000
    created = next(event for event in fake.world.events if event["type"] == "refund.created")
    assert created["request"]["idempotency_key"] == "refund-1"


def test_only_a_known_key_opens_and_a_restricted_one_not_everything(fake):
    charge = fake.world.pay(amount=2500)
    for key in ("sk_test_other", "rk_live_1", "nonsense"):
        with pytest.raises(stripe.AuthenticationError):
            fake.client(key).v1.charges.retrieve(charge)
    fake.api.restrict("rk_test_reader", "charge_read", "refund_write")
    reader = fake.client("rk_test_reader")
    assert reader.v1.charges.retrieve(charge).id == charge
    assert reader.v1.refunds.list({"charge": charge}).data == []
    with pytest.raises(stripe.PermissionError, match="rak_event_read"):
        reader.v1.events.list()
    assert fake.client("rk_test_anything").v1.events.list().data


def test_an_unknown_version_is_refused_and_an_old_one_gets_the_old_shape(fake):
    charge = fake.world.complete_session(fake.world.create_session(amount=900, mode="subscription"))
    with pytest.raises(stripe.InvalidRequestError, match="version"):
        fake.client(stripe_version="2031-01-01.unknown").v1.charges.retrieve(charge)
    old = fake.client(stripe_version="2020-08-27").v1.charges.retrieve(charge).to_dict()
    assert old["invoice"] == fake.world.invoice_of(charge)


def test_another_account_is_refused(fake, client):
    charge = fake.world.pay(amount=2500)
    assert client.v1.charges.retrieve(charge, options={"stripe_account": "acct_fake"}).id == charge
    with pytest.raises(stripe.PermissionError):
        client.v1.charges.retrieve(charge, options={"stripe_account": "acct_other"})


def test_what_does_not_exist_is_missing(client):
    for ask in (
        lambda: client.v1.charges.retrieve("ch_none"),
        lambda: client.v1.events.retrieve("evt_none"),
        lambda: client.v1.refunds.create({"charge": "ch_none"}),
        lambda: client.v1.charges.retrieve("ch_none", {"expand": ["nothing"]}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as missing:
            ask()
        assert missing.value.code == "resource_missing"
        assert missing.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.raw_request("get", "/v1/nothing")


def test_what_cannot_be_expanded_is_refused(fake, client):
    charge = fake.world.pay(amount=2500)
    for path in ("amount", "nothing", "payment_intent.latest_charge.payment_intent.latest_charge.customer"):
        with pytest.raises(stripe.InvalidRequestError, match="expand"):
            client.v1.charges.retrieve(charge, {"expand": [path]})


def test_a_thin_event_is_fetched_with_its_object(fake, client):
    charge = fake.world.pay(amount=2500)
    event = next(one for one in fake.world.events if one["type"] == "charge.succeeded")
    body, headers = sign(thin(event), "whsec_test", fake.world.now)
    told = client.parse_event_notification(body, headers["Stripe-Signature"], "whsec_test", tolerance=10**9)
    assert told.fetch_event().to_dict()["snapshot_event"] == event["id"]
    assert told.fetch_related_object().id == charge


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 5, "starting_after": "ch_1", "ending_before": "ch_2"},
        {"created": {"before": 5}},
        {"created": "yesterday"},
        {"nonsense": 1},
    ],
)
def test_a_list_is_not_asked_for_in_ways_that_there_are_not(client, wrong):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.charges.list(wrong)


def test_lists_are_cut_by_a_second_or_between_two(fake, client):
    first = fake.world.pay(amount=900)
    at = fake.world.now
    fake.world.advance(60)
    second = fake.world.pay(amount=900)
    for asked, found in (
        (at, [first]),
        ({"gte": at, "lt": at + 60}, [first]),
        ({"gt": at}, [second]),
        ({"lte": at + 60}, [second, first]),
    ):
        assert [one.id for one in client.v1.charges.list({"created": asked}).data] == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "9.5", "currency": "usd"},
        {"amount": 10**8, "currency": "usd"},
        {"amount": 900},
        {"amount": 900, "currency": "usd", "confirm": "maybe"},
        {"amount": 900, "currency": "usd", "metadata": "campaign"},
        {"amount": 900, "currency": "usd", "metadata": {"x" * 41: "1"}},
        {"amount": 900, "currency": "usd", "confirm": True},
    ],
)
def test_an_intent_that_stripe_would_refuse_is_refused(client, wrong):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create(wrong)


def test_what_cannot_be_done_any_more_is_refused(fake, client):
    paid = fake.world.intent_of(fake.world.pay(amount=900))
    fresh = client.v1.payment_intents.create({"amount": 900, "currency": "usd"})
    for ask in (
        lambda: client.v1.payment_intents.capture(paid),
        lambda: client.v1.payment_intents.update(paid, {"amount": 800}),
        lambda: client.v1.refunds.create({"payment_intent": fresh.id}),
        lambda: client.v1.events.list({"type": "charge.failed", "types": ["charge.failed"]}),
        lambda: client.v1.events.list({"types": ["charge.failed"] * 21}),
        lambda: client.v1.invoice_payments.list({"payment": {"payment_intent": paid}}),
        lambda: client.v1.webhook_endpoints.create({"url": "http://x", "enabled_events": ["*"], "api_version": "1999"}),
        lambda: client.v1.refunds.create({"payment_intent": paid}, {"idempotency_key": "k" * 256}),
    ):
        with pytest.raises((stripe.InvalidRequestError, stripe.IdempotencyError)):
            ask()
    assert client.v1.payment_intents.cancel(fresh.id).status == "canceled"
    assert fake.world.get(paid)["status"] == "succeeded"
