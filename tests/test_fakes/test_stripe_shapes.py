from __future__ import annotations

import json
from typing import Any

import pytest
import stripe

from tests.fakes.stripe.api import Api
from tests.fakes.stripe.server import ROUTES
from tests.fakes.stripe.skeletons import PATH, kind, skeleton
from tests.fakes.stripe.state import Json
from tests.fakes.stripe.versions import VERSIONS
from tests.fakes.stripe.world import World, in_version, sign, thin, twin
from tests.test_fakes.conforming import class_of, misfits_of
from tests.test_fakes.worlds import lived_in

RESOURCES: Json = json.loads(PATH.read_text(encoding="utf-8"))["resources"]
# In the samples, though present versions leave it out or show it on request only; and inner parts that only some have.
LEFT_OUT = {
    "charge": {"refunds", "source"},
    "checkout.session": {"managed_payments"},
    "customer": set(),
    "invoice": {"subscription"},
    "payment_intent": {"managed_payments"},
    "payment_link": {"managed_payments", "payment_method_options"},
    "subscription": {"managed_payments"},
}
EVENT_TYPES = set(stripe.Event.__annotations__["type"].__args__)


@pytest.fixture(scope="module")
def world() -> World:
    return lived_in()


@pytest.fixture(scope="module")
def told(world: World) -> list[Json]:
    """Everything the world shows: its objects, and all snapshots in its events."""
    return [*world.objects.values(), *(event["data"]["object"] for event in world.events)]


def test_every_kind_of_object_is_among_what_is_checked(told):
    assert {thing["object"] for thing in told} >= set(RESOURCES) - {
        "event", "payment_link", "billing_portal.session", "webhook_endpoint",
    }  # fmt: skip


def test_every_field_is_one_that_the_official_library_knows_and_has_a_value_that_it_allows(told):
    found = {text for thing in told for text in misfits_of(thing, class_of(thing), thing["object"])}
    assert found == set()


def test_every_event_is_one_that_the_official_library_knows(world):
    found = {text for event in world.events for text in misfits_of(event, stripe.Event, "event")}
    assert found == set()
    assert {event["type"] for event in world.events} <= EVENT_TYPES


def test_names_and_types_are_those_of_the_published_samples(told):
    found = {text for thing in told for text in against(thing, RESOURCES[thing["object"]], thing["object"])}
    assert found == set()


def test_the_skeletons_hold_names_and_types_and_no_values():
    sample = {"id": "ch_1", "amount": 1, "paid": True, "data": [{"x": None}, {"y": 1}], "none": [], "rate": 0.5}
    assert skeleton(sample) == {
        "id": "string", "amount": "number", "paid": "boolean", "data": [{"x": "null"}], "none": [], "rate": "number",
    }  # fmt: skip


def test_a_wrong_type_a_wrong_word_an_unknown_and_a_missing_field_are_noticed(told):
    charge = next(thing for thing in told if thing["object"] == "charge")
    for spoilt in (
        charge | {"amount": "100"},
        charge | {"amount": True},
        charge | {"status": "paid"},
        charge | {"invoice": None},
        {name: value for name, value in charge.items() if name != "currency"},
    ):
        assert list(misfits_of(spoilt, stripe.Charge, "charge"))
    assert list(against(charge | {"paid": "yes"}, RESOURCES["charge"], "charge"))
    assert list(against({name: charge[name] for name in charge if name != "paid"}, RESOURCES["charge"], "charge"))


