"""The border between Stripe's amounts and ours: it counts some currencies in other units than ISO 4217 does.

Every crossing is exact or refused. A currency of which the two are not known to agree is refused too: reading
it by the usual rule could be wrong by a factor of ten or a hundred.
"""

from __future__ import annotations

from campaigns.errors import Invalid
from campaigns.money import exponent
from campaigns.providers.contract import Unreadable

ZERO_DECIMAL = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
HUNDREDFOLD = frozenset({"ISK", "UGX"})  # no decimals any more, but still sent times 100 and ending in 00
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})  # in thousandths, of which the last digit is always 0


def from_stripe(amount: int, currency: str) -> int:
    """ISO minor units of Stripe's `amount` (not negative). Raises Unreadable where that is not exact."""
    theirs, ours = _units(currency)
    if amount % _step(currency):
        raise Unreadable(f"{amount} {currency} is no amount that Stripe charges in this currency")
    return amount * ours // theirs


def to_stripe(minor: int, currency: str) -> int:
    """What Stripe calls `minor` ISO units. Raises Invalid for an amount or a currency it cannot charge."""
    try:
        theirs, ours = _units(currency)
    except Unreadable as error:
        raise Invalid(str(error), "currency") from error
    amount, rest = divmod(minor * theirs, ours)
    if rest or amount % _step(currency):
        raise Invalid(f"Stripe cannot charge an amount this fine in {currency}", "amount")
    return amount


def _units(currency: str) -> tuple[int, int]:
    """How many make one major unit: at Stripe, by ISO 4217. Raises Unreadable where Stripe's is not known."""
    try:
        ours = exponent(currency)
    except Invalid as error:
        raise Unreadable(f"{currency} is no currency of ISO 4217") from error
    if currency in ZERO_DECIMAL:
        theirs = 0
    elif currency in THREE_DECIMAL:
        theirs = 3
    elif currency in HUNDREDFOLD or ours == 2:
        theirs = 2
    else:
        raise Unreadable(f"how Stripe counts {currency} is not known")
    return int(10**theirs), int(10**ours)


def _step(currency: str) -> int:
    return 100 if currency in HUNDREDFOLD else 10 if currency in THREE_DECIMAL else 1
