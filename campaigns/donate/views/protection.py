"""Protection in the console: the switch for attack mode, and what there is to see of an attack."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign import zones
from campaigns.donate import attack, limits, tickets
from campaigns.web.auth import current_staff, requires
from campaigns.web.limits import address_block
from campaigns.web.session import commit, session, settings
from campaigns.web.trail import trail

THING, ONLY = "protection", 1  # one switch for the installation
SPANS = (("the last minute", timedelta(minutes=1)), ("the last hour", timedelta(hours=1)), ("a day", timedelta(days=1)))
TRAIL_MAX = 10

blueprint = Blueprint("protection", __name__, url_prefix="/console/protection")


@blueprint.get("")
@requires("viewer")
def index() -> str:
    """Whether attack mode is on, how many checkouts were opened lately, and how many of them led to a gift."""
    now = clock.now()
    return render_template(
        "donate/protection.html",
        since=attack.under_attack_since(session()),
        seen=[(words, *attack.opened_since(session(), now - span)) for words, span in SPANS],
        limits=limits,
        tickets=tickets,
        is_past_a_proxy=_is_past_a_proxy(),
        proxies=settings().trusted_proxies,
        trail=trail(session(), THING, ONLY, limit=TRAIL_MAX),
        zone=zones.shared(session()),
    )


@blueprint.post("/begin")
@requires("editor")
def begin() -> Response:
    """Switches attack mode on."""
    return _switched(attack.begin(session(), now=clock.now()), "begin_attack_mode", "Attack mode is on.")


@blueprint.post("/end")
@requires("editor")
def end() -> Response:
    """Switches it off."""
    return _switched(attack.end(session()), "end_attack_mode", "Attack mode is off.")


def _switched(did: bool, action: str, told: str) -> Response:
    if did:
        audit.record(session(), staff_id=current_staff().id, action=action, thing=THING, thing_id=ONLY)
        commit()
    flash(told if did else "It was so already, so nothing changed.")
    return redirect(url_for("protection.index"), 303)


def _is_past_a_proxy() -> bool:
    """Whether this very request came by a proxy that is not believed: then all readers look like one machine."""
    return "X-Forwarded-For" in request.headers and address_block() is None
