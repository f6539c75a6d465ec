"""`python -m tests.load.siege`: ten thousand presses of bots over HTTP on both databases, while fifty readers give."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from campaigns import clock
from campaigns.donate import limits
from campaigns.settings import Settings
from tests.bed import postgres
from tests.bed.databases import SECRET_KEY, PostgresBed, SqliteBed
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.load.bots import CONNECTIONS, Outcome, Siege

KINDS = ("sqlite", "postgresql")
PROCESSES = {"sqlite": 1, "postgresql": 2}
ANSWERS = (303, 422, 429)
SLUG = "newsroom"


def main() -> None:
    parser = argparse.ArgumentParser(prog="siege", description=__doc__)
    parser.add_argument("--presses", type=int, default=10_000)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--computing", type=int, default=1, help="bots that really compute, a core each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=KINDS)
    chosen = parser.parse_args()
    is_wrong = False
    for kind in (chosen.only,) if chosen.only else KINDS:
        with _server(kind) as server:
            siege = Siege(server, SLUG, chosen.presses, chosen.readers, chosen.computing, chosen.seed)
            outcome = siege.run()
        found = wrong(outcome, PROCESSES[kind])
        _tell(kind, outcome, found)
        is_wrong = is_wrong or bool(found)
    sys.exit(is_wrong)


def wrong(outcome: Outcome, processes: int) -> list[str]:
    """What is not within the budget, and which readers noticed. Without Redis each process has counts of its own,
    but for the budget of a minute, which is the database's."""
    minutes = outcome.seconds / 60 + 1
    calm = limits.CAMPAIGN_CALM_MAX * processes
    waited = limits.TICKETS_OF_CAMPAIGN.amount * minutes * processes
    others = sum(count for code, count in outcome.answers.items() if code not in ANSWERS)
    told = {
        "for bots that bring nothing": (outcome.of_bots("presses", "invents"), calm),
        "for bots that wait": (outcome.of_bots("waits"), calm + waited),
        "for bots that send one proof again and again": (outcome.of_bots("repeats"), calm + CONNECTIONS),
        "in one minute": (outcome.most_in_a_minute(), limits.CAMPAIGN_MAX + limits.NEWCOMERS_CAMPAIGN_MAX),
        "for one block": (outcome.most_of_one_block(), limits.BLOCK_MAX * processes),
        "and answers that are none of ours": (others, 0),
        "and readers who were kept out": (len(outcome.readers_kept_out), 0),
    }
    return [
        f"checkouts {what}: {found}, not at most {most:.0f}" for what, (found, most) in told.items() if found > most
    ]


@contextmanager
def _server(kind: str) -> Iterator[LiveServer]:
    with ExitStack() as after:
        folder = Path(after.enter_context(tempfile.TemporaryDirectory()))
        bed: SqliteBed | PostgresBed
        if kind == "sqlite":
            bed = SqliteBed(folder)
            bed.empty()
        else:
            running = postgres.PostgresServer()
            after.callback(running.stop)
            bed = PostgresBed(running.url("postgres"), "tidemark_siege")
        after.callback(bed.close)
        settings = Settings(
            database_url=bed.url, data_dir=folder / "data", secret_key=SECRET_KEY, mode="test", trusted_proxies=1
        )
        Desk(bed.database, settings, now=clock.now()).campaign(SLUG)
        server = LiveServer(settings, folder)
        after.callback(server.kill)
        server.start("--workers", str(PROCESSES[kind]))
        yield server


def _tell(kind: str, outcome: Outcome, found: list[str]) -> None:
    kinds = ("presses", "repeats", "invents", "waits", "computes")
    by_kind = ", ".join(f"{outcome.of_bots(one)} by one that {one}" for one in kinds)
    sys.stdout.write(
        f"{kind}: {sum(outcome.answers.values())} presses in {outcome.seconds:.0f} s, answered "
        f"{dict(sorted(outcome.answers.items()))}; checkouts for bots: {by_kind}; at most "
        f"{outcome.most_in_a_minute()} in a minute and {outcome.most_of_one_block()} by one block; "
        f"{len(outcome.reader_seconds)} readers, {len(outcome.readers_kept_out)} kept out, each waited "
        f"{outcome.slower:.1f} times as long for the server: {'WRONG' if found else 'within the budget'}\n"
    )
    for one in [*found, *outcome.readers_kept_out][:20]:
        sys.stdout.write(f"  {one}\n")


if __name__ == "__main__":
    main()
