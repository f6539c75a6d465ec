"""What every command needs: settings, a checked database, and errors told in one line with exit status 2."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from campaigns import installation, schema
from campaigns.db import Database, open_database
from campaigns.errors import DomainError
from campaigns.settings import Settings, SettingsError, load_settings

WRONG_USE = 2
CHECK_FOUND_SOMETHING = 1


def settings() -> Settings:
    """The settings, or exit 2 with every problem in them."""
    try:
        return load_settings()
    except SettingsError as error:
        refuse(*error.problems)


def database(found: Settings) -> Database:
    """The migrated database of this installation, or exit 2 saying what to run."""
    opened = open_database(found.database_url)
    try:
        if schema.present_revision(opened.engine) != schema.newest_revision():
            refuse("the database is not migrated to this version; run `tidemark db upgrade`")
        with opened.reading() as session:
            installation.agree(session, found)
    except DomainError as error:
        refuse(error.message)
    except SQLAlchemyError as error:
        refuse(f"the database cannot be used: {cause(error)}")
    return opened


@contextmanager
def installation_opened() -> Iterator[tuple[Settings, Database]]:
    """Settings and database, for commands that open their own sessions; exits 2 on a DomainError inside."""
    found = settings()
    opened = database(found)
    try:
        yield found, opened
    except DomainError as error:
        refuse(error.message)
    finally:
        opened.engine.dispose()


def with_session(command: Callable[..., Any]) -> Callable[..., Any]:
    """Passes a writing session as first argument; commits when the command returns, exits 2 on a DomainError."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        opened = database(settings())
        try:
            with opened.writing() as session:
                return command(session, *args, **kwargs)
        except DomainError as error:
            refuse(error.message)
        finally:
            opened.engine.dispose()

    return run


def refuse(*problems: str) -> NoReturn:
    """Tells what is wrong on standard error and exits 2."""
    for problem in problems:
        click.echo(f"tidemark: {problem}", err=True)
    sys.exit(WRONG_USE)


def cause(error: SQLAlchemyError) -> str:
    """The driver's first line, which names no secret: parameters and URL are left out."""
    origin = getattr(error, "orig", None) or error
    return str(origin).strip().splitlines()[0][:200]
