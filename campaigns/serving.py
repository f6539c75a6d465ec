"""Serving: the checks before the first request, the WSGI application, and the worker beside it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from campaigns import clock, installation, schema
from campaigns.app import create_app
from campaigns.db import Database, open_database, weak_durability
from campaigns.donate import promises, proof
from campaigns.errors import DomainError
from campaigns.inbox import look_ups, processing
from campaigns.settings import Settings, SettingsError, load_settings

WORK_PAUSE_SECONDS = 2.0
PARENT_VARIABLE = "TIDEMARK_WORKER_OF"  # the process whose end ends the worker; set by `serve`, by nobody else

SERVER_VARIABLE = "TIDEMARK_SERVED_BY"  # likewise for the processes that serve
PARENT_PAUSE_SECONDS = 1.0
RESTART_PAUSE_SECONDS = 2.0
ENDING_SECONDS = 10.0  # for a look-up under way when the worker is told to end; past it, its lease runs out

logger = logging.getLogger(__name__)


class Task(Protocol):
    """A round of background work: how much came to which end."""

    def __call__(self, database: Database, settings: Settings, *, now: datetime) -> dict[str, int]:
        """One round."""


class NotReady(Exception):
    """The installation cannot serve; `problems` says everything that is in the way, and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def application() -> Flask:
    """The WSGI application of this environment. Exits 2, saying why, where it cannot serve."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings = load_settings()
        database = open_database(settings.database_url)
        check(settings, database)
    except (SettingsError, NotReady) as error:
        for problem in error.problems:
            sys.stderr.write(f"tidemark: {problem}\n")
        sys.exit(2)
    _end_with_parent()
    return create_app(settings, database)


def _end_with_parent() -> None:
    """A serving process left alone by a killed `serve` would go on without a worker: it ends too."""
    parent = int(os.environ.get(SERVER_VARIABLE, "0"))
    if parent and os.getppid() == parent:
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(PARENT_PAUSE_SECONDS)
    os._exit(1)


def check(settings: Settings, database: Database) -> None:
    """Raises NotReady on an unmigrated database, another mode or key, or settings that could lose a commit."""
    problems: list[str] = []
    try:
        found, wanted = schema.present_revision(database.engine), schema.newest_revision()
        if found != wanted:
            raise NotReady([f"the database is at revision {found}, not {wanted}; run `tidemark db upgrade`"])
        with database.writing() as session:
            installation.agree(session, settings)
            problems += [f"the database could lose money: {weak}" for weak in weak_durability(session)]
    except SQLAlchemyError as error:
        origin = str(getattr(error, "orig", None) or type(error).__name__).strip()
        problems.append(f"the database cannot be used: {origin.splitlines()[0][:200]}")
    except DomainError as error:
        problems.append(error.message)
    if problems:
        raise NotReady(problems)


def work(settings: Settings, database: Database, stop: threading.Event) -> None:
    """Background work until `stop` is set or the process that started it is gone.

    Events whose time has come, and beside them, so that a slow API of a provider's holds nothing up, look-ups.
    """
    asking = threading.Thread(
        target=_rounds, args=(settings, database, stop, "asked", look_ups.ask_due), name="look-ups", daemon=True
    )
    asking.start()
    threading.Thread(
        target=_rounds, args=(settings, database, stop, "swept", proof.forget), name="proofs", daemon=True
    ).start()
    threading.Thread(
        target=_rounds, args=(settings, database, stop, "outbox:", promises.deliver), name="outbox", daemon=True
    ).start()
    threading.Thread(target=_beat, args=(database, stop), name="beat", daemon=True).start()
    parent = int(os.environ.get(PARENT_VARIABLE, "0"))
    if parent:
        threading.Thread(target=_stop_without, args=(parent, stop), name="parent-watch", daemon=True).start()
    _rounds(settings, database, stop, "drained", processing.drain)
    asking.join(timeout=ENDING_SECONDS)


def _rounds(settings: Settings, database: Database, stop: threading.Event, done: str, task: Task) -> None:
    while not stop.is_set():
        try:
            words = task(database, settings, now=clock.now())
            if words:
                logger.info("%s %s", done, ", ".join(f"{count} {word}" for word, count in sorted(words.items())))
        except SQLAlchemyError as error:
            logger.warning("the database did not answer: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001  (one fault must not end the work on everything else)
            frames = "".join(traceback.format_tb(error.__traceback__))  # not its text, which may tell of donors
            logger.error("a round of work broke off: %s\n%s", type(error).__name__, frames)
        stop.wait(WORK_PAUSE_SECONDS)


def _beat(database: Database, stop: threading.Event) -> None:
    """Tells /readyz that there is a worker; a database that does not answer will be told later."""
    while not stop.is_set():
        with suppress(SQLAlchemyError), database.writing() as session:
            installation.beat(session, now=clock.now())
        stop.wait(installation.BEAT_SECONDS)


def _stop_without(parent: int, stop: threading.Event) -> None:
    while os.getppid() == parent and not stop.wait(PARENT_PAUSE_SECONDS):
        pass
    stop.set()


class Worker:
    """`tidemark work` as a child process: started again when it ends by itself, ended with this one, come what may."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._process = self._started()
        self._watch = threading.Thread(target=self._keep_alive, name="worker-watch", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """Ends it, politely first."""
        self._ending.set()
        self._process.terminate()
        try:
            self._process.wait(timeout=ENDING_SECONDS * 2)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _keep_alive(self) -> None:
        while True:
            status = self._process.wait()
            if self._ending.wait(RESTART_PAUSE_SECONDS):
                return
            logger.error("the worker ended with status %s; another one is started", status)
            self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, PARENT_VARIABLE: str(os.getpid())}
        return subprocess.Popen([sys.executable, "-m", "campaigns", "work"], env=environment)
