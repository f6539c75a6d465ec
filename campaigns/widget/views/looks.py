"""Saved looks in the console: saving what is shown, changing it on every site that shows it, taking it away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign.models import Campaign
from campaigns.errors import Conflict, Invalid
from campaigns.web import session as web
from campaigns.web.auth import current_staff, requires
from campaigns.web.errors import sentence
from campaigns.widget import embeds
from campaigns.widget.forms import SaveForm, chosen
from campaigns.widget.look import Look
from campaigns.widget.models import Embed
from campaigns.widget.views.placing import Asked, find_campaign, page_of

blueprint = Blueprint("looks", __name__, url_prefix="/console/campaigns/<slug>/embed/looks")


@blueprint.post("")
@requires("editor")
def create(slug: str) -> Response:
    """Saves the look under a name of its own."""
    return _save(find_campaign(slug), None)


@blueprint.post("/<key>")
@requires("editor")
def change(slug: str, key: str) -> Response:
    """Makes a saved look another."""
    campaign = find_campaign(slug)
    return _save(campaign, embeds.find(web.session(), campaign.id, key))


@blueprint.post("/<key>/remove")
@requires("editor")
def remove(slug: str, key: str) -> Response:
    """Takes it away; bars that name it look like the campaign's own."""
    campaign = find_campaign(slug)
    embed = embeds.find(web.session(), campaign.id, key)
    name = embed.name
    _record("remove", campaign, embed)
    embeds.remove(web.session(), embed)
    web.commit()
    flash(f"{name} is taken away. Bars that name it look like the campaign’s own now.")
    return redirect(url_for("placing.place", slug=campaign.slug), 303)


def _save(campaign: Campaign, embed: Embed | None) -> Response:
    base = embeds.look_in(embed) if embed else Look()
    asked, form = Asked(embed, chosen(request.form, base), tells_page=False), SaveForm(request.form)
    if asked.chosen.problems or not form.validate():
        return page_of(campaign, asked, form, 422)
    terms: dict[str, Any] = {"name": form.name.data or "", "look": asked.look, "is_default": bool(form.is_default.data)}
    try:
        if embed is None:
            made = embeds.create(web.session(), campaign.id, **terms, now=clock.now())
        else:
            made = embeds.change(web.session(), embed, **terms, now=clock.now())
    except (Conflict, Invalid) as error:
        web.session().rollback()
        if not (isinstance(error, Invalid) and form.blame(error)):
            flash(sentence(error.message))
        return page_of(find_campaign(campaign.slug), asked, form, error.status)
    _record("create" if embed is None else "edit", campaign, made)
    web.commit()
    flash(f"{made.name} is saved." if embed is None else f"{made.name} is changed, on every site that shows it.")
    return redirect(url_for("placing.place", slug=campaign.slug, embed=made.key), 303)


def _record(action: str, campaign: Campaign, embed: Embed) -> None:
    audit.record(
        web.session(),
        staff_id=current_staff().id,
        action=action,
        thing="embed",
        thing_id=embed.id,
        campaign=campaign.slug,
        name=embed.name,
        look=embeds.terms_of(embeds.look_in(embed)),
        is_default=embed.is_default,
    )
