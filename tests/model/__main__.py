"""`python -m tests.model`: the model at any length, on any number of processes.

`--deliveries N` plays random histories until so many messages were delivered; `--orders DEPTH` walks every order of
the lives of so many acts and up to six events; `--services N` plays N histories at PayPal and Patreon; `--bugs`
searches for each seeded bug. What goes wrong is made short and
printed as a script, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from functools import cache

from tests.model import orders, services
from tests.model.play import Mismatch
from tests.model.search import Failure, Tally, hunt, one_history, shorten, stage
from tests.model.seeded_bugs import BUGS, planted

DELIVERIES_PER_TASK = 2_000
BUG_DELIVERIES_MAX = 10_000
ORDER_WIDTH = 6
TOLD_EVERY = 50  # lives


def main() -> int:
    """Does what was asked, and says how it went."""
    asked = _arguments()
    with ProcessPoolExecutor(asked.processes, initializer=_prepare) as pool:
        if asked.bugs:
            return _find_bugs(pool)
        if asked.services:
            return _play_services(pool, asked.services, asked.seed)
        if asked.orders is not None:
            return _walk_orders(pool, asked.orders, asked.width, longer=asked.longer)
        return _play(pool, asked.deliveries, asked.seed)


def _play(pool: Executor, deliveries: int, seed: int) -> int:
    begun, total = time.monotonic(), Tally()
    tasks = -(-deliveries // DELIVERIES_PER_TASK)
    size = min(DELIVERIES_PER_TASK, deliveries)
    running = [pool.submit(_some, seed * 10_000_000 + number * 1_000, size) for number in range(tasks)]
    for number, done in enumerate(as_completed(running), start=1):
        played, failure = done.result()
        total.add(played)
        _say(_told(total, time.monotonic() - begun), last=failure is not None or number == tasks)
        if failure is not None:
            pool.shutdown(wait=False, cancel_futures=True)
            _say(f"\nWrong, seed {failure.seed}:\n\n{failure.script()}")
            return 1
    return 0


def _play_services(pool: Executor, histories: int, seed: int) -> int:
    """Histories at PayPal and Patreon; each that ends wrong is named by its seed."""
    begun, deliveries, wrong = time.monotonic(), 0, 0
    for played in pool.map(services.play, range(seed, seed + histories)):
        deliveries += played.deliveries
        if played.wrong is not None:
            wrong += 1
            _say(f"Wrong, seed {played.seed}: {played.wrong}")
    seconds = time.monotonic() - begun
    _say(f"{deliveries:,} deliveries in {histories:,} histories at PayPal and Patreon, {wrong} wrong, {seconds:.0f} s")
    return int(wrong > 0)


def _some(seed: int, deliveries: int) -> tuple[Tally, Failure | None]:
    """Plays histories from `seed` on until there were `deliveries`."""
    tally = Tally()
    while tally.deliveries < deliveries:
        failure = one_history(seed, tally)
        if failure is not None:
            return tally, shorten(failure)
        seed += 1
    return tally, None


def _walk_orders(pool: Executor, depth: int, width: int, *, longer: bool) -> int:
    """Every order of every life of up to `depth` acts and `width` events; of longer lives every order of the last
    events, with the rest before them, and after."""
    begun, wrong, orders_seen, steps = time.monotonic(), 0, 0, 0
    short = [name for name, life in _lives(depth).items() if len(life.world.events) <= width]
    asked = [(name, True) for name in short]
    if longer:
        asked += [(name, first) for name in _lives(depth).keys() - short for first in (True, False)]
    running = [pool.submit(_walk, depth, name, width, first) for name, first in asked]
    for number, done in enumerate(as_completed(running), start=1):
        seen, taken, told = done.result()
        orders_seen, steps, wrong = orders_seen + seen, steps + taken, wrong + bool(told)
        if told:
            _say(f"\nWrong: {told}")
        line = f"{number:,} of {len(asked):,} lives, {orders_seen:,} orders in {steps:,} steps, {wrong} wrong"
        often = number == len(asked) or number % TOLD_EVERY == 0
        _say(f"{line}, {steps / (time.monotonic() - begun):,.0f} steps/s", last=often)
    return int(wrong > 0)


def _walk(depth: int, name: str, width: int, rest_first: bool) -> tuple[int, int, str]:
    try:
        seen, steps = orders.every_order(stage(), _lives(depth)[name], width=width, rest_first=rest_first)
    except Mismatch as error:
        return 0, 0, str(error)
    return seen, steps, ""


@cache
def _lives(depth: int) -> dict[str, orders.Life]:
    return {life.name: life for life in orders.lives(depth)}


def _find_bugs(pool: Executor) -> int:
    missed = 0
    for name, searched in [(name, pool.submit(_find, name)) for name in BUGS]:
        failure, tally = searched.result()
        missed += failure is None
        word = "found" if failure is not None else "MISSED"
        _say(f"{name:32} {word} after {tally.histories:,} histories, {tally.deliveries:,} deliveries")
    _say(f"{len(BUGS) - missed} of {len(BUGS)} seeded bugs found")
    return int(missed > 0)


def _find(name: str) -> tuple[Failure | None, Tally]:
    return hunt(lambda: planted(name), BUG_DELIVERIES_MAX)


def _prepare() -> None:
    """Before a process plays: the product tells of every failure that is made up here, which nobody wants to read."""
    logging.disable(logging.CRITICAL)
    stage()
    gc.freeze()


def _told(total: Tally, seconds: float) -> str:
    return (
        f"{total.deliveries:,} deliveries of {total.events:,} events, {total.payments:,} payments in "
        f"{total.histories:,} histories, {total.checks:,} comparisons, "
        f"{total.deliveries / max(seconds, 0.001):,.0f} deliveries/s"
    )


def _say(line: str, *, last: bool = True) -> None:
    """A line; one that will be followed by a newer one only where somebody watches."""
    if last or sys.stdout.isatty():
        sys.stdout.write(line + ("\n" if last else "\r"))
        sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--orders", type=int, metavar="DEPTH")
    parser.add_argument("--width", type=int, default=ORDER_WIDTH)
    parser.add_argument("--longer", action="store_true", help="with --orders: also lives of more events than --width")
    parser.add_argument("--services", type=int, metavar="N", help="N histories at PayPal and Patreon instead")
    parser.add_argument("--bugs", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
