"""A plugin of pytest for `make mutation`: what finds a fault soonest first, and no more than is worth its time.

Each of some thousand faults gets a process and a session of pytest of its own. So of the tests that call the faulty
function only the quickest are asked, as many as fit into the seconds that `SECONDS` grants; the database is migrated
once for all of them; and an example that fails is not made any smaller. All of this can only leave a fault unnoticed
that others would see.
"""

from __future__ import annotations

import gc
import json
import os
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import make_url

from tests.bed import databases

SECONDS = "MUTATION_SECONDS"  # the variable that says how many
DURATIONS = Path("mutmut-stats.json")  # of the run without a fault
BROUGHT_UP = databases.migrate


def pytest_configure(config: pytest.Config) -> None:
    setattr(databases, "migrate", _migrate)  # noqa: B010  (to mypy a function is no variable)
    quick = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutation", deadline=None, derandomize=True, database=None, phases=quick)
    hypothesis.settings.load_profile("mutation")
    if DURATIONS.exists() and all("::" in argument for argument in config.args):
        config.args = list(_quickest(config.args))


def pytest_unconfigure() -> None:
    """What was imported stays: whoever is forked from here need not look through it for garbage."""
    gc.freeze()


def _quickest(tests: Iterable[str]) -> Iterable[str]:
    """The quickest of `tests` first, until their time is up; one at least."""
    durations: dict[str, float] = json.loads(DURATIONS.read_text(encoding="utf-8"))["duration_by_test"]
    left = float(os.environ.get(SECONDS, "inf"))
    for test in sorted(tests, key=lambda test: durations.get(test, 0.0)):
        if left <= 0:
            return
        left -= durations.get(test, 0.0)
        yield test


@cache
def _migrated() -> bytes:
    """A migrated SQLite file; forked processes find it in the memory that they begin with."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.db"
        BROUGHT_UP(f"sqlite:///{path}")
        return path.read_bytes()


def _migrate(url: str) -> None:
    Path(str(make_url(url).database)).write_bytes(_migrated())
