"""The cast: a viewer, an editor, an admin and an outsider, so that every page can be tried as each of them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campaigns import clock
from campaigns.db import Database
from campaigns.staff import accounts
from campaigns.staff.models import ROLES, Staff

PASSWORD = "correct horse battery staple"
OUTSIDER = "outsider"
EVERYBODY = (OUTSIDER, *ROLES)
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Cast:
    """`cast.client("editor")` is a browser in which the editor is logged in; `post` sends what a form would send."""

    def __init__(self, app: Flask, database: Database) -> None:
        self.app = app
        self.database = database
        with database.writing() as session:
            for role in ROLES:
                session.add(
                    Staff(email=email_of(role), password_hash=password_hash(), role=role, created_at=clock.now())
                )

    def client(self, who: str) -> FlaskClient:
        """A browser of its own for one of the cast; the outsider's has no cookie."""
        client = self.app.test_client()
        if who != OUTSIDER:
            with self.database.writing() as session:
                token = accounts.open_session(session, self.staff(who))
            with client.session_transaction("/console/") as cookie:
                cookie["_user_id"] = token
        return client

    def staff(self, who: str) -> Staff:
        """The account of one of the cast."""
        with self.database.reading() as session:
            found = accounts.find(session, email_of(who))
        assert found is not None
        return found


def email_of(who: str) -> str:
    """The address one of the cast logs in with."""
    return f"{who}@herald.example"


@cache
def password_hash() -> str:
    """PASSWORD, hashed once for all tests and in the cheapest way: hashing is slow on purpose."""
    return CHEAP_HASHER.hash(PASSWORD)


def token_on(response: TestResponse) -> str:
    """The CSRF token of a page."""
    found = _TOKEN.search(response.get_data(as_text=True))
    assert found is not None, "the page has no form"
    return found[1]


def post(client: FlaskClient, url: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
    """POSTs a form with the token that this browser has been given."""
    page = client.get("/console/campaigns")
    if page.status_code == 303:
        page = client.get("/console/login")
    return client.post(url, data={"csrf_token": token_on(page), **(data or {})}, **options)
