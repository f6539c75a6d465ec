"""Amounts to choose from, so that nobody is offered to give 25 yen; the same in the bar and on the donation page."""

from __future__ import annotations

from contextlib import suppress

from campaigns.errors import Invalid
from campaigns.language import say as _
from campaigns.money import format_money, major_text, parse_major

PRESETS_MAJOR = (25, 50, 100, 200)
GIFT_MAJOR_MAX = 100_000
# How many units buy about what one dollar or euro does, roughly.
COARSE = {
    "ARS": 1000, "CLP": 1000, "COP": 1000, "CZK": 20, "DKK": 10, "HUF": 200, "IDR": 10_000, "INR": 20, "ISK": 100,
    "JPY": 100, "KES": 100, "KRW": 1000, "MXN": 20, "NGN": 1000, "NOK": 10, "PHP": 20, "PKR": 200, "RSD": 100,
    "SEK": 10, "THB": 20, "TRY": 20, "TWD": 20, "TZS": 2000, "UAH": 20, "UGX": 2000, "VND": 20_000, "XAF": 500,
    "XOF": 500, "ZAR": 20,
}  # fmt: skip


def presets_minor(currency: str) -> list[int]:
    """The amounts to choose from, in minor units, ascending."""
    return [parse_major(str(major * COARSE.get(currency, 1)), currency) for major in PRESETS_MAJOR]


def presets(currency: str, asked: str | None, *, minimum_minor: int = 1) -> list[str]:
    """The same in major units; among them the `asked` one, where it can be given."""
    minors = {minor for minor in presets_minor(currency) if minor >= minimum_minor}
    with suppress(Invalid):  # a link may say anything
        minors.add(within_limits(parse_major(asked or "", currency), currency, "en", minimum_minor=minimum_minor))
    return [major_text(minor, currency) for minor in sorted(minors)]


def within_limits(amount_minor: int, currency: str, language: str, *, minimum_minor: int = 1) -> int:
    """`amount_minor`, if it can be given. Raises Invalid, saying in the present language what can."""
    most = parse_major(str(GIFT_MAJOR_MAX * COARSE.get(currency, 1)), currency)
    if amount_minor == 0:
        raise Invalid(_("the amount must be more than nothing"))
    if amount_minor < minimum_minor:
        least = format_money(minimum_minor, currency, language)
        raise Invalid(_("by this way at least %(amount)s can be given", amount=least))
    if amount_minor > most:
        told = format_money(most, currency, language)
        raise Invalid(_("at most %(amount)s can be given here; for more, please write to us", amount=told))
    return amount_minor
