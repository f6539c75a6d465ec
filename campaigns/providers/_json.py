"""JSON and text from outside, read strictly: what two parsers could understand differently is refused.

Python's own reader takes NaN, the last of two equal keys, integers of any length, and nesting down to a
RecursionError. Money is read from these documents, so each of those is an end here, with a named limit.
"""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from campaigns.providers.contract import Malformed

BODY_BYTES_MAX = 1024 * 1024
DEPTH_MAX = 64
KEYS_MAX = 10_000
INTEGER_DIGITS_MAX = 18
FRACTION_TEXT_MAX = 40
FRACTION_MAGNITUDE_MAX = 40

_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def parse(body: bytes, *, bytes_max: int = BODY_BYTES_MAX, keys_max: int = KEYS_MAX) -> dict[str, Any]:
    """The object in `body`: UTF-8 without a mark, at most 1 MiB, 64 deep, 10,000 keys, none of them twice.

    `bytes_max`, `keys_max`: other limits, for what we asked for ourselves.
    Fractions come as Decimal. A lone surrogate (half an emoji, where somebody cut a name at a byte count)
    becomes U+FFFD instead of being refused: it can only spoil text, and a gift must not be lost for a spoiled
    name. Raises Malformed for everything else.
    """
    if len(body) > bytes_max:
        raise Malformed(f"body of {len(body)} bytes")
    try:
        document = _decoder(keys_max).decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed("body is not UTF-8") from error
    except RecursionError as error:
        raise Malformed(f"nested deeper than {DEPTH_MAX}") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg} at {error.pos}") from error
    if not isinstance(document, dict):
        raise Malformed("not a JSON object")
    _tidy(document, DEPTH_MAX)
    return document


def clean_text(value: object, limit: int) -> str | None:
    """A donor's words in one line that every store and page can hold, or None if nothing is left of them.

    Spaces and line breaks of all kinds become single spaces; control characters, lone surrogates, and the
    marks that turn the direction of the text after them go; at most `limit` characters stay.
    """
    if not isinstance(value, str):
        return None
    kept = "".join(
        c for c in value if c.isspace() or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _DIRECTION_MARKS)
    )
    return " ".join(kept.split())[:limit].rstrip() or None


def _decoder(keys_max: int) -> json.JSONDecoder:
    keys = 0

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal keys
        keys += len(pairs)
        if keys > keys_max:
            raise Malformed(f"more than {keys_max} keys")
        built = {_whole(key): value for key, value in pairs}
        if len(built) != len(pairs):
            raise Malformed("a key stands twice in one object")
        return built

    return json.JSONDecoder(
        object_pairs_hook=build, parse_int=_integer, parse_float=_fraction, parse_constant=_refuse_constant
    )


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > INTEGER_DIGITS_MAX:
        raise Malformed(f"an integer of more than {INTEGER_DIGITS_MAX} digits")
    return int(text)


def _fraction(text: str) -> Decimal:
    # The magnitude matters as well as the length: int(Decimal("1e999999")) would take the process with it.
    try:
        number = Decimal(text) if len(text) <= FRACTION_TEXT_MAX else None
    except InvalidOperation:
        number = None
    if number is None or abs(number.adjusted()) > FRACTION_MAGNITUDE_MAX:
        raise Malformed("a fraction of no sensible length")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is no number")


def _whole(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub(_REPLACEMENT, text)


def _tidy(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return _whole(value)
    if not isinstance(value, (dict, list)):
        return value
    if not levels:
        raise Malformed(f"nested deeper than {DEPTH_MAX}")
    for place, inner in list(value.items()) if isinstance(value, dict) else enumerate(value):
        value[place] = _tidy(inner, levels - 1)
    return value
