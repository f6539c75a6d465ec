"""What staff type about sites, and which part of the report they want to see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from campaigns.campaign.models import Campaign
from campaigns.site.models import Site
from campaigns.site.sites import NAME_MAX, ORIGINS_MAX
from campaigns.web.forms import ConsoleForm, worded

ORIGINS_LENGTH_MAX = ORIGINS_MAX * 260
PERIOD, WEEK, MONTH, ALWAYS = "period", "7", "30", "all"
SPANS = {WEEK: "Last 7 days", MONTH: "Last 30 days", ALWAYS: "All time"}
FIRST_YEAR, LAST_YEAR = 2000, 2200  # within which a day has a midnight in every zone


class SiteForm(ConsoleForm):
    """A site: its name, its origins one to a line, and whether its articles are told apart."""

    name = StringField("Name", [DataRequired("Give the site a name."), Length(max=NAME_MAX)])
    origins = TextAreaField("Origins", [DataRequired("Name at least one origin."), Length(max=ORIGINS_LENGTH_MAX)])
    full_path = BooleanField("Tell its articles apart")

    def fill(self, site: Site) -> None:
        """Shows a site as it is."""
        self.name.data, self.full_path.data = site.name, site.full_path
        self.origins.data = "\n".join(one.origin for one in site.origins)

    def lines(self) -> list[str]:
        """The origins as typed."""
        return [line.strip() for line in (self.origins.data or "").splitlines() if line.strip()]


class ReportForm(ConsoleForm):
    """Of which campaign and which days the report is. It changes nothing, and needs no token."""

    class Meta:
        csrf = False

    campaign = SelectField("Campaign", [Optional()], default="")
    site = SelectField("Site", [Optional()], default="")
    span = SelectField("When", [Optional()], default="")
    since = DateField("From", [Optional()])
    until = DateField("Up to and with", [Optional()])

    def offer(self, campaigns: Iterable[Campaign], *, chosen: Campaign | None, sites: Iterable[Site]) -> None:
        """Fills the choices; a period is asked for only of one campaign."""
        self.site.choices = worded({"": "All sites", **{str(site.id): site.name for site in sites}})
        named = {campaign.slug: f"{campaign.title} ({campaign.currency})" for campaign in campaigns}
        self.campaign.choices = worded({"": "All campaigns", **named})
        self.campaign.data = chosen.slug if chosen else ""
        spans = ({PERIOD: "This period"} if chosen else {}) | SPANS
        self.span.choices = worded(spans)
        if self.span.data not in spans:
            self.span.data = PERIOD if chosen else MONTH

    def between(self, today: date) -> tuple[date | None, date | None]:
        """The days asked for: those typed, else the chosen ones up to `today`."""
        self.validate()
        since, until = (_possible(field) for field in (self.since, self.until))
        if since or until or self.span.data not in (WEEK, MONTH):
            return since, until
        return today - timedelta(days=int(self.span.data) - 1), today

    def asks_for_days(self) -> bool:
        """Whether days were typed, which go before what is chosen."""
        return any(_possible(field) for field in (self.since, self.until))


def _possible(field: DateField) -> date | None:
    typed = field.data if not field.errors else None
    return typed if typed is not None and FIRST_YEAR <= typed.year <= LAST_YEAR else None
