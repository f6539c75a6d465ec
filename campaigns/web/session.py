"""The request's database session and the installation's settings, for every view."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from campaigns.db import Database
from campaigns.settings import Settings

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask, settings: Settings, database: Database) -> None:
    """Gives `app` its settings and database, and closes each request's session."""
    app.extensions["tidemark"] = (settings, database)
    app.teardown_appcontext(_close)


def settings() -> Settings:
    """The installation's settings."""
    return cast("Settings", current_app.extensions["tidemark"][0])


def database() -> Database:
    """The installation's database."""
    return cast("Database", current_app.extensions["tidemark"][1])


def session() -> Session:
    """This request's session: it only reads for GET, HEAD and OPTIONS, and may write otherwise."""
    if "session" not in g:
        g.session = database().new_session(reading=request.method in READING_METHODS)
    return cast("Session", g.session)


def commit() -> None:
    """Commits what this request wrote. Only the edge calls this."""
    session().commit()


def _close(_error: BaseException | None) -> None:
    opened = g.pop("session", None)
    if opened is not None:
        opened.close()
