"""What staff choose about money: which donations to see, and where they belong."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import SearchField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from campaigns.campaign.models import Campaign
from campaigns.ledger.register import SEARCH_LENGTH_MAX
from campaigns.web.forms import ConsoleForm

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

    campaign = SelectField("Campaign", [Optional()])
    state = SelectField("State", [Optional()])
    q = SearchField("Search", [Length(max=SEARCH_LENGTH_MAX)])

    def offer(self, campaigns: Iterable[Campaign]) -> None:
        """Fills the choices."""
        self.campaign.choices = [SelectChoice("", "All campaigns"), *_choices(campaigns)]
        self.state.choices = [SelectChoice("", "Any state"), *(SelectChoice(k, w) for k, w in STATE_WORDS.items())]


class AssignForm(ConsoleForm):
    """The campaign that donations are put into."""

    campaign = SelectField("Campaign")

    def offer(self, campaigns: Iterable[Campaign], *, currency: str | None = None, home_id: int | None = None) -> None:
        """Fills the choices: where `currency` is given, the campaigns that count in it; never the present home."""
        fitting = (c for c in campaigns if currency in (None, c.currency) and c.id != home_id)
        self.campaign.choices = [SelectChoice("", "Choose a campaign"), *_choices(fitting)]


def _choices(campaigns: Iterable[Campaign]) -> list[SelectChoice]:
    return [SelectChoice(campaign.slug, f"{campaign.title} ({campaign.currency})") for campaign in campaigns]
