"""A real Chromium, the system's own, driven by Playwright: it reaches nothing but this machine.

Every name under `.test` and `.example` leads to the loopback address, so that a test can serve "another site" on a
port of its own and embed there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "install it (Debian: apt-get install chromium) or name one in TIDEMARK_TEST_CHROMIUM, then run the tests again"
OWN_NAMES = (
    "MAP *.test 127.0.0.1, MAP *.example 127.0.0.1, MAP *.localhost 127.0.0.1, MAP * ~NOTFOUND, "
    "EXCLUDE localhost, EXCLUDE 127.0.0.1"
)
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",  # letters as wide on every machine
    f"--host-resolver-rules={OWN_NAMES}",
]


def found() -> str | None:
    """The path of a Chromium, or None."""
    named = os.environ.get("TIDEMARK_TEST_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def running(path: str) -> Iterator[Browser]:
    """One Chromium for the tests of one pytest process."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--no-sandbox"] if root else FLAGS
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


class Complaints:
    """What a page complained of while it was used: errors of its scripts, and breaches of its policy."""

    def __init__(self, page: Page) -> None:
        self.heard: list[str] = []
        page.on("pageerror", lambda error: self.heard.append(f"uncaught: {error}"))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.heard.append(message.text)
