"""Campaigns in the console: the list, one campaign with all that is known of it, its form, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign import lifecycle, scheduling, wording
from campaigns.campaign.forms import REPEAT_WORDS, CampaignForm, MilestoneRow, WayRow, WordsForm, form_data
from campaigns.campaign.models import Campaign
from campaigns.errors import DomainError, Invalid
from campaigns.ledger import naming, posting, standing, totals
from campaigns.ledger.statement import Evidence
from campaigns.web.auth import current_staff, requires
from campaigns.web.errors import sentence
from campaigns.web.forms import timezones
from campaigns.web.session import commit, database, session, settings
from campaigns.web.trail import trail
from campaigns.widget.kinds import draw
from campaigns.widget.preview import of_outlook, of_terms
from campaigns.widget.snippet import snippet

LATEST_MAX = 10
PAST_MAX = 36
TRAIL_MAX = 20
OVER = ("ended", "archived")
GROUPS = (
    ("Running", ("live", "scheduled", "paused")),
    ("Drafts", ("draft",)),
    ("Ended", ("ended",)),
    ("Archive", ("archived",)),
)

blueprint = Blueprint("campaigns", __name__, url_prefix="/console/campaigns")


@blueprint.get("")
@requires("viewer")
def index() -> str:
    """Every campaign with its present period, grouped by how it stands."""
    cards = standing.outlooks(session(), lifecycle.list_campaigns(session()), now=clock.now())
    groups = [(title, [card for card in cards if card.status in statuses]) for title, statuses in GROUPS]
    return render_template("campaign/index.html", groups=[group for group in groups if group[1]], REPEATS=REPEAT_WORDS)


@blueprint.get("/<slug>")
@requires("viewer")
def show(slug: str) -> str | Response:
    """One campaign: the bar as readers see it, its numbers, periods, donations, embed code and trail."""
    campaign, by_alias = lifecycle.find(session(), slug)
    if by_alias:
        return redirect(url_for("campaigns.show", slug=campaign.slug), 303)
    now = clock.now()
    card = standing.outlook(session(), campaign, now=now)
    worded = wording.every(session(), campaign.id)
    return render_template(
        "campaign/show.html",
        campaign=campaign,
        card=card,
        acts=lifecycle.possible_acts(campaign, now),
        fragment=draw(of_outlook(card, mode=settings().mode, wordings=worded), public_url=settings().public_url),
        past=standing.past(session(), campaign, now=now, limit=PAST_MAX),
        latest=standing.latest(session(), campaign, limit=LATEST_MAX),
        trail=trail(session(), "campaign", campaign.id, limit=TRAIL_MAX),
        embed=snippet(campaign.slug, campaign.title, settings().public_url),
        page_url=f"{settings().public_url}/c/{campaign.slug}",
        REPEATS=REPEAT_WORDS,
    )


@blueprint.route("/create", methods=["GET", "POST"])
@requires("editor")
def create() -> str | Response | tuple[str, int]:
    """A new draft."""
    form = CampaignForm(data=_habits())
    if request.method == "GET" or _asks_to_stay(form):
        return _form_page(form, None)
    if not form.validate():
        return _form_page(form, None), 422
    naming.change(session())
    try:
        campaign = lifecycle.create(session(), now=clock.now(), milestones=form.steps(), **form.terms())
    except DomainError as error:
        return _refused(form, None, error)
    _take_in(_record(campaign, "create"))
    commit()
    flash("Here is your draft. Publish it when it is ready.")
    return redirect(url_for("campaigns.show", slug=campaign.slug), 303)


@blueprint.route("/<slug>/edit", methods=["GET", "POST"])
@requires("editor")
def edit(slug: str) -> str | Response | tuple[str, int]:
    """Changes a campaign: everything before its end, words and links after it."""
    campaign, _ = lifecycle.find(session(), slug)
    before = form_data(campaign)
    over = lifecycle.status_at(campaign, clock.now()) in OVER
    form = WordsForm(data=before) if over else CampaignForm(data=before)
    if request.method == "GET" or _asks_to_stay(form):
        return _form_page(form, campaign)
    if not form.validate():
        return _form_page(form, campaign), 422
    naming.change(session())
    try:
        _change(campaign, form)
    except DomainError as error:
        return _refused(form, slug, error)
    after = form_data(campaign)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        _take_in(_record(campaign, "edit", changed=changed))
    commit()
    flash("Saved." if changed else "Nothing was different, so nothing changed.")
    return redirect(url_for("campaigns.show", slug=campaign.slug), 303)


@blueprint.post("/preview")
@requires("editor")
def preview() -> str:
    """The widget as the form that was sent would make it: drawn while somebody types, and nothing kept."""
    with database().reading() as reading:
        campaign = lifecycle.by_slug(reading, request.args.get("of", ""))
        form = CampaignForm() if "goal" in request.form else WordsForm()
        return render_template("campaign/preview.html", fragment=_previewed(reading, form, campaign))


@blueprint.post("/<slug>/publish")
@requires("editor")
def publish(slug: str) -> Response:
    """Draft → live."""
    return _act(slug, "publish", lifecycle.publish, "Published. Readers can see it now.")


@blueprint.post("/<slug>/pause")
@requires("editor")
def pause(slug: str) -> Response:
    """Live → paused."""
    return _act(slug, "pause", lifecycle.pause, "Paused. Money that is on its way still counts.")


@blueprint.post("/<slug>/resume")
@requires("editor")
def resume(slug: str) -> Response:
    """Paused → live."""
    return _act(slug, "resume", lifecycle.resume, "Running again.")


@blueprint.post("/<slug>/end")
@requires("editor")
def end(slug: str) -> Response:
    """Live, scheduled or paused → ended."""
    return _act(slug, "end", lifecycle.end, "Ended. The bar stays as it is.")


@blueprint.post("/<slug>/archive")
@requires("editor")
def archive(slug: str) -> Response:
    """Ended → archived."""
    return _act(slug, "archive", lifecycle.archive, "Archived. Embeds keep showing the result.")


def _act(slug: str, action: str, verb: Callable[..., None], done: str) -> Response:
    """One verb; what it refuses is said on the campaign's page, which shows what is possible."""
    campaign, _ = lifecycle.find(session(), slug)
    try:
        verb(session(), campaign, now=clock.now())
        _record(campaign, action)
        commit()
        flash(done)
    except DomainError as error:
        session().rollback()
        flash(sentence(error.message), "error")
    return redirect(url_for("campaigns.show", slug=slug), 303)


