"""The embed script: `static/embed/widget.js` with the sheet inside, as one file and one request."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_EMBED = Path(__file__).parents[1] / "static" / "embed"


@dataclass(frozen=True, slots=True)
class Script:
    """The file as served, its name's hash, and the integrity value for a `<script integrity>`."""

    body: bytes
    digest: str
    integrity: str


@cache
def script() -> Script:
    """Built once per process from the two files; what is served is what lies there, without comments and indents."""
    return _made("widget.js", sheet_text(), give=giving().digest)


@cache
def giving() -> Script:
    """The module for choosing an amount, with its sheet: asked for by the script, under the name of its content."""
    return _made("give.js", _sheet("give.css"))


def _made(name: str, sheet: str, *, give: str = "") -> Script:
    text = _squeezed((_EMBED / name).read_text(encoding="utf-8")).replace("%give%", give)
    body = text.replace('"%css%"', json.dumps(sheet, ensure_ascii=False)).encode()
    hashed = hashlib.sha384(body).digest()
    return Script(body, hashlib.sha256(body).hexdigest()[:16], "sha384-" + base64.b64encode(hashed).decode())


@cache
def sheet_text() -> str:
    """The sheet, without comments and needless spaces."""
    return _sheet("widget.css")


def _sheet(name: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", (_EMBED / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", text)).strip()


def _squeezed(text: str) -> str:
    """Without comments that stand alone and without indents; nothing that could change what it does."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    lines = (re.sub(r"\s+// .*$", "", line.strip()) for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
