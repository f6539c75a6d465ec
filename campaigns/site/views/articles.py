"""The report: which article raised what, for one campaign or for all; and one article day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request

from campaigns import clock
from campaigns.campaign import lifecycle, zones
from campaigns.campaign.models import Campaign
from campaigns.donate import articles
from campaigns.donate.articles import Report, Span, Which
from campaigns.errors import NotFound
from campaigns.site import counting, sites
from campaigns.site.forms import PERIOD, ReportForm
from campaigns.site.models import Site
from campaigns.site.places import PLACE_MAX, origin_of, place
from campaigns.web import session as web
from campaigns.web.auth import requires

blueprint = Blueprint("articles", __name__, url_prefix="/console/sites/articles")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the form asked for, and the campaigns that are meant."""

    form: ReportForm
    chosen: Campaign | None
    campaigns: list[Campaign]
    sites: Sequence[Site]
    span: Span
    zone: str

    def of(self) -> Which | None:
        """The sources of the chosen site; None where all are meant."""
        found = next((site for site in self.sites if str(site.id) == self.form.site.data), None)
        if found is None:
            return None
        origins = {one.origin for one in found.origins}
        return lambda source: origin_of(source) in origins

    def owner(self, source: str) -> str | None:
        """Whose a source is."""
        origin = origin_of(source)
        return next((site.name for site in self.sites for one in site.origins if one.origin == origin), None)

    def query(self) -> dict[str, Any]:
        """The same as the query of an address."""
        said = {"campaign": self.chosen.slug if self.chosen else "all", "span": self.form.span.data}
        dates = {"since": self.form.since.data, "until": self.form.until.data}
        said |= {"site": self.form.site.data} if self.of() else {}
        return said | {name: on.isoformat() for name, on in dates.items() if on and self.form.asks_for_days()}


@blueprint.get("")
@requires("viewer")
def index() -> str:
    """Every article that anything came of, the one that raised most first."""
    asked = _asked(clock.now())
    return render_template(
        "site/articles.html",
        asked=asked,
        reports=articles.reports(web.session(), asked.campaigns, asked.span, of=asked.of()),
    )


@blueprint.get("/one")
@requires("viewer")
def show() -> str:
    """One article: what it raised, and each of its days."""
    source, asked = request.args.get("source", ""), _asked(clock.now())
    if place(source) is None or len(source) > PLACE_MAX:
        raise NotFound("there is no such article")
    found = articles.reports(web.session(), asked.campaigns, asked.span, of=lambda one: one == source)
    return render_template(
        "site/article.html",
        asked=asked,
        source=source,
        reports=[(one, one.lines[0], _days(asked, one, source)) for one in found],
    )


def _asked(now: datetime) -> _Asked:
    """One campaign is meant where there is only one, and all where that is asked for."""
    everyone, slug = lifecycle.list_campaigns(web.session()), request.args.get("campaign")
    chosen = next((one for one in everyone if one.slug == slug), None)
    if slug is None and len(everyone) == 1:
        chosen = everyone[0]
    form = ReportForm(request.args)
    known = sites.every(web.session())
    form.offer(everyone, chosen=chosen, sites=known)
    zone = zones.of(chosen) if chosen else zones.shared(web.session())
    since, until = form.between(counting.day(now, zone))
    span = Span(since, until)
    if chosen and form.span.data == PERIOD and not form.asks_for_days():
        span = articles.present(web.session(), chosen, now=now)
    return _Asked(form, chosen, [chosen] if chosen else everyone, known, span, zone)


def _days(asked: _Asked, report: Report, source: str) -> list[articles.Day]:
    theirs = [campaign for campaign in asked.campaigns if campaign.currency == report.currency]
    return articles.days(web.session(), theirs, asked.span, source)
