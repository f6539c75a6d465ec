"""`python -m bench`: events a second, beside a bare insert of one row; statements by the kind of event."""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.course import Course, Result
from campaigns.db import Database
from campaigns.settings import Settings
from tests.bed import postgres
from tests.bed.databases import SECRET_KEY, PostgresBed, SqliteBed
from tests.model.memory import Memory

KINDS = ("memory", "sqlite", "postgresql")
PROFILED_LINES = 45


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--payments", type=int, default=200, help="payments on each database, five events each")
    parser.add_argument("--only", choices=KINDS, action="append", help="one database; may be given again")
    parser.add_argument("--profile", action="store_true", help="profile the run in memory instead")
    chosen = parser.parse_args()
    if chosen.profile:
        _profile(chosen.payments)
        return
    results: list[Result] = []
    for kind in chosen.only or KINDS:
        with _database(kind) as database:
            results.append(Course(database, _settings(), chosen.payments).run(kind))
    _tell(results)


@contextmanager
def _database(kind: str) -> Iterator[Database]:
    """A migrated installation of its own that leaves nothing behind."""
    with ExitStack() as after:
        bed: Memory | SqliteBed | PostgresBed
        if kind == "memory":
            bed = Memory()
        elif kind == "sqlite":
            bed = SqliteBed(Path(after.enter_context(tempfile.TemporaryDirectory())))
            bed.empty()
        else:
            server = postgres.PostgresServer()
            after.callback(server.stop)
            bed = PostgresBed(server.url("postgres"), "tidemark_bench")
        after.callback(bed.close)
        yield bed.database


def _settings() -> Settings:
    return Settings(
        database_url="sqlite:////nowhere/bench.db", public_url="http://bench.test", secret_key=SECRET_KEY, mode="test"
    )


def _profile(payments: int) -> None:
    with _database("memory") as database:
        course = Course(database, _settings(), payments)
        profile = cProfile.Profile()
        course.run("memory", profile)
        pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(PROFILED_LINES)


def _tell(results: list[Result]) -> None:
    line = "{:<11} {:>9} {:>11} {:>13} {:>12}\n"
    sys.stdout.write(line.format("database", "events", "stored/s", "processed/s", "bare inserts"))
    for one in results:
        rate = (f"{one.stored_per_second:.0f}", f"{one.processed_per_second:.0f}", f"{one.bare_inserts:.1f}")
        sys.stdout.write(line.format(one.kind, one.event_count, *rate))
    sys.stdout.write("\n")
    widths = "{:<28}" + " {:>11}" * len(results) + "\n"
    sys.stdout.write(widths.format("statements of one event", *(one.kind for one in results)))
    for told in results[0].statements:
        sys.stdout.write(widths.format(told, *(f"{one.statements[told]:.1f}" for one in results)))


if __name__ == "__main__":
    main()
