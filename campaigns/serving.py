"""Serving: the checks before the first request, the WSGI application, and the worker beside it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from campaigns import clock, installation, schema
from campaigns.app import create_app
from campaigns.db import Database, open_database, weak_durability
from campaigns.errors import DomainError
from campaigns.inbox import processing
from campaigns.settings import Settings, SettingsError, load_settings

WORK_PAUSE_SECONDS = 2.0
PARENT_VARIABLE = "TIDEMARK_WORKER_OF"  # the process whose end ends the worker; set by `serve`, by nobody else

SERVER_VARIABLE = "TIDEMARK_SERVED_BY"  # likewise for the processes that serve
PARENT_PAUSE_SECONDS = 1.0

logger = logging.getLogger(__name__)


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
    """Background work until `stop` is set or the process that started it is gone: events whose time has come."""
    parent = int(os.environ.get(PARENT_VARIABLE, "0"))
    while not stop.is_set() and (parent == 0 or os.getppid() == parent):
        try:
            words = processing.drain(database, settings, now=clock.now())
            if words:
                logger.info("drained %s", ", ".join(f"{count} {word}" for word, count in sorted(words.items())))
        except SQLAlchemyError as error:
            logger.warning("the database did not answer: %s", type(error).__name__)
        stop.wait(WORK_PAUSE_SECONDS)


def start_worker() -> subprocess.Popen[bytes]:
    """`tidemark work` as a child process, which ends when this one does, however it ends."""
    environment = {**os.environ, PARENT_VARIABLE: str(os.getpid())}
    return subprocess.Popen([sys.executable, "-m", "campaigns", "work"], env=environment)
