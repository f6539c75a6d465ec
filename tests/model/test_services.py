"""Histories at PayPal and Patreon, a few of them; `python -m tests.model --services 500` plays many."""

from __future__ import annotations

import logging

import pytest

from tests.model import services


@pytest.fixture(autouse=True)
def _quietly():
    """Bad days are made up by the dozen; what the product tells of them is not for this log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", range(2))
def test_a_random_history_ends_at_what_the_services_hold(seed):
    assert services.play(seed).wrong is None


def test_money_that_is_counted_twice_is_found_out(monkeypatch):
    monkeypatch.setattr("tests.fakes.paypal.bank.Bank.raised", lambda _self: -1)
    assert "the bar holds" in (services.play(0).wrong or "")
