"""Accounts of staff and their log-ins: every rule about passwords, roles and sessions is here.

A log-in is a row, so that it can be ended from the server; the browser holds a random token of which only the hash
is kept. Unknown and disabled accounts cost the same password hashing as real ones, so that neither the answer nor
its timing tells who works here.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.crypto import sha256_hex
from campaigns.errors import Conflict, Invalid
from campaigns.staff.models import ROLES, Staff, StaffSession

PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 256
SESSION_IDLE_MAX = timedelta(hours=12)
SESSION_AGE_MAX = timedelta(days=7)
SESSION_SEEN_STEP = timedelta(minutes=5)  # how stale `seen_at` may get before a request writes it anew
HASHING_AT_ONCE_MAX = 4  # each takes 64 MiB; a flood of log-ins must not eat the server's memory

_hasher = PasswordHasher()
_hashing = BoundedSemaphore(HASHING_AT_ONCE_MAX)


def create(session: Session, *, email: str, password: str, role: str) -> Staff:
    """A new account. Raises Invalid (field `email`, `password` or `role`), Conflict where the address is taken."""
    address = _address(email)
    if role not in ROLES:
        raise Invalid(f"“{role[:20]}” is no role; use {', '.join(ROLES)}", "role")
    if find(session, address) is not None:
        raise Conflict(f"there is an account for {address} already")
    staff = Staff(email=address, password_hash=_hash(acceptable(password)), role=role, created_at=clock.now())
    session.add(staff)
    session.flush()
    return staff


def find(session: Session, email: str) -> Staff | None:
    """The account of an address, disabled ones too."""
    address = _folded(email)
    if not address.isprintable():  # NUL and halves of characters are no text to a database
        return None
    return session.scalars(select(Staff).where(Staff.email == address)).one_or_none()


def authenticate(session: Session, email: str, password: str) -> Staff | None:
    """The account that `email` and `password` open, else None, after the same work in every case.

    Only reads, and hashing takes its time: give it a reading session, so that no writer waits for it.
    """
    password_hash = _nobodys_hash()
    staff = find(session, email)
    if staff is not None and staff.disabled_at is not None:
        staff = None
    if staff is not None:
        password_hash = staff.password_hash
    return staff if _verify(password_hash, password) else None


def rehash(session: Session, staff: Staff, password: str) -> None:
    """Keeps the hash of a password that was just right as strong as the current parameters ask."""
    if _hasher.check_needs_rehash(staff.password_hash):
        staff.password_hash = _hash(password)
        session.flush()


def set_password(session: Session, staff: Staff, password: str) -> None:
    """A new password; every log-in of the account ends. Raises Invalid for one that is too short or too long."""
    staff.password_hash = _hash(acceptable(password))
    revoke_sessions(session, staff)


def set_role(session: Session, staff: Staff, role: str) -> None:
    """Another role; every log-in of the account ends, so that nothing runs on with the former one.

    Raises Invalid for an unknown role, Conflict when it would leave nobody who is admin.
    """
    if role not in ROLES:
        raise Invalid(f"“{role[:20]}” is no role; use {', '.join(ROLES)}", "role")
    if role != "admin":
        _keep_an_admin(session, staff)
    staff.role = role
    revoke_sessions(session, staff)


def disable(session: Session, staff: Staff) -> None:
    """Closes an account and ends its log-ins. Raises Conflict for the last admin."""
    _keep_an_admin(session, staff)
    staff.disabled_at = staff.disabled_at or clock.now()
    revoke_sessions(session, staff)


def open_session(session: Session, staff: Staff) -> str:
    """Logs in: the token for the browser, of which only the hash is stored."""
    token, now = secrets.token_urlsafe(32), clock.now()
    session.add(StaffSession(staff_id=staff.id, token_sha256=_token_hash(token), created_at=now, seen_at=now))
    session.flush()
    return token


def find_session(session: Session, token: str) -> StaffSession | None:
    """The log-in of a token, with its account, unless it was revoked, is too old, or its account is disabled."""
    found = session.scalars(select(StaffSession).where(StaffSession.token_sha256 == _token_hash(token))).one_or_none()
    return found if found is not None and _open(found, clock.now()) else None


def touch(session: Session, log_in: StaffSession) -> None:
    """Notes that the log-in is in use, which keeps it from growing idle."""
    statement = update(StaffSession).where(StaffSession.id == log_in.id, StaffSession.revoked_at.is_(None))
    session.execute(statement.values(seen_at=clock.now()))


def stale(log_in: StaffSession) -> bool:
    """Whether `touch` is due."""
    return clock.now() - log_in.seen_at >= SESSION_SEEN_STEP


def close_session(session: Session, token: str) -> None:
    """Logs out; a token that is unknown or closed already is fine."""
    statement = update(StaffSession).where(StaffSession.token_sha256 == _token_hash(token))
    session.execute(statement.where(StaffSession.revoked_at.is_(None)).values(revoked_at=clock.now()))


def revoke_sessions(session: Session, staff: Staff) -> None:
    """Ends every log-in of an account, everywhere, at once."""
    statement = update(StaffSession).where(StaffSession.staff_id == staff.id, StaffSession.revoked_at.is_(None))
    session.execute(statement.values(revoked_at=clock.now()))
    session.flush()


def acceptable(password: str) -> str:
    """`password`, if it is long enough. Raises Invalid (field `password`)."""
    if len(password) < PASSWORD_LENGTH_MIN:
        advice = "a few words make a good one"
        raise Invalid(f"the password needs at least {PASSWORD_LENGTH_MIN} characters; {advice}", "password")
    if len(password) > PASSWORD_LENGTH_MAX:
        raise Invalid(f"the password may have at most {PASSWORD_LENGTH_MAX} characters", "password")
    return password


def _open(log_in: StaffSession, now: datetime) -> bool:
    young = now - log_in.created_at < SESSION_AGE_MAX and now - log_in.seen_at < SESSION_IDLE_MAX
    return young and log_in.revoked_at is None and log_in.staff.disabled_at is None


def _keep_an_admin(session: Session, staff: Staff) -> None:
    others = select(func.count()).select_from(Staff)
    others = others.where(Staff.role == "admin", Staff.disabled_at.is_(None), Staff.id != staff.id)
    if staff.role == "admin" and staff.disabled_at is None and not session.scalar(others):
        raise Conflict(f"{staff.email} is the only admin; make another one first")


def _address(email: str) -> str:
    try:
        return validate_email(email.strip(), check_deliverability=False, globally_deliverable=False).normalized.lower()
    except EmailNotValidError as error:
        raise Invalid(f"“{email.strip()[:60]}” is no e-mail address", "email") from error


def _folded(email: str) -> str:
    """How an address is looked up: forgiving about case and spaces around it, never raising."""
    return unicodedata.normalize("NFC", email).strip().lower()


def _token_hash(token: str) -> str:
    return sha256_hex(token.encode(errors="replace"))


def _bytes(password: str) -> bytes:
    # One normal form: the same keys pressed on another system must give the same bytes.
    return unicodedata.normalize("NFC", password).encode(errors="replace")


def _hash(password: str) -> str:
    with _hashing:
        return _hasher.hash(_bytes(password))


def _verify(password_hash: str, password: str) -> bool:
    try:
        with _hashing:
            return _hasher.verify(password_hash, _bytes(password[: PASSWORD_LENGTH_MAX + 1]))
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """What a password is checked against where there is no account."""
    return _hash(secrets.token_urlsafe(24))
