"""Webhooks of the fake over real HTTP: signed, tried again, and misbehaving as told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import stripe
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.fakes.stripe.server import FakeStripe
from tests.fakes.stripe.state import Json

SECRET = "whsec_" + "s" * 32


class Receiver:
    """An endpoint that keeps what is signed well and answers as it is told."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("/hook")
        self.heard: list[Json] = []
        self.statuses: list[int] = []
        self.signatures: list[str] = []
        server.expect_request("/hook", method="POST").respond_with_handler(self._hear)

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.heard]

    def _hear(self, request: Request) -> Response:
        header = request.headers["Stripe-Signature"]
        stripe.WebhookSignature.verify_header(request.get_data(as_text=True), header, SECRET, tolerance=300)
        self.signatures.append(header)
        self.heard.append(json.loads(request.get_data()))
        return Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
def receiver(httpserver: HTTPServer) -> Iterator[Receiver]:
    yield Receiver(httpserver)
    httpserver.check_assertions()


@pytest.fixture
def told(fake: FakeStripe, receiver: Receiver) -> Receiver:
    """The receiver, registered at the fake."""
    fake.webhook(receiver.url, SECRET)
    return receiver


def test_every_event_is_sent_once_signed_and_in_order(fake, told):
    fake.world.pay(amount=2500)
    attempts = fake.deliver()
    assert told.kinds() == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    assert [one.status for one in attempts] == [200, 200, 200]
    assert fake.deliver() == []
    assert fake.api.undelivered == set()


def test_an_endpoint_gets_only_the_types_and_the_version_it_asked_for(fake, receiver):
    fake.webhook(receiver.url, SECRET, events=("charge.succeeded",), version="2020-08-27")
    fake.world.pay(amount=2500)
    fake.deliver()
    assert receiver.kinds() == ["charge.succeeded"]
    assert receiver.heard[0]["api_version"] == "2020-08-27"
    assert "refunds" in receiver.heard[0]["data"]["object"]


def test_two_endpoints_both_hear_it(fake, told):
    fake.webhook(told.url, SECRET, events=("charge.succeeded",))
    fake.world.pay(amount=2500)
    fake.deliver()
    assert told.kinds().count("charge.succeeded") == 2


def test_what_is_not_acknowledged_is_tried_again_with_a_new_signature_until_it_is(fake, client, receiver):
    fake.webhook(receiver.url, SECRET, events=("charge.succeeded",))
    receiver.statuses = [500, 302, 200]
    dates = iter((4_000_000_000, 4_000_000_060, 4_000_000_660))  # ahead, which the official library lets pass
    fake.courier.wall_clock = lambda: next(dates)
    fake.world.pay(amount=2500)
    assert [one.status for one in fake.deliver()] == [500]
    assert fake.deliver() == [], "it waits before it tries again"
    assert len(client.v1.events.list({"delivery_success": False}).data) == 1
    assert [one.status for one in fake.hurry()] == [302]
    assert [one.status for one in fake.hurry()] == [200]
    assert fake.hurry() == []
    assert len({one["id"] for one in receiver.heard}) == 1
    assert len(set(receiver.signatures)) == 3
    assert client.v1.events.list({"delivery_success": False}).data == []


def test_an_endpoint_that_nobody_answers_at_counts_as_failed(fake):
    fake.webhook("http://127.0.0.1:9/hook", SECRET, events=("charge.succeeded",))
    fake.world.pay(amount=2500)
    assert [one.status for one in fake.deliver()] == [0]
    assert fake.courier.waiting == 1


def test_duplicates_are_the_same_event_and_twins_another(fake, told):
    fake.misbehave(duplicate=1.0)
    fake.world.pay(amount=2500)
    fake.deliver()
    assert len(told.heard) == 6
    assert len({one["id"] for one in told.heard}) == 3
    told.heard.clear()
    fake.behave()
    fake.misbehave(twin=1.0)
    fake.world.pay(amount=2500)
    fake.deliver()
    assert len({one["id"] for one in told.heard}) == 6
    assert len({(one["type"], one["data"]["object"]["id"]) for one in told.heard}) == 3


def test_reordering_keeps_all_and_changes_their_order(fake, told):
    fake.misbehave(reorder=True)
    for _ in range(10):
        fake.world.pay(amount=2500)
    fake.deliver()
    sent = [event["id"] for event in fake.world.events]
    heard = [event["id"] for event in told.heard]
    assert heard != sent
    assert sorted(heard) == sorted(sent)


def test_what_is_dropped_never_comes_but_is_listed_and_can_be_resent(fake, client, told):
    fake.misbehave(drop=1.0)
    fake.world.pay(amount=2500)
    assert fake.hurry() == []
    missed = client.v1.events.list({"delivery_success": False, "type": "charge.succeeded"}).data
    assert len(missed) == 1
    fake.courier.resend(missed[0].id)
    assert [one.status for one in fake.deliver()] == [200]
    assert told.kinds() == ["charge.succeeded"]


