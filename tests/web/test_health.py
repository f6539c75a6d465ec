"""What a watcher of the machine is told: 200 when all is in order, else 503 with what is not."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns import clock, installation
from campaigns.web import health


def test_ready_without_a_worker_where_none_was_started(client):
    assert client.get("/readyz").get_json() == {"status": "ready"}


@pytest.mark.parametrize(("age", "status"), [(timedelta(seconds=5), 200), (timedelta(minutes=2), 503), (None, 503)])
def test_a_worker_that_belongs_here_and_is_silent_is_told(client, database, monkeypatch, age, status):
    monkeypatch.setenv(health.WORKER_VARIABLE, "yes")
    monkeypatch.setattr(health, "_started_at", clock.now() - timedelta(hours=1))
    if age is not None:
        with database.writing() as session:
            installation.beat(session, now=clock.now() - age)
    answer = client.get("/readyz")
    assert answer.status_code == status
    assert answer.get_json().get("reason") == (None if status == 200 else "the worker is silent")


def test_a_worker_that_was_never_heard_of_has_time_to_start(client, monkeypatch):
    monkeypatch.setenv(health.WORKER_VARIABLE, "yes")
    monkeypatch.setattr(health, "_started_at", clock.now())
    assert client.get("/readyz").status_code == 200


def test_a_worker_that_dies_is_started_again(live_server):
    first = _await_worker(but=0)
    os.kill(first, signal.SIGKILL)
    assert _await_worker(but=first) != first


def _await_worker(*, but: int) -> int:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = [pid for pid in _workers() if pid != but]
        if found:
            return found[0]
        threading.Event().wait(0.1)
    raise AssertionError("no worker was started")


def _workers() -> list[int]:
    """Worker processes below this one: children of a server that this test run started."""
    parents = {int(stat.parent.name): _parent(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    found = []
    for pid, parent in parents.items():
        if parents.get(parent) == os.getpid() and _command(pid)[-2:] == ["campaigns", "work"]:
            found.append(pid)
    return found


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
    except OSError:
        return []
