"""`python -m tests.mutation [FILE …]`: small faults put into what decides about money; do the tests notice?

mutmut works in a copy below `build/`, made anew each time, so that nobody who edits the tree disturbs it and no result
of another day is taken for one of today. `--again` keeps it: those that nobody noticed are tried once more, with the
tests as they are now. What mutmut looks at, and by which tests, stands in pyproject.toml.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import click

from tests.mutation.quickly import SECONDS

HOUSE = Path(__file__).parents[2]
COPY = HOUSE / "build" / "mutation"
COPIED = ("campaigns", "tests", "templates", "migrations", "wsgi.py", "pyproject.toml")
SURVIVORS = COPY / "survivors.diff"
KILLED_PERCENT_MIN = 90
SIEVE_SECONDS, WHOLE_SECONDS = 3.0, 20.0  # of tests for each mutant at first, and for those that nobody noticed then
NOTICED = ("killed", "timeout", "segfault")  # of an endless loop the clock is the test

Results = dict[str, str]  # mutant → what became of it


def main() -> None:
    parser = argparse.ArgumentParser(prog="mutation", description=__doc__)
    parser.add_argument("files", nargs="*", help="some of the files, as campaigns/ledger/tally.py; all by default")
    parser.add_argument("--again", action="store_true", help="only those that nobody noticed when this ran last")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    began = time.monotonic()
    if chosen.again:
        _copy("tests")
    else:
        shutil.rmtree(COPY, ignore_errors=True)
        _copy(*COPIED)
        _try([_mutants_of(file) for file in chosen.files], SIEVE_SECONDS, chosen.processes)
    if unnoticed := _unnoticed(_results()):
        _try(unnoticed, WHOLE_SECONDS, chosen.processes)
    results = _results()
    if not results:
        sys.exit("no mutants: is the file one of [tool.mutmut] only_mutate in pyproject.toml?")
    told = "".join(_mutmut("show", name, quiet=True) for name in _unnoticed(results))
    SURVIVORS.write_text(told, encoding="utf-8")
    percent = _tell(results, time.monotonic() - began)
    sys.exit(percent < KILLED_PERCENT_MIN)


def _copy(*names: str) -> None:
    COPY.mkdir(parents=True, exist_ok=True)
    for name in names:
        source = HOUSE / name
        if source.is_dir():
            shutil.rmtree(COPY / name, ignore_errors=True)
            shutil.copytree(source, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, COPY / name)


def _mutants_of(file: str) -> str:
    """mutmut's pattern for those of a file; it calls a package's `__init__` by the package's name."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") + ".x[_ǁ]*"


def _unnoticed(results: Results) -> list[str]:
    return [name for name, word in results.items() if word not in NOTICED]


def _try(mutants: list[str], seconds: float, processes: int) -> None:
    """Each of `mutants`, or of all where none is named, by its quickest tests."""
    os.environ[SECONDS] = str(seconds)
    _mutmut("run", "--max-children", str(processes), *mutants)


def _mutmut(*arguments: str, quiet: bool = False) -> str:
    """What mutmut says; it fails loudly when it cannot work, not when mutants survive."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=COPY,
        check=True,
        text=True,
        stdout=subprocess.PIPE if quiet else None,
    )
    return done.stdout or ""


def _results() -> Results:
    listed = _mutmut("results", "--all", "true", quiet=True).splitlines()
    pairs = (line.strip().rpartition(": ") for line in listed if ": " in line)
    return {name: word for name, _, word in pairs if word != "not checked"}


def _tell(results: Results, seconds: float) -> float:
    """A line for each file and one for all; how many percent were noticed."""
    made: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    for name, word in results.items():
        file = name.rpartition(".")[0]
        made[file] += 1
        noticed[file] += word in NOTICED
    for file in sorted(made):
        click.echo(f"{file:45} {noticed[file]:5} of {made[file]:5} {100 * noticed[file] / made[file]:6.1f} %")
    percent = 100 * noticed.total() / made.total()
    click.echo(f"{'all':45} {noticed.total():5} of {made.total():5} {percent:6.1f} %, in {seconds:.0f} s")
    click.echo(f"Those that nobody noticed: {SURVIVORS.relative_to(HOUSE)}")
    return percent


if __name__ == "__main__":
    main()
