"""Fields of a provider's objects, read one by one, so that a wrong one is refused by its name.

Money fields are refused (Unreadable) when they are not what they must be; fields that only say where money
belongs or who gave it are dropped instead, since a gift must count though its donor has no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NoReturn

from campaigns.clock import from_timestamp
from campaigns.errors import Invalid
from campaigns.keys import KEY_ALPHABET, KEY_LENGTH
from campaigns.money import AMOUNT_MINOR_MAX, exponent
from campaigns.providers.contract import CAMPAIGN_MAX, OBJECT_ID_MAX, Trait, Unreadable, intent_ref

_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
_INTENT = re.compile(rf"[{KEY_ALPHABET}]{{{KEY_LENGTH}}}", re.ASCII)
_MAJOR = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_SHOWN_MAX = 40
OWN_NAMES = ("campaign", "intent")  # what our own checkouts write, which needs no rule
_PERSONAL = re.compile(r"mail|name|phone|address|donor|customer|user|message|comment", re.ASCII | re.IGNORECASE)
FACTS_MAX, FACT_NAME_MAX, FACT_MAX = 20, 64, 200


@dataclass(frozen=True, slots=True)
class Thing:
    """One JSON object of a provider's, with the name that complaints about it use."""

    label: str
    id: str
    body: Mapping[str, Any]

    @classmethod
    def of(cls, value: object, noun: str) -> Thing:
        """`value` as a Thing called `noun`. Raises Unreadable unless it is an object with an id."""
        body = as_object(value)
        name = identity(body.get("id"))
        if name is None:
            raise Unreadable(f"{noun} without an id: {shown(body.get('id'))}")
        return cls(f"{noun} {name}", name, body)

    def amount(self, field: str, *, signed: bool = False) -> int:
        """An integer of at most 13 digits, as the provider states it; negative only where `signed`."""
        value = self.body.get(field)
        if type(value) is not int or abs(value) > AMOUNT_MINOR_MAX or (value < 0 and not signed):
            self.refuse(field, "an amount in minor units")
        return value

    def currency(self) -> str:
        """Three capital letters."""
        value = self.body.get("currency")
        if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
            self.refuse("currency", "a currency code")
        return value.upper()

    def major(self, field: str, currency: str, *, number: bool = False) -> int:
        """Minor units of an amount in major units, exact: the text `3.00`, or with `number` a JSON number too.

        Nothing below 0, no exponent, no separator; more decimals than the currency has only where they are zeros.
        """
        value = self.body.get(field)
        known = (str, int, Decimal) if number else str
        text = str(value) if isinstance(value, known) and not isinstance(value, bool) else ""
        try:
            scaled = Decimal(text).scaleb(exponent(currency)) if _MAJOR.fullmatch(text) else None
        except Invalid:
            raise Unreadable(f"{self.label}: {shown(currency)} is no currency of ISO 4217") from None
        if scaled is None or scaled != scaled.to_integral_value() or scaled > AMOUNT_MINOR_MAX:
            self.refuse(field, f"an amount of {currency}")
        return int(scaled)

    def moment(self, field: str) -> datetime:
        """The aware UTC instant of an RFC 3339 time with its offset."""
        value = self.body.get(field)
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
            in_utc = moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
        except (ValueError, OverflowError):
            in_utc = None
        if in_utc is None:
            self.refuse(field, "an RFC 3339 time")
        return in_utc

    def flag(self, field: str, *, missing: bool) -> bool:
        """true or false, also where they are sent as words (`"false"` is false); `missing` where nothing is sent."""
        value = self.body.get(field)
        if value is None:
            return missing
        if isinstance(value, str):
            value = {"true": True, "false": False}.get(value)
        if not isinstance(value, bool):
            self.refuse(field, "true or false")
        return value

    def instant(self, field: str) -> datetime:
        """The aware UTC instant of a Unix time."""
        value = self.body.get(field)
        if type(value) is not int:
            self.refuse(field, "a Unix time")
        try:
            return from_timestamp(value)
        except (ValueError, OSError):
            self.refuse(field, "a Unix time")

    def word(self, field: str, *known: str) -> str:
        """One of the `known` words; another means that the provider has learnt a word we have not."""
        value = self.body.get(field)
        if not isinstance(value, str) or value not in known:
            self.refuse(field, "one of " + ", ".join(known))
        return value

    def refuse(self, field: str, wanted: str) -> NoReturn:
        """Raises Unreadable, naming the object, the field, what stands there and what should."""
        raise Unreadable(f"{self.label}: {field} is {shown(self.body.get(field))}, not {wanted}")


def as_object(value: object) -> Mapping[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """`value` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def identity(value: object) -> str | None:
    """`value` if it is an id: ASCII letters, digits, `_` and `-`, at most 200; else None."""
    return value if isinstance(value, str) and len(value) <= OBJECT_ID_MAX and _ID.fullmatch(value) else None


def pointer(value: object) -> str | None:
    """The id of a thing that is either named by its id or written out in full; None if neither."""
    return identity(as_object(value).get("id") if isinstance(value, dict) else value)


def campaign_named(value: object) -> str | None:
    """The campaign that a free field names, trimmed; None where it names none.

    Unlike a donor's words it is not cleaned: taking a stray character out could turn an unknown name into a
    known one. What cannot be printed becomes U+FFFD, which no slug holds, so the payment stays visibly
    unassigned.
    """
    if not isinstance(value, str):
        return None
    name = value.strip()[:CAMPAIGN_MAX]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name) or None


def facts_in(ref: str, metadata: object) -> Iterator[Trait]:
    """What a free field says beside the campaign and our own intent, as facts that routing rules may go by.

    What looks like a word about the donor is left out: facts are kept for good, donors' details are not.
    """
    said = {key: value for key, value in as_object(metadata).items() if key not in OWN_NAMES}
    said = {key: value for key, value in said.items() if not _PERSONAL.search(key) and "@" not in str(value)}
    for key, value in sorted(said.items())[:FACTS_MAX]:
        name, text = f"metadata.{key}", str(value) if isinstance(value, (str, int)) else ""
        if 0 < len(text.strip()) <= FACT_MAX and len(name) <= FACT_NAME_MAX and (name + text).isprintable():
            yield Trait(ref, name, text.strip())


def intent_named(value: object) -> str | None:
    """The ref of the intent of ours that a free field names, or None. Anything else in it is somebody else's word."""
    return intent_ref(value) if isinstance(value, str) and _INTENT.fullmatch(value) else None


def shown(value: object) -> str:
    """`value` short enough for a message; of objects and arrays only that they are."""
    if value is None:
        return "missing"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return repr(value)[:_SHOWN_MAX]
