"""What a reader wants to give, as typed: checked on the server, whatever the form or the link said."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from campaigns.errors import Invalid
from campaigns.money import format_money, major_text, parse_major

PRESETS_MAJOR = (25, 50, 100, 200)
GIFT_MAJOR_MAX = 100_000
# How many units buy about what one dollar or euro does, roughly, so that nobody is offered to give 25 yen.
COARSE = {
    "ARS": 1000, "CLP": 1000, "COP": 1000, "CZK": 20, "DKK": 10, "HUF": 200, "IDR": 10_000, "INR": 20, "ISK": 100,
    "JPY": 100, "KES": 100, "KRW": 1000, "MXN": 20, "NGN": 1000, "NOK": 10, "PHP": 20, "PKR": 200, "RSD": 100,
    "SEK": 10, "THB": 20, "TRY": 20, "TWD": 20, "TZS": 2000, "UAH": 20, "UGX": 2000, "VND": 20_000, "XAF": 500,
    "XOF": 500, "ZAR": 20,
}  # fmt: skip
NAME_MAX, EMAIL_MAX, MESSAGE_MAX = 120, 254, 500


class Unfit(Invalid):
    """Something typed cannot be taken; `mends` says by field what to mend."""

    def __init__(self, mends: Mapping[str, str]) -> None:
        super().__init__("; ".join(mends.values()), next(iter(mends)))
        self.mends = dict(mends)


@dataclass(frozen=True, slots=True)
class Gift:
    """A checked gift. `amount_minor` in ISO minor units of the campaign's currency."""

    amount_minor: int
    name: str | None
    email: str | None
    message: str | None
    show_name: bool


def gift(typed: Mapping[str, str], currency: str) -> Gift:
    """The gift in a form's fields. Raises Unfit with everything that is wrong at once."""
    amount_minor, name, email, message = 0, None, None, None
    mends: dict[str, str] = {}
    with _noting(mends, "amount"):
        amount_minor = _amount(typed, currency)
    with _noting(mends, "frequency"):
        _check_once(typed.get("frequency", ""))
    with _noting(mends, "method"):
        _check_method(typed.get("method", ""))
    with _noting(mends, "name"):
        name = _words(typed.get("name", ""), NAME_MAX)
    with _noting(mends, "email"):
        email = _email(typed.get("email", ""))
    with _noting(mends, "message"):
        message = _words(typed.get("message", ""), MESSAGE_MAX)
    if mends:
        raise Unfit(mends)
    return Gift(amount_minor, name, email, message, typed.get("show_name") == "yes")


def presets(currency: str, asked: str | None) -> list[str]:
    """The amounts to choose from, in major units, ascending; among them the `asked` one, where it can be given."""
    minors = {parse_major(str(major * COARSE.get(currency, 1)), currency) for major in PRESETS_MAJOR}
    with suppress(Invalid):  # a link may say anything
        minors.add(_within_limits(parse_major(asked or "", currency), currency))
    return [major_text(minor, currency) for minor in sorted(minors)]


@contextmanager
def _noting(mends: dict[str, str], field: str) -> Iterator[None]:
    try:
        yield
    except Invalid as error:
        mends[field] = error.message


def _amount(typed: Mapping[str, str], currency: str) -> int:
    text = (
        typed.get("own_amount", "").strip() or typed.get("amount", "").strip()
    )  # what was typed beats what was chosen
    if not text:
        raise Invalid("choose an amount, or type your own")
    return _within_limits(parse_major(text, currency), currency)


def _within_limits(amount_minor: int, currency: str) -> int:
    most = parse_major(str(GIFT_MAJOR_MAX * COARSE.get(currency, 1)), currency)
    if amount_minor == 0:
        raise Invalid("the amount must be more than nothing")
    if amount_minor > most:
        raise Invalid(f"at most {format_money(most, currency, 'en')} can be given here; for more, please write to us")
    return amount_minor


def _check_once(frequency: str) -> None:
    if frequency not in ("", "once"):
        raise Invalid("monthly gifts cannot be made here yet; give once, or choose another way")


def _check_method(method: str) -> None:
    if method not in ("", "sandbox"):
        raise Invalid("this way to pay is not offered here")


def _email(text: str) -> str | None:
    text = text.strip()
    if not text:
        return None
    try:
        found = validate_email(text[: EMAIL_MAX + 1], check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise Invalid("this is no e-mail address; mend it or leave it empty") from error
    if "." not in found.domain:
        raise Invalid(f"an e-mail address does not end in “{found.domain}”; mend it or leave it empty")
    return found.normalized


def _words(text: str, length_max: int) -> str | None:
    """Plain text in one line: no control characters, which no database and no wall of names can use."""
    kept = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs")
    )
    kept = " ".join(kept.split())
    if len(kept) > length_max:
        raise Invalid(f"{len(kept)} characters are too many; {length_max} fit")
    return kept or None
