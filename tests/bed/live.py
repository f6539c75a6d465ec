"""The product as it is run: `python -m campaigns serve` in a process of its own, spoken to over loopback HTTP."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from campaigns.settings import Settings

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 20
ANSWER_SECONDS_MAX = 30
CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What came back: header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class LiveServer:
    """One installation on `port`. `start`, `stop` and `kill` may follow each other; the data stays."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = settings.model_copy(update={"public_url": self.url})
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables that `tidemark` commands on the same installation need."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")}
        return kept | variables(self.settings)

    def start(self, *options: str) -> None:
        """Starts serving and waits until /readyz says so; raises with the log when it doesn't."""
        command = [sys.executable, "-m", "campaigns", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--workers", "1", *options],
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def stop(self) -> None:
        """Ends the server politely; kills what is left."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the server and its workers as a power cut would."""
        self._end(signal.SIGKILL)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own; redirects are not followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS_MAX)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """GET `path`; an underscore in a header's name stands for a hyphen."""
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS_MAX
        pause = threading.Event()
        while time.monotonic() < end and self._process is not None and self._process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/readyz").status == 200:
                    return
            pause.wait(0.03)
        self.kill()
        raise AssertionError("the server did not get ready:\n" + self.log.read_text(errors="replace")[-4000:])

    def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            process.wait(STOP_SECONDS_MAX)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(STOP_SECONDS_MAX)


def variables(settings: Settings) -> dict[str, str]:
    """The environment that tells `settings`."""
    told = settings.model_dump(exclude_none=True)
    return {f"TIDEMARK_{name.upper()}": str(value) for name, value in told.items() if value != ""}


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
