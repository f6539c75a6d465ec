"""The console's form of our own ways to give."""

from __future__ import annotations

from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Length, Optional

from campaigns.donate.offering import HOLDER_MAX, Bank
from campaigns.inbox.models import WebhookEndpoint
from campaigns.web.forms import ConsoleForm


class OfferForm(ConsoleForm):
    """Which accounts open checkouts, and the bank account for transfers."""

    endpoints = SelectMultipleField("Card, wallet and other checkouts", coerce=int, validate_choice=False)
    holder = StringField("Account holder", [Optional(), Length(max=HOLDER_MAX)])
    iban = StringField("IBAN", [Optional(), Length(max=50)])
    bic = StringField("BIC", [Optional(), Length(max=20)])
    shows_split = BooleanField("Show in the bar how much came through which payment service")
    donor_wall = BooleanField("Show on the campaign’s page who gave, as far as donors wish it")

    def offer(self, able: list[WebhookEndpoint]) -> None:
        """The accounts to choose from."""
        self.endpoints.choices = [SelectChoice(one.id, f"{one.provider}: {one.name}") for one in able]

    def bank(self) -> Bank:
        """The account as typed."""
        return Bank(self.holder.data or "", self.iban.data or "", self.bic.data or "")