def test_what_only_the_api_makes_fits_too():
    api = Api(World(), ROUTES)
    make = {route.path: route.handler for route in ROUTES if route.method == "POST"}
    price = {"currency": "usd", "unit_amount": "900", "product_data": {"name": "Gift"}}
    link = make["/v1/payment_links"](api, {"line_items": [{"price_data": price, "quantity": "1"}]})
    monthly = price | {"recurring": {"interval": "month"}}
    links = make["/v1/payment_links"](api, {"line_items": [{"price_data": monthly, "quantity": "1"}]})
    endpoint = make["/v1/webhook_endpoints"](api, {"url": "http://127.0.0.1/", "enabled_events": ["*"]})
    customer = make["/v1/customers"](api, {"name": "Ada"})
    portal = make["/v1/billing_portal/sessions"](api, {"customer": customer["id"]})
    for thing in (link, links, endpoint, customer, portal):
        noun = thing["object"]
        assert list(misfits_of(thing, class_of(thing), noun)) == []
        assert list(against(thing, RESOURCES[noun], noun)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_each_older_shape_differs_where_stripe_changed_it(world, version):
    for event in world.events:
        older = in_version(event, version)
        thing = older["data"]["object"]
        assert older["api_version"] == version
        assert older["id"] == event["id"]
        if thing["object"] == "charge":
            assert ("invoice" in thing) == (version < "2025-03-31")
            assert ("refunds" in thing) == (version < "2022-11-15")
        if thing["object"] == "invoice":
            assert ("parent" in thing) == (version >= "2025-03-31")
            assert ("paid" in thing) == (version < "2025-03-31")
        if thing["object"] == "subscription":
            assert ("current_period_end" in thing) == (version < "2025-03-31")
        if thing["object"] == "payment_intent":
            assert ("charges" in thing) == (version < "2022-11-15")
    assert all(event["api_version"] == VERSIONS[-1] for event in world.events), "the newest must stay as it was"


def test_an_old_renewal_charge_names_its_invoice_and_that_its_subscription(world):
    paid = [
        event for event in world.events if event["type"] == "invoice.paid" and world.objects[_id(event)]["amount_due"]
    ]
    old = [in_version(event, "2020-08-27")["data"]["object"] for event in paid]
    by_hand = [invoice for invoice in old if invoice["paid_out_of_band"]]
    assert len(by_hand) == 1
    assert by_hand[0]["charge"] is None
    for invoice in (one for one in old if not one["paid_out_of_band"]):
        assert world.invoice_of(invoice["charge"]) == invoice["id"]
        assert world.subscription_of(invoice["charge"]) == invoice["subscription"]


def test_before_basil_the_part_that_was_let_go_reads_as_refunded(world):
    captured = next(event for event in world.events if event["type"] == "charge.captured")
    assert captured["data"]["object"]["amount_refunded"] == 0
    assert in_version(captured, "2024-10-28.acacia")["data"]["object"]["amount_refunded"] == 2000


def test_a_twin_is_another_event_for_the_same_change(world):
    event = world.events[0]
    other = twin(event, world)
    assert other["id"] != event["id"]
    assert other | {"id": event["id"]} == event
    assert in_version(other, "2020-08-27")["data"] == in_version(event, "2020-08-27")["data"]


def test_the_official_library_accepts_what_is_signed_and_reads_the_thin_form(world):
    client = stripe.StripeClient("sk_test_fake")
    for event in world.events:
        body, headers = sign(event, "whsec_test", 1_795_000_000)
        stripe.WebhookSignature.verify_header(body.decode(), headers["Stripe-Signature"], "whsec_test", tolerance=None)
        small, headers = sign(thin(event), "whsec_test", 1_795_000_000)
        told = stripe.v2.core.EventNotification.from_json(small, client)
        assert told.type == "v1." + event["type"]
        assert vars(told)["related_object"].id == event["data"]["object"]["id"]


def test_the_same_seed_makes_the_same_world_and_another_another():
    assert lived_in(5).events == lived_in(5).events
    assert lived_in(5).events != lived_in(6).events


def against(value: Any, sample: Any, path: str) -> list[str]:
    """Where a value's type differs from the sample's, and which of the sample's fields it lacks."""
    if value is None or sample == "null":
        return []
    if isinstance(sample, dict) and isinstance(value, dict):
        shared = [
            text for name in sample if name in value for text in against(value[name], sample[name], f"{path}.{name}")
        ]
        top = "." not in path.removeprefix(value.get("object", ""))
        lacking = set(sample) - set(value) - LEFT_OUT.get(value.get("object", ""), set()) if top else set()
        return shared + [f"{path}.{name} is missing" for name in sorted(lacking)]
    if isinstance(sample, list) and isinstance(value, list):
        return [text for inner in value[:1] for one in sample for text in against(inner, one, f"{path}[]")]
    wanted = sample if isinstance(sample, str) else "object" if isinstance(sample, dict) else "array"
    return [] if kind(value) == wanted else [f"{path} is {kind(value)}, not {wanted}"]


def _id(event: Json) -> str:
    return str(event["data"]["object"]["id"])
