"""Look-ups in the console: what was asked of a payment service, what it answered, and asking again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign import zones
from campaigns.errors import Conflict, NotFound
from campaigns.inbox import asked
from campaigns.inbox.body import laid_out
from campaigns.inbox.manual import titles
from campaigns.inbox.models import LookUp, LookUpAnswer
from campaigns.inbox.views.acting import ID_MAX, TRAIL_MAX, record
from campaigns.ledger import register
from campaigns.ledger.models import Donation
from campaigns.web import session as web
from campaigns.web.auth import may, requires
from campaigns.web.errors import sentence
from campaigns.web.trail import trail

ID = f"<int(max={ID_MAX}):look_up_id>"
ANSWER_ID = f"<int(max={ID_MAX}):answer_id>"
DONATIONS_SHOWN_MAX = 20

look_up_pages = Blueprint("look_ups", __name__, url_prefix="/console/webhooks/look_ups")


@look_up_pages.get(f"/{ID}")
@requires("viewer")
def show(look_up_id: int) -> str:
    """One look-up: what it asks and why, how it stands, and, for editors, what was answered."""
    found = _look_up(look_up_id)
    about = web.session().query(Donation).where(register.about(web.session(), found.ref or ""))
    return render_template(
        "inbox/look_up.html",
        look_up=found,
        donations=about.limit(DONATIONS_SHOWN_MAX).all(),
        events=asked.events_of(web.session(), found),
        answers=[
            (answer, laid_out(answer.body) if may("editor") else None) for answer in asked.answers(web.session(), found)
        ],
        trail=trail(web.session(), "look_up", found.id, limit=TRAIL_MAX),
        zone=zones.shared(web.session()),
        titles=titles(),
    )


@look_up_pages.get(f"/answers/{ANSWER_ID}")
@requires("viewer")
def answer(answer_id: int) -> Response:
    """An answer by its own id, which is how entries name their evidence."""
    found = web.session().get(LookUpAnswer, answer_id)
    if found is None:
        raise NotFound("there is no such answer")
    return redirect(url_for("look_ups.show", look_up_id=found.look_up_id, _anchor=f"answer-{found.id}"), 303)


@look_up_pages.post(f"/{ID}/ask")
@requires("editor")
def ask(look_up_id: int) -> Response:
    """Asks again with the next round."""
    found = _look_up(look_up_id)
    try:
        asked.again(found, now=clock.now())
        record("ask", "look_up", found.id, subject=found.subject)
        web.commit()
        flash("It will be asked again in a moment.")
    except Conflict as error:
        flash(sentence(error.message), "warning")
    return redirect(url_for("look_ups.show", look_up_id=look_up_id), 303)


@look_up_pages.post(f"/{ID}/let_be")
@requires("editor")
def let_be(look_up_id: int) -> Response:
    """Gives one up that has failed."""
    found = _look_up(look_up_id)
    try:
        asked.let_be(found)
        record("let_be", "look_up", found.id, subject=found.subject)
        web.commit()
        flash("Settled. It is not asked any more.")
    except Conflict as error:
        flash(sentence(error.message), "warning")
    return redirect(url_for("attention.index"), 303)


def _look_up(look_up_id: int) -> LookUp:
    found = web.session().get(LookUp, look_up_id)
    if found is None:
        raise NotFound("there is no such look-up")
    return found
