"""What a reader wants to give, as typed: checked on the server, whatever the form or the link said."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from campaigns.campaign.presets import within_limits
from campaigns.donate.ways import Way
from campaigns.errors import Invalid
from campaigns.language import say as _
from campaigns.money import as_major_text, exponent, parse_major
from campaigns.providers.checkout import FREQUENCIES, Fees

NAME_MAX, EMAIL_MAX, MESSAGE_MAX, TRIBUTE_MAX = 120, 254, 500, 120
YES = frozenset({"yes", "on", "true", "1"})  # what forms and programs send for a box that is ticked
WHOLE = 10_000  # what fees are a part of


class Unfit(Invalid):
    """Something typed cannot be taken; `mends` says by field what to mend."""

    def __init__(self, mends: Mapping[str, str]) -> None:
        super().__init__("; ".join(mends.values()), next(iter(mends)))
        self.mends = dict(mends)


@dataclass(frozen=True, slots=True)
class Gift:
    """A checked gift. `amount_minor` in ISO minor units of the campaign's currency, the cover included.

    `show_name` is the donor's consent to be shown, which needs a name: without one there is nothing to show.
    """

    amount_minor: int
    cover_minor: int
    frequency: str
    name: str | None
    email: str | None
    message: str | None
    tribute: str | None
    show_name: bool


def gift(typed: Mapping[str, str], currency: str, ways: Sequence[Way], language: str) -> tuple[Gift, Way]:
    """The gift in a form's fields, and by which way. Raises Unfit with everything that is wrong at once."""
    chosen, frequency, amount_minor = ways[0], FREQUENCIES[0], 0
    name, email, message, tribute = None, None, None, None
    mends: dict[str, str] = {}
    with _noting(mends, "method"):
        chosen = _way(typed.get("method", ""), ways)
    with _noting(mends, "frequency"):
        frequency = _frequency(typed.get("frequency", ""), chosen)
    with _noting(mends, "amount"):
        amount_minor = _amount(typed, currency, chosen, language)
    with _noting(mends, "name"):
        name = _words(typed.get("name", ""), NAME_MAX)
    with _noting(mends, "email"):
        email = _email(typed.get("email", ""))
    with _noting(mends, "message"):
        message = _words(typed.get("message", ""), MESSAGE_MAX)
    with _noting(mends, "tribute"):
        tribute = _words(typed.get("tribute", ""), TRIBUTE_MAX)
    if mends:
        raise Unfit(mends)
    cover_minor = cover(amount_minor, chosen.fees, currency) if typed.get("cover_fees") in YES else 0
    shown = typed.get("show_name") in YES and name is not None
    given = Gift(amount_minor + cover_minor, cover_minor, frequency, name, email, message, tribute, shown)
    return given, chosen


def cover(amount_minor: int, fees: Fees | None, currency: str) -> int:
    """What to add to `amount_minor` so that it arrives whole, in minor units, rounded up; 0 where nobody knows."""
    if fees is None:
        return 0
    needed = -(-(amount_minor + fees.fixed_minor) * WHOLE // (WHOLE - fees.per_ten_thousand)) - amount_minor
    step = 10 if exponent(currency) == 3 else 1  # no card can be charged a single fils
    return -(-needed // step) * step


@contextmanager
def _noting(mends: dict[str, str], field: str) -> Iterator[None]:
    try:
        yield
    except Invalid as error:
        mends[field] = error.message


def _way(key: str, ways: Sequence[Way]) -> Way:
    if not key:
        return ways[0]
    found = next((way for way in ways if way.key == key), None)
    if found is None:
        raise Invalid(_("this way to pay is not offered here"))
    return found


def _frequency(text: str, way: Way) -> str:
    frequency = text or FREQUENCIES[0]
    if frequency not in FREQUENCIES:
        raise Invalid(_("choose whether to give once or monthly"))
    if frequency not in way.frequencies:
        raise Invalid(_("by this way only single gifts can be made; give once, or choose another way"))
    return frequency


def _amount(typed: Mapping[str, str], currency: str, way: Way, language: str) -> int:
    # What was typed beats what was chosen.
    text = typed.get("own_amount", "").strip() or typed.get("amount", "").strip()
    if not text:
        raise Invalid(_("choose an amount, or type your own"))
    amount_minor = _minor(as_major_text(text, language), currency)
    return within_limits(amount_minor, currency, language, minimum_minor=way.minimum_minor)


def _minor(text: str, currency: str) -> int:
    try:
        return parse_major(text, currency)
    except Invalid as error:
        digits = exponent(currency)
        example = "25" if digits == 0 else "25." + "5".ljust(digits, "0")
        told = _(
            "“%(typed)s” is no amount; write it with digits and a point, such as %(example)s",
            typed=text[:40],
            example=example,
        )
        raise Invalid(told) from error


def _email(text: str) -> str | None:
    text = text.strip()
    if not text:
        return None
    try:
        found = validate_email(text[: EMAIL_MAX + 1], check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise Invalid(_("this is no e-mail address; mend it or leave it empty")) from error
    if "." not in found.domain:
        told = _("an e-mail address does not end in “%(domain)s”; mend it or leave it empty", domain=found.domain)
        raise Invalid(told)
    return found.normalized


def _words(text: str, length_max: int) -> str | None:
    """Plain text in one line: no control characters, which no database and no wall of names can use."""
    kept = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs")
    )
    kept = " ".join(kept.split())
    if len(kept) > length_max:
        raise Invalid(_("%(count)s characters are too many; %(most)s fit", count=len(kept), most=length_max))
    return kept or None
