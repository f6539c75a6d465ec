"""What staff wrote that a gift costs them, such as `2.9%+0.30`, so that donors can choose to cover it."""

from __future__ import annotations

import re
from decimal import Decimal

from campaigns.errors import Invalid
from campaigns.money import parse_major
from campaigns.providers.checkout import Fees
from campaigns.providers.contract import Endpoint, Setting

SETTING = Setting("fees", "What a gift costs you, as 2.9%+0.30, so that donors can choose to cover it")
_FEES = re.compile(r"(\d{1,2}(?:\.\d{1,2})?)%(?:\+(\d{1,6}(?:\.\d{1,3})?))?", re.ASCII)


def said(endpoint: Endpoint, currency: str) -> Fees | None:
    """What stands in the setting; None where it says nothing, or no amount of `currency`."""
    found = _FEES.fullmatch(endpoint.settings.get(SETTING.name, ""))
    if found is None:
        return None
    try:
        fixed_minor = parse_major(found.group(2) or "0", currency)
    except Invalid:
        return None
    return Fees(int(Decimal(found.group(1)) * 100), fixed_minor)