def _record(campaign: Campaign, action: str, **detail: Any) -> audit.AuditEntry:
    staff_id = current_staff().id
    return audit.record(session(), staff_id=staff_id, action=action, thing="campaign", thing_id=campaign.id, **detail)


def _take_in(act: audit.AuditEntry) -> None:
    """Money that named the campaign before it existed under that name comes home with the act."""
    evidence = Evidence("staff", act.id, act.detail_sha256)
    key = settings().secret_key
    arrived = posting.take_in_named(session(), evidence=evidence, now=clock.now(), secret_key=key)
    if arrived:
        flash(f"{arrived} donations that had named it before it existed are in it now.")


def _habits() -> dict[str, str]:
    """What a new campaign most likely shares with the one made last."""
    for last in lifecycle.list_campaigns(session())[:1]:
        zone = scheduling.newest_rule(last).timezone
        return {"currency": last.currency, "language": last.language, "timezone": zone}
    return {}


def _change(campaign: Campaign, form: WordsForm) -> None:
    now = clock.now()
    if not isinstance(form, CampaignForm):
        lifecycle.edit(session(), campaign, now=now, **form.words())
        return
    lifecycle.edit(session(), campaign, now=now, **form.terms())
    if lifecycle.set_milestones(session(), campaign, form.steps(), now=now):
        totals.note_milestones(session(), campaign, now=now)


def _asks_to_stay(form: WordsForm) -> bool:
    """Whether a button was pressed that changes rows or the preview, and saves nothing."""
    pressed = [name for name in request.form if name.startswith(("add_", "remove_"))]
    return form.change_rows(pressed) or "preview" in request.form


def _refused(form: WordsForm, slug: str | None, error: DomainError) -> tuple[str, int]:
    """The form again, with what the verb refused beside the field it is about, and nothing changed."""
    session().rollback()
    campaign = lifecycle.find(session(), slug)[0] if slug is not None else None
    told = isinstance(error, Invalid) and form.blame(error)
    return _form_page(form, campaign, None if told else sentence(error.message)), error.status


def _form_page(form: WordsForm, campaign: Campaign | None, refusal: str | None = None) -> str:
    return render_template(
        "campaign/edit.html" if campaign else "campaign/create.html",
        form=form,
        campaign=campaign,
        begun=campaign is not None and scheduling.has_begun(campaign, clock.now()),
        fragment=_previewed(session(), form, campaign),
        refusal=refusal,
        blank=SimpleNamespace(milestone=MilestoneRow(prefix="milestones-0"), way=WayRow(prefix="ways-0")),
        timezones=timezones(),
        address=f"{settings().public_url}/c/",
    )


def _previewed(reading: Session, form: WordsForm, campaign: Campaign | None) -> str:
    """The widget as `form` would make it: with the campaign's money, or with invented money for a new one."""
    now, sketch = clock.now(), form.sketch()
    outlook = standing.outlook(reading, campaign, now=now) if campaign is not None else None
    return draw(of_terms(sketch, outlook, mode=settings().mode, now=now), public_url=settings().public_url)
