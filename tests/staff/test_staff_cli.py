"""`tidemark staff create`."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import Result
from sqlalchemy import select

from campaigns.audit import AuditEntry
from campaigns.db import Database
from campaigns.staff import accounts
from tests.bed.cast import PASSWORD

Tidemark = Callable[..., Result]


def create(tidemark: Tidemark, *arguments: str, password: str = PASSWORD, email: str = "ada@herald.example") -> Result:
    return tidemark("staff", "create", "--email", email, "--role", "editor", *arguments, input=password)


def test_a_password_read_from_standard_input_opens_the_account(tidemark: Tidemark, database: Database) -> None:
    result = create(tidemark, "--password-stdin", password=PASSWORD + "\n")
    assert (result.exit_code, result.stderr) == (0, "")
    with database.reading() as session:
        staff = accounts.authenticate(session, "ada@herald.example", PASSWORD)
        acts = session.scalars(select(AuditEntry)).all()
    assert staff is not None
    assert staff.role == "editor"
    assert [(act.action, act.thing, act.staff_id) for act in acts] == [("create", "staff", None)]
    assert PASSWORD not in result.output


def test_a_prompted_password_is_asked_twice_and_hidden(tidemark: Tidemark, database: Database) -> None:
    result = create(tidemark, password=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output


def test_what_is_wrong_is_said_with_exit_2(tidemark: Tidemark) -> None:
    short = create(tidemark, "--password-stdin", password="short")
    assert (short.exit_code, "12 characters" in short.stderr) == (2, True)
    odd = create(tidemark, "--password-stdin", email="nobody")
    assert (odd.exit_code, "e-mail" in odd.stderr) == (2, True)
    assert tidemark("staff", "create", "--email", "a@b.example", "--role", "owner").exit_code == 2


def test_a_second_account_for_an_address_is_refused(tidemark: Tidemark) -> None:
    assert create(tidemark, "--password-stdin").exit_code == 0
    again = create(tidemark, "--password-stdin")
    assert again.exit_code == 2
    assert "already" in again.stderr
