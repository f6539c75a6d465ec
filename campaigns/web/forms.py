"""The base of every console form, and the fields that speak of money, time zones and instants.

Money and local times keep what was typed as their `data`, so that a refused form shows it again; what it means is read
during validation into `minor` and `instant`, once the form has told them its currency or time zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from dateutil.tz import resolve_imaginary
from flask_wtf import FlaskForm
from wtforms import Field, FieldList, FormField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import ValidationError

from campaigns.campaign import particulars
from campaigns.errors import Invalid
from campaigns.money import CURRENCIES, parse_major
from campaigns.web.errors import sentence

# Languages whose numbers and dates Babel writes and whose names an editor would look for.
# fmt: off
LANGUAGES = (
    "en", "ar", "bg", "ca", "cs", "da", "de", "el", "es", "et", "fa", "fi", "fr", "ga", "he", "hi", "hr", "hu", "id",
    "is", "it", "ja", "ko", "lt", "lv", "mk", "ms", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sq", "sr",
    "sv", "sw", "th", "tr", "uk", "vi", "zh",
)
EVERYDAY_CURRENCIES = (
    "USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CZK", "BRL", "MXN", "INR",
)
# fmt: on
LOCAL_INSTANT = "%Y-%m-%dT%H:%M"


class ConsoleForm(FlaskForm):  # type: ignore[misc]
    """A form of the console: it carries the CSRF token, and names its fields one by one, so nothing else binds."""

    order: tuple[str, ...] = ()  # of the fields on the page, where it is another than that of the class

    def problems(self) -> list[tuple[str, str, str]]:
        """Every error as (id of the field, label, message), in the order of the page."""
        places = {name: place for place, name in enumerate(self.order)}
        fields = sorted(self, key=lambda field: places.get(field.short_name, -1))
        return [problem for field in fields for problem in _problems(field)]

    def blame(self, error: Invalid) -> bool:
        """Hangs what a verb refused onto the field it is about; False where this form has no such field."""
        field = self._fields.get(error.field or "")
        if field is None:
            return False
        field.errors = [*field.errors, sentence(error.message)]
        return True


class MoneyField(StringField):
    """An amount typed in major units ("2500", "12.50"). The form sets `currency`; `minor` is what it means."""

    currency: str = ""
    minor: int | None = None

    def pre_validate(self, form: Any) -> None:
        """Reads the amount strictly. Raises ValidationError saying what to write instead."""
        self.minor = None
        typed = (self.data or "").strip()
        if not typed or self.currency not in CURRENCIES:
            return  # an empty field is for its validators, a wrong currency for its own field to tell
        try:
            self.minor = parse_major(typed, self.currency)
        except Invalid as error:
            raise ValidationError(sentence(error.message)) from error


class TimezoneField(StringField):
    """An IANA time zone, typed with suggestions (`timezones()` fills the datalist)."""

    def pre_validate(self, form: Any) -> None:
        """Raises ValidationError for a zone that does not exist."""
        try:
            particulars.timezone(self.data or "UTC")
        except Invalid as error:
            raise ValidationError(sentence(error.message)) from error


class InstantField(StringField):
    """A date and hour on the clock of the campaign. The form sets `timezone`; `instant` is aware UTC, None when empty.

    An hour that the clock skips means the hour after it; one that it shows twice, the first.
    """

    timezone: str = "UTC"
    instant: datetime | None = None

    def pre_validate(self, form: Any) -> None:
        """Raises ValidationError for what is no date and hour."""
        self.instant = None
        typed = (self.data or "").strip()
        if not typed or self.timezone not in _zones():
            return
        try:
            local = datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(self.timezone))
            self.instant = resolve_imaginary(local).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ValidationError("Write a date and an hour, such as 2026-11-30 18:00.") from error


class RowsField(FieldList):  # type: ignore[type-arg]
    """Rows that can be added and removed. Only plain small numbers are row numbers: a name is what a stranger types."""

    def press(self, name: str, pressed: Iterable[str]) -> bool:
        """Does what the buttons `add_<name>` and `remove_<name>-<number>` ask for; whether one of them was pressed."""
        asked = False
        for button in pressed:
            number = button.removeprefix(f"remove_{name}-")
            if button == f"add_{name}" and len(self.entries) < (self.max_entries or 0):
                self.append_entry()
            elif number in {str(index) for index in range(len(self.entries))}:
                self.pop_entry(int(number))  # type: ignore[call-arg]  # newer than its stubs
            asked = asked or button == f"add_{name}" or number != button
        return asked

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        for name in formdata:
            number = name.removeprefix(prefix + "-").split("-", 1)[0]
            if name.startswith(prefix + "-") and number.isascii() and number.isdigit() and len(number) <= 4:
                yield int(number)


def local_text(instant: datetime | None, timezone: str) -> str:
    """An instant as InstantField shows it, on the clock of `timezone`; empty for None."""
    return instant.astimezone(ZoneInfo(timezone)).strftime(LOCAL_INSTANT) if instant else ""


def numbered(words: Iterable[str]) -> list[SelectChoice]:
    """Choices whose values are 1, 2, 3, …"""
    return [SelectChoice(str(number), word) for number, word in enumerate(words, 1)]


def worded(words: Mapping[str, str]) -> list[SelectChoice]:
    """Choices from value to what it is called."""
    return [SelectChoice(value, word) for value, word in words.items()]


@lru_cache(maxsize=1)
def timezones() -> tuple[str, ...]:
    """The zones worth suggesting: one for each place, without the old aliases."""
    places = sorted(zone for zone in _zones() if "/" in zone and not zone.startswith(("Etc/", "US/")))
    return (*places, "UTC")


@lru_cache(maxsize=1)
def currency_choices() -> list[SelectChoice]:
    """Every currency by its name in English, the everyday ones first."""
    names = Locale("en").currencies
    others = sorted((c for c in CURRENCIES if c not in EVERYDAY_CURRENCIES), key=lambda code: names.get(code, code))
    groups = (("Often used", EVERYDAY_CURRENCIES), ("All others", others))
    return [
        SelectChoice(code, f"{names.get(code, code)} ({code})", optgroup=group)
        for group, codes in groups
        for code in codes
    ]


@lru_cache(maxsize=1)
def language_choices() -> list[SelectChoice]:
    """Languages by their name in English, with the name their readers use."""
    found = []
    for tag in LANGUAGES:
        locale = Locale.parse(tag.replace("-", "_"))
        name, own = str(locale.get_display_name("en")), str(locale.get_display_name(tag.replace("-", "_")))
        found.append(SelectChoice(tag, name if name == own else f"{name} · {own}"))
    return sorted(found, key=lambda choice: choice.label)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _problems(field: Field) -> list[tuple[str, str, str]]:
    if isinstance(field, FieldList):
        inside = [problem for entry in field.entries for problem in _problems(entry)]
        return inside + [(field.id, field.label.text, text) for text in field.errors if isinstance(text, str)]
    if isinstance(field, FormField):
        return [problem for inner in field.form for problem in _problems(inner)]
    return [(field.id, field.label.text, str(text)) for text in field.errors]
