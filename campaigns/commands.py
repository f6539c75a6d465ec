"""The commands that run the installation: `db upgrade`, `db check`, `serve`, `work`, `demo`."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from urllib.parse import urlsplit

import click
from granian import Granian
from granian.constants import Interfaces
from sqlalchemy.exc import SQLAlchemyError

from campaigns import installation, schema, serving
from campaigns.db import open_database, weak_durability
from campaigns.errors import DomainError
from campaigns.settings import Settings
from campaigns.web import commandline, health

THREADS = 16
BACKLOG = 1024
DEMO_PORT = 8000


@click.group("db")
def db_group() -> None:
    """The database: migrate it, check it."""


@db_group.command("upgrade")
def db_upgrade() -> None:
    """Migrate the database to this version; the first time, write the mode into it."""
    settings = commandline.settings()
    database = open_database(settings.database_url)
    try:
        schema.upgrade(database.engine)
        with database.writing() as session:
            installation.claim(session, settings)
    except DomainError as error:
        commandline.refuse(error.message)
    except SQLAlchemyError as error:
        commandline.refuse(f"the database cannot be migrated: {commandline.cause(error)}")
    click.echo(f"database at revision {schema.newest_revision()}, mode {settings.mode}")


@db_group.command("check")
def db_check() -> None:
    """Verify the schema and that an acknowledged commit cannot be lost. Exit 1 with what is wrong."""
    settings = commandline.settings()
    database = commandline.database(settings)
    with database.writing() as session:
        weak = weak_durability(session)
    for problem in weak:
        click.echo(problem)
    if weak:
        sys.exit(commandline.CHECK_FOUND_SOMETHING)
    click.echo("schema and durability settings are in order")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Serving processes.")
@click.option("--no-work", is_flag=True, help="Leave background work to a `tidemark work` of its own.")
def serve(host: str, port: int, workers: int, no_work: bool) -> None:
    """Serve in production. Refuses to start on an unmigrated database or unsafe settings, saying why."""
    settings = commandline.settings()
    _check(settings, workers)
    _serve(host, port, workers, with_worker=not no_work)


@click.command()
def work() -> None:
    """Do the background work: events that wait for their time."""
    settings = commandline.settings()
    database = commandline.database(settings)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    serving.work(settings, database, stop)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=DEMO_PORT, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
def demo(host: str, port: int) -> None:
    """Try everything: an embedded database, a newsroom's campaign, an article with its bar, pretend payments."""
    from campaigns import demo as demonstration

    os.environ.setdefault("TIDEMARK_MODE", "demo")
    os.environ.setdefault("TIDEMARK_PUBLIC_URL", f"http://{host}:{port}")
    settings = commandline.settings()
    if settings.mode != "demo":
        commandline.refuse(f"TIDEMARK_MODE is {settings.mode}; the demo runs in mode demo, on a database of its own")
    try:
        prepared = demonstration.prepare(settings)
    except DomainError as error:
        commandline.refuse(error.message)
    url = settings.public_url
    click.echo(
        f"\n  Article with the bar   {url}/demo/article\n"
        f"  Campaign page          {url}/c/{prepared.campaign_slug}\n"
        f"  Console                {url}/console\n"
        f"    e-mail               {prepared.email}\n"
        f"    password             {prepared.password}\n\n"
        "  Press Donate in the article, pay 200 $, and watch the bar pass its milestone. Ctrl-C ends the demo.\n"
    )
    _serve(host, port, 1, with_worker=True)


def _check(settings: Settings, workers: int) -> None:
    if workers > 1 and settings.database_url.startswith("sqlite"):
        commandline.refuse("SQLite is served by one process with threads; use --workers 1, or PostgreSQL for more")
    if settings.mode == "live" and urlsplit(settings.public_url).scheme != "https" and not _is_loopback(settings):
        commandline.refuse("TIDEMARK_PUBLIC_URL must begin with https:// in mode live (or be a loopback address)")
    database = open_database(settings.database_url)
    try:
        serving.check(settings, database)
    except serving.NotReady as error:
        commandline.refuse(*error.problems)
    finally:
        database.engine.dispose()


def _is_loopback(settings: Settings) -> bool:
    return urlsplit(settings.public_url).hostname in ("127.0.0.1", "localhost", "::1")


def _refuse_taken(host: str, port: int) -> None:
    """Granian shares its port with anyone: a second server would start beside the first, unnoticed, on its database."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            commandline.refuse(f"cannot listen on {host}, port {port}: {error.strerror}; end what does, or use --port")


def _serve(host: str, port: int, workers: int, *, with_worker: bool) -> None:
    _refuse_taken(host, port)
    os.environ[serving.SERVER_VARIABLE] = str(os.getpid())
    os.environ[health.WORKER_VARIABLE] = "yes" if with_worker else ""
    server = Granian(
        "campaigns.serving:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
        log_access=False,
    )
    worker = serving.Worker() if with_worker else None
    try:
        server.serve()
    finally:
        if worker is not None:
            worker.stop()
