"""Any order, any duplicates, any twins: the same totals and the same net per payment."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import Json, charge, checkout, dispute, event, intent, refund

CHARGES = ("ch_a", "ch_b", "ch_c", "ch_d")
EXPECTED = {"ch_a": (700, "newsroom"), "ch_b": (0, "newsroom"), "ch_c": (5_000, "roof"), "ch_d": (1_234, None)}


def life() -> list[Json]:
    """Four payments: refunded twice with one failing; disputed, lost and refunded; hinted late; never hinted."""
    a = charge("ch_a", 1_000, created=CREATED, campaign="newsroom")
    b = charge("ch_b", 2_000, created=CREATED, campaign="newsroom", email=None)
    c = charge("ch_c", 5_000, created=CREATED)
    d = charge("ch_d", 1_234, created=CREATED)
    taken = {"txn_b": -2_000}
    told = [
        ("charge.succeeded", a),
        ("charge.pending", charge("ch_a", 1_000, created=CREATED, campaign="newsroom", status="pending")),
        ("refund.created", refund("re_a1", "ch_a", 300, created=CREATED)),
        ("refund.created", refund("re_a2", "ch_a", 200, created=CREATED, status="pending")),
        ("refund.failed", refund("re_a2", "ch_a", 200, created=CREATED, status="failed")),
        ("charge.refunded", {**a, "amount_refunded": 300}),
        ("charge.succeeded", b),
        ("charge.dispute.created", dispute("dp_b", "ch_b", 2_000, "needs_response", taken, created=CREATED)),
        ("charge.dispute.closed", dispute("dp_b", "ch_b", 2_000, "lost", taken, created=CREATED)),
        ("refund.created", refund("re_b", "ch_b", 500, created=CREATED)),
        ("charge.succeeded", c),
        ("checkout.session.completed", checkout("ch_c", 5_000, created=CREATED, campaign="newsroom")),
        ("payment_intent.succeeded", intent("ch_c", 5_000, created=CREATED, campaign="roof")),
        ("charge.succeeded", d),
    ]
    sent = [event(kind, thing, created=CREATED, event_id=f"evt_{n}") for n, (kind, thing) in enumerate(told)]
    twins = [event(kind, thing, created=CREATED, event_id=f"evt_twin_{n}") for n, (kind, thing) in enumerate(told[:3])]
    other_mode = {
        **event(
            "charge.succeeded",
            charge("ch_live", 9_999, created=CREATED, campaign="newsroom"),
            created=CREATED,
            event_id="evt_live",
        ),
        "livemode": True,
    }
    other_account = event(
        "charge.succeeded",
        charge("ch_foreign", 8_888, created=CREATED, campaign="newsroom"),
        created=CREATED,
        event_id="evt_foreign",
        account="acct_other",
    )
    return [*sent, *twins, other_mode, other_account]


def assert_exact(desk: Desk) -> None:
    for ref, (counted, _) in EXPECTED.items():
        donation = desk.donation(ref)
        assert max(0, donation.net_minor) == counted, ref
    assert {slug: desk.raised(slug) for slug in ("newsroom", "roof")} == {"newsroom": 700, "roof": 5_000}
    assert desk.pending() == 0
    assert sum(total.donation_count for total in desk.totals()) == 1
    assert desk.donation("ch_d").campaign_id is None
    assert desk.check().findings == ()


@st.composite
def deliveries(draw: st.DrawFn) -> list[Json]:
    messages = life()
    repeated = draw(st.lists(st.sampled_from(messages), max_size=6))
    return draw(st.permutations([*messages, *repeated]))


@given(order=deliveries())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_with_duplicates_gives_the_same_totals(fresh_desk, order):
    desk = fresh_desk()
    for message in order:
        desk.send(message)
    desk.drain()
    assert_exact(desk)


def short_life() -> Iterator[tuple[Json, ...]]:
    a = charge("ch_a", 1_000, created=CREATED)
    messages = [
        event("charge.succeeded", a, created=CREATED, event_id="evt_1"),
        event("refund.created", refund("re_1", "ch_a", 300, created=CREATED), created=CREATED, event_id="evt_2"),
        event(
            "refund.failed",
            refund("re_1", "ch_a", 300, created=CREATED, status="failed"),
            created=CREATED,
            event_id="evt_3",
        ),
        event(
            "checkout.session.completed",
            checkout("ch_a", 1_000, created=CREATED, campaign="newsroom"),
            created=CREATED,
            event_id="evt_4",
        ),
    ]
    return itertools.permutations(messages)


def test_every_order_of_a_short_life_ends_the_same(fresh_desk):
    for order in short_life():
        desk = fresh_desk()
        for message in order:
            desk.send(message)
        assert desk.raised() == 1_000
        assert desk.check().findings == ()


@pytest.fixture
def fresh_desk(database, settings):
    """A desk whose ids no other example has used: one database serves all of them."""

    class Renamed(Desk):
        mark = ""

        def campaign(self, slug="newsroom", currency="USD", **options):
            super().campaign(f"{slug}-{self.mark}", currency, **options)

        def endpoint(self, name="main", campaign=None, **settings):
            super().endpoint(f"{name}-{self.mark}", campaign, **settings)

        def send(self, message, name="main"):
            return super().send(_renamed(message, self.mark), f"{name}-{self.mark}")

        def totals(self, slug="newsroom"):
            return super().totals(f"{slug}-{self.mark}")

        def donation(self, ref):
            return super().donation(f"{ref}{self.mark}")

    def make() -> Desk:
        desk = Renamed(database, settings)
        desk.mark = uuid.uuid4().hex[:8]
        desk.campaign()
        desk.campaign("roof")
        desk.endpoint()
        return desk

    return make


def _renamed(thing: Any, mark: str) -> Any:
    """`thing` with every Stripe id and campaign name marked."""
    if isinstance(thing, dict):
        return {key: _renamed(value, mark) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_renamed(value, mark) for value in thing]
    if isinstance(thing, str) and thing.startswith(("ch_", "re_", "pi_", "cs_", "dp_", "txn_", "evt_")):
        return thing + mark
    return f"{thing}-{mark}" if thing in ("newsroom", "roof") else thing
