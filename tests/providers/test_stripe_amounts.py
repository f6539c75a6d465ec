"""The border between Stripe's units and ISO 4217's, crossed both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import Invalid
from campaigns.money import CURRENCIES, exponent
from campaigns.providers.contract import Unreadable
from campaigns.providers.stripe.amounts import (
    HUNDREDFOLD,
    THREE_DECIMAL,
    ZERO_DECIMAL,
    from_stripe,
    to_stripe,
)


@pytest.mark.parametrize(
    ("theirs", "currency", "ours"),
    [
        (2500, "USD", 2500),
        (1, "EUR", 1),
        (17500, "HUF", 17500),
        (2550, "TWD", 2550),
        (500, "JPY", 500),
        (500, "KRW", 500),
        (500, "CLP", 500),
        (500, "XOF", 500),
        (50000, "ISK", 500),
        (370000, "UGX", 3700),
        (4500, "MGA", 450000),
        (5120, "KWD", 5120),
        (10, "TND", 10),
        (0, "USD", 0),
        (0, "ISK", 0),
    ],
)
def test_an_amount_crosses_the_border_and_back(theirs: int, currency: str, ours: int) -> None:
    assert from_stripe(theirs, currency) == ours
    assert to_stripe(ours, currency) == theirs


@pytest.mark.parametrize(("amount", "currency"), [(50050, "ISK"), (1, "UGX"), (5124, "KWD"), (5, "BHD")])
def test_an_amount_stripe_never_charges_is_unreadable(amount: int, currency: str) -> None:
    with pytest.raises(Unreadable, match=currency):
        from_stripe(amount, currency)


@pytest.mark.parametrize(("minor", "currency"), [(450001, "MGA"), (5124, "KWD"), (1, "OMR")])
def test_an_amount_too_fine_for_stripe_is_not_sent(minor: int, currency: str) -> None:
    with pytest.raises(Invalid, match=currency):
        to_stripe(minor, currency)


@pytest.mark.parametrize("currency", ["IQD", "LYD", "CLF", "UYW", "ZZZ", "usd", "", "XXX", "XAU"])
def test_a_currency_whose_units_are_not_known_is_refused(currency: str) -> None:
    with pytest.raises(Unreadable):
        from_stripe(1000, currency)
    with pytest.raises(Invalid):
        to_stripe(1000, currency)


def test_the_tables_hold_the_currencies_in_which_stripe_and_iso_disagree() -> None:
    usual = [currency for currency in CURRENCIES if currency not in ZERO_DECIMAL | THREE_DECIMAL | HUNDREDFOLD]
    assert len(ZERO_DECIMAL) == 15
    assert {currency for currency in ZERO_DECIMAL if exponent(currency) != 0} == {"MGA"}
    assert {exponent(currency) for currency in HUNDREDFOLD} == {0}
    assert {exponent(currency) for currency in THREE_DECIMAL} == {3}
    assert all(from_stripe(1234, currency) == 1234 for currency in usual if exponent(currency) == 2)


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(0, 10**13 - 1))
def test_whatever_crosses_comes_back_the_same(currency: str, amount: int) -> None:
    try:
        minor = from_stripe(amount, currency)
    except Unreadable:
        return
    assert to_stripe(minor, currency) == amount
