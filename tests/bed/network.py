"""No test reaches another machine: a connection or look-up that would leave the loopback range fails at once."""

from __future__ import annotations

import ipaddress
import sys

LOCAL_NAMES = ("localhost", "", None)


class Reached(BaseException):
    """A test tried to reach beyond this machine. No `except Exception` may hide it."""


def stay_home() -> None:
    """Installs the guard for the life of the process."""
    sys.addaudithook(_guard)


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        _allow(arguments[1][0])
    elif event == "socket.getaddrinfo":
        _allow(arguments[0])


def _allow(host: object) -> None:
    text = host.decode() if isinstance(host, bytes) else host
    if text in LOCAL_NAMES or str(text).endswith(".localhost"):  # RFC 6761: of this machine, whatever stands before
        return
    try:
        if ipaddress.ip_address(str(text)).is_loopback:
            return
    except ValueError:
        pass  # a name: only those of this machine are fine, and they were let through above
    raise Reached(f"a test tried to reach {text!r}")
