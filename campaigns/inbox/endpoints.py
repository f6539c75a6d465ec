"""Webhook endpoints: making them, finding them, and opening their sealed secrets for a provider to use."""

from __future__ import annotations

import re
import secrets as random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from campaigns.campaign.models import Campaign
from campaigns.crypto import Sealer, equal
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.inbox.models import EndpointSecret, EventEffect, LookUp, LookUpAnswer, WebhookEndpoint, WebhookEvent
from campaigns.providers import shelf
from campaigns.providers.contract import SECRET_BYTES_MIN, Endpoint, Provider, Setting

SIGNING = "signing"  # the name of a stored secret that messages are verified with
SEAL_PURPOSE = "endpoint-secret"
SECRETS_MAX = 8
SECRET_LENGTH_MAX = 4096
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Kept:
    """A setting of an endpoint: its value, or when the secret was stored. Neither: it is not set."""

    setting: Setting
    value: str | None
    stored_at: datetime | None
    is_strange: bool


def create(
    session: Session,
    *,
    provider: str,
    name: str,
    secrets: Sequence[str],
    settings: Mapping[str, str],
    campaign: Campaign | None,
    sealer: Sealer,
    mode: str,
    now: datetime,
) -> WebhookEndpoint:
    """A new endpoint, its secrets sealed. Raises Invalid or Conflict, saying what to give instead."""
    kind = provider_for(provider, mode)
    if not _NAME.fullmatch(name):
        raise Invalid("an endpoint's name is 1 to 64 of a-z, 0-9 and -, as it stands in the webhook URL", "name")
    if session.scalars(select(WebhookEndpoint).filter_by(provider=provider, name=name)).one_or_none():
        raise Conflict(f"there is a {provider} endpoint named {name} already")
    endpoint = WebhookEndpoint(
        provider=provider,
        name=name,
        campaign_id=campaign.id if campaign else None,
        settings=_plain(kind, settings, mode),
        created_at=now,
    )
    if kind.SECRET_LABEL is None and not secrets:
        secrets = [random.token_urlsafe(32)]
    for secret in _checked(kind, secrets):
        endpoint.secrets.append(_sealed(SIGNING, secret, sealer, now))
    for setting in kind.SETTINGS:
        if setting.secret and settings.get(setting.name):
            endpoint.secrets.append(_sealed(setting.name, settings[setting.name], sealer, now))
    session.add(endpoint)
    session.flush()
    return endpoint


def ensure(session: Session, *, provider: str, name: str, sealer: Sealer, mode: str, now: datetime) -> WebhookEndpoint:
    """The endpoint of a provider that needs nothing from outside, made where it is missing."""
    with suppress(NotFound):
        return find(session, provider, name)
    with suppress(IntegrityError, Conflict), session.begin_nested():
        return create(
            session,
            provider=provider,
            name=name,
            secrets=(),
            settings={},
            campaign=None,
            sealer=sealer,
            mode=mode,
            now=now,
        )
    return find(session, provider, name)  # another request was quicker


def find(session: Session, provider: str, name: str) -> WebhookEndpoint:
    """The endpoint of a URL. Raises NotFound."""
    if not _NAME.fullmatch(name):
        raise NotFound("there is no such webhook endpoint")
    wanted = select(WebhookEndpoint).filter_by(provider=provider, name=name)
    endpoint = session.scalars(wanted.options(selectinload(WebhookEndpoint.secrets))).one_or_none()
    if endpoint is None:
        raise NotFound("there is no such webhook endpoint")
    return endpoint


def provider_for(kind: str, mode: str) -> Provider:
    """The provider `kind` in an installation of `mode`. Raises Invalid."""
    found = shelf().get(kind)
    if found is None or mode not in found.MODES:
        known = ", ".join(name for name, one in shelf().items() if mode in one.MODES)
        raise Invalid(f"“{kind[:32]}” is no provider in mode {mode}; use one of: {known}", "provider")
    return found


