"""The ground the other tests stand on: databases that forget, and no way out of this machine."""

from __future__ import annotations

import socket

import pytest
from playwright.sync_api import Page
from pytest_httpserver import HTTPServer
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import installation, schema
from campaigns.db import Database, open_database
from campaigns.ledger.models import LedgerEntry
from campaigns.settings import Settings
from tests.bed import complete, databases, network
from tests.bed.desk import CREATED, Desk
from tests.bed.live import LiveServer
from tests.bed.stripe_events import charge, event


@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_wrote_into_the_ledger_the_next_does_not_see(turn, database: Database, settings: Settings):
    assert rows(database) == {"installation": 1}
    desk = Desk(database, settings)
    desk.campaign()
    desk.endpoint()
    desk.send(event("charge.succeeded", charge("ch_1", 500, created=CREATED, campaign="newsroom"), created=CREATED))
    with database.reading() as session:
        assert session.scalars(select(LedgerEntry.id)).all() == [1]


def test_a_connection_left_open_is_told(database_url: str, database: Database):
    left = database.new_session(reading=False)
    left.execute(select(installation.Installation.id))
    assert databases.left_open(database) == 1
    left.close()
    assert databases.left_open(database) == 0


def rows(database: Database) -> dict[str, int]:
    """How many rows each table has that has any."""
    with database.reading() as session:
        counts = {table.name: session.query(table).count() for table in schema.metadata.sorted_tables}
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize("mode", ["live", "demo"])
def test_a_test_may_ask_for_another_mode(session: Session, settings: Settings):
    installation.agree(session, settings)
    assert settings.mode != "test"


def test_the_database_is_migrated_and_a_fresh_one_is_not(database_url: str, unmigrated_url: str):
    for url, revision in ((database_url, schema.newest_revision()), (unmigrated_url, None)):
        engine = open_database(url).engine
        assert schema.present_revision(engine) == revision
        engine.dispose()


def test_a_connection_beyond_this_machine_fails_at_once():
    with pytest.raises(network.Reached):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(network.Reached):
        socket.getaddrinfo("example.org", 80)


def test_the_server_answers_as_a_process_of_its_own(live_server: LiveServer):
    assert live_server.get("/healthz").status == 200
    live_server.kill()
    with pytest.raises(OSError, match=r"refused|reset"):
        live_server.get("/healthz")
    live_server.start()
    assert live_server.get("/readyz").status == 200


@pytest.mark.browser
def test_a_page_of_another_site_is_served_by_this_machine(page: Page, httpserver: HTTPServer):
    httpserver.expect_request("/article").respond_with_data("<h1>News</h1>", content_type="text/html")
    page.goto(f"http://news.example:{httpserver.port}/article")
    assert page.get_by_role("heading").inner_text() == "News"


def test_left_out_tests_are_counted_by_reason():
    reports = [skipped("left out: no Chromium was found; install it")] * 2 + [skipped("not on this platform")]
    assert complete.summary(reports) == ["LEFT OUT: 2 tests: no Chromium was found; install it"]


def test_a_complete_run_fails_where_another_skips(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("TIDEMARK_TESTS_COMPLETE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium; install it"):
        complete.leave_out("no Chromium", "install it")
    monkeypatch.setenv("TIDEMARK_TESTS_COMPLETE", "1")
    with pytest.raises(pytest.fail.Exception, match="no Chromium; install it"):
        complete.leave_out("no Chromium", "install it")


def skipped(reason: str) -> pytest.TestReport:
    """The report of a test skipped for `reason`."""
    told = ("tests/test_bed.py", 1, f"Skipped: {reason}")
    return pytest.TestReport("tests/test_bed.py", ("", 0, ""), {}, "skipped", told, "call")
