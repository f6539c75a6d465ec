"""`tidemark staff`: accounts from the command line, the only way to the first one."""

from __future__ import annotations

import sys

import click
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.staff import accounts
from campaigns.staff.models import ROLES
from campaigns.web.commandline import with_session

PASSWORD_BYTES_MAX = 4096


@click.group("staff")
def group() -> None:
    """People who log in to the console."""


@group.command("create")
@click.option("--email", required=True, help="The address they log in with.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="Each may do all that those before it may.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
def create_command(email: str, role: str, password_stdin: bool) -> None:
    """Make an account."""
    # Asked for before the database is opened: nobody holds its write lock while typing.
    _create(email, role, _password(password_stdin))


@with_session
def _create(session: Session, email: str, role: str, password: str) -> None:
    staff = accounts.create(session, email=email, password=password, role=role)
    audit.record(session, staff_id=None, action="create", thing="staff", thing_id=staff.id, role=role)
    click.echo(f"{staff.email} may log in as {staff.role}")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.read(PASSWORD_BYTES_MAX).rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt="Once more"))
