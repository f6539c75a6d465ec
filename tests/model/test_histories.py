"""Random histories in memory, a few of them; `python -m tests.model --deliveries 1000000` plays many."""

from __future__ import annotations

import logging
import random

import pytest

from tests.model.chance import some_steps
from tests.model.search import Tally, one_history, stage


@pytest.fixture(autouse=True)
def _quietly():
    """Crashes are made up by the hundred; what the product tells of them is not for this log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", range(6))
def test_a_random_history_ends_where_the_oracle_says(seed):
    failure = one_history(seed, Tally(), deeds=12)
    assert failure is None, failure.script()


def test_a_history_is_decided_by_its_seed():
    def told(seed: int) -> list[object]:
        made = stage().play(seed)
        for step in some_steps(made, random.Random(seed), 6):
            made.step(step)
        return [*made.world.journal, made.deliveries]

    assert told(3) == told(3)
    assert told(3) != told(4)
