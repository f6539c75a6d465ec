"""What staff type about gifts that no service tells of: one gift, a correction, a file and what its columns mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, Length, Optional

from campaigns.campaign.models import Campaign
from campaigns.offline.reading import EMAIL_MAX, ID_MAX, MESSAGE_MAX, NAME_MAX
from campaigns.offline.table import FIELDS, Mapping, Table
from campaigns.web.forms import ConsoleForm, MoneyField, worded

REASON_MAX = 500
CALLED = {
    "date": "Day",
    "amount": "Amount",
    "currency": "Currency",
    "name": "Donor's name",
    "email": "Donor's e-mail",
    "id": "Own number of the gift",
    "message": "Message",
}
ORDERS = {"ymd": "2026-11-30", "dmy": "30.11.2026 or 30/11/2026", "mdy": "11/30/2026"}
MARKS = {".": "1,234.56 (point)", ",": "1.234,56 (comma)"}


class GiftForm(ConsoleForm):
    """One gift."""

    click = HiddenField("Press", [Length(max=64)])
    campaign = SelectField("Campaign", [DataRequired("Choose a campaign.")], default="")
    amount = MoneyField("Amount", [DataRequired("Write how much was given.")])
    day = StringField("Day it was given", [DataRequired("Write the day.")])
    name = StringField("Donor's name", [Optional(), Length(max=NAME_MAX)])
    email = StringField("Donor's e-mail", [Optional(), Email("This is no e-mail address."), Length(max=EMAIL_MAX)])
    message = TextAreaField("Message", [Optional(), Length(max=MESSAGE_MAX)])
    reference = StringField("Reference", [Optional(), Length(max=ID_MAX)])

    def offer(self, campaigns: Iterable[Campaign]) -> None:
        """Fills the choices; the amount is in the currency of the chosen campaign."""
        listed = list(campaigns)
        titles = {one.slug: f"{one.title} ({one.currency})" for one in listed}
        self.campaign.choices = worded({"": "Choose a campaign", **titles})
        chosen = next((one for one in listed if one.slug == self.campaign.data), None)
        self.amount.currency = chosen.currency if chosen else ""


class CorrectForm(ConsoleForm):
    """A correction of a gift."""

    way = SelectField("What to do", [DataRequired()], default="off")
    amount = MoneyField("Amount", [Optional()])
    reason = StringField("Why", [DataRequired("Say why, for the books."), Length(max=REASON_MAX)])

    def offer(self, currency: str) -> None:
        """Says in which currency."""
        self.way.choices = worded({"all": "Take all of it off", "off": "Take off …", "on": "Add again …"})
        self.amount.currency = currency


class FileForm(ConsoleForm):
    """A file of gifts."""

    campaign = SelectField("Campaign", [DataRequired("Choose a campaign.")], default="")
    file = FileField("File", [FileRequired("Choose a file.")])

    def offer(self, campaigns: Iterable[Campaign]) -> None:
        """Fills the choices."""
        titles = {one.slug: f"{one.title} ({one.currency})" for one in campaigns}
        self.campaign.choices = worded({"": "Choose a campaign", **titles})


class MappingForm(ConsoleForm):
    """What the columns mean. `of` adds a field for each meaning."""

    day_order = SelectField("Days are written as", choices=worded(ORDERS))
    mark = SelectField("Amounts are written as", choices=worded(MARKS))

    def mapping(self) -> Mapping:
        """As chosen."""
        places = {name: self._fields[f"column_{name}"].data for name in FIELDS}
        columns = {name: int(place) if place else None for name, place in places.items()}
        return Mapping(columns, self.day_order.data, self.mark.data)

    def columns(self) -> Sequence[Any]:
        """The fields of the columns, in their order."""
        return [self._fields[f"column_{name}"] for name in FIELDS]


def mapping_form(table: Table, mapping: Mapping, formdata: Any = None) -> MappingForm:
    """The form for a file: its columns by their headers."""
    named = {str(place): f"{header or 'no header'} (column {place + 1})" for place, header in enumerate(table.header)}
    fields: dict[str, Any] = {}
    for name in FIELDS:
        place = mapping.columns.get(name)
        default = "" if place is None else str(place)
        fields[f"column_{name}"] = SelectField(CALLED[name], choices=worded({"": "None", **named}), default=default)
    made = type("MappingFormOfFile", (MappingForm,), fields)
    form: MappingForm = made(formdata)
    if formdata is None:
        form.day_order.data, form.mark.data = mapping.day_order, mapping.mark
    return form
