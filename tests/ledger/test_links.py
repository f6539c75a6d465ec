"""Walking from a payment to all that speaks of it: how far away what stands, whatever was told first."""

from __future__ import annotations

import itertools

from campaigns.ledger.refs import LINK_DEPTH_MAX, Links

CHARGE, INVOICE, SUBSCRIPTION, SESSION, OTHER = range(1, 6)
TOLD = [(CHARGE, INVOICE), (INVOICE, SUBSCRIPTION), (INVOICE, SESSION), (SUBSCRIPTION, SESSION)]


def linked(pairs) -> Links:
    links = Links()
    for child, parent in pairs:
        assert links.add(child, parent)
    return links


def test_the_session_that_began_a_subscription_is_farther_than_it_in_every_order_of_telling():
    for pairs in itertools.permutations(TOLD):
        away = linked(pairs).upward(CHARGE)
        assert away == {CHARGE: 0, INVOICE: 1, SUBSCRIPTION: 2, SESSION: 3}


def test_what_speaks_of_a_session_speaks_of_all_that_came_of_it():
    assert linked(TOLD).downward([SESSION]) == {SESSION, SUBSCRIPTION, INVOICE, CHARGE}
    assert linked(TOLD).downward([INVOICE, OTHER]) == {INVOICE, CHARGE, OTHER}
    assert linked(TOLD).upward(OTHER) == {OTHER: 0}


def test_a_ring_has_an_end():
    links = linked([(1, 2), (2, 3), (3, 1)])
    assert links.upward(1).keys() == {1, 2, 3}
    assert links.downward([1]) == {1, 2, 3}


def test_a_chain_is_followed_as_far_as_is_said_and_no_farther():
    links = linked([(n, n + 1) for n in range(LINK_DEPTH_MAX + 3)])
    assert links.upward(0) == {n: n for n in range(LINK_DEPTH_MAX + 1)}
    assert links.downward([LINK_DEPTH_MAX + 3]) == {n + 3 for n in range(LINK_DEPTH_MAX + 1)}


def test_nothing_is_linked_to_itself_or_twice():
    links = Links()
    assert not links.add(1, 1)
    assert links.add(1, 2)
    assert not links.add(1, 2)
    assert links.ids() == {1, 2}
