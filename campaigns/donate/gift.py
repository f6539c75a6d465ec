"""What a reader wants to give, as typed: checked on the server, whatever the form or the link said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.errors import Invalid
from campaigns.money import major_text, parse_major

PRESETS_MAJOR = (25, 50, 100, 200)
NAME_MAX, EMAIL_MAX, MESSAGE_MAX = 120, 254, 500
GIFT_MAJOR_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Gift:
    """A checked gift. `amount_minor` in ISO minor units of the campaign's currency."""

    amount_minor: int
    name: str | None
    email: str | None
    message: str | None
    show_name: bool


def gift(typed: Mapping[str, str], currency: str) -> Gift:
    """The gift in a form's fields. Raises Invalid, naming the field, for what cannot be given."""
    if typed.get("frequency", "once") != "once":
        raise Invalid("monthly gifts cannot be made here yet; give once, or choose another way", "frequency")
    # What was typed beats what stood chosen.
    text = typed.get("own_amount", "").strip() or typed.get("amount", "").strip()
    if not text:
        raise Invalid("choose an amount, or type your own", "amount")
    try:
        amount_minor = parse_major(text, currency)
    except Invalid as error:
        raise Invalid(error.message, "amount") from error
    if amount_minor == 0:
        raise Invalid("the amount must be more than nothing", "amount")
    if amount_minor > parse_major(str(GIFT_MAJOR_MAX), currency):
        raise Invalid(f"for more than {GIFT_MAJOR_MAX} {currency} please write to us", "amount")
    email = _line(typed.get("email", ""), EMAIL_MAX, "email")
    if email is not None and ("@" not in email[1:-1] or " " in email):
        raise Invalid("that is no e-mail address; mend it or leave it empty", "email")
    return Gift(
        amount_minor=amount_minor,
        name=_line(typed.get("name", ""), NAME_MAX, "name"),
        email=email,
        message=_line(typed.get("message", ""), MESSAGE_MAX, "message"),
        show_name=typed.get("show_name") == "yes",
    )


def presets(currency: str, asked: str | None) -> list[str]:
    """The amounts to choose from, in major units; one that a link asked for stands among them if it is an amount."""
    amounts = [str(major) for major in PRESETS_MAJOR]
    try:
        minor = parse_major(asked or "", currency)
    except Invalid:
        return amounts
    text = major_text(minor, currency)
    return amounts if minor == 0 or text in amounts else [text, *amounts]


def _line(text: str, length_max: int, field: str) -> str | None:
    kept = "".join(c for c in text if c.isprintable() or c in "\r\n").strip()
    if len(kept) > length_max:
        raise Invalid(f"at most {length_max} characters, please", field)
    return kept or None
