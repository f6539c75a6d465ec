"""The form of a campaign: what staff type, and what it means to the verbs of `lifecycle`.

What a value may be is decided in `particulars`, for the command line and the form alike; here it is asked field by
field, so that each refusal stands beside what it is about.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import day_name, month_name
from collections.abc import Callable
from typing import Any

from wtforms import Field, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from campaigns import keys
from campaigns.campaign import particulars
from campaigns.campaign.models import Campaign
from campaigns.errors import Invalid
from campaigns.money import format_money, major_text
from campaigns.web.errors import sentence
from campaigns.web.forms import (
    ConsoleForm,
    InstantField,
    MoneyField,
    RowsField,
    TimezoneField,
    currency_choices,
    language_choices,
    local_text,
    numbered,
    worded,
)

SLUG_MAX = 64
REPEAT_WORDS = {
    "none": "Once, without periods",
    "weekly": "Every week",
    "monthly": "Every month",
    "quarterly": "Every quarter",
    "yearly": "Every year",
}


def _as(rule: Callable[[str], Any]) -> Callable[[Form, Field], None]:
    """A validator that asks a rule of `particulars`."""

    def check(_form: Form, field: Field) -> None:
        try:
            rule(field.data or "")
        except Invalid as error:
            raise ValidationError(sentence(error.message)) from error

    return check


class MilestoneRow(Form):
    """An amount on the way to the goal, and what it pays for. An empty row is no milestone."""

    amount = MoneyField("Amount")
    label = StringField("What it pays for", [Length(max=particulars.LABEL_MAX)])

    def validate(self, extra_validators: Any = None) -> bool:
        """Both, or neither."""
        fine = super().validate(extra_validators)
        if not fine or not (self.amount.data or self.label.data):
            return fine
        if not self.amount.data:
            return _refuse(self.amount, "Write the amount of this milestone, or remove it.")
        try:
            particulars.milestones([(self.amount.minor or 0, self.label.data or "")])
        except Invalid as error:
            return _refuse(self.label if self.amount.minor else self.amount, sentence(error.message))
        return True


class WayRow(Form):
    """A further way to give, as a link under the bar. An empty row is no link."""

    label = StringField("Name", [Length(max=particulars.LABEL_MAX)])
    url = StringField("Address", [Length(max=particulars.URL_MAX)])

    def validate(self, extra_validators: Any = None) -> bool:
        """Both, or neither."""
        fine = super().validate(extra_validators)
        if not fine or not (self.label.data or self.url.data):
            return fine
        if not self.label.data:
            return _refuse(self.label, "Give the link a name, such as PayPal.")
        if not self.url.data:
            return _refuse(self.url, "Write the address it leads to, or remove the link.")
        try:
            particulars.ways([(self.label.data, self.url.data)])
        except Invalid as error:
            return _refuse(self.url, sentence(error.message))
        return True


class WordsForm(ConsoleForm):
    """What may change for ever, also after the end: words, links and the look."""

    title = StringField("Title", [DataRequired("Give the campaign a title."), _as(particulars.title)])
    story = TextAreaField("Story", [_as(particulars.story)])
    language = SelectField("Language", choices=language_choices, default="en")
    accent = StringField("Accent colour", [Optional(), _as(particulars.accent)])
    ways = RowsField(FormField(WayRow), "Ways to give", max_entries=particulars.WAYS_MAX)

    def words(self) -> dict[str, Any]:
        """What `lifecycle.edit` takes of it."""
        pairs = (((row.form.label.data or "").strip(), (row.form.url.data or "").strip()) for row in self.ways)
        return {
            "title": self.title.data or "",
            "story": self.story.data or "",
            "language": self.language.data,
            "accent": self.accent.data or None,
            "ways": [pair for pair in pairs if all(pair)],
        }

    def sketch(self) -> dict[str, Any]:
        """What can be read so far, for a preview; what is missing or wrong is left out. Shows no errors here."""
        probe = type(self)(formdata=None, data=self.data)
        probe.validate()
        return probe.readable()

    def readable(self) -> dict[str, Any]:
        """The words that stand as they are, after validation."""
        return {name: value for name, value in self.words().items() if not self[name].errors}

    def change_rows(self, pressed: list[str]) -> bool:
        """Adds or removes a row when one of its buttons was pressed; whether one was."""
        return any(rows.press(name, pressed) for name, rows in self.rows())

    def rows(self) -> list[tuple[str, RowsField]]:
        """The lists of rows by what their buttons call one of them."""
        return [("way", self.ways)]


class CampaignForm(WordsForm):
    """Everything of a campaign that staff decide while it has not ended."""

    order = (
        *("title", "story", "currency", "goal", "goal_label", "milestones"),
        *("repeat", "first_weekday", "first_day", "first_month", "starts_at", "ends_at", "timezone"),
        *("ways", "language", "accent", "slug"),
    )
    slug = StringField("Short name", [Optional(), _as(particulars.slug)])
    currency = SelectField("Currency", choices=currency_choices, default="USD")
    goal = MoneyField("Goal", [InputRequired("Say how much the campaign is to raise.")])
    goal_label = StringField("What it pays for", [Length(max=particulars.LABEL_MAX)])
    milestones = RowsField(FormField(MilestoneRow), "Milestones", max_entries=particulars.MILESTONES_MAX - 1)
    repeat = SelectField("Counts from zero", choices=worded(REPEAT_WORDS), default="none")
    first_weekday = SelectField("Week begins on", choices=numbered(day_name), default="1")
    first_month = SelectField("In the month of", choices=numbered(month_name[1:]), default="1")
    first_day = SelectField("On day", choices=numbered(map(str, range(1, 32))), default="1")
    timezone = TimezoneField("Time zone", [DataRequired("Choose the time zone in which days begin.")], default="UTC")
    starts_at = InstantField("Starts")
    ends_at = InstantField("Ends")

    def validate(self, extra_validators: Any = None) -> bool:
        """Checks each field by itself, then what only shows when they are seen together."""
        self.prepare()
        fine = super().validate(extra_validators)
        return all([fine, self._goal_is_above(), self._ends_after_it_starts()])

    def prepare(self) -> None:
        """Tells money its currency and instants their zone, as they were chosen beside them."""
        for amount in (self.goal, *(row.form.amount for row in self.milestones)):
            amount.currency = self.currency.data or ""
        for instant in (self.starts_at, self.ends_at):
            instant.timezone = self.timezone.data or ""

    def terms(self) -> dict[str, Any]:
        """What `lifecycle.create` and `edit` take of it, besides the milestones."""
        first_day = self.first_weekday.data if self.repeat.data == "weekly" else self.first_day.data
        return {
            **self.words(),
            "slug": self.slug.data or proposed_slug(self.title.data or ""),
            "currency": self.currency.data,
            "repeat": self.repeat.data,
            "first_month": int(self.first_month.data or 1),
            "first_day": int(first_day or 1),
            "timezone": self.timezone.data or "UTC",
            "starts_at": self.starts_at.instant,
            "ends_at": self.ends_at.instant,
        }

    def rows(self) -> list[tuple[str, RowsField]]:
        """The lists of rows by what their buttons call one of them."""
        return [("milestone", self.milestones), *super().rows()]

    def readable(self) -> dict[str, Any]:
        """The terms that stand as they are, after validation, with the milestones that can be read."""
        terms = {name: value for name, value in self.terms().items() if name not in self or not self[name].errors}
        return {**terms, "milestones": self.steps()}

    def steps(self) -> list[tuple[int, str]]:
        """The milestones that can be read, ascending and each amount once, as (minor units, label)."""
        rows = [(row.form.amount.minor, (row.form.label.data or "").strip()) for row in self.milestones]
        rows.append((self.goal.minor, (self.goal_label.data or "").strip() or "Goal"))
        return sorted({minor: label for minor, label in rows if minor}.items())

    def _goal_is_above(self) -> bool:
        goal, seen, fine = self.goal.minor, set[int](), True
        if goal == 0:
            fine = _refuse(self.goal, "A goal is more than nothing.")
        for amount in (row.form.amount for row in self.milestones if row.form.amount.minor):
            if amount.minor in seen:
                fine = _refuse(amount, "There is a milestone with this amount already.")
            elif goal and amount.minor >= goal:
                shown = format_money(goal, amount.currency, "en")
                fine = _refuse(amount, f"A milestone lies below the goal of {shown}: raise the goal, or lower this.")
            seen.add(amount.minor)
        return fine

    def _ends_after_it_starts(self) -> bool:
        try:
            particulars.dates(self.starts_at.instant, self.ends_at.instant)
        except Invalid as error:
            return _refuse(getattr(self, error.field or "ends_at"), sentence(error.message))
        return True


def form_data(campaign: Campaign) -> dict[str, Any]:
    """What the form shows of a campaign as it is."""
    rule, currency = campaign.schedules[-1], campaign.currency
    steps = [{"amount": major_text(m.amount_minor, currency), "label": m.label} for m in campaign.milestones]
    *below, goal = steps or [{"amount": "", "label": ""}]
    return {
        "title": campaign.title,
        "slug": campaign.slug,
        "story": campaign.story,
        "currency": currency,
        "language": campaign.language,
        "accent": campaign.accent or "",
        "goal": goal["amount"],
        "goal_label": goal["label"],
        "milestones": below,
        "repeat": rule.repeat,
        "first_weekday": str(rule.first_day) if rule.repeat == "weekly" else "1",
        "first_month": str(rule.first_month),
        "first_day": str(rule.first_day),
        "timezone": rule.timezone,
        "starts_at": local_text(campaign.starts_at, rule.timezone),
        "ends_at": local_text(campaign.ends_at, rule.timezone),
        "ways": [{"label": way.label, "url": way.url} for way in campaign.ways],
    }


def proposed_slug(title: str) -> str:
    """A short name made of a title's plain letters; a random one where it has none."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain)[:SLUG_MAX].strip("-")
    return words or f"campaign-{keys.new_key(6)}"


def _refuse(field: Field, message: str) -> bool:
    field.errors = [*field.errors, message]
    return False
