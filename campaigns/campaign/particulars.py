"""What staff may write into a campaign: one function a field, which returns the value to keep or raises Invalid."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from campaigns import money
from campaigns.campaign.periods import REPEATS, Repeat, Rule
from campaigns.errors import Invalid

TITLE_MAX = 200
LABEL_MAX = 120
STORY_MAX = 50_000
URL_MAX = 2_000
LANGUAGE_MAX = 12
MILESTONES_MAX = 50
WAYS_MAX = 20
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

SLUG = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
RESERVED_SLUGS = frozenset({"create", "preview"})  # stand where a campaign would, below /console/campaigns
ACCENT = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)


def slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise Invalid(f"“{text[:70]}” is no address: use 1 to 64 of a–z, 0–9 and -", "slug")
    if text in RESERVED_SLUGS:
        raise Invalid(f"“{text}” is the name of one of the console's own pages; choose another", "slug")
    return text


def title(text: str) -> str:
    return _line(text, "title", "title", TITLE_MAX)


def story(text: str) -> str:
    """Markdown, as written, with plain line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _unwritable(text.replace("\n", "").replace("\t", "")):
        raise Invalid("the story holds characters that cannot be shown", "story")
    if len(text) > STORY_MAX:
        raise Invalid(f"the story is {len(text)} characters long; {STORY_MAX} fit", "story")
    return text


def currency(code: str) -> str:
    code = code.strip().upper()
    money.exponent(code)
    return code


def language(tag: str) -> str:
    tag = tag.strip().replace("_", "-")
    money.locale_of(tag)
    if len(tag) > LANGUAGE_MAX:
        raise Invalid(f"“{tag[:40]}” is too long for a language tag; use one such as en or pt-BR", "language")
    return tag


def accent(colour: str | None) -> str | None:
    if not colour:
        return None
    if not ACCENT.fullmatch(colour):
        raise Invalid(f"“{colour[:20]}” is no colour; write it as #rrggbb, such as #1b6b52", "accent")
    return colour.lower()


def timezone(name: str) -> str:
    if name not in _zones():
        near = get_close_matches(name, _zones(), n=1)
        advice = f"did you mean {near[0]}?" if near else "use an IANA name such as Europe/Berlin"
        raise Invalid(f"“{name[:64]}” is no time zone; {advice}", "timezone")
    return name


def rule(repeat: str, first_month: int, first_day: int, zone: str) -> Rule:
    """A checked rule; fields that do not matter to its repeat are 1, so that equal rules compare equal."""
    if repeat not in REPEATS:
        raise Invalid(f"“{repeat[:20]}” is no way to repeat; use one of {', '.join(REPEATS)}", "repeat")
    checked: Repeat = next(known for known in REPEATS if known == repeat)
    month = first_month if checked in ("quarterly", "yearly") else 1
    day = first_day if checked != "none" else 1
    try:
        return Rule(checked, month, day, timezone(zone))
    except ValueError as error:
        raise Invalid(f"a {checked} campaign cannot start on day {day} of month {month}", "first_day") from error


def dates(starts_at: datetime | None, ends_at: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Aware instants in UTC, the end after the start."""
    start, end = _instant(starts_at, "starts_at"), _instant(ends_at, "ends_at")
    if start is not None and end is not None and end <= start:
        raise Invalid("a campaign must end after it starts", "ends_at")
    return start, end


def milestones(rows: Sequence[tuple[int, str]]) -> dict[int, str]:
    """Label by amount (minor units), ascending."""
    if len(rows) > MILESTONES_MAX:
        raise Invalid(f"{len(rows)} milestones are too many; {MILESTONES_MAX} fit", "milestones")
    found: dict[int, str] = {}
    for amount_minor, label in sorted(rows):
        if not 0 < amount_minor <= money.AMOUNT_MINOR_MAX:
            raise Invalid("a milestone must be above 0, and have at most 13 digits with its decimals", "milestones")
        if amount_minor in found:
            raise Invalid(f"two milestones have the same amount: “{found[amount_minor]}” and “{label}”", "milestones")
        found[amount_minor] = _line(label, "label of a milestone", "milestones", LABEL_MAX)
    return found


def ways(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """``(label, url)`` of the ways to give, in order."""
    if len(rows) > WAYS_MAX:
        raise Invalid(f"{len(rows)} ways to give are too many; {WAYS_MAX} fit", "ways")
    return [(_line(label, "label of a way to give", "ways", LABEL_MAX), _web_address(url)) for label, url in rows]


def _line(text: str, what: str, field: str, longest: int) -> str:
    line = " ".join(text.split())
    if not line:
        raise Invalid(f"the {what} is empty", field)
    if _unwritable(line):
        raise Invalid(f"the {what} holds characters that cannot be shown", field)
    if len(line) > longest:
        raise Invalid(f"the {what} is {len(line)} characters long; {longest} fit", field)
    return line


def _unwritable(text: str) -> bool:
    """Controls and halves of characters. Joiners and direction marks are fine: many scripts need them."""
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def _web_address(url: str) -> str:
    url = url.strip()
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or len(url) > URL_MAX or any(character.isspace() for character in url) or _unwritable(url):
        raise Invalid(f"“{url[:80]}” is no web address; it must begin with https:// or http://", "ways")
    if "@" in parts.netloc:
        raise Invalid(f"“{url[:80]}” holds a user name; readers would send it to strangers", "ways")
    return url


def _instant(instant: datetime | None, field: str) -> datetime | None:
    if instant is None:
        return None
    if not EARLIEST <= instant <= LATEST:
        raise Invalid(f"the date must lie between {EARLIEST.year} and {LATEST.year}", field)
    return instant.astimezone(UTC)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory", "localtime"})
