"""Who may do what in the console: closed by default, opened per view by `requires(role)`.

One hook stands before every request. A view below /console that says nothing about itself is refused, so that a
forgotten decorator is a closed door. The same hook checks that a form was sent from our own pages (CSRF token, and
the Origin header where the browser tells it), since only there a cookie could be misused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, redirect, request, url_for
from flask import session as cookie
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as AnyResponse

from campaigns.errors import Forbidden
from campaigns.staff import accounts
from campaigns.staff.models import ROLES, Staff, StaffSession
from campaigns.web.session import READING_METHODS, database, settings

CONSOLE = "/console"
ANYONE = "anyone"
NEXT_LENGTH_MAX = 2000

View = TypeVar("View", bound=Callable[..., Any])


class _Door(LoginManager):  # type: ignore[misc]
    """Flask-Login without its remember-me cookie, which would touch the session on every public read."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


class _LoggedIn(UserMixin):  # type: ignore[misc]
    """Staff as Flask-Login sees them: the cookie names the log-in (its token), not the person."""

    def __init__(self, staff: Staff, token: str) -> None:
        self.staff = staff
        self.token = token

    def get_id(self) -> str:
        """The token that the session cookie carries."""
        return self.token


def install(app: Flask) -> None:
    """Puts the guard before every request of `app`."""
    door = _Door(add_context_processor=False)
    door.session_protection = None  # sessions are rows that expire and can be revoked; addresses of phones change
    door.user_loader(_load)
    door.init_app(app, add_context_processor=False)
    app.before_request(_guard)


def requires(role: str) -> Callable[[View], View]:
    """Opens a view to staff with `role` or more: viewer < editor < admin."""
    if role not in ROLES:
        raise ValueError(f"no role: {role}")
    return _marked(role)


def anyone(view: View) -> View:
    """Opens a view below /console to everybody: the log-in page, and little else."""
    return _marked(ANYONE)(view)


def role_of(view: Callable[..., Any]) -> str | None:
    """What `requires` or `anyone` said of a view; None where nothing was said."""
    return cast("str | None", getattr(view, "required_role", None))


def current_staff() -> Staff:
    """Who is logged in. Only to be asked in views with `requires`; raises Forbidden elsewhere."""
    staff = staff_or_none()
    if staff is None:
        raise Forbidden("log in first")
    return staff


def staff_or_none() -> Staff | None:
    """Who is logged in, if anybody."""
    return cast("Staff", current_user.staff) if current_user.is_authenticated else None


def may(role: str) -> bool:
    """Whether the person who is logged in has `role` or more: what a page offers follows it."""
    staff = staff_or_none()
    return staff is not None and ROLES.index(staff.role) >= ROLES.index(role)


def log_in(staff: Staff, token: str) -> None:
    """Gives the browser a fresh session cookie for an opened log-in; what was in the former one is gone."""
    cookie.clear()
    login_user(_LoggedIn(staff, token))


def log_out() -> str | None:
    """Takes the log-in out of the browser's cookie; its token, for the caller to revoke."""
    token = current_user.token if current_user.is_authenticated else None
    logout_user()
    cookie.clear()
    return token


def own_path(target: str | None, otherwise: str) -> str:
    """`target` if it is plainly a path of this console, else `otherwise`: a log-in never sends anyone elsewhere."""
    if not target or len(target) > NEXT_LENGTH_MAX or not target.isascii() or not target.isprintable():
        return otherwise
    path = target.split("?", 1)[0]
    odd = any(mark in target for mark in ("\\", "//", " ", "#")) or any(mark in path for mark in ("/.", "%", ":", "@"))
    return target if not odd and (path == CONSOLE or path.startswith(CONSOLE + "/")) else otherwise


def _marked(role: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return mark


def _guard() -> AnyResponse | None:
    if request.endpoint is None:
        return None
    role = role_of(current_app.view_functions[request.endpoint])
    if role is None and not _below_console():
        return None
    if role != ANYONE:
        refusal = _refusal(role)
        if refusal is not None:
            return refusal
    if request.method not in READING_METHODS:
        _check_origin()
        current_app.extensions["csrf"].protect()
    return None


def _below_console() -> bool:
    return request.path == CONSOLE or request.path.startswith(CONSOLE + "/")


def _refusal(role: str | None) -> AnyResponse | None:
    """Where the person is sent who is not logged in. Raises Forbidden for one who may not do this."""
    if staff_or_none() is None:
        wanted = request.full_path.rstrip("?") if request.method in READING_METHODS else None
        return redirect(url_for("console.login", next=own_path(wanted, "") or None), 303)
    if role is None or not may(role):
        asked = f"This needs the role {role}" if role else "This page is closed to everybody"
        raise Forbidden(f"{asked}; your account is {current_staff().role}.")
    return None


def _check_origin() -> None:
    """Refuses a form that another site sent. Browsers say where a POST comes from; what says nothing has the token."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    ours = (urlsplit(settings().public_url)[:2], (request.scheme, request.host))
    if urlsplit(origin)[:2] not in ours:
        raise CSRFError("the form was sent from another site")


def _load(token: str) -> _LoggedIn | None:
    """The log-in a cookie names, from a session of its own: the view's may have to write, and begins later."""
    with database().reading() as session:
        found = accounts.find_session(session, token)
    if found is None:
        return None
    if accounts.stale(found):
        _touch(found)
    return _LoggedIn(found.staff, token)


def _touch(found: StaffSession) -> None:
    try:
        with database().writing() as session:
            accounts.touch(session, found)
    except OperationalError:
        # The database is busy: the next request notes it, and reading a page must not fail for it.
        current_app.logger.info("a log-in could not be noted as seen")
