"""Every page of the console, tried as each of the cast: closed by default, opened as `roles.WHO_MAY` says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns.db import Database
from campaigns.settings import Settings
from campaigns.staff.models import ROLES
from campaigns.web.auth import requires, role_of
from tests.bed.cast import EVERYBODY, OUTSIDER, Cast, post
from tests.bed.desk import Desk
from tests.web.roles import SAMPLES, WHO_MAY


@pytest.fixture
def cast(app: Flask, database: Database) -> Cast:
    return Cast(app, database)


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    return Desk(database, settings)


def console_routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, address) of everything below /console, with samples for the variable parts."""
    adapter = app.url_map.bind("tidemark.test")
    for rule in app.url_map.iter_rules():
        if rule.rule == "/console" or rule.rule.startswith("/console/"):
            address = adapter.build(rule.endpoint, {name: SAMPLES.get(name, "1") for name in rule.arguments})
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield rule.endpoint, method, address


def test_every_console_page_is_listed_with_who_may_use_it(app: Flask) -> None:
    endpoints = {endpoint for endpoint, _, _ in console_routes(app)}
    assert endpoints - WHO_MAY.keys() == set(), "say in tests/web/roles.py who may use these"
    assert WHO_MAY.keys() - endpoints == set(), "these are listed but are no pages"
    assert {endpoint: role_of(app.view_functions[endpoint]) for endpoint in endpoints} == WHO_MAY


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_console_page_lets_in_exactly_who_may(app: Flask, cast: Cast, desk: Desk, who: str) -> None:
    desk.campaign()
    rank = EVERYBODY.index(who)
    for endpoint, method, address in console_routes(app):
        client = cast.client(who)
        needed = WHO_MAY[endpoint]
        answer = client.get(address) if method == "GET" else post(client, address)
        turned_away = answer.status_code == 303 and answer.location.startswith("/console/login")
        told = f"{who}: {method} {address} answered {answer.status_code}"
        if endpoint == "console.logout" and who != OUTSIDER:
            assert turned_away, told
        elif needed == "anyone" or rank > ROLES.index(needed):
            assert answer.status_code not in (401, 403, 500) or endpoint == "console.login", told
            assert not turned_away, told
        elif who == OUTSIDER:
            assert turned_away, told
        else:
            assert answer.status_code == 403, told


def test_a_view_that_says_nothing_is_closed_to_everybody(app: Flask, cast: Cast) -> None:
    app.add_url_rule("/console/forgotten", "forgotten", lambda: "secret")
    for who in EVERYBODY:
        answer = cast.client(who).get("/console/forgotten")
        assert answer.status_code == (303 if who == OUTSIDER else 403)
        assert b"secret" not in answer.data


def test_a_role_that_does_not_exist_cannot_be_required() -> None:
    with pytest.raises(ValueError, match="owner"):
        requires("owner")


def test_no_public_page_asks_who_is_there(app: Flask) -> None:
    public = [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/console")]
    assert public
    assert [rule.rule for rule in public if role_of(app.view_functions[rule.endpoint])] == []


def posts(app: Flask) -> list[str]:
    return [address for endpoint, method, address in console_routes(app) if method != "GET"]


def test_a_form_without_its_token_is_refused_and_changes_nothing(app: Flask, cast: Cast, desk: Desk) -> None:
    desk.campaign()
    client = cast.client("admin")
    for address in posts(app):
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": "W10.aaaa.bbbb"}):
            assert client.post(address, data=data).status_code == 400, address
    assert client.get("/console/campaigns/newsroom").status_code == 200
    assert b"Live" in client.get("/console/campaigns/newsroom").data


def test_the_token_of_another_session_is_refused(app: Flask, cast: Cast, desk: Desk) -> None:
    from tests.bed.cast import token_on

    desk.campaign()
    theirs = token_on(cast.client("viewer").get("/console/campaigns"))
    assert (
        cast.client("editor").post("/console/campaigns/newsroom/pause", data={"csrf_token": theirs}).status_code == 400
    )


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://tidemark.test.evil.example", "file://"])
def test_a_form_from_another_site_is_refused_even_with_a_token(cast: Cast, desk: Desk, origin: str) -> None:
    desk.campaign()
    client: FlaskClient = cast.client("editor")
    refused = post(client, "/console/campaigns/newsroom/pause", headers={"Origin": origin})
    assert refused.status_code == 400


@pytest.mark.parametrize("origin", ["http://tidemark.test", "http://localhost"])
def test_a_form_from_our_own_pages_is_taken(cast: Cast, desk: Desk, origin: str) -> None:
    desk.campaign()
    taken = post(cast.client("editor"), "/console/campaigns/newsroom/pause", headers={"Origin": origin})
    assert taken.status_code == 303
