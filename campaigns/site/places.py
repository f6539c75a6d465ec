"""Where a reader came from, cleaned of all that could name the reader: pure, and given whatever a stranger sent.

A place is an origin (scheme, host, port) and a path. A query and a fragment are never part of it, nor is what follows
a `;` in a path (session ids stand there), nor what a sloppy script sends as `%3F…`. The same page, written in two
ways, is one place; cleaning a cleaned place changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import unquote

import idna

SENT_MAX = 4096
HOST_MAX = 253
ORIGIN_MAX = 255
PLACE_MAX = 700
PORT_MAX = 65_535
DEFAULT_PORTS = {"http": 80, "https": 443}

_URL = re.compile(r"(https?)://([^/]*)(/.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?", re.IGNORECASE | re.ASCII)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = _PLAIN | frozenset("!$&'()*+,=:@/%")
_UNWRITTEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp", "Zs"))  # control and format characters, halves of pairs, spaces


@dataclass(frozen=True, slots=True)
class Place:
    """`https://news.example` and `/bread-and-butter`; the path is empty where only the origin is known."""

    origin: str
    path: str

    @property
    def url(self) -> str:
        """Both in one."""
        return self.origin + self.path


def place(sent: str | None) -> Place | None:
    """The place that `sent` names; None for what names none. Too long a path is left out."""
    text = (sent or "").strip(" ")
    if not text or len(text) > SENT_MAX or any(unicodedata.category(one) in _UNWRITTEN for one in text):
        return None
    found = _URL.fullmatch(re.split(r"[?#]", text, maxsplit=1)[0])
    if found is None or "\\" in found[0]:
        return None
    scheme = found[1].lower()
    authority = _authority(scheme, found[2])
    path = _path(found[3] or "")
    if authority is None or path is None:
        return None
    origin = f"{scheme}://{authority}"
    if len(origin) > ORIGIN_MAX:
        return None
    return Place(origin, path if len(origin) + len(path) <= PLACE_MAX else "")


def _authority(scheme: str, text: str) -> str | None:
    """Host and port, the scheme's own port left out. A name or a password before an `@` is refused."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    host = _address(found[1]) if found[1].startswith("[") else _host(found[1])
    port = int(found[2]) if found[2] else DEFAULT_PORTS[scheme]
    if host is None or not 0 < port <= PORT_MAX:
        return None
    return host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"


def _address(bracketed: str) -> str | None:
    try:
        return f"[{IPv6Address(bracketed[1:-1]).compressed}]"
    except AddressValueError:
        return None


def _host(text: str) -> str | None:
    """Lower case, other scripts as `xn--…`; None for what is no host's name."""
    try:
        name = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
    except idna.IDNAError:
        return None
    name = name.removesuffix(".")
    labels = name.split(".")
    if len(name) > HOST_MAX or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if not _NUMBER.fullmatch(labels[-1]):
        return name
    try:  # where the last part is a number, all of it has to be an address
        return str(IPv4Address(name))
    except AddressValueError:
        return None


def _path(text: str) -> str | None:
    """The path in its one spelling; None where it hides a control character."""
    whole = "".join(_spelled(part) for part in re.split(r"(%[0-9A-Fa-f]{2})", text))
    codes = [int(code, 16) for code in _ESCAPED.findall(whole)]
    if any(code < 0x20 or code == 0x7F for code in codes):
        return None
    told = re.split(r"%3F|%23", whole, maxsplit=1)[0]
    return _without_dots([re.split(r";|%3B", segment, maxsplit=1)[0] for segment in told.split("/")])


def _spelled(part: str) -> str:
    """An escape as it is usually written: none for what needs none. Anything else: escaped where it needs to be."""
    if found := _ESCAPED.fullmatch(part):
        plain = chr(int(found[1], 16))
        return plain if plain in _PLAIN else part.upper()
    return "".join(one if one in _KEPT - {"%"} or one == ";" else _escaped(one) for one in part)


def _escaped(one: str) -> str:
    return "".join(f"%{byte:02X}" for byte in one.encode())


def _without_dots(segments: list[str]) -> str:
    """`/a/./b/../c` is `/a/c`."""
    kept: list[str] = []
    for segment in segments[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", "..") and len(segments) > 1:
        kept.append("")
    return "".join(f"/{segment}" for segment in kept)


def origin_of(source: str) -> str:
    """The origin of a kept source; what is no place is its own."""
    return "/".join(source.split("/")[:3])


def readable(source: str) -> str:
    """A kept source as people read it: without the scheme, other scripts in the path unescaped."""
    bare = source.split("://", 1)[-1]
    try:
        text = unquote(bare, errors="strict")
    except UnicodeDecodeError:
        return bare
    return text if text.isprintable() and " " not in text else bare
