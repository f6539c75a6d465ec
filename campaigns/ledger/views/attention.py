"""What needs a person, in one list: open questions about money, messages that failed or are late, look-ups."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign import zones
from campaigns.errors import Conflict, NotFound
from campaigns.inbox import asked, log
from campaigns.inbox.manual import titles
from campaigns.ledger import attention as attentions
from campaigns.ledger.models import Attention
from campaigns.web.auth import current_staff, requires
from campaigns.web.errors import sentence
from campaigns.web.session import commit, session

FAILED_SHOWN_MAX = 50
ID = "<int(max=9223372036854775807):row_id>"  # what a database can hold

attention = Blueprint("attention", __name__, url_prefix="/console/attention")


@attention.get("", endpoint="index")
@requires("viewer")
def list_attention() -> str:
    """What a person should look at, each with what to do about it."""
    late = log.late(session(), now=clock.now())
    return render_template(
        "ledger/attention.html",
        rows=attentions.unsettled(session()),
        settled=attentions.settled(session()),
        failed=log.of_status(session(), "failed", limit=FAILED_SHOWN_MAX),
        late=[(event, asked.of_event(session(), event)) for event in late],
        refused=asked.failed(session()),
        keyless=asked.keyless(session()),
        astray=log.other_mode_only(session()),
        TITLES=attentions.TITLES,
        ADVICE=attentions.ADVICE,
        zone=zones.shared(session()),
        titles=titles(),
    )


@attention.post(f"/{ID}/resolve")
@requires("editor")
def resolve(row_id: int) -> Response:
    """Settles one row."""
    row = session().get(Attention, row_id)
    if row is None:
        raise NotFound("there is no such thing to settle")
    try:
        attentions.resolve(row, now=clock.now())
        said = {"kind": row.kind, "subject": row.subject}
        staff_id = current_staff().id
        audit.record(session(), staff_id=staff_id, action="resolve", thing="attention", thing_id=row.id, **said)
        commit()
        flash("Settled.")
    except Conflict as error:
        flash(sentence(error.message), "warning")
    return redirect(url_for("attention.index"), 303)
