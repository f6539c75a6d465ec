"""The beacon of a bar that was seen: it takes in a sample, asks nothing of the browser and stores no person."""

from __future__ import annotations

import io
from datetime import date
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from campaigns.campaign import lifecycle
from campaigns.db import Database
from campaigns.site import sites
from campaigns.site.models import SourceDay
from campaigns.site.views import beacon
from campaigns.widget import seen
from campaigns.widget.seen import SEEN_ONE_IN, Tally
from tests.bed.desk import NOW, Desk

pytestmark = pytest.mark.usefixtures("traveller")
ARTICLE = "https://news.example/bread"


@pytest.fixture
def tally(app: Flask, desk: Desk) -> Tally:
    """This process's, which writes only when it is told to."""
    made = app.extensions[beacon.TALLY] = Tally(desk.database, pause_seconds=None)
    with desk.database.writing() as session:
        sites.create(session, name="News", origins=["https://news.example"], full_path=True, now=NOW)
    return made


def rows(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {row.source: row.impression_count for row in session.scalars(select(SourceDay))}


def tell(client: FlaskClient, body: str | bytes, **headers: str) -> int:
    answer = client.post("/api/v1/seen", data=body, content_type="text/plain;charset=UTF-8", headers=headers)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    return answer.status_code


def test_a_told_look_stands_for_as_many_as_the_sample_leaves_out(client: FlaskClient, desk: Desk, tally: Tally) -> None:
    assert tell(client, f"newsroom\n{ARTICLE}?utm=mail#x") == 204
    assert tell(client, f"newsroom\n{ARTICLE}") == 204
    assert tell(client, "newsroom\nhttps://other.example/letter") == 204
    assert tell(client, "newsroom\n") == 204
    assert tell(client, "newsroom") == 204
    assert rows(desk.database) == {}
    tally.flush()
    tally.flush()
    assert rows(desk.database) == {
        ARTICLE: 2 * SEEN_ONE_IN,
        "https://other.example": SEEN_ONE_IN,
        "": 2 * SEEN_ONE_IN,
    }
    with desk.database.reading() as session:
        assert {row.on for row in session.scalars(select(SourceDay))} == {date(2026, 11, 22)}


def test_taking_one_in_asks_nothing_of_the_database(
    client: FlaskClient, desk: Desk, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "new_session", lambda *_given, **_options: pytest.fail("it asked the database"))
    assert tell(client, f"newsroom\n{ARTICLE}") == 204


def test_a_campaign_that_is_unknown_or_a_draft_is_counted_nowhere(
    client: FlaskClient, desk: Desk, tally: Tally, session
) -> None:
    lifecycle.create(session, slug="secret", title="Secret", currency="USD", now=NOW, milestones=[(100, "Goal")])
    session.commit()
    assert tell(client, f"secret\n{ARTICLE}") == 204
    assert tell(client, f"nobody\n{ARTICLE}") == 204
    tally.flush()
    assert rows(desk.database) == {}


@pytest.mark.parametrize("header", [{"Sec-GPC": "1"}, {"DNT": "1"}])
def test_who_wants_not_to_be_counted_is_not(
    client: FlaskClient, desk: Desk, tally: Tally, header: dict[str, str]
) -> None:
    assert tell(client, f"newsroom\n{ARTICLE}", **header) == 204
    tally.flush()
    assert rows(desk.database) == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422),
        ("\n", 422),
        ("News Room\n", 422),
        ("../etc\n", 422),
        (b"\xff\xfe\x00\n", 422),
        (b"newsroom\n\xff\xfe\x00", 204),
        ("newsroom\njavascript:alert(1)", 204),
        ("newsroom\n" + "a" * 1015, 204),
        ("newsroom\n" + "a" * 1016, 413),
        ("x" * 100_000, 413),
    ],
)
def test_whatever_a_stranger_sends_is_never_our_fault(
    client: FlaskClient, desk: Desk, tally: Tally, body: str | bytes, status: int
) -> None:
    assert tell(client, body) == status
    tally.flush()
    assert set(rows(desk.database)) <= {""}


def test_a_body_of_untold_length_is_read_no_further_than_it_may_be(
    client: FlaskClient, desk: Desk, tally: Tally
) -> None:
    def stream(size: int) -> int:
        body = io.BytesIO(b"newsroom\n" + b"a" * (size - 9))
        untold = {"wsgi.input_terminated": True}
        return client.post("/api/v1/seen", input_stream=body, environ_overrides=untold).status_code

    assert [stream(1024), stream(1025), stream(100_000)] == [204, 413, 413]


def test_one_block_of_addresses_can_tell_only_so_much(client: FlaskClient, desk: Desk, tally: Tally) -> None:
    def from_block(number: int) -> int:
        return client.post(
            "/api/v1/seen", data="newsroom", environ_overrides={"REMOTE_ADDR": f"93.184.216.{number % 250}"}
        ).status_code

    answers = [from_block(number) for number in range(beacon.PER_BLOCK.amount + 5)]
    assert answers.count(204) == beacon.PER_BLOCK.amount
    assert answers[-5:] == [429] * 5
    other = client.post("/api/v1/seen", data="newsroom", environ_overrides={"REMOTE_ADDR": "93.184.217.1"})
    assert other.status_code == 204


def test_what_is_kept_in_memory_is_bounded(desk: Desk, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "KEYS_MAX", 2)
    for number in (0, 1, 2, 0):
        tally.add("newsroom", f"https://{number}.example")
    tally.flush()
    assert rows(desk.database) == {"https://0.example": 20, "https://1.example": 10}


def test_it_is_written_by_itself_a_little_later(desk: Desk) -> None:
    tally = Tally(desk.database, pause_seconds=0.01)
    written = []
    genuine = tally.flush
    done = Event()

    def flush() -> None:
        genuine()
        written.append(rows(desk.database))
        done.set()

    tally.flush = flush  # type: ignore[method-assign]
    tally.add("newsroom", "")
    assert done.wait(10)
    assert written == [{"": 10}]


def test_a_database_that_is_away_loses_only_an_estimate(
    desk: Desk, tally: Tally, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_given: object) -> None:
        raise OperationalError("BEGIN", {}, Exception("database is locked"))

    tally.add("newsroom", ARTICLE)
    with monkeypatch.context() as patch:
        patch.setattr(seen, "_write", away)
        tally.flush()
    assert [record.getMessage() for record in caplog.records] == [
        "1 told looks at bars were not counted: OperationalError"
    ]
    tally.add("newsroom", ARTICLE)
    tally.flush()
    assert rows(desk.database) == {ARTICLE: 10}


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_it_only_takes(client: FlaskClient, desk: Desk, method: str) -> None:
    assert getattr(client, method)("/api/v1/seen").status_code == 405
