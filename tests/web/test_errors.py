"""Refusals: a page for people, JSON for programs, and nothing of the inside in either."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from campaigns import errors
from campaigns.web.auth import anyone

SECRET = "whsec_very_secret ada@example.org"


@pytest.fixture
def quiet(app: Flask) -> FlaskClient:
    """A client to which mistakes inside are answered, as in production, instead of raised."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client()


def failing(app: Flask, error: Exception, path: str = "/broken") -> None:
    def view() -> str:
        raise error

    app.add_url_rule(path, path, view, methods=["GET", "POST"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotFound("there is no campaign “x”"), 404),
        (errors.Conflict("it has ended"), 409),
        (errors.Invalid("that is no amount", "goal"), 422),
        (errors.Forbidden("not you"), 403),
        (errors.Unavailable("later"), 503),
        (errors.DomainError("no"), 400),
    ],
)
def test_what_the_domain_refuses_is_told_with_its_own_words(
    app: Flask, client: FlaskClient, error: errors.DomainError, code: int
) -> None:
    failing(app, error)
    failing(app, error, "/api/v1/broken")
    page = client.get("/broken")
    assert page.status_code == code
    assert error.message[1:] in page.get_data(as_text=True)
    assert page.mimetype == "text/html"
    program = client.get("/api/v1/broken")
    assert program.status_code == code
    assert program.get_json()["error"] == error.message
    assert program.headers["Access-Control-Allow-Origin"] == "*"
    assert ("Retry-After" in program.headers) == (code == 503)


def test_a_refused_value_names_its_field_to_programs(app: Flask, client: FlaskClient) -> None:
    failing(app, errors.Invalid("that is no amount", "goal"), "/api/v1/broken")
    assert client.get("/api/v1/broken").get_json() == {"error": "that is no amount", "field": "goal"}


def test_what_breaks_inside_is_a_page_without_the_inside(app: Flask, quiet: FlaskClient) -> None:
    failing(app, RuntimeError(SECRET))
    answer = quiet.get("/broken")
    assert answer.status_code == 500
    text = answer.get_data(as_text=True)
    assert "broke" in text
    for secret in (*SECRET.split(), "RuntimeError", "Traceback"):
        assert secret not in text


def test_a_database_that_does_not_answer_is_503_also_in_the_console(app: Flask, client: FlaskClient) -> None:
    error = OperationalError(f"SELECT {SECRET}", {}, Exception("database is locked"))
    paths = ("/broken", "/api/v1/broken", "/console/broken")
    for path in paths:
        failing(app, error, path)
    anyone(app.view_functions["/console/broken"])
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert SECRET.split(maxsplit=1)[0] not in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/nowhere", "/console/nowhere", "/c/nope", "/static/none.css"])
def test_a_page_that_is_not_there_says_what_to_do(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert b"Check the address" in answer.data
    assert (b"Back to the console" in answer.data) == path.startswith("/console")
    assert "Set-Cookie" not in answer.headers


def test_programs_get_json_whatever_went_wrong(client: FlaskClient) -> None:
    assert set(client.get("/api/v1/nowhere").get_json()) == {"error"}
    assert set(client.get("/webhooks/none/none/none").get_json()) == {"error"}
    assert client.get("/nowhere", headers={"Accept": "application/json"}).is_json
    assert not client.get("/nowhere", headers={"Accept": "*/*"}).is_json


def test_a_wrong_method_is_405_and_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/console/login")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_body_that_is_too_big_is_413(client: FlaskClient) -> None:
    answer = client.post("/console/login", data={"email": "a" * 1_100_000})
    assert answer.status_code == 413
    assert b"too big" in answer.data
