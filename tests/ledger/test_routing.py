"""Routing rules: pure choosing, and money that finds its home by them in whatever order all of it is heard."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from campaigns.audit import record
from campaigns.campaign import lifecycle
from campaigns.errors import Conflict, Invalid
from campaigns.ledger import rebuild, routing, ruling
from campaigns.ledger.models import RoutingRule
from campaigns.ledger.routing import Payment, Rule
from campaigns.ledger.ruling import Terms
from campaigns.ledger.statement import Evidence
from tests.bed.desk import CREATED, NOW
from tests.bed.stripe_events import charge, event

EARLY = datetime(2026, 1, 1, tzinfo=UTC)


def rule(number: int = 1, **asked: Any) -> Rule:
    known: dict[str, Any] = {"provider": None, "conditions": (), "amount_min_minor": None, "amount_max_minor": None}
    known |= {"campaign_slug": f"c{number}", "currency": "USD", "since": EARLY, "until": None}
    return Rule(id=number, **{**known, **asked})


def payment(**told: Any) -> Payment:
    known: dict[str, Any] = {"provider": "stripe", "currency": "USD", "amount_minor": 500, "occurred_at": NOW}
    return Payment(**{**known, "facts": {("product", "prod_1")}, **told})


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({"conditions": (("product", "prod_1"),)}, True),
        ({"conditions": (("product", "prod_2"),)}, False),
        ({"conditions": (("product", "prod_1"), ("tier", "1"))}, False),
        ({"provider": "stripe"}, True),
        ({"provider": "paypal"}, False),
        ({"amount_min_minor": 500, "amount_max_minor": 500}, True),
        ({"amount_min_minor": 501}, False),
        ({"amount_max_minor": 499}, False),
        ({"currency": "EUR"}, False),
        ({"since": NOW}, True),
        ({"since": NOW + timedelta(seconds=1)}, False),
        ({"until": NOW}, False),
        ({"until": NOW + timedelta(seconds=1)}, True),
    ],
)
def test_a_rule_fits_what_it_asks_for_and_nothing_else(asked, fits):
    assert routing.fits(rule(**asked), payment()) == fits


def test_what_is_not_known_fits_nothing():
    assert not routing.fits(rule(amount_max_minor=1000), payment(amount_minor=None))
    assert not routing.fits(rule(provider="stripe"), payment(occurred_at=None))
    assert not routing.fits(rule(provider="stripe"), payment(currency=None))


def test_the_more_particular_rule_decides_and_then_the_older():
    rules = [
        rule(1, provider="stripe"),
        rule(2, conditions=(("product", "prod_1"),)),
        rule(3, conditions=(("product", "prod_1"),), amount_min_minor=100),
        rule(4, conditions=(("product", "prod_1"),)),
    ]
    chosen = []
    left = rules
    while left:
        found = routing.choose(routing.ordered(left), payment())
        assert found
        chosen.append(found.id)
        left = [one for one in left if one is not found]
    assert chosen == [3, 2, 4, 1]


@given(st.permutations(range(5)))
def test_the_order_in_which_rules_are_stored_decides_nothing(order):
    rules = [rule(number, amount_min_minor=number * 100) for number in range(1, 6)]
    found = routing.choose(routing.ordered(rules[place] for place in order), payment())
    assert found
    assert found.id == 1


def switch_on(desk, slug: str, **asked: Any) -> tuple[int, int]:
    """Staff switch a rule on; what it came to."""
    with desk.database.writing() as session:
        campaign = lifecycle.by_slug(session, slug)
        assert campaign
        known: dict[str, Any] = {"provider": None, "conditions": (), "amount_min_minor": None, "amount_max_minor": None}
        terms = Terms(campaign=campaign, **{**known, "since": None, **asked})
        row = ruling.switch_on(session, ruling.checked(terms), now=desk.now)
        act = record(session, staff_id=None, action="create", thing="rule", thing_id=row.id)
        evidence = Evidence("staff", act.id, act.detail_sha256)
        return ruling.apply(session, terms, evidence=evidence, now=desk.now, secret_key=desk.settings.secret_key)


def paid(name: str, amount: int = 500, **metadata: str) -> dict[str, Any]:
    return event("charge.succeeded", charge(name, amount, created=CREATED, metadata=metadata), created=CREATED)


@pytest.fixture
def several(desk):
    desk.campaign("sport")
    return desk


def counted(desk) -> tuple[int, int]:
    """What the newsroom and sport raised, once the ledger has been checked against itself."""
    assert desk.check().findings == ()
    return desk.raised("newsroom"), desk.raised("sport")


SHOP = {"conditions": (("metadata.shop", "books"),)}


def test_what_waits_comes_home_and_what_comes_later_is_at_home_at_once(several):
    several.send(paid("ch_1", shop="books"))
    several.send(paid("ch_2", shop="music"))
    assert switch_on(several, "sport", **SHOP) == (1, 0)
    assert several.send(paid("ch_3", shop="books")) == "processed"
    assert several.send(paid("ch_4", shop="music")) == "unassigned"
    assert counted(several) == (0, 1000)


def test_what_the_payment_says_itself_goes_before_a_rule(several):
    several.send(paid("ch_1", shop="books", campaign="newsroom"))
    assert switch_on(several, "sport", **SHOP) == (0, 0)
    several.send(paid("ch_2", shop="books", campaign="newsroom"))
    assert (several.raised("newsroom"), several.raised("sport")) == (1000, 0)


def test_a_name_that_no_campaign_has_is_not_overruled(several):
    switch_on(several, "sport", **SHOP)
    assert several.send(paid("ch_1", shop="books", campaign="nowhere")) == "unassigned"
    assert several.raised("sport") == 0


def test_a_rule_goes_before_the_default_of_an_endpoint(several):
    several.endpoint("second", campaign="newsroom")
    several.send(paid("ch_1", shop="books"), "second")
    assert several.raised("newsroom") == 500
    assert switch_on(several, "sport", **SHOP) == (0, 1)
    several.send(paid("ch_2", shop="books"), "second")
    assert counted(several) == (0, 1000)


def test_what_staff_set_aside_or_moved_stays(several):
    several.send(paid("ch_1", shop="books"))
    with several.database.writing() as session:
        from campaigns.ledger import assigning
        from campaigns.ledger.models import Donation

        donation = session.scalars(select(Donation)).one()
        act = record(session, staff_id=None, action="set_aside", thing="donation", thing_id=donation.id)
        chosen = [(donation, Evidence("staff", act.id, act.detail_sha256))]
        assigning.assign(session, chosen, "", now=several.now, secret_key=several.settings.secret_key)
    assert switch_on(several, "sport", **SHOP) == (0, 0)
    assert several.raised("sport") == 0


def test_a_rule_that_ended_keeps_what_it_placed_and_places_no_more(several):
    switch_on(several, "sport", **SHOP)
    several.send(paid("ch_1", shop="books"))
    with several.database.writing() as session:
        ruling.end(session, session.scalars(select(RoutingRule)).one(), now=several.now)
    later = int((several.now + timedelta(hours=1)).timestamp())
    late = charge("ch_2", 700, created=later, metadata={"shop": "books"})
    several.now += timedelta(hours=2)
    assert several.send(event("charge.succeeded", late, created=later)) == "unassigned"
    several.send(
        event("charge.updated", charge("ch_1", 500, created=CREATED, metadata={"shop": "books"}), created=later)
    )
    assert several.raised("sport") == 500
    with several.database.writing() as session:
        assert rebuild.rebuild(session, now=several.now) == 0
        with pytest.raises(Conflict):
            ruling.end(session, session.scalars(select(RoutingRule)).one(), now=several.now)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_facts_and_money_may_come_in_any_order(several, order):
    switch_on(several, "sport", conditions=(("payment_link", "plink_1"),))
    intent: dict[str, Any] = {"id": "pi_1", "object": "payment_intent", "status": "succeeded", "latest_charge": "ch_1"}
    intent |= {"amount": 500, "amount_received": 500, "currency": "usd", "created": CREATED, "metadata": {}}
    session: dict[str, Any] = {
        "id": "cs_1",
        "object": "checkout.session",
        "payment_link": "plink_1",
        "payment_intent": "pi_1",
    }
    session |= {"payment_status": "paid", "amount_total": 500, "created": CREATED, "metadata": {}, "mode": "payment"}
    told = [
        paid("ch_1"),
        event("payment_intent.succeeded", intent, created=CREATED),
        event("checkout.session.completed", session, created=CREATED),
    ]
    for place in order:
        several.send(told[place])
    several.drain()
    assert counted(several) == (0, 500)


def test_a_rule_must_ask_for_something_and_for_something_new(several):
    with pytest.raises(Invalid):
        switch_on(several, "sport")
    with pytest.raises(Invalid):
        switch_on(several, "sport", amount_min_minor=2, amount_max_minor=1)
    switch_on(several, "sport", **SHOP)
    with pytest.raises(Conflict):
        switch_on(several, "newsroom", **SHOP)
