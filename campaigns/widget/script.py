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
    text = _squeezed((_EMBED / "widget.js").read_text(encoding="utf-8"))
    sheet = sheet_text()
    body = text.replace('"%css%"', json.dumps(sheet, ensure_ascii=False)).encode()
    hashed = hashlib.sha384(body).digest()
    return Script(body, hashlib.sha256(body).hexdigest()[:16], "sha384-" + base64.b64encode(hashed).decode())


@cache
def sheet_text() -> str:
    """The sheet, without comments and needless spaces."""
    text = re.sub(r"/\*.*?\*/", "", (_EMBED / "widget.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", text)).strip()


def _squeezed(text: str) -> str:
    """Without comments that stand alone and without indents; nothing that could change what it does."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    lines = (re.sub(r"\s+// .*$", "", line.strip()) for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
