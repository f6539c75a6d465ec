"""The stored body of an event as a person reads it: the same text laid out, no digit of it another."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

SHOWN_LENGTH_MAX = 60_000

_KEPT = "\ue000"  # stands around numbers meanwhile: 10.00 must not become 10.0 on its way through a float
_KEPT_NUMBER = re.compile(f'"{_KEPT}([^"{_KEPT}]*){_KEPT}"')
_FORM = re.compile(r"[A-Za-z0-9_.-]+=[^\s]*", re.ASCII)
# What a page cannot hold (halves of surrogate pairs) or would let turn the text around it.
_UNSHOWABLE = re.compile("[\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def laid_out(body: bytes) -> tuple[str, bool]:
    """`body` for reading, and whether it was cut at SHOWN_LENGTH_MAX: JSON indented, a form one field to a line."""
    text = body.decode("utf-8", "replace")
    shown = _json(text) or _form(text) or text
    shown = _UNSHOWABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", shown)
    return shown[:SHOWN_LENGTH_MAX], len(shown) > SHOWN_LENGTH_MAX


def _json(text: str) -> str | None:
    try:
        document: Any = json.loads(text, parse_float=_kept, parse_int=_kept, parse_constant=_kept)
        laid = json.dumps(document, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return _KEPT_NUMBER.sub(r"\1", laid)


def _kept(number: str) -> str:
    return f"{_KEPT}{number}{_KEPT}"


def _form(text: str) -> str | None:
    if not _FORM.fullmatch(text):
        return None
    return "\n".join(f"{name}: {_json(value) or value}" for name, value in parse_qsl(text, keep_blank_values=True))
