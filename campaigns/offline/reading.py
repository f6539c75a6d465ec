"""One row of a file as a gift: exact amounts, days by the campaign's clock, and in words what is wrong where."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from babel.numbers import NumberFormatError, parse_decimal
from dateutil import parser
from dateutil.tz import resolve_imaginary
from email_validator import EmailNotValidError, validate_email

from campaigns.errors import Invalid
from campaigns.money import AMOUNT_MINOR_MAX, CURRENCIES, exponent
from campaigns.offline.table import Mapping

T = TypeVar("T")
NAME_MAX, EMAIL_MAX, MESSAGE_MAX, ID_MAX = 200, 254, 2_000, 200
NOON = time(12)  # of a day without an hour, so that no zone moves it into another
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# By decimal mark, the ways in which numbers are grouped with it: 1,234.56 and 1'234.56; 1.234,56 and 1 234,56.
LOCALES = {".": ("en", "de_CH"), ",": ("de", "fr")}
_AROUND = re.compile(r"^[^\d+-]*|[^\d]*$")
_NUMBER = re.compile(r"[+-]?[\d.,'\u2019\u202f\s]+", re.ASCII)
_HOUR = r"([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
_DAY = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}" + _HOUR, re.ASCII)


@dataclass(frozen=True, slots=True)
class Gift:
    """What a row says. `amount_minor` is in ISO minor units of `currency`."""

    line: int
    amount_minor: int
    currency: str
    given_at: datetime
    name: str | None = None
    email: str | None = None
    message: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that is no gift: what is wrong in which column, in words."""

    line: int
    told: tuple[str, ...] = field(default=())


def row(line: int, cells: Sequence[str], mapping: Mapping, *, currency: str, zone: str, now: datetime) -> Gift | Wrong:
    """The gift in a row, or all that is wrong with it at once."""
    wrong: list[str] = []

    def said(name: str) -> str:
        place = mapping.columns.get(name)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    def noted(name: str, read: Callable[[str], T]) -> T | None:
        try:
            return read(said(name))
        except Invalid as error:
            wrong.append(f"{name}: {error.message}")
            return None

    code = said("currency").upper() or currency
    if code != currency:
        wrong.append(f"currency: it is in {code[:10]}, and the campaign counts in {currency}")
    amount_minor = noted("amount", lambda text: amount(text, currency, mapping.mark))
    given_at = noted("date", lambda text: day(text, mapping.day_order, zone, now=now))
    email = noted("email", address)
    if wrong or amount_minor is None or given_at is None:
        return Wrong(line, tuple(wrong))
    return Gift(
        line,
        amount_minor,
        currency,
        given_at,
        name=words(said("name"), NAME_MAX),
        email=email,
        message=words(said("message"), MESSAGE_MAX),
        external_id=words(said("id"), ID_MAX),
    )


def amount(text: str, currency: str, mark: str) -> int:
    """Minor units of what is written with the decimal `mark`, exact. Raises Invalid."""
    bare = _AROUND.sub("", text.replace("\u2212", "-"))
    if not bare or not _NUMBER.fullmatch(bare):
        raise Invalid(f"“{text[:40]}” is no amount; write it as {'1,234.56' if mark == '.' else '1.234,56'}")
    value = _decimal(bare, mark)
    if value is None:
        raise Invalid(f"“{text[:40]}” is no amount with “{mark}” as its decimal mark")
    if value <= 0:
        raise Invalid("it is not more than nothing; take back what went back on the page of its gift")
    if currency not in CURRENCIES:
        raise Invalid(f"{currency[:10]} is no currency")
    scaled = value.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value() or scaled > AMOUNT_MINOR_MAX:
        raise Invalid(f"“{text[:40]}” is no amount of {currency}: too many decimals, or too large")
    return int(scaled)


def day(text: str, order: str, zone: str, *, now: datetime) -> datetime:
    """The instant of a day, at noon, or of a day and hour, on the clock of `zone`. Raises Invalid."""
    if not text:
        raise Invalid("there is none")
    try:
        if not _DAY.fullmatch(text):
            raise ValueError(text)
        at_noon = datetime.combine(now.date(), NOON)
        found = parser.parse(text, dayfirst=order == "dmy", yearfirst=order == "ymd", default=at_noon)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"“{text[:40]}” is no day; write it as 2026-11-30") from error
    local = found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))
    try:
        at = resolve_imaginary(local).astimezone(UTC)
    except OverflowError as error:
        raise Invalid(f"“{text[:40]}” is no day; write it as 2026-11-30") from error
    if at.date() > now.astimezone(ZoneInfo(zone)).date() and at > now:
        raise Invalid("it is in the future")
    if at < EARLIEST:
        raise Invalid("it is before the year 2000")
    return min(at, now)


def address(text: str) -> str | None:
    """An e-mail address, or None where there is none. Raises Invalid."""
    if not text:
        return None
    try:
        return validate_email(text[: EMAIL_MAX + 1], check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Invalid(f"“{text[:60]}” is no e-mail address") from error


def words(text: str, length: int) -> str | None:
    """Text in one line without what cannot be printed."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(kept.split())[:length].rstrip() or None


def _decimal(text: str, mark: str) -> Decimal | None:
    grouped = text.replace("'", "\u2019")
    other = "," if mark == "." else "."
    for place, locale in enumerate(LOCALES[mark]):
        if place and other in text:
            continue  # only the first of the two groups with the other mark; here it would be taken for a decimal one
        spelt = "\u202f".join(grouped.split()) if locale == "fr" else grouped
        try:
            return parse_decimal(spelt, locale=locale, strict=True)
        except NumberFormatError:
            continue
    return None
