"""The fixtures every test may use. What they are made of is in `tests/bed/`.

`database_url`, and whatever is built on it (`database`, `session`, `settings`, `app`, `client`, `tidemark`,
`live_server`), runs a test twice: on SQLite and on PostgreSQL (`-k sqlite`, `-k postgresql`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from campaigns.db import Database
from campaigns.settings import Mode, Settings
from tests.bed import chromium, complete, databases, network, postgres
from tests.bed.live import LiveServer, variables

POSTGRES = pytest.StashKey[postgres.PostgresServer]()
POSTGRES_HOW = "see tests/bed/postgres.py, or name a server in TIDEMARK_TEST_POSTGRES_URL (its superuser's URL)"
PUBLIC_URL = "http://tidemark.test"
# Where locks, counts and types of the database itself decide; everything else meets PostgreSQL in `make slow`.
DECIDED_BY_THE_DATABASE = (
    "ledger/test_batches.py",
    "ledger/test_concurrency.py",
    "ledger/test_guards.py",
    "ledger/test_hints.py",
    "ledger/test_order.py",
    "ledger/test_posting.py",
    "ledger/test_rebuilding.py",
    "inbox/test_concurrency.py",
    "inbox/test_processing.py",
    "inbox/test_receive.py",
    "inbox/look_ups/test_asking.py",
    "inbox/look_ups/test_wanting.py",
    "load/",
    "model/",
    "outbox/",
    "test_serving.py",
)

# New examples at every run at a desk; the same ones at every run in CI, where a surprise would block another's work.
hypothesis.settings.register_profile("tidemark", deadline=None, print_blob=True, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("tidemark")
network.stay_home()


# -- the run -----------------------------------------------------------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist, before a worker starts: all workers share the one PostgreSQL server of the run."""
    node.workerinput["postgres"] = _postgres_of_the_run(node.config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves to `make slow` what repeats, on PostgreSQL, a page or a form that the same code made on SQLite."""
    for item in items:
        params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if params.get("bed") == "postgresql" and not _decided_by_the_database(item.path.relative_to(config.rootpath)):
            item.add_marker(pytest.mark.slow)


def _decided_by_the_database(path: Path) -> bool:
    inside = path.relative_to("tests").as_posix()
    return inside.startswith(DECIDED_BY_THE_DATABASE) and not path.stem.endswith(("_views", "_cli", "_live"))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends what the run started."""
    if server := config.stash.get(POSTGRES, None):
        server.stop()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says plainly, right above the closing line, what was left out and how to add it."""
    for line in complete.summary(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line, yellow=True, bold=True)


def _postgres_of_the_run(config: pytest.Config) -> tuple[str, str]:
    """(URL of the server's own database, "") or ("", why there is none)."""
    if given := os.environ.get("TIDEMARK_TEST_POSTGRES_URL"):
        return given, ""
    if POSTGRES not in config.stash:
        try:
            config.stash[POSTGRES] = postgres.PostgresServer()
        except (postgres.Unavailable, OSError) as error:
            return "", str(error)
    return config.stash[POSTGRES].url("postgres"), ""


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("TIDEMARK_") and not name.startswith("TIDEMARK_TEST"):
            monkeypatch.delenv(name)


# -- databases ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[databases.SqliteBed]:
    bed = databases.SqliteBed(tmp_path_factory.mktemp("sqlite"))
    yield bed
    bed.close()


@pytest.fixture(scope="session")
def _postgresql(request: pytest.FixtureRequest, worker_id: str) -> Iterator[databases.PostgresBed]:
    url, reason = getattr(request.config, "workerinput", {}).get("postgres") or _postgres_of_the_run(request.config)
    if not url:
        complete.leave_out(f"there is no PostgreSQL ({reason})", POSTGRES_HOW)
    bed = databases.PostgresBed(url, f"tidemark_test_{os.getpid()}_{worker_id}")
    yield bed
    bed.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def bed(request: pytest.FixtureRequest) -> databases.Bed:
    """The database kind that this run of the test is on."""
    found: databases.Bed = request.getfixturevalue(f"_{request.param}")
    return found


@pytest.fixture
def mode() -> Mode:
    """The installation's mode; a test overrides it with `@pytest.mark.parametrize("mode", ["live"])`."""
    return "test"


@pytest.fixture
def database_url(bed: databases.Bed, mode: Mode) -> Iterator[str]:
    """URL of a migrated database of an installation in `mode`, with nothing else in it."""
    bed.empty()
    if mode != "test":
        databases.of_mode(bed.database, mode)
    yield bed.url
    left = databases.left_open(bed.database)
    bed.database.engine.dispose()
    assert left == 0, f"{left} database connections were left open: close every session that is opened"


@pytest.fixture
def unmigrated_url(bed: databases.Bed) -> Iterator[str]:
    """URL of a database without any table, for tests of migrations."""
    with bed.unmigrated() as url:
        yield url


@pytest.fixture
def database(database_url: str, bed: databases.Bed) -> Database:
    """The open `Database` at `database_url`."""
    return bed.database


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session. Other sessions (the client's too) see what it wrote once the test called `commit()`."""
    with database.new_session(reading=False) as opened:
        yield opened


# -- the product -------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(database_url: str, mode: Mode, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the installation at `database_url`."""
    return Settings(
        database_url=database_url,
        data_dir=tmp_path_factory.mktemp("data"),
        public_url=PUBLIC_URL,
        secret_key=databases.SECRET_KEY,
        mode=mode,
    )


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The application; what goes wrong in a view is raised in the test."""
    from campaigns.app import create_app

    made = create_app(settings, database)
    made.testing = True
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Requests without a server or a network, with cookies."""
    return app.test_client()


@pytest.fixture
def tidemark(settings: Settings) -> Callable[..., Result]:
    """The command line: `tidemark("campaign", "list", input=...)` gives click's Result (exit_code, stdout, stderr)."""
    from campaigns.cli import tidemark as command

    def run(*arguments: str, **options: Any) -> Result:
        env = variables(settings) | options.pop("env", {})
        return CliRunner().invoke(command, arguments, env=env, prog_name="tidemark", **options)

    return run


@pytest.fixture
def live_server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The product served over real HTTP on a free loopback port, by `tidemark serve` in its own process."""
    server = LiveServer(settings, tmp_path_factory.mktemp("live"))
    server.start()
    yield server
    server.stop()


# -- browsers ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, one per pytest process. Mark tests that use it `browser`."""
    path = chromium.found()
    if path is None:
        complete.leave_out("no Chromium was found", chromium.HOW)
    with chromium.running(path) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh context; fails the test on uncaught script errors and on breaches of the page's policy."""
    context = browser.new_context()
    opened = context.new_page()
    complaints = chromium.Complaints(opened)
    yield opened
    context.close()
    assert complaints.heard == []
