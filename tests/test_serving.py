"""`tidemark serve` as a process among others: the port it takes, and what is left when it ends, however it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.bed.live import ANSWER_SECONDS_MAX, CHECKOUT, LiveServer

END_SECONDS_MAX = 20
PROC = Path("/proc")
on_linux = pytest.mark.skipif(not PROC.is_dir(), reason="what runs is read from /proc, which Linux has")


def running(server_id: int) -> dict[int, str]:
    """What runs in the session of a server that leads its own: process id → command line. The dead do not run."""
    found: dict[int, str] = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            state, _parent, _group, session = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:4]
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has ended meanwhile
            continue
        if int(session) == server_id and state != "Z":
            found[int(folder.name)] = line
    return found


def left_running(server_id: int) -> dict[int, str]:
    """What still runs when all had time to end."""
    end, pause = time.monotonic() + END_SECONDS_MAX, Event()
    while (left := running(server_id)) and time.monotonic() < end:
        pause.wait(0.1)
    return left


def serve(server: LiveServer) -> subprocess.CompletedProcess[str]:
    """A second `tidemark serve` of the same installation on the same port."""
    command = [sys.executable, "-m", "campaigns", "serve", "--host", "127.0.0.1", "--port", str(server.port)]
    return subprocess.run(
        command,
        check=False,
        cwd=CHECKOUT,
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=ANSWER_SECONDS_MAX,
    )


@pytest.fixture
def served(live_server: LiveServer) -> Iterator[int]:
    """The process id of a running `tidemark serve`; whatever is left of it ends with the test."""
    process = live_server._process
    assert process is not None
    yield process.pid
    for left in running(process.pid):
        os.kill(left, signal.SIGKILL)


def test_a_second_server_on_the_same_port_is_refused_and_the_first_goes_on(live_server):
    second = serve(live_server)
    assert (second.returncode, second.stdout) == (2, "")
    assert f"cannot listen on 127.0.0.1, port {live_server.port}: " in second.stderr
    assert "use --port" in second.stderr
    assert live_server.get("/readyz").status == 200


def test_a_port_that_another_program_holds_is_refused(settings, tmp_path):
    server = LiveServer(settings, tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        assert serve(server).returncode == 2


@on_linux
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_server_that_ends_leaves_no_process_behind(live_server, served, sign):
    lines = running(served).values()
    assert any(line.endswith("campaigns work ") for line in lines), lines
    assert len(lines) >= 3  # itself, one that serves, the worker
    os.kill(served, sign)  # itself alone, not its group
    live_server._process.wait(END_SECONDS_MAX)
    assert left_running(served) == {}
    with pytest.raises(OSError, match="refused"):
        live_server.get("/readyz")


@on_linux
def test_the_port_of_a_killed_server_can_be_taken_again(live_server, served):
    os.kill(served, signal.SIGKILL)
    live_server._process.wait(END_SECONDS_MAX)
    assert left_running(served) == {}
    live_server.start()
    assert live_server.get("/readyz").status == 200
