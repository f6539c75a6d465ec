"""The console's page of what donors wrote: read it, let it stand, or take it down."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign import zones
from campaigns.donate import wall
from campaigns.errors import Invalid
from campaigns.web import session as web
from campaigns.web.auth import current_staff, requires
from campaigns.web.filters import counted

CHOSEN_MAX = 200
STATUSES = {"new": None, "shown": wall.SHOWN, "hidden": wall.HIDDEN}

blueprint = Blueprint("messages", __name__, url_prefix="/console/messages")


@blueprint.get("")
@requires("viewer")
def index() -> str:
    """What donors wrote with their consent to show it: new, shown or hidden."""
    status = request.args.get("status", "new")
    status = status if status in STATUSES else "new"
    return render_template(
        "donate/messages.html",
        status=status,
        words=wall.to_read(web.session(), STATUSES[status]),
        zone=zones.shared(web.session()),
        most=wall.LISTED_MAX,
    )


@blueprint.post("")
@requires("editor")
def decide() -> Response:
    """Shows or hides the chosen ones."""
    verdict, keys = request.form.get("verdict", ""), request.form.getlist("donation")[:CHOSEN_MAX]
    if verdict not in (wall.SHOWN, wall.HIDDEN):
        raise Invalid("choose one of the buttons", "verdict")
    changed = wall.decide(web.session(), keys, verdict, now=clock.now())
    staff_id = current_staff().id
    for donation in changed:
        audit.record(web.session(), staff_id=staff_id, action=verdict, thing="donation", thing_id=donation.id)
    web.commit()
    word = "shown" if verdict == wall.SHOWN else "hidden"
    flash(f"{counted(len(changed), 'message is', 'messages are')} {word} now." if changed else "Nothing was chosen.")
    return redirect(url_for("messages.index", status=request.args.get("status")), 303)
