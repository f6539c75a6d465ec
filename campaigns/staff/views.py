"""The door of the console: logging in and out."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv6Address

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit
from campaigns.crypto import sha256_hex
from campaigns.staff import accounts
from campaigns.staff.forms import LoginForm
from campaigns.web import auth
from campaigns.web.auth import anyone, requires
from campaigns.web.limits import limiter
from campaigns.web.session import commit, database, session

# Only failures count, and each wait is longer than the one before. A stranger who guesses at an account shuts out
# their own address, never the account's owner at another one.
ACCOUNT_TRIES = "5 per minute; 10 per 15 minutes; 25 per 6 hours"
ADDRESS_TRIES = "30 per 15 minutes; 150 per day"

blueprint = Blueprint("console", __name__, url_prefix="/console")


def _address() -> str:
    """Who asks: an IPv4 address, or the /64 that one household or server has of IPv6."""
    address = request.remote_addr or "unknown"
    try:
        return str(IPv6Address(int(IPv6Address(address)) >> 64 << 64))
    except AddressValueError:
        return address


def _account() -> str:
    """Which account from where; hashed, since this key may be kept in Redis."""
    email = request.form.get("email", "").strip().lower()
    return sha256_hex(f"{_address()} {email}".encode(errors="replace"))


def _failed(answer: Response) -> bool:
    return answer.status_code != 303


@blueprint.get("")
@blueprint.get("/")
@requires("viewer")
def home() -> Response:
    """The console begins with its campaigns."""
    return redirect(url_for("campaigns.index"), 303)


@blueprint.get("/login")
@anyone
def login_page() -> str | Response:
    """The form, unless somebody is logged in already."""
    if auth.staff_or_none() is not None:
        return redirect(_destination(), 303)
    return _page(LoginForm())


@blueprint.post("/login")
@anyone
@limiter.limit(ADDRESS_TRIES, key_func=_address, deduct_when=_failed)
@limiter.limit(ACCOUNT_TRIES, key_func=_account, deduct_when=_failed)
def login() -> Response | tuple[str, int]:
    """Opens a log-in under a fresh token. The answer never tells whether an account exists."""
    form = LoginForm()
    if not form.validate():
        return _page(form), 422
    email, password = form.email.data or "", form.password.data or ""
    with database().reading() as reading:
        known = accounts.authenticate(reading, email, password)
    if known is None:
        return _page(form, "That e-mail and password do not go together."), 401
    staff = session().merge(known, load=True)
    accounts.rehash(session(), staff, password)
    token = accounts.open_session(session(), staff)
    audit.record(session(), staff_id=staff.id, action="log_in", thing="staff", thing_id=staff.id)
    commit()
    auth.log_in(staff, token)
    return redirect(_destination(), 303)


@blueprint.post("/logout")
@requires("viewer")
def logout() -> Response:
    """Ends this log-in on the server too, so that a copied cookie is worth nothing."""
    staff = auth.current_staff()
    token = auth.log_out()
    if token is not None:
        accounts.close_session(session(), token)
        audit.record(session(), staff_id=staff.id, action="log_out", thing="staff", thing_id=staff.id)
        commit()
    return redirect(url_for("console.login"), 303)


def _page(form: LoginForm, refusal: str | None = None) -> str:
    return render_template("staff/login.html", form=form, refusal=refusal, next=auth.own_path(_next(), "") or None)


def _destination() -> str:
    return auth.own_path(_next(), url_for("campaigns.index"))


def _next() -> str | None:
    return request.args.get("next")
