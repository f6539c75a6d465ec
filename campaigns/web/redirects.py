"""Where a reader may be sent: to our own pages, and to the checkouts of those who named theirs. Nowhere else.

A browser reads more into a URL than most parsers do (`\\\\` is `/` to it, a tab is nothing), so that whatever is not
plainly one of the allowed is refused, not mended.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from campaigns.errors import DomainError

URL_LENGTH_MAX = 4_000  # Stripe's checkout URLs have about 400 characters, most of them in the fragment
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.ASCII)
PORTS = {"https": 443, "http": 80}


class Elsewhere(DomainError):
    """Somebody wanted the reader sent to where we send nobody."""

    status = 502


def check_checkout(url: str, *, allowed: Collection[str], base: str) -> str:
    """`url` as it is, if it is a page of ours (`base` is our public URL) or below an origin in `allowed`.

    Origins are written as browsers do: `https://checkout.stripe.com`. Raises Elsewhere, which never tells the URL:
    it may hold what only the donor should see.
    """
    if ours(url, base) or ((found := origin(url)) is not None and found in allowed):
        return url
    raise Elsewhere("the payment service led to an address that is none of its own; nobody was sent there")


def ours(url: str, base: str) -> bool:
    """Whether `url` is a page of ours: a plain path, or one at our own origin."""
    if not _is_plain(url):
        return False
    if url.startswith("/"):
        return not url.startswith("//") and origin(base + url) == origin(base)
    return origin(url) is not None and origin(url) == origin(base)


def origin(url: str) -> str | None:
    """Scheme, host and port of an absolute http(s) URL as a browser's origin; None for whatever is not plainly one."""
    if not _is_plain(url) or not url.startswith(("https://", "http://")):
        return None
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        return None
    host = _host(parts)
    if host is None:
        return None
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, PORTS[parts.scheme]) else "")


def _host(parts: SplitResult) -> str | None:
    """The host, where nothing stands around it that could be taken for one."""
    written = parts.netloc.rpartition(":")[0] if _has_port(parts.netloc) else parts.netloc
    return written if HOST.fullmatch(written) and ".." not in written else None


def _has_port(netloc: str) -> bool:
    return re.fullmatch(r"\d{1,5}", netloc.rpartition(":")[2], re.ASCII) is not None and not netloc.endswith("]")


def _is_plain(url: str) -> bool:
    """Printable ASCII without what browsers mend: backslashes, blanks, controls."""
    return 0 < len(url) <= URL_LENGTH_MAX and url.isascii() and url.isprintable() and not set(url) & set('\\ "<>^`{|}')
