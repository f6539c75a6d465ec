"""The embed script, and what it asks for beside each bar: modules under the names of their content.

The script is all that a page loads every few minutes; the sheet and what a kind needs are kept for ever.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rjsmin import jsmin

SHARED = "all"  # in the name of the module with the sheet; no kind is called so
_EMBED = Path(__file__).parents[1] / "static" / "embed"


@dataclass(frozen=True, slots=True)
class Script:
    """The file as served, its name's hash, and the integrity value for a `<script integrity>`."""

    body: bytes
    digest: str
    integrity: str


@cache
def script() -> Script:
    """Built once per process; what is served is what lies there, without comments and spaces."""
    return _made("widget.js", {"%sheet%": f"/widget-{SHARED}.{shared().digest}.js"})


@cache
def shared() -> Script:
    """The sheet that all kinds share, which the script asks for while it asks for the bar."""
    return _made("sheet.js", {"%css%": sheet_text()})


@cache
def module(kind: str) -> Script:
    """What a bar of `kind` needs beside the script: its kind's sheet, and choosing an amount."""
    own = sheet_of(kind)
    return _made("give.js", {"%css%": _sheet("give.css") + (_sheet(own.removeprefix("embed/")) if own else "")})


def sheet_of(kind: str) -> str | None:
    """The sheet of a kind's own, below `static/`; the bar's is the one that all share."""
    own = f"embed/kinds/{kind}.css"
    return own if (_EMBED.parent / own).is_file() else None


def module_path(kind: str) -> str:
    """Where `module(kind)` is served, under the name of its content."""
    return f"/widget-{kind}.{module(kind).digest}.js"


def _made(name: str, filled: Mapping[str, str]) -> Script:
    text = str(jsmin((_EMBED / name).read_text(encoding="utf-8")))
    for mark, value in filled.items():
        text = text.replace(f'"{mark}"', json.dumps(value, ensure_ascii=False))
    body = text.encode()
    hashed = hashlib.sha384(body).digest()
    return Script(body, hashlib.sha256(body).hexdigest()[:16], "sha384-" + base64.b64encode(hashed).decode())


@cache
def sheet_text() -> str:
    """The sheet, without comments and needless spaces."""
    return _sheet("widget.css")


def _sheet(name: str) -> str:
    # rcssmin would be shorter, but within @container it takes the space out of `.a :is(.b)`: another selector then.
    text = re.sub(r"/\*.*?\*/", "", (_EMBED / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\s*([{};,>])\s*", r"\1", re.sub(r"\s+", " ", text)).replace(";}", "}").strip()
    return re.sub(
        r"(?<=[{;])([\w-]+): ", r"\1:", text
    )  # of what is declared; a selector's colon stands before no space
