"""The log of messages in the console: searching it, one message, and reading messages again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign import zones
from campaigns.errors import NotFound
from campaigns.inbox import asked, log, processing, replaying
from campaigns.inbox.body import laid_out
from campaigns.inbox.forms import LogForm
from campaigns.inbox.manual import titles
from campaigns.inbox.models import STATUSES, WebhookEvent
from campaigns.inbox.views.acting import ID_MAX, TRAIL_MAX, record
from campaigns.ledger import dossier
from campaigns.ledger.keyset import row_id
from campaigns.web import session as web
from campaigns.web.auth import may, requires
from campaigns.web.trail import trail

ID = f"<int(max={ID_MAX}):event_id>"

UNCLEAR = "That could not be understood, so nothing was replayed."

inbox = Blueprint("inbox", __name__, url_prefix="/console/webhooks")


@inbox.get("")
@requires("viewer")
def index() -> str:
    """The log of every verified message, the newest first."""
    zone = zones.shared(web.session())
    form = _form(zone)
    wanted = form.wanted()
    before, after = row_id(request.args.get("before")), row_id(request.args.get("after"))
    return render_template(
        "inbox/events.html",
        form=form,
        wanted=wanted,
        page=log.listed(web.session(), wanted, before=before, after=after),
        counts=log.counts(web.session(), wanted),
        asked=form.asked(),
        STATUSES=STATUSES,
        zone=zone,
        titles=titles(),
    )


@inbox.get(f"/{ID}")
@requires("viewer")
def event(event_id: int) -> str:
    """One message: its envelope, what came of it, what it waits for, and, for editors, what it said."""
    found = _event(event_id)
    effects = log.effects(web.session(), found)
    return render_template(
        "inbox/event.html",
        event=found,
        effects=effects,
        campaigns=dossier.campaigns_of(web.session(), [entry for effect in effects for entry in effect.entries]),
        look_ups=asked.of_event(web.session(), found),
        body=laid_out(found.body) if may("editor") else None,
        trail=trail(web.session(), "webhook_event", found.id, limit=TRAIL_MAX),
        zone=zones.shared(web.session()),
        titles=titles(),
    )


@inbox.post(f"/{ID}/replay")
@requires("editor")
def replay(event_id: int) -> Response:
    """Reads one message again, whatever came of it before."""
    found = _event(event_id)
    record("replay", "webhook_event", found.id, status=found.status)
    web.commit()
    word = processing.process(web.database(), web.settings(), event_id, now=clock.now(), again=True)
    flash(replaying.TOLD[word], "warning" if word == "queued" else "message")
    return redirect(url_for("inbox.event", event_id=event_id), 303)


@inbox.get("/replay")
@requires("editor")
def confirm() -> str:
    """Says how many messages would be read again, before they are."""
    zone = zones.shared(web.session())
    form = _form(zone)
    wanted = form.wanted()
    return render_template(
        "inbox/replay.html",
        form=form,
        wanted=wanted,
        count=log.count(web.session(), wanted, limit=replaying.REQUEUED_MAX + 1),
        counts=log.counts(web.session(), wanted),
        asked=form.asked(),
        AT_ONCE=replaying.REPLAYED_AT_ONCE_MAX,
        MAX=replaying.REQUEUED_MAX,
        STATUSES=STATUSES,
        zone=zone,
        titles=titles(),
    )


@inbox.post("/replay")
@requires("editor")
def replay_all() -> Response:
    """Reads the messages again that were asked for: some now, the worker takes the others."""
    form, now = _form(zones.shared(web.session())), clock.now()
    wanted = form.wanted()
    ids = replaying.requeue(web.session(), wanted, now=now) if form.is_clear() else []
    record("replay", "inbox", 0, count=len(ids), asked=form.asked(), events=list(wanted.ids))
    web.commit()
    tried, done = replaying.read_some(web.database(), web.settings(), ids, now=now)
    told = replaying.told(len(ids), tried, done) if form.is_clear() else UNCLEAR
    flash(told, "message" if ids and tried == done else "warning")
    back = {name: said for name, said in form.asked().items() if name != "status"}  # they have left it
    return redirect(url_for("inbox.index", **back), 303)


def _form(zone: str) -> LogForm:
    """The search as it was asked for, by a link or by a form."""
    form = LogForm(request.values)
    form.offer(log.endpoints(web.session()), titles(), zone)
    return form


def _event(event_id: int) -> WebhookEvent:
    found = web.session().get(WebhookEvent, event_id)
    if found is None:
        raise NotFound("there is no such message")
    return found
