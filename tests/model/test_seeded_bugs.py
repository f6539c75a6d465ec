"""The test of the test: each bug that is put into the product must make the model complain, and without it not.

A witness is a short history that once showed the bug. Where the product or the model has changed so that it no longer
does, random histories are searched for another; `python -m tests.model --bugs` always searches.
"""

from __future__ import annotations

import logging

import pytest

from tests.model.search import hunt, wrong_with
from tests.model.seeded_bugs import BUGS, planted
from tests.model.witnesses import WITNESSES

DELIVERIES_MAX = 6_000


@pytest.fixture(autouse=True)
def _quietly():
    """Crashes are made up by the hundred; what the product tells of them is not for this log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", BUGS)
def test_the_model_finds(name):
    if name in WITNESSES:
        seed, steps = WITNESSES[name]
        assert wrong_with(seed, steps) is None
        with planted(name):
            if wrong_with(seed, steps) is not None:
                return
    found, _ = hunt(lambda: planted(name), DELIVERIES_MAX)
    assert found is not None, f"{name} was not found in {DELIVERIES_MAX:,} deliveries"