def opened(endpoint: WebhookEndpoint, sealer: Sealer, mode: str) -> Endpoint:
    """The endpoint as its provider needs it, secrets opened. Raises crypto.SealBroken under another secret key."""
    signing = tuple(sealer.open(one.sealed, SEAL_PURPOSE) for one in endpoint.secrets if one.name == SIGNING)
    settings = {name: str(value) for name, value in endpoint.settings.items()}
    settings |= {one.name: sealer.open(one.sealed, SEAL_PURPOSE) for one in endpoint.secrets if one.name != SIGNING}
    return Endpoint(name=endpoint.name, mode=mode, secrets=signing, settings=settings)


def add_secret(
    session: Session, endpoint: WebhookEndpoint, secret: str, *, sealer: Sealer, mode: str, now: datetime
) -> None:
    """A further secret to verify with, beside those there are. Raises Invalid, or Conflict for one it has already."""
    kind = provider_for(endpoint.provider, mode)
    signing = signing_secrets(endpoint)
    (checked,) = _checked(kind, [secret])
    if len(signing) >= SECRETS_MAX:
        raise Invalid(f"it has {SECRETS_MAX} secrets already; remove one that is no longer used", "secret")
    if any(equal(sealer.open(one.sealed, SEAL_PURPOSE).encode(), checked.encode()) for one in signing):
        raise Conflict("the endpoint has this secret already")
    endpoint.secrets.append(_sealed(SIGNING, checked, sealer, now))
    session.flush()


def remove_secret(session: Session, endpoint: WebhookEndpoint, secret_id: int) -> None:
    """Takes a secret out of use. Raises NotFound, or Conflict for the last one: nothing could be verified any more."""
    signing = signing_secrets(endpoint)
    found = next((one for one in signing if one.id == secret_id), None)
    if found is None:
        raise NotFound("there is no such secret; it may have been removed already")
    if len(signing) == 1:
        raise Conflict("this is the endpoint's only secret; add the new one first")
    endpoint.secrets.remove(found)
    session.flush()


def settings_of(endpoint: WebhookEndpoint, mode: str) -> list[Kept]:
    """Each setting that its provider takes, and how it stands; also what is stored and not taken (any more)."""
    kind = provider_for(endpoint.provider, mode)
    offered = [one for one in kind.SETTINGS if not (one.not_in_live and mode == "live")]
    sealed = {one.name: one.created_at for one in endpoint.secrets if one.name != SIGNING}
    strange = sorted({*sealed, *endpoint.settings} - {one.name for one in offered})
    offered += [Setting(name, "Not used", secret=name in sealed) for name in strange]
    return [Kept(one, endpoint.settings.get(one.name), sealed.get(one.name), one.name in strange) for one in offered]


def set_setting(
    session: Session, endpoint: WebhookEndpoint, name: str, value: str, *, sealer: Sealer, mode: str, now: datetime
) -> None:
    """Sets or changes one of its provider's settings; a secret one is sealed. Raises Invalid."""
    kind = provider_for(endpoint.provider, mode)
    setting, value = _setting(kind, name, mode), value.strip()
    if not value:
        raise Invalid(f"{setting.name} is empty; to take it away, remove it", "value")
    if len(value) > SECRET_LENGTH_MAX or not value.isprintable() or " " in value:
        raise Invalid(f"{setting.name} is one line without blanks; copy it whole and alone", "value")
    _fits(setting, value)
    _may_change(session, endpoint, setting)
    if setting.secret:
        _drop(endpoint, name)
        endpoint.secrets.append(_sealed(name, value, sealer, now))
    else:
        endpoint.settings = {**endpoint.settings, name: value}
    session.flush()


def remove_setting(session: Session, endpoint: WebhookEndpoint, name: str, *, mode: str) -> None:
    """Takes a setting away. Raises Invalid, Conflict for one it cannot do without, NotFound where it is not set."""
    kind = provider_for(endpoint.provider, mode)
    setting = next((one for one in kind.SETTINGS if one.name == name), None)  # in live too: what should not be there
    if setting is not None:
        _may_change(session, endpoint, setting)
    if setting is not None and setting.required:
        raise Conflict(f"{kind.KIND} cannot do without {name}; give it another value instead")
    if not _drop(endpoint, name):
        raise NotFound(f"the endpoint has no setting “{name[:32]}”")
    session.flush()


