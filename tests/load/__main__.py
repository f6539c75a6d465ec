"""`python -m tests.load`: thousands of signed deliveries over HTTP on both databases, and whether all is exact."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from campaigns.settings import Settings
from tests.bed import postgres
from tests.bed.databases import SECRET_KEY, PostgresBed, SqliteBed
from tests.bed.live import LiveServer
from tests.load.trial import Outcome, Trial

KINDS = ("sqlite", "postgresql")


def main() -> None:
    parser = argparse.ArgumentParser(prog="load", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=0, help="how often the server is killed in the middle (-9)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=KINDS)
    chosen = parser.parse_args()
    outcomes = []
    for kind in (chosen.only,) if chosen.only else KINDS:
        with _trial(kind) as trial:
            outcomes.append(trial.run(chosen.deliveries, seed=chosen.seed, kills=chosen.kills))
        _tell(kind, outcomes[-1], chosen.kills)
    sys.exit(any(outcome.wrong for outcome in outcomes))


@contextmanager
def _trial(kind: str) -> Iterator[Trial]:
    """On a migrated database of its own; PostgreSQL is served by two processes."""
    with ExitStack() as after:
        folder = Path(after.enter_context(tempfile.TemporaryDirectory()))
        bed: SqliteBed | PostgresBed
        if kind == "sqlite":
            bed = SqliteBed(folder)
            bed.empty()
        else:
            running = postgres.PostgresServer()
            after.callback(running.stop)
            bed = PostgresBed(running.url("postgres"), "tidemark_load")
        after.callback(bed.close)
        settings = Settings(
            database_url=bed.url,
            data_dir=folder / "data",
            public_url="http://load.test",
            secret_key=SECRET_KEY,
            mode="test",
        )
        server = LiveServer(settings, folder)
        after.callback(server.kill)
        yield Trial(bed.database, server, ("--workers", "2") if kind == "postgresql" else ())


def _tell(kind: str, outcome: Outcome, kills: int) -> None:
    rate = outcome.deliveries / outcome.seconds
    sys.stdout.write(
        f"{kind}: {outcome.deliveries} deliveries in {outcome.seconds:.1f} s ({rate:.0f} a second); "
        f"quiet after another {outcome.quiet_seconds:.1f} s; killed {kills} times; {outcome.resent} sent again; "
        f"{outcome.late} were waiting out a long back-off; {outcome.broken_off} left to the worker after deadlocks: "
        f"{'WRONG' if outcome.wrong else 'exact'}\n"
    )
    for wrong in outcome.wrong[:20]:
        sys.stdout.write(f"  {wrong}\n")


if __name__ == "__main__":
    main()
