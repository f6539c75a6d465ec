"""Passwords, roles and sessions: the rules of accounts, without HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.errors import Conflict, Invalid
from campaigns.staff import accounts
from campaigns.staff.models import Staff, StaffSession
from tests.bed.cast import PASSWORD, password_hash

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def ada(session: Session) -> Staff:
    staff = Staff(email="ada@herald.example", password_hash=password_hash(), role="editor", created_at=clock.now())
    session.add(staff)
    session.flush()
    return staff


def test_an_account_is_made_with_a_folded_address_and_a_hashed_password(session: Session) -> None:
    staff = accounts.create(session, email=" Ada@Herald.Example ", password=PASSWORD, role="admin")
    assert staff.email == "ada@herald.example"
    assert staff.password_hash.startswith("$argon2id$")
    assert PASSWORD not in staff.password_hash


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "eleven char"}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"role": "owner"}, "role"),
    ],
)
def test_a_wrong_value_is_refused_by_its_field(session: Session, change: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.create(session, **{"email": "ada@herald.example", "password": PASSWORD, "role": "viewer", **change})
    assert refused.value.field == field


def test_one_address_has_one_account_whatever_its_case(session: Session, ada: Staff) -> None:
    with pytest.raises(Conflict):
        accounts.create(session, email="ADA@herald.example", password=PASSWORD, role="viewer")


def test_the_right_password_opens_an_account_and_another_does_not(session: Session, ada: Staff) -> None:
    assert accounts.authenticate(session, "Ada@herald.example ", PASSWORD) == ada
    assert accounts.authenticate(session, "ada@herald.example", PASSWORD + "r") is None
    assert accounts.authenticate(session, "nobody@herald.example", PASSWORD) is None


def test_a_password_is_the_same_however_its_letters_are_composed(session: Session) -> None:
    accounts.create(session, email="eva@herald.example", password="Zwölf schöne Wörter", role="viewer")
    assert accounts.authenticate(session, "eva@herald.example", "Zwo\u0308lf scho\u0308ne Wo\u0308rter") is not None


@pytest.mark.parametrize("email", ["", "\0", "ada\ud800@herald.example", "a" * 10_000, "ada@herald.example\n"])
def test_no_address_a_stranger_types_breaks_the_log_in(session: Session, ada: Staff, email: str) -> None:
    assert accounts.authenticate(session, email, "\ud800" + "x" * 10_000) is None


def test_an_unknown_or_disabled_account_costs_the_same_hashing(
    session: Session, ada: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    verify = accounts._verify

    def watched(password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return verify(password_hash, password)

    monkeypatch.setattr(accounts, "_verify", watched)
    accounts.authenticate(session, "nobody@herald.example", PASSWORD)
    ada.disabled_at = clock.now()
    session.flush()
    assert accounts.authenticate(session, ada.email, PASSWORD) is None
    assert len(checked) == 2
    assert ada.password_hash not in checked
    assert {hashed.rsplit("$", 2)[0] for hashed in checked} == {ada.password_hash.rsplit("$", 2)[0]}


def test_an_old_hash_is_made_anew_at_the_next_log_in(session: Session, ada: Staff) -> None:
    ada.password_hash = weak = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    accounts.rehash(session, ada, PASSWORD)
    assert ada.password_hash != weak
    renewed = ada.password_hash
    accounts.rehash(session, ada, PASSWORD)
    assert ada.password_hash == renewed
    assert accounts.authenticate(session, ada.email, PASSWORD) == ada


def test_a_session_is_stored_as_a_hash_and_found_by_its_token(session: Session, ada: Staff) -> None:
    token = accounts.open_session(session, ada)
    row = session.scalars(select(StaffSession)).one()
    assert token not in row.token_sha256
    assert accounts.find_session(session, token) is row
    assert accounts.find_session(session, token + "x") is None
    assert accounts.find_session(session, "\ud800") is None


def test_a_session_ends_after_twelve_idle_hours(session: Session, ada: Staff) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        token = accounts.open_session(session, ada)
        time.shift(timedelta(hours=11, minutes=59))
        row = accounts.find_session(session, token)
        assert row is not None
        assert accounts.stale(row)
        accounts.touch(session, row)
        session.refresh(row)
        assert not accounts.stale(row)
        time.shift(timedelta(hours=11, minutes=59))
        assert accounts.find_session(session, token) is not None
        time.shift(timedelta(minutes=1))
        assert accounts.find_session(session, token) is None


def test_a_session_ends_after_seven_days_however_busy(session: Session, ada: Staff) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        token = accounts.open_session(session, ada)
        for _ in range(13):
            time.shift(timedelta(hours=11, minutes=59))
            row = accounts.find_session(session, token)
            assert row is not None
            accounts.touch(session, row)
            session.refresh(row)
        time.shift(timedelta(hours=12, minutes=13))
        row = accounts.find_session(session, token)
        assert row is None


def test_logging_out_ends_one_session_and_revoking_ends_them_all(session: Session, ada: Staff) -> None:
    phone, desk, tablet = (accounts.open_session(session, ada) for _ in range(3))
    accounts.close_session(session, phone)
    session.expire_all()
    assert accounts.find_session(session, phone) is None
    assert accounts.find_session(session, desk) is not None
    accounts.revoke_sessions(session, ada)
    session.expire_all()
    assert accounts.find_session(session, desk) is None
    assert accounts.find_session(session, tablet) is None


def test_a_new_role_password_or_disabling_ends_every_session(session: Session, ada: Staff) -> None:
    acts: list[Callable[[], None]] = [
        lambda: accounts.set_role(session, ada, "viewer"),
        lambda: accounts.set_password(session, ada, "another long password"),
        lambda: accounts.disable(session, ada),
    ]
    for act in acts:
        token = accounts.open_session(session, ada)
        act()
        session.expire_all()
        assert accounts.find_session(session, token) is None


def test_the_last_admin_stays_admin(session: Session, ada: Staff) -> None:
    accounts.set_role(session, ada, "admin")
    with pytest.raises(Conflict):
        accounts.set_role(session, ada, "editor")
    with pytest.raises(Conflict):
        accounts.disable(session, ada)
    session.add(Staff(email="b@herald.example", password_hash=password_hash(), role="admin", created_at=clock.now()))
    session.flush()
    accounts.disable(session, ada)
    assert ada.disabled_at is not None
