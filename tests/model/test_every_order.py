"""A short form of `python -m tests.model --orders`, which takes longer lives and six events at a time."""

from __future__ import annotations

import pytest

from tests.model.orders import ACTS, BEGINNINGS, Life, every_order, lives
from tests.model.search import stage

SHORT = [life for life in lives(1) if len(life.world.events) <= 4]
REST = [life for life in lives(1) if len(life.world.events) > 4]


@pytest.mark.parametrize("life", SHORT, ids=lambda life: life.name)
def test_every_order_of_a_short_life_ends_the_same(life: Life):
    orders, _ = every_order(stage(), life, width=4)
    assert orders >= 6


@pytest.mark.parametrize("rest_first", [True, False], ids=["the rest first", "the rest last"])
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_every_order_of_the_last_events_of_a_longer_life_ends_the_same(beginning, rest_first):
    for life in REST:
        if life.name.startswith(f"{beginning} >"):
            orders, _ = every_order(stage(), life, width=2 if rest_first else 1, rest_first=rest_first)
            assert orders > 0


def test_every_act_occurs_in_some_life():
    names = {word for life in lives(2) for word in life.name.split(" > ")}
    assert names == {*BEGINNINGS, *ACTS}
