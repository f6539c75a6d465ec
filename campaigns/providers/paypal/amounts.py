"""PayPal's decimal texts and our minor units. It writes HUF, JPY and TWD without decimals, all else with two."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from campaigns.money import exponent
from campaigns.providers._fields import Thing, as_object

CURRENCIES = frozenset({
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY",
    "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
})  # fmt: skip
WHOLE_ONLY = frozenset({"HUF", "JPY", "TWD"})


class NotAtPayPal(ValueError):
    """An amount that PayPal has no way to write, or in a currency that it does not take."""


def as_text(amount_minor: int, currency: str) -> str:
    """The decimal text of ISO minor units. Raises NotAtPayPal."""
    if currency not in CURRENCIES:
        raise NotAtPayPal(f"PayPal takes no {currency}")
    places = 0 if currency in WHOLE_ONLY else 2
    value = Decimal(amount_minor).scaleb(-exponent(currency))
    text = f"{value:.{places}f}"
    if Decimal(text) != value:
        raise NotAtPayPal(f"PayPal takes whole {currency} only")
    return text


def money(thing: Thing, field: str) -> tuple[int, str]:
    """(minor units, currency) of an amount in the shape `{"currency_code": …, "value": …}`. Raises Unreadable."""
    return _amount(thing, field, "currency_code", "value", signed=False)


def total(thing: Thing, field: str) -> tuple[int, str]:
    """The same of the older shape `{"currency": …, "total": …}`, without its sign, which differs by age."""
    return _amount(thing, field, "currency", "total", signed=True)


def fee(thing: Thing, field: str, code: str) -> tuple[int, str] | None:
    """The same of a fee, which may be missing; `code` is the name of its currency's field."""
    if not as_object(thing.body.get(field)):
        return None
    return _amount(thing, field, code, "value", signed=True)


def _amount(thing: Thing, field: str, code: str, value: str, *, signed: bool) -> tuple[int, str]:
    inner: Mapping[str, Any] = as_object(thing.body.get(field))
    text = inner.get(value)
    if signed and isinstance(text, str):
        text = text.removeprefix("-")
    part = Thing(f"{thing.label}'s {field}", thing.id, {"currency": inner.get(code), value: text})
    currency = part.currency()
    return part.major(value, currency), currency
