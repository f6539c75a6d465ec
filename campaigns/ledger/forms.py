"""What staff choose about money: which donations to see, and where they belong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.tz import resolve_imaginary
from wtforms import DateField, SearchField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length, Optional

from campaigns.campaign.models import Campaign
from campaigns.errors import Invalid
from campaigns.ledger.register import SEARCH_LENGTH_MAX, Wanted
from campaigns.ledger.ruling import FACTS, Terms
from campaigns.web.forms import ConsoleForm, InstantField, MoneyField, worded

VALUE_LENGTH_MAX = 200
STATE_WORDS = {
    "counted": "Counted",
    "refunded_part": "Refunded in part",
    "refunded": "Refunded in full",
    "disputed": "Disputed",
    "pending": "Pending",
    "over": "Never arrived",
    "unassigned": "Unassigned",
    "set_aside": "Set aside",
    "overdrawn": "More taken back than given",
}
HAPPENED_WORDS = {
    "arrived": "Money arrived",
    "has_refund": "A refund was made",
    "has_refund_failed": "A refund failed",
    "has_dispute": "A dispute took money",
    "has_dispute_reversal": "A dispute gave it back",
    "has_adjustment": "Corrected",
    "has_fee": "A fee is known",
}


class FilterForm(ConsoleForm):
    """Which donations are listed. It changes nothing, and needs no token."""

    class Meta:
        csrf = False

    q = SearchField("Search", [Length(max=SEARCH_LENGTH_MAX)])
    campaign = SelectField("Campaign", [Optional()], default="")
    period = SelectField("Period", [Optional()], default="")
    state = SelectField("State", [Optional()], default="")
    provider = SelectField("Through", [Optional()], default="")
    currency = SelectField("Currency", [Optional()], default="")
    since = DateField("From", [Optional()])
    until = DateField("Up to and with", [Optional()])

    def offer(
        self,
        campaigns: Iterable[Campaign],
        *,
        periods: Iterable[tuple[int, str]],
        providers: Mapping[str, str],
        currencies: Iterable[str],
    ) -> None:
        """Fills the choices; `periods` are those of the chosen campaign, each with its words."""
        self.campaign.choices = worded({"": "All campaigns", **_titles(campaigns)})
        self.period.choices = worded({"": "All periods", **{str(number): words for number, words in periods}})
        self.state.choices = [SelectChoice("", "Any state")]
        for group, words in (("How it stands", STATE_WORDS), ("What happened to it", HAPPENED_WORDS)):
            self.state.choices += [SelectChoice(value, word, optgroup=group) for value, word in words.items()]
        self.provider.choices = worded({"": "Any service", **providers})
        self.currency.choices = worded({"": "Any currency", **{code: code for code in currencies}})

    def wanted(self, campaigns: Iterable[Campaign], zone: str, *, by_email: bool) -> Wanted:
        """What was asked for, days by the clock of `zone`; what does not exist asks for nothing."""
        self.validate()
        return Wanted(
            campaign=next((campaign for campaign in campaigns if campaign.slug == self.campaign.data), None),
            state=self.state.data if self.state.data in STATE_WORDS | HAPPENED_WORDS else None,
            text="".join(c for c in self.q.data or "" if c.isprintable()).strip()[:SEARCH_LENGTH_MAX],
            by_email=by_email,
            currency=_chosen(self.currency),
            provider=_chosen(self.provider),
            period_id=int(period) if (period := _chosen(self.period)) else None,
            since=_midnight(self.since.data, zone),
            until=_midnight(self.until.data, zone, days=1),
        )

    def asked(self) -> dict[str, str]:
        """What was asked for as the query of an address, for links to other pages of the same list."""
        said = {name: field.raw_data[0] for name, field in self._fields.items() if field.raw_data and not field.errors}
        return {name: text for name, text in said.items() if text}


class AssignForm(ConsoleForm):
    """The campaign that donations are put into."""

    campaign = SelectField("Put into")

    def offer(self, campaigns: Iterable[Campaign], *, currency: str | None = None, home_id: int | None = None) -> None:
        """Fills the choices: where `currency` is given, the campaigns that count in it; never the present home."""
        fitting = (c for c in campaigns if currency in (None, c.currency) and c.id != home_id)
        self.campaign.choices = worded({"": "Choose a campaign", **_titles(fitting)})


class RuleForm(ConsoleForm):
    """A routing rule: what payments have in common, from when on, and whose they are."""

    name_1 = SelectField("Fact", [Optional()], default="")
    value_1 = StringField("Is", [Length(max=VALUE_LENGTH_MAX)])
    name_2 = SelectField("And fact", [Optional()], default="")
    value_2 = StringField("Is", [Length(max=VALUE_LENGTH_MAX)])
    provider = SelectField("Came through", [Optional()], default="")
    amount_min = MoneyField("Smallest amount", [Optional()])
    amount_max = MoneyField("Largest amount", [Optional()])
    since = InstantField("Given from")
    campaign = SelectField("Then they are for", [DataRequired("Choose a campaign.")], default="")

    def offer(self, campaigns: Iterable[Campaign], titles: Mapping[str, str], names: Iterable[str], zone: str) -> None:
        """Fills the choices; amounts are in the currency of the chosen campaign, hours on the clock of `zone`."""
        listed = list(campaigns)
        self.campaign.choices = worded({"": "Choose a campaign", **_titles(listed)})
        self.provider.choices = worded({"": "Any service", **titles})
        called = {"": "No fact", **{name: FACTS.get(name, name) for name in names}}
        self.name_1.choices = self.name_2.choices = worded(called)
        chosen = next((campaign for campaign in listed if campaign.slug == self.campaign.data), None)
        self.amount_min.currency = self.amount_max.currency = chosen.currency if chosen else ""
        self.since.timezone = zone

    def terms(self, campaigns: Iterable[Campaign]) -> Terms:
        """What was asked for, once the form is valid. Raises Invalid for a fact without a value."""
        pairs = ((self.name_1.data, self.value_1), (self.name_2.data, self.value_2))
        for name, value in pairs:
            if bool(name) != bool((value.data or "").strip()):
                raise Invalid("choose the fact, and write what it is", value.name)
        said = {(name, (value.data or "").strip()) for name, value in pairs if name}
        return Terms(
            campaign=next(one for one in campaigns if one.slug == self.campaign.data),
            provider=self.provider.data or None,
            conditions=tuple(sorted(said)),
            amount_min_minor=self.amount_min.minor,
            amount_max_minor=self.amount_max.minor,
            since=self.since.instant,
        )


def _chosen(field: SelectField) -> str | None:
    return field.data if field.data and not field.errors else None


def _midnight(day: date | None, zone: str, *, days: int = 0) -> datetime | None:
    """The instant at which `day`, or the one `days` later, begins."""
    try:
        local = datetime.combine(day + timedelta(days=days), time()) if day else None
        return resolve_imaginary(local.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC) if local else None
    except OverflowError:  # at either end of the calendar
        return None


def _titles(campaigns: Iterable[Campaign]) -> dict[str, str]:
    return {campaign.slug: f"{campaign.title} ({campaign.currency})" for campaign in campaigns}
