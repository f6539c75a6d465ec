"""The zip of the WordPress plugin: the sources in `plugin/`, and what this installation is, written down for them.

The same installation makes the same zip, byte for byte, so that nobody wonders what changed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import campaigns
from campaigns.language import say as _
from campaigns.language import speaking, spoken
from campaigns.widget.look import kinds
from campaigns.widget.picture import drawn_as, size_of

NAME = "tidemark"  # of the folder in the zip, which is the plugin's name to WordPress
FILE_NAME = "tidemark-wordpress.zip"
VERSION_MARK = "{{version}}"
_PLUGIN = Path(__file__).parent / "plugin"
_AGE = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
_MODE = 0o100644 << 16

Value = str | int | Sequence["Value"] | Mapping[str, "Value"]


def package(public_url: str) -> bytes:
    """The zip for the installation at `public_url`."""
    files = {path.relative_to(_PLUGIN).as_posix(): _text(path) for path in _PLUGIN.rglob("*") if path.is_file()}
    files["preset.php"] = _preset(public_url)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{NAME}/{name}", _AGE)
            entry.external_attr, entry.compress_type = _MODE, zipfile.ZIP_DEFLATED
            made.writestr(entry, text)
    return buffer.getvalue()


def php(value: Value) -> str:
    """`value` as PHP writes it."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    if isinstance(value, Mapping):
        return f"array( {', '.join(f'{php(name)} => {php(one)}' for name, one in value.items())} )"
    return f"array( {', '.join(php(one) for one in value)} )"


def _preset(public_url: str) -> str:
    told: Mapping[str, Value] = {
        "url": public_url,
        "sizes": {kind: size_of(drawn_as(kind)) for kind in kinds()},
        "languages": list(spoken()),
        "words": {language: _words(language) for language in spoken()},
    }
    return f"<?php\n/**\n * Written by the Tidemark that made this plugin.\n */\n\nreturn {php(told)};\n"


def _words(language: str) -> Mapping[str, str]:
    """What the picture says where it cannot be seen, with and without the campaign's title."""
    with speaking(language):
        return {"donate": _("Donate"), "named": _("%(title)s: donate", title="{title}")}


def _text(path: Path) -> str:
    return path.read_text("utf-8").replace(VERSION_MARK, campaigns.__version__)
