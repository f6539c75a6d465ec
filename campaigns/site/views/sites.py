"""Sites in the console: those that are known, making one known, changing one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign import zones
from campaigns.errors import Invalid, NotFound
from campaigns.ledger.keyset import row_id
from campaigns.site import sites
from campaigns.site.forms import SiteForm
from campaigns.site.models import Site
from campaigns.web import session as web
from campaigns.web.auth import current_staff, requires
from campaigns.web.errors import sentence
from campaigns.web.trail import trail

TRAIL_MAX = 20

blueprint = Blueprint("sites", __name__, url_prefix="/console/sites")


@blueprint.get("")
@requires("viewer")
def index() -> str:
    """Every site with its origins, and what is kept of a visit from it."""
    known = sites.every(web.session())
    return render_template("site/index.html", sites=known, sites_only=sites.framing(web.session()) is not None)


@blueprint.post("/framing")
@requires("editor")
def framing() -> Response:
    """Says who may frame a bar: the sites that are known, or every page."""
    sites_only = request.form.get("who") == "sites"
    if sites.set_framing(web.session(), sites_only=sites_only):
        who = "sites" if sites_only else "everybody"
        staff_id = current_staff().id
        audit.record(web.session(), staff_id=staff_id, action="framing", thing="installation", thing_id=1, who=who)
        web.commit()
    flash("Only the sites that are known here may frame a bar now." if sites_only else "Every page may frame a bar.")
    return redirect(url_for("sites.index"), 303)


@blueprint.route("/create", methods=["GET", "POST"])
@requires("editor")
def create() -> str | Response | tuple[str, int]:
    """Makes a site known."""
    form = SiteForm(request.form if request.method == "POST" else None)
    if request.method == "GET":
        return _page(form)
    if not form.validate():
        return _page(form), 422
    try:
        made = sites.create(web.session(), **_typed(form), now=clock.now())
    except Invalid as error:
        return _refused(form, error), error.status
    _record("create", made, origins=[one.origin for one in made.origins], full_path=made.full_path)
    web.commit()
    flash(f"{made.name} is known. Gifts that are begun there are told apart from now on.")
    return redirect(url_for("sites.index"), 303)


@blueprint.route("/<site_id>/edit", methods=["GET", "POST"])
@requires("editor")
def edit(site_id: str) -> str | Response | tuple[str, int]:
    """Changes a site: from now on, what was kept stays as it was kept."""
    site = _site(site_id)
    form = SiteForm(request.form if request.method == "POST" else None)
    if request.method == "GET":
        form.fill(site)
        return _page(form, site)
    if not form.validate():
        return _page(form, site), 422
    try:
        changed = sites.change(web.session(), site, **_typed(form))
    except Invalid as error:
        return _refused(form, error, site_id), error.status
    if changed:
        _record("edit", site, changed=changed)
        web.commit()
    flash(f"{site.name} is saved." if changed else "Nothing was changed.")
    return redirect(url_for("sites.index"), 303)


def _page(form: SiteForm, site: Site | None = None, refusal: str | None = None) -> str:
    return render_template(
        "site/form.html",
        form=form,
        site=site,
        refusal=refusal,
        trail=trail(web.session(), "site", site.id, limit=TRAIL_MAX) if site else [],
        zone=zones.shared(web.session()),
    )


def _refused(form: SiteForm, error: Invalid, site_id: str | None = None) -> str:
    """The form as it was typed, with what a verb refused."""
    web.session().rollback()
    told = form.blame(error)
    return _page(form, _site(site_id) if site_id else None, None if told else sentence(error.message))


def _typed(form: SiteForm) -> dict[str, Any]:
    return {"name": form.name.data or "", "origins": form.lines(), "full_path": form.full_path.data}


def _site(site_id: str) -> Site:
    number = row_id(site_id)
    if number is None:
        raise NotFound("there is no such site")
    return sites.find(web.session(), number)


def _record(action: str, site: Site, **detail: Any) -> None:
    staff_id = current_staff().id
    audit.record(web.session(), staff_id=staff_id, action=action, thing="site", thing_id=site.id, **detail)
