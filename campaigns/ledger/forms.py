"""What staff choose about money: which donations to see, and where they belong."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import SearchField, SelectField
from wtforms.validators import Length, Optional

from campaigns.campaign.models import Campaign
from campaigns.ledger.register import SEARCH_LENGTH_MAX, Wanted
from campaigns.web.forms import ConsoleForm, worded

STATE_WORDS = {
    "counted": "Counted",
    "refunded_part": "Refunded in part",
    "refunded": "Refunded in full",
    "disputed": "Disputed",
    "pending": "Pending",
    "unassigned": "Unassigned",
}


class FilterForm(ConsoleForm):
    """Which donations are listed. It changes nothing, and needs no token."""

    class Meta:
        csrf = False

    campaign = SelectField("Campaign", [Optional()], default="")
    state = SelectField("State", [Optional()], default="")
    q = SearchField("Search", [Length(max=SEARCH_LENGTH_MAX)])

    def offer(self, campaigns: Iterable[Campaign]) -> None:
        """Fills the choices."""
        self.campaign.choices = worded({"": "All campaigns", **_titles(campaigns)})
        self.state.choices = worded({"": "Any state", **STATE_WORDS})

    def wanted(self, campaigns: Iterable[Campaign], *, by_email: bool) -> Wanted:
        """What was asked for; a campaign or state that does not exist asks for nothing."""
        self.validate()
        return Wanted(
            campaign=next((campaign for campaign in campaigns if campaign.slug == self.campaign.data), None),
            state=self.state.data if self.state.data in STATE_WORDS else None,
            text="".join(c for c in self.q.data or "" if c.isprintable()).strip()[:SEARCH_LENGTH_MAX],
            by_email=by_email,
        )


class AssignForm(ConsoleForm):
    """The campaign that donations are put into."""

    campaign = SelectField("Put into")

    def offer(self, campaigns: Iterable[Campaign], *, currency: str | None = None, home_id: int | None = None) -> None:
        """Fills the choices: where `currency` is given, the campaigns that count in it; never the present home."""
        fitting = (c for c in campaigns if currency in (None, c.currency) and c.id != home_id)
        self.campaign.choices = worded({"": "Choose a campaign", **_titles(fitting)})


def _titles(campaigns: Iterable[Campaign]) -> dict[str, str]:
    return {campaign.slug: f"{campaign.title} ({campaign.currency})" for campaign in campaigns}
