"""What a campaign's readers are told, sentence by sentence, and staff's own words in place of ours."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign import lifecycle, wording
from campaigns.campaign.models import Campaign
from campaigns.errors import Invalid
from campaigns.language import spoken, words_of
from campaigns.money import locale_of, text_direction
from campaigns.web.auth import current_staff, requires
from campaigns.web.errors import sentence
from campaigns.web.session import commit, session

SEARCH_MAX = 100

blueprint = Blueprint("wordings", __name__, url_prefix="/console/campaigns")


@blueprint.get("/<slug>/wording")
@requires("editor")
def index(slug: str) -> str:
    """Every sentence with our words and staff's own; `q` narrows by any of them, `own` to those staff changed."""
    campaign, _by_alias = lifecycle.find(session(), slug)
    return _page(campaign)


@blueprint.post("/<slug>/wording")
@requires("editor")
def change(slug: str) -> Response | tuple[str, int]:
    """Says a sentence in staff's words, or in ours again."""
    campaign, _by_alias = lifecycle.find(session(), slug)
    language, digest = _language(campaign), request.form.get("sentence", "")
    key = wording.key_with(digest)
    try:
        changed = wording.set_wording(
            session(), campaign, language=language, key=key, text=request.form.get("wording", ""), now=clock.now()
        )
    except Invalid as error:
        session().rollback()
        campaign, _by_alias = lifecycle.find(session(), slug)
        return _page(campaign, refused=(digest, sentence(error.message))), error.status
    if changed:
        _record(campaign, key, language)
    commit()
    flash("Saved. Readers are told so within seconds." if changed else "Nothing was different, so nothing changed.")
    there = {name: request.args[name] for name in ("language", "q", "own") if request.args.get(name)}
    return redirect(url_for("wordings.index", slug=slug, **there, _anchor=f"s-{digest[:12]}"), 303)  # type: ignore[arg-type]


def _record(campaign: Campaign, key: str, language: str) -> None:
    detail = {"sentence": key, "language": language, "changed": [str(locale_of(language).get_display_name("en"))]}
    staff_id = current_staff().id
    audit.record(session(), staff_id=staff_id, action="reword", thing="campaign", thing_id=campaign.id, **detail)


def _page(campaign: Campaign, refused: tuple[str, str] = ("", "")) -> str:
    language = _language(campaign)
    told = wording.told(session(), campaign.id, language)
    asked = request.args.get("q", "")[:SEARCH_MAX].strip().casefold()
    shown = [one for one in told if asked in one.searched] if asked else told
    if request.args.get("own"):
        shown = [one for one in shown if one.own]
    return render_template(
        "campaign/wording.html",
        campaign=campaign,
        language=language,
        direction=text_direction(language),
        languages=[(tag, locale_of(tag).get_display_name("en")) for tag in spoken()],
        groups=wording.grouped(shown),
        own_count=sum(one.own is not None for one in told),
        all_count=len(told),
        refused=refused,
        typed=request.form.get("wording", ""),
        most=wording.WORDING_MAX,
    )


def _language(campaign: Campaign) -> str:
    """The one asked for, or that of the campaign."""
    asked = request.args.get("language", "")
    return asked if asked in spoken() else words_of(campaign.language)
