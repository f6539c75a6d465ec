"""What staff type about the inbox: which events to see, and a new endpoint with its secrets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    PasswordField,
    SearchField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, DataRequired, Length, Optional, Regexp

from campaigns.campaign.models import Campaign
from campaigns.inbox.endpoints import SECRET_LENGTH_MAX
from campaigns.inbox.log import SEARCH_LENGTH_MAX, Wanted
from campaigns.inbox.models import STATUSES, WebhookEndpoint
from campaigns.ledger.keyset import row_id
from campaigns.providers.contract import Provider, Setting
from campaigns.web.forms import ConsoleForm, InstantField, worded

SETTING_LENGTH_MAX = 2000
CHOSEN_MAX = 200  # messages picked by hand
SETTING = "setting_"  # what a setting's field is called, before its name


class LogForm(ConsoleForm):
    """Which events are listed, or read again. Without a token it changes nothing."""

    class Meta:
        csrf = False  # where it changes something, the guard of the console has checked the token already

    q = SearchField("Search", [Length(max=SEARCH_LENGTH_MAX)])
    via = SelectField("Endpoint", [Optional()], default="")
    status = HiddenField("Status", [Optional(), AnyOf(STATUSES)])
    since = InstantField("Received from")
    until = InstantField("Received before")
    homeless = BooleanField("Only money without a campaign")
    event = StringField("Messages")  # as often as there are

    def offer(self, endpoints: Iterable[WebhookEndpoint], titles: dict[str, str], zone: str) -> None:
        """Fills the choices, and says by which clock hours are meant."""
        named = {str(one.id): f"{titles.get(one.provider, one.provider)} / {one.name}" for one in endpoints}
        self.via.choices = worded({"": "All endpoints", **named})
        self._endpoints = named
        self.since.timezone = self.until.timezone = zone

    def wanted(self) -> Wanted:
        """What was asked for; what does not exist asks for nothing."""
        self.validate()
        return Wanted(
            endpoint_id=int(self.via.data) if self.via.data and not self.via.errors else None,
            status=self.status.data or None if not self.status.errors else None,
            text="".join(c for c in self.q.data or "" if c.isprintable()).strip()[:SEARCH_LENGTH_MAX],
            homeless=self.homeless.data,
            since=self.since.instant,
            until=self.until.instant,
            ids=tuple(number for text in self.event.raw_data or () if (number := row_id(text)) is not None),
        )

    def endpoint_named(self) -> str:
        """The chosen endpoint in words."""
        return self._endpoints.get(self.via.data or "", "")

    def is_clear(self) -> bool:
        """Whether all that was asked for was understood: what cannot be read must not mean everything."""
        numbers = [row_id(text) for text in self.event.raw_data or ()]
        return not self.errors and None not in numbers and len(numbers) <= CHOSEN_MAX

    def asked(self) -> dict[str, Any]:
        """What was asked for as the query of an address, for links to other pages of the same list."""
        said = {name: field.raw_data for name, field in self._fields.items() if field.raw_data and not field.errors}
        return {name: texts if name == "event" else texts[0] for name, texts in said.items() if texts[0]}


class EndpointForm(ConsoleForm):
    """A new endpoint. `of` adds what its provider takes; secrets are taken and never shown again."""

    name = StringField(
        "Name",
        [
            DataRequired("Give it a name; it becomes the last part of its URL."),
            Regexp("[a-z0-9][a-z0-9-]{0,63}$", message="Use 1 to 64 of a-z, 0-9 and -; it is a part of the URL."),
        ],
        default="main",
    )
    campaign = SelectField("Default campaign", [Optional()], default="")

    def offer(self, campaigns: Iterable[Campaign]) -> None:
        """Fills the choices."""
        self.campaign.choices = worded(_defaults(campaigns))

    def terms(self) -> dict[str, Any]:
        """Its name, its signing secrets (one from each line), and the provider's settings by their names."""
        lines = (self.secret.data or "").splitlines() if "secret" in self else []
        typed = {name: (field.data or "").strip() for name, field in self._fields.items() if name.startswith(SETTING)}
        return {
            "name": self.name.data or "",
            "secrets": [line.strip() for line in lines if line.strip()],
            "settings": {name.removeprefix(SETTING): text for name, text in typed.items() if text},
        }

    def setting_fields(self) -> list[Field]:
        """The fields of the provider's settings, in its order."""
        return [field for name, field in self._fields.items() if name.startswith(SETTING)]

    def forget_secrets(self) -> None:
        """Empties what would be shown again; a password field shows nothing by itself."""
        if "secret" in self:
            self.secret.data = ""


class SecretForm(ConsoleForm):
    """A further secret, beside those there are."""

    secret = PasswordField("New secret", [DataRequired("Paste the secret."), Length(max=SECRET_LENGTH_MAX)])


class DefaultForm(ConsoleForm):
    """The default campaign of an endpoint."""

    campaign = SelectField("Default campaign", [Optional()], default="")

    def offer(self, campaigns: Iterable[Campaign]) -> None:
        """Fills the choices."""
        self.campaign.choices = worded(_defaults(campaigns))


def endpoint_form(kind: Provider, mode: str, formdata: Any = None) -> EndpointForm:
    """The form for a new endpoint of a provider."""
    fields: dict[str, Any] = {}
    if kind.SECRET_LABEL is not None:
        needed = DataRequired("Without its secret no message can be verified.")
        fields["secret"] = TextAreaField(kind.SECRET_LABEL, [needed])
    for setting in kind.SETTINGS:
        if not (setting.not_in_live and mode == "live"):
            fields[SETTING + setting.name] = _setting_field(setting)
    made = type("EndpointFormOf" + kind.KIND.title(), (EndpointForm,), fields)
    form: EndpointForm = made(formdata)
    return form


def _defaults(campaigns: Iterable[Campaign]) -> dict[str, str]:
    titles = {campaign.slug: f"{campaign.title} ({campaign.currency})" for campaign in campaigns}
    return {"": "None: what names no campaign waits as unassigned", **titles}


def _setting_field(setting: Setting) -> Any:
    needed = DataRequired(f"{setting.label} is needed.") if setting.required else Optional()
    if setting.choices:
        words = {"": "As usual", **{one: one for one in setting.choices}}
        return SelectField(setting.label, [needed], choices=worded(words))
    field = PasswordField if setting.secret else StringField
    return field(setting.label, [needed, Length(max=SETTING_LENGTH_MAX)])
