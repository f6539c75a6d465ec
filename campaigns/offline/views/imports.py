"""Files of gifts: choosing one, saying what its columns mean, looking at every row, taking it, undoing it."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign import lifecycle, zones
from campaigns.campaign.models import Campaign
from campaigns.errors import DomainError, Invalid, NotFound
from campaigns.ledger.imported import ImportRun
from campaigns.money import format_money
from campaigns.offline import entering, runs, table
from campaigns.offline.forms import FileForm, MappingForm, mapping_form
from campaigns.web.auth import current_staff, requires
from campaigns.web.errors import sentence
from campaigns.web.filters import counted
from campaigns.web.session import commit, session, settings

imports = Blueprint("imports", __name__, url_prefix="/console/imports")


@imports.get("")
@requires("editor")
def index() -> str:
    """The files so far, and the form for another."""
    return _index(FileForm(formdata=None))


@imports.post("/upload")
@requires("editor")
def upload() -> Response | tuple[str, int]:
    """Keeps a file to look at. Nothing is counted yet."""
    form, now = FileForm(), clock.now()
    form.offer(lifecycle.list_campaigns(session()))
    if not form.validate():
        return _index(form), 422
    try:
        runs.forget_old(session(), now=now)
        campaign, given = lifecycle.find(session(), form.campaign.data)[0], form.file.data
        body, staff_id = given.read(), current_staff().id
        run = runs.begin(session(), campaign, given.filename or "", body, staff_id=staff_id, now=now)
        commit()
    except Invalid as error:
        session().rollback()
        told = form.blame(error)
        return _index(form, None if told else sentence(error.message)), error.status
    return redirect(url_for("imports.show", run_id=run.id), 303)


@imports.get("/<int:run_id>")
@requires("editor")
def show(run_id: int) -> str:
    """A file row by row with what each would do; of one that was taken, the gifts that came of it."""
    run, campaign = _run(run_id)
    if run.status != "open":
        return render_template(
            "offline/taken.html",
            run=run,
            campaign=campaign,
            donations=runs.donations_of(session(), run),
            zone=zones.of(campaign),
        )
    found = table.read(runs.opened(run))
    return _review(run, campaign, mapping_form(found, runs.mapping_of(run)))


@imports.post("/<int:run_id>/map")
@requires("editor")
def map_columns(run_id: int) -> Response | tuple[str, int]:
    """Says what the columns mean, and shows the rows anew."""
    run, campaign = _run(run_id)
    found = table.read(runs.opened(run))
    form = mapping_form(found, runs.mapping_of(run), request.form)
    if not form.validate():
        return _review(run, campaign, form), 422
    run.mapping = form.mapping().document()
    commit()
    return redirect(url_for("imports.show", run_id=run.id) + "#rows", 303)


@imports.post("/<int:run_id>/take")
@requires("editor")
def take(run_id: int) -> Response:
    """Makes gifts of the chosen rows, all of them or none."""
    run, campaign = _run(run_id)
    lines = {int(line) for line in request.form.getlist("line") if line.isascii() and line.isdigit() and len(line) < 7}
    try:
        now, secret_key = clock.now(), settings().secret_key
        taken = runs.take(session(), run, campaign, lines, now=now, secret_key=secret_key)
        said = {"file": run.file_name, "sha256": run.sha256, "rows": len(taken)}
        audit.record(session(), staff_id=current_staff().id, action="take", thing="import", thing_id=run.id, **said)
        commit()
    except DomainError as error:
        session().rollback()
        flash(sentence(error.message), "error")
        return redirect(url_for("imports.show", run_id=run_id), 303)
    total = format_money(sum(gift.amount_minor for gift in taken), campaign.currency, "en")
    flash(f"{counted(len(taken), 'gift', 'gifts')} taken: {total} for {campaign.title}.")
    return redirect(url_for("imports.show", run_id=run_id), 303)


@imports.post("/<int:run_id>/undo")
@requires("editor")
def undo(run_id: int) -> Response:
    """Takes back all that came of a file, by entries that say so."""
    run, _campaign = _run(run_id)
    try:
        now = clock.now()
        back = runs.reversals(session(), run, now=now)
        act = audit.record(
            session(),
            staff_id=current_staff().id,
            action="undo",
            thing="import",
            thing_id=run.id,
            movements=entering.stated(back),
        )
        runs.undo(session(), run, back, act, now=now, secret_key=settings().secret_key)
        commit()
        flash(f"{counted(len(back), 'gift', 'gifts')} taken back. The file may be read in again.")
    except DomainError as error:
        session().rollback()
        flash(sentence(error.message), "error")
    return redirect(url_for("imports.show", run_id=run_id), 303)


@imports.post("/<int:run_id>/give_up")
@requires("editor")
def give_up(run_id: int) -> Response:
    """Forgets a file that was not taken."""
    run, _campaign = _run(run_id)
    try:
        runs.give_up(session(), run)
        audit.record(session(), staff_id=current_staff().id, action="give_up", thing="import", thing_id=run_id)
        commit()
        flash("The file is forgotten. Nothing of it was counted.")
    except DomainError as error:
        session().rollback()
        flash(sentence(error.message), "error")
    return redirect(url_for("imports.index"), 303)


def _index(form: FileForm, refusal: str | None = None) -> str:
    form.offer(lifecycle.list_campaigns(session()))
    listed, zone = runs.listed(session()), zones.shared(session())
    return render_template("offline/imports.html", form=form, runs=listed, refusal=refusal, zone=zone)


def _review(run: ImportRun, campaign: Campaign, form: MappingForm) -> str:
    rows = runs.rows(session(), run, campaign, now=clock.now(), secret_key=settings().secret_key)
    return render_template(
        "offline/review.html",
        run=run,
        campaign=campaign,
        form=form,
        rows=rows,
        states=Counter(row.state for row in rows),
        new_minor=sum(row.gift.amount_minor for row in rows if row.gift is not None and row.state == "new"),
        zone=zones.of(campaign),
    )


def _run(run_id: int) -> tuple[ImportRun, Campaign]:
    run = session().get(ImportRun, run_id)
    if run is None:
        raise NotFound("there is no such file; one that nobody takes is forgotten after a day")
    return run, session().get_one(Campaign, run.campaign_id)