def set_default(session: Session, endpoint: WebhookEndpoint, campaign: Campaign | None) -> None:
    """Where money goes that names no campaign, from the next event on; None: it waits as unassigned."""
    endpoint.campaign_id = campaign.id if campaign else None
    session.flush()


def signing_secrets(endpoint: WebhookEndpoint) -> list[EndpointSecret]:
    """The secrets it verifies with, the oldest first."""
    return [one for one in endpoint.secrets if one.name == SIGNING]


def url_of(endpoint: WebhookEndpoint, public_url: str) -> str:
    """The exact URL to paste at the provider."""
    return f"{public_url}/webhooks/{endpoint.provider}/{endpoint.name}"


def _plain(kind: Provider, settings: Mapping[str, str], mode: str) -> dict[str, str]:
    """The settings that are no secrets, after checking that each is one the provider takes."""
    known = {name: _setting(kind, name, mode) for name in settings}
    for setting in kind.SETTINGS:
        if setting.required and not settings.get(setting.name):
            raise Invalid(f"{kind.KIND} needs --setting {setting.name}=… ({setting.label})", "setting")
        if settings.get(setting.name):
            _fits(setting, settings[setting.name])
    return {name: value for name, value in settings.items() if value and not known[name].secret}


def _fits(setting: Setting, value: str) -> None:
    """Raises Invalid for a value that is none of the setting's choices."""
    if setting.choices and value not in setting.choices:
        raise Invalid(f"{setting.name} is one of: {', '.join(setting.choices)}", "value")


def _setting(kind: Provider, name: str, mode: str) -> Setting:
    """The setting `name` of a provider. Raises Invalid."""
    found = next((one for one in kind.SETTINGS if one.name == name), None)
    if found is None:
        takes = ", ".join(one.name for one in kind.SETTINGS) or "none"
        raise Invalid(f"{kind.KIND} takes no setting “{name[:32]}”; it takes: {takes}", "setting")
    if found.not_in_live and mode == "live":
        raise Invalid(f"{name} is for trials only and not taken in mode live", "setting")
    return found


def _may_change(session: Session, endpoint: WebhookEndpoint, setting: Setting) -> None:
    """Raises Conflict for a lasting setting by which messages that moved money are read."""
    moved = select(EventEffect.event_id).join(WebhookEvent, WebhookEvent.id == EventEffect.event_id)
    asked = select(LookUpAnswer.id).join(LookUp, LookUp.id == LookUpAnswer.look_up_id)
    if setting.lasting and (
        session.scalar(moved.where(WebhookEvent.endpoint_id == endpoint.id).limit(1)) is not None
        or session.scalar(asked.where(LookUp.endpoint_id == endpoint.id).limit(1)) is not None
    ):
        told = f"{setting.name} cannot be changed any more: money was counted by it; make another endpoint instead"
        raise Conflict(told)


def _drop(endpoint: WebhookEndpoint, name: str) -> bool:
    """Takes the setting `name` out, secret or plain; whether there was one. Signing secrets are none."""
    sealed = [one for one in endpoint.secrets if one.name == name != SIGNING]
    for one in sealed:
        endpoint.secrets.remove(one)
    plain = name in endpoint.settings
    if plain:
        endpoint.settings = {key: value for key, value in endpoint.settings.items() if key != name}
    return plain or bool(sealed)


def _checked(kind: Provider, secrets: Sequence[str]) -> Sequence[str]:
    if not secrets:
        raise Invalid(f"{kind.KIND} needs at least one --secret ({kind.SECRET_LABEL})", "secret")
    if len(secrets) > SECRETS_MAX:
        raise Invalid(f"at most {SECRETS_MAX} secrets at a time", "secret")
    for secret in secrets:
        if not SECRET_BYTES_MIN <= len(secret.strip().encode()) <= SECRET_LENGTH_MAX:
            raise Invalid(f"a secret has at least {SECRET_BYTES_MIN} characters; copy it whole", "secret")
    return [secret.strip() for secret in secrets]


def _sealed(name: str, secret: str, sealer: Sealer, now: datetime) -> EndpointSecret:
    return EndpointSecret(name=name, sealed=sealer.seal(secret, SEAL_PURPOSE), created_at=now)
