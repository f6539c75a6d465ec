"""The console's pages about mail: who we are on receipts, and what waits to be sent."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.validators import Length, Optional

from campaigns import audit, clock
from campaigns.campaign import zones
from campaigns.errors import NotFound
from campaigns.installation import Installation
from campaigns.outbox import delivery
from campaigns.outbox.models import OutboxMessage
from campaigns.web import session as web
from campaigns.web.auth import current_staff, requires
from campaigns.web.forms import ConsoleForm

NAME_MAX, FOOTER_MAX = 120, 2_000
LISTED_MAX = 100
MAILS = ("receipt", "manage")
TITLES = {"receipt": "Receipt", "manage": "Link to a monthly gift"}

organisation = Blueprint("organisation", __name__, url_prefix="/console/organisation")
outbox = Blueprint("outbox", __name__, url_prefix="/console/outbox")


class OrganisationForm(ConsoleForm):
    """Who sends the receipts, and what the law wants below them."""

    name = StringField("Name of the organisation", [Optional(), Length(max=NAME_MAX)])
    footer = TextAreaField("Below every receipt", [Optional(), Length(max=FOOTER_MAX)])


@organisation.route("", methods=["GET", "POST"])
@requires("admin")
def edit() -> str | Response | tuple[str, int]:
    """Name and legal footer."""
    said = web.session().scalars(select(Installation)).one()
    form = OrganisationForm(name=said.organisation_name, footer=said.legal_footer)
    if not form.is_submitted():
        return render_template("donate/organisation.html", form=form)
    if not form.validate():
        return render_template("donate/organisation.html", form=form), 422
    said.organisation_name = (form.name.data or "").strip() or None
    said.legal_footer = (form.footer.data or "").strip() or None
    staff_id = current_staff().id
    audit.record(web.session(), staff_id=staff_id, action="edit", thing="organisation", thing_id=said.id)
    web.commit()
    flash("Saved. The next receipt says so.")
    return redirect(url_for("organisation.edit"), 303)


@outbox.get("")
@requires("viewer")
def index() -> str:
    """Mails that wait or were given up, and the newest that were sent."""
    mails = select(OutboxMessage).where(OutboxMessage.type.in_(MAILS))
    unsent = mails.where(OutboxMessage.delivered_at.is_(None)).order_by(OutboxMessage.id.desc()).limit(LISTED_MAX)
    sent = mails.where(OutboxMessage.delivered_at.is_not(None)).order_by(OutboxMessage.id.desc()).limit(LISTED_MAX)
    settings = web.settings()
    return render_template(
        "donate/outbox.html",
        unsent=web.session().scalars(unsent).all(),
        sent=web.session().scalars(sent).all(),
        can_send=settings.smtp_url is not None and settings.mail_from is not None,
        titles=TITLES,
        zone=zones.shared(web.session()),
    )


@outbox.post("/<int:message_id>/retry")
@requires("editor")
def retry(message_id: int) -> Response:
    """Takes up a mail that was given up."""
    if not delivery.retry(web.database(), message_id, now=clock.now()):
        raise NotFound("there is no such mail that was given up")
    flash("It is tried again now.")
    return redirect(url_for("outbox.index"), 303)
