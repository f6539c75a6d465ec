"""The console's page of a campaign's own ways to give: accounts that open checkouts, and a bank account."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit
from campaigns.campaign import lifecycle
from campaigns.donate import offering, ways
from campaigns.donate.forms import OfferForm
from campaigns.errors import Invalid
from campaigns.web import session as web
from campaigns.web.auth import current_staff, requires
from campaigns.web.errors import sentence

blueprint = Blueprint("offers", __name__, url_prefix="/console/campaigns")


@blueprint.route("/<slug>/ways", methods=["GET", "POST"])
@requires("editor")
def edit(slug: str) -> str | Response | tuple[str, int]:
    """Switches our own ways on and off."""
    session, settings = web.session(), web.settings()
    campaign, _alias = lifecycle.find(session, slug)
    able = ways.able_endpoints(session, campaign, settings)
    form = OfferForm()
    form.offer(able)
    refusal = None
    if request.method == "GET":
        bank = offering.bank_of(session, campaign)
        form.donor_wall.data, form.shows_split.data = campaign.donor_wall, campaign.shows_split
        form.holder.data, form.iban.data, form.bic.data = bank.holder, bank.iban, bank.bic
        form.endpoints.data = [way.endpoint_id for way in ways.offered(session, campaign, settings) if way.endpoint_id]
    elif form.validate():
        try:
            campaign.donor_wall, campaign.shows_split = form.donor_wall.data, form.shows_split.data
            offering.offer(session, campaign, settings, endpoint_ids=form.endpoints.data or [], bank=form.bank())
        except Invalid as error:
            session.rollback()
            refusal = None if form.blame(error) else sentence(error.message)
        else:
            chosen = len(form.endpoints.data or [])
            staff_id = current_staff().id
            audit.record(
                session, staff_id=staff_id, action="offer", thing="campaign", thing_id=campaign.id, checkouts=chosen
            )
            web.commit()
            flash("The ways to give are saved.")
            return redirect(url_for("offers.edit", slug=campaign.slug), 303)
    page = render_template("donate/offers.html", campaign=campaign, form=form, able=able, refusal=refusal)
    return page if request.method == "GET" else (page, 422)
