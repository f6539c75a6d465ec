"""The door over HTTP: what the cookie is, how it rotates and ends, and where a log-in may lead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.audit import AuditEntry
from campaigns.db import Database
from campaigns.settings import Settings
from campaigns.staff import accounts
from campaigns.web.auth import own_path
from tests.bed.cast import PASSWORD, Cast, email_of, post, token_on

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
INSIDE = "/console/campaigns"


@pytest.fixture
def cast(app: Flask, database: Database) -> Cast:
    return Cast(app, database)


def log_in(client: FlaskClient, who: str = "editor", password: str = PASSWORD, query: str = "") -> TestResponse:
    return post(client, "/console/login" + query, {"email": email_of(who), "password": password})


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("tidemark", path="/console")
    assert cookie is not None
    return cookie.value


def test_the_console_sends_an_outsider_to_the_door_and_back(client: FlaskClient, cast: Cast) -> None:
    turned_away = client.get("/console/campaigns?page=2")
    assert turned_away.status_code == 303
    assert turned_away.location == "/console/login?next=/console/campaigns?page%3D2"
    welcomed = log_in(client, query="?next=/console/campaigns?page%3D2")
    assert (welcomed.status_code, welcomed.location) == (303, "/console/campaigns?page=2")
    assert client.get(INSIDE).status_code == 200


def test_the_cookie_is_for_the_console_and_for_nobody_else(client: FlaskClient, cast: Cast) -> None:
    answer = log_in(client)
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/console"))
    assert "Secure" not in cookie


def test_the_cookie_is_secure_where_the_public_url_is(settings: Settings, database: Database) -> None:
    from campaigns.app import create_app

    app = create_app(settings.model_copy(update={"public_url": "https://give.herald.example"}), database)
    page = app.test_client().get("/console/login", base_url="https://give.herald.example")
    assert "Secure" in page.headers["Set-Cookie"]
    assert page.headers["Strict-Transport-Security"].startswith("max-age=")


def test_public_paths_never_set_or_look_at_a_cookie(client: FlaskClient, cast: Cast) -> None:
    log_in(client)
    for path in ("/", "/api/v1/campaigns/nope", "/static/console/tokens.css", "/nowhere"):
        with client.get(path) as answer:
            assert "Set-Cookie" not in answer.headers
            assert "Cookie" not in answer.headers.get("Vary", "")


def test_the_session_rotates_at_log_in(client: FlaskClient, cast: Cast, app: Flask) -> None:
    client.get("/console/login")
    planted = cookie_of(client)
    log_in(client)
    assert cookie_of(client) != planted
    other = app.test_client()
    other.set_cookie("tidemark", planted, path="/console")
    assert other.get(INSIDE).status_code == 303


def test_a_token_from_before_the_log_in_is_worth_nothing_after_it(client: FlaskClient, cast: Cast) -> None:
    before = token_on(client.get("/console/login"))
    log_in(client)
    assert client.post("/console/logout", data={"csrf_token": before}).status_code == 400


def test_logging_in_again_opens_another_session(client: FlaskClient, cast: Cast, database: Database) -> None:
    log_in(client)
    first = cookie_of(client)
    post(client, "/console/login", {"email": email_of("viewer"), "password": PASSWORD})
    assert cookie_of(client) != first


def test_a_copied_cookie_ends_with_the_log_out(client: FlaskClient, cast: Cast, app: Flask) -> None:
    log_in(client)
    thief = app.test_client()
    thief.set_cookie("tidemark", cookie_of(client), path="/console")
    assert thief.get(INSIDE).status_code == 200
    assert post(client, "/console/logout").location == "/console/login"
    assert client.get(INSIDE).status_code == 303
    assert thief.get(INSIDE).status_code == 303


def test_a_session_is_kept_alive_by_use_and_ends_when_idle(client: FlaskClient, cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        log_in(client)
        for _ in range(3):
            time.shift(timedelta(hours=11))
            assert client.get(INSIDE).status_code == 200
        time.shift(timedelta(hours=12))
        assert client.get(INSIDE).status_code == 303


def test_a_disabled_account_is_out_at_once(client: FlaskClient, cast: Cast, database: Database) -> None:
    log_in(client)
    with database.writing() as session:
        staff = accounts.find(session, email_of("editor"))
        assert staff is not None
        accounts.disable(session, staff)
    assert client.get(INSIDE).status_code == 303
    assert log_in(client).status_code == 401


def test_a_forged_cookie_is_nobody(client: FlaskClient, cast: Cast) -> None:
    for value in ("x", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "é"):
        client.set_cookie("tidemark", value, path="/console")
        assert client.get(INSIDE).status_code == 303


def test_wrong_password_unknown_account_and_disabled_account_get_one_answer(client: FlaskClient, cast: Cast) -> None:
    answers = [log_in(client, "editor", "wrong password 1"), log_in(client, "nobody", PASSWORD)]
    texts = {
        answer.get_data(as_text=True).replace(email_of("editor"), "").replace(email_of("nobody"), "")
        for answer in answers
    }
    assert [answer.status_code for answer in answers] == [401, 401]
    assert len({text.split("csrf_token", 1)[0] for text in texts}) == 1
    assert "do not go together" in texts.pop()


def test_the_password_is_never_sent_back(client: FlaskClient, cast: Cast) -> None:
    answer = log_in(client, "editor", "wrong but secret 99")
    assert b"wrong but secret 99" not in answer.data
    assert email_of("editor").encode() in answer.data


@pytest.mark.parametrize(
    "data", [{}, {"email": "a@b.example"}, {"password": PASSWORD}, {"email": "\0", "password": "\0"}]
)
def test_an_unfinished_form_is_shown_again(client: FlaskClient, cast: Cast, data: dict[str, str]) -> None:
    assert post(client, "/console/login", data).status_code in (401, 422)


def test_logging_in_and_out_is_written_down(client: FlaskClient, cast: Cast, database: Database) -> None:
    log_in(client)
    post(client, "/console/logout")
    with database.reading() as session:
        acts = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [act.action for act in acts] == ["log_in", "log_out"]
    assert {act.staff_id for act in acts} == {cast.staff("editor").id}


def test_guessing_is_slowed_down_but_not_the_owner_elsewhere(client: FlaskClient, cast: Cast, app: Flask) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        answers = [log_in(client, "editor", f"guess number {n:04}") for n in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 61
        assert log_in(client).status_code == 429
        owner = app.test_client()
        owner.environ_base["REMOTE_ADDR"] = "192.0.2.7"
        assert log_in(owner).status_code == 303
        assert log_in(client, "viewer").status_code == 303
        time.shift(timedelta(seconds=62))
        assert log_in(client).status_code == 303


def test_each_wait_is_longer_than_the_one_before(client: FlaskClient, cast: Cast) -> None:
    waits: list[int] = []
    with time_machine.travel(NOON, tick=False) as time:
        for n in range(60):
            answer = log_in(client, "editor", f"guess number {n:04}")
            if answer.status_code == 429:
                waits.append(int(answer.headers["Retry-After"]))
                time.shift(timedelta(seconds=waits[-1] + 1))
    assert waits[0] <= 61
    assert max(waits) > 10 * 60
    assert len(waits) >= 3


def test_one_address_cannot_try_many_accounts(client: FlaskClient, cast: Cast) -> None:
    codes = [log_in(client, f"person{n}", "a common password").status_code for n in range(31)]
    assert codes == [401] * 30 + [429]


def test_addresses_of_one_ipv6_network_count_together(client: FlaskClient, cast: Cast) -> None:
    codes = []
    for n in range(6):
        client.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{n:x}"
        codes.append(log_in(client, "editor", "guess guess guess").status_code)
    assert codes == [401] * 5 + [429]


def test_successes_do_not_count_against_anybody(client: FlaskClient, cast: Cast) -> None:
    assert {log_in(client).status_code for _ in range(12)} == {303}


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/console",
        "http:/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/console@evil.example",
        "/consoleevil",
        "console/campaigns",
        "/console/../../evil",
        "/console/..%2f..%2fevil",
        "/console/%0d%0aSet-Cookie:x",
        "/console/\r\nLocation: //evil.example",
        "/console\t//evil.example",
        "/console//evil.example",
        "/console/campaigns#//evil.example",
        "/console/\u2024\u2024/",
        "／／evil.example",
        " /console",
        "/",
        "/c/newsroom",
        "/console/" + "a" * 3000,
        "",
    ],
)
def test_a_log_in_leads_nowhere_but_into_the_console(client: FlaskClient, cast: Cast, target: str) -> None:
    assert own_path(target, "/console/campaigns") == "/console/campaigns"
    from urllib.parse import quote

    answer = log_in(client, query=f"?next={quote(target)}")
    assert (answer.status_code, answer.location) == (303, "/console/campaigns")


@pytest.mark.parametrize("target", ["/console", "/console/campaigns/newsroom", "/console/donations?q=a%20b&page=2"])
def test_a_log_in_leads_back_to_where_it_was_asked_for(target: str) -> None:
    assert own_path(target, "/elsewhere") == target


def test_who_is_logged_in_needs_no_door(client: FlaskClient, cast: Cast) -> None:
    log_in(client)
    assert client.get("/console/login?next=/console/campaigns").location == "/console/campaigns"
    assert client.get("/console").location == "/console/campaigns"
