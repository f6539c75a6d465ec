"""Security headers: strict on every route by default, kept where a view set its own."""

from __future__ import annotations

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from campaigns.db import Database
from campaigns.settings import Settings
from tests.bed.cast import Cast
from tests.bed.desk import Desk

EVERYWHERE = {"X-Content-Type-Options": "nosniff"}


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    made = Desk(database, settings)
    made.campaign()
    return made


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in policy.split(";"))


def test_the_console_is_closed_off(app: Flask, database: Database, desk: Desk) -> None:
    for who in ("outsider", "admin"):
        client = Cast(app, database).client(who) if who == "outsider" else client_of_admin(app, database)
        for path in ("/console/login", "/console/campaigns", "/console/campaigns/newsroom", "/console/nowhere"):
            headers = client.get(path).headers
            policy = directives(headers["Content-Security-Policy"])
            assert policy["default-src"] == "'none'"
            assert policy["frame-ancestors"] == "'none'"
            assert policy["form-action"] == "'self'"
            assert policy["base-uri"] == "'none'"
            assert policy["require-trusted-types-for"] == "'script'"
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["Referrer-Policy"] == "same-origin"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert headers["Cache-Control"] == "no-store"
            assert "camera=()" in headers["Permissions-Policy"]


def client_of_admin(app: Flask, database: Database) -> FlaskClient:
    cast = Cast.__new__(Cast)
    cast.app, cast.database = app, database
    return cast.client("admin")


def test_every_public_answer_has_the_strict_default(client: FlaskClient) -> None:
    for path in ("/", "/nowhere", "/api/v1/campaigns/nope", "/static/console/tokens.css"):
        with client.get(path) as answer:
            policy = directives(answer.headers["Content-Security-Policy"])
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert policy["default-src"] == "'none'", path
            assert policy["frame-ancestors"] == "'none'", path
            assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin", path
            assert "Strict-Transport-Security" not in answer.headers, path


def test_a_new_route_is_not_framable_and_a_view_may_say_otherwise(app: Flask) -> None:
    def framed() -> Response:
        return Response("x", headers={"Content-Security-Policy": "frame-ancestors *", "Referrer-Policy": "origin"})

    app.add_url_rule("/new", "new", lambda: "x")
    app.add_url_rule("/framed", "framed", framed)
    client = app.test_client()
    assert "frame-ancestors 'none'" in client.get("/new").headers["Content-Security-Policy"]
    answer = client.get("/framed")
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors *"
    assert answer.headers["Referrer-Policy"] == "origin"


def test_a_file_named_by_its_content_is_kept_for_ever_and_another_is_not(client: FlaskClient) -> None:
    with client.get("/static/console/tokens.css?v=abc") as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    with client.get("/static/console/tokens.css") as answer:
        assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_pages_name_their_sheets_by_content(client: FlaskClient) -> None:
    page = client.get("/console/login").get_data(as_text=True)
    assert "/static/console/tokens.css?v=" in page
    assert " style=" not in page
    assert "<style" not in page