def test_a_delay_holds_deliveries_back_until_they_are_hurried(fake, told):
    fake.misbehave(delay_seconds=3600)
    fake.world.pay(amount=2500)
    assert fake.deliver() == []
    assert len(fake.hurry()) == 3
    assert len(told.heard) == 3


def test_other_versions_and_thin_forms_are_sent_where_asked_for(fake, told):
    fake.misbehave(versions=["2024-10-28.acacia"])
    fake.world.pay(amount=2500)
    fake.deliver()
    assert {event["api_version"] for event in told.heard} == {"2024-10-28.acacia"}
    told.heard.clear()
    fake.behave()
    fake.misbehave(thin=1.0)
    fake.world.pay(amount=2500)
    fake.deliver()
    assert {event["object"] for event in told.heard} == {"v2.core.event"}


def test_renewals_can_be_without_metadata(fake):
    fake.misbehave(leave_metadata_off_renewals=True)
    first = fake.world.complete_session(fake.world.create_session(amount=900, campaign="roof", mode="subscription"))
    about = fake.world.subscription_of(first)
    later = fake.world.renew(about)
    said = [fake.world.get(fake.world.invoice_of(one))["parent"]["subscription_details"] for one in (first, later)]
    assert [one["metadata"] for one in said] == [{"campaign": "roof"}, {}]
    assert fake.world.get(about)["metadata"] == {"campaign": "roof"}


def test_a_deleted_or_disabled_endpoint_hears_nothing(fake, client, told):
    endpoint = client.v1.webhook_endpoints.list().data[0].id
    client.v1.webhook_endpoints.update(endpoint, {"disabled": True})
    fake.world.pay(amount=2500)
    assert fake.deliver() == []
    client.v1.webhook_endpoints.update(endpoint, {"disabled": False})
    fake.misbehave(delay_seconds=60)
    fake.world.pay(amount=2500)
    fake.deliver()
    client.v1.webhook_endpoints.delete(endpoint)
    assert {one.status for one in fake.hurry()} == {0}
    assert told.heard == []


def test_a_thread_of_its_own_sends_at_once_where_asked_to(receiver):
    with FakeStripe(background=True) as fake:
        fake.webhook(receiver.url, SECRET)
        with fake.api.lock:
            fake.world.pay(amount=2500)
        fake.courier.after_payment(10)
        _until(lambda: len(receiver.heard) == 3)
    assert receiver.kinds()[1] == "charge.succeeded"


# -- the API's misbehaviour --------------------------------------------------------------------------------------------


def test_too_many_requests_says_when_to_come_back(fake, client):
    fake.misbehave(too_many_requests=1, retry_after_seconds=7)
    with pytest.raises(stripe.RateLimitError) as refused:
        client.v1.charges.list()
    assert (refused.value.headers or {})["retry-after"] == "7"
    assert client.v1.charges.list().data == []


def test_a_server_error_does_nothing_and_is_replayed_under_the_same_key(fake, client):
    charge = fake.world.pay(amount=2500)
    fake.misbehave(server_errors=1)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as broken:
            client.v1.refunds.create({"charge": charge}, {"idempotency_key": "once"})
        assert broken.value.http_status == 500
    assert fake.world.refunds_of(charge) == []
    assert client.v1.refunds.create({"charge": charge}, {"idempotency_key": "twice"}).amount == 2500


def test_a_server_error_can_hide_what_was_done(fake, client):
    charge = fake.world.pay(amount=2500)
    fake.misbehave(server_errors_after=1)
    with pytest.raises(stripe.APIError):
        client.v1.refunds.create({"charge": charge})
    assert len(fake.world.refunds_of(charge)) == 1


@pytest.mark.parametrize("how", ["cut", "cut_halfway"])
def test_a_cut_connection_leaves_the_deed_done_and_a_retry_gets_its_answer(fake, client, how):
    charge = fake.world.pay(amount=2500)
    fake.misbehave(**{how: 1})
    with pytest.raises((stripe.APIConnectionError, stripe.APIError)):
        client.v1.refunds.create({"charge": charge}, {"idempotency_key": "once"})
    assert len(fake.world.refunds_of(charge)) == 1
    assert client.v1.refunds.create({"charge": charge}, {"idempotency_key": "once"}).id
    assert len(fake.world.refunds_of(charge)) == 1


def test_the_clients_own_retries_get_over_a_cut_connection(fake):
    charge = fake.world.pay(amount=2500)
    fake.misbehave(cut=1)
    client = fake.client(max_network_retries=2)
    assert client.v1.refunds.create({"charge": charge}).amount == 2500
    assert len(fake.world.refunds_of(charge)) == 1


def test_a_slow_answer_runs_into_the_clients_time_out(fake):
    fake.misbehave(slow_seconds=1.0, only_path="/v1/events")
    hasty = fake.client(http_client=stripe.RequestsClient(timeout=0.2))
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.events.list()
    assert hasty.v1.charges.list().data == []


def test_there_is_no_misbehaviour_of_another_name(fake):
    with pytest.raises(TypeError, match="there is no misbehaviour 'dropp'"):
        fake.misbehave(dropp=1.0)


def _until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        threading.Event().wait(0.02)
