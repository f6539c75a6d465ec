"""What a machine lacks is left out plainly, and counts as a failure where the run must be complete."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

MARK = "left out: "


def leave_out(what: str, how: str) -> NoReturn:
    """Skips the test because of `what`, telling `how` to mend it; fails it under TIDEMARK_TESTS_COMPLETE=1."""
    reason = f"{what}; {how}"
    if os.environ.get("TIDEMARK_TESTS_COMPLETE") == "1":
        pytest.fail(f"this run must be complete, and {reason}", pytrace=False)
    pytest.skip(MARK + reason)


def summary(skipped: list[pytest.TestReport]) -> list[str]:
    """One line per reason, with the number of tests that were left out for it."""
    counts: dict[str, int] = {}
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if MARK in reason:
            told = reason.split(MARK, 1)[1]
            counts[told] = counts.get(told, 0) + 1
    return [f"LEFT OUT: {count} test{'s' if count > 1 else ''}: {reason}" for reason, count in counts.items()]
