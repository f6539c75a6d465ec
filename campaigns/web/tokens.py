"""Signed short-lived tokens for forms of readers, who carry no cookie: each is good for one form for some hours."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeTimedSerializer

from campaigns.crypto import derive
from campaigns.errors import DomainError
from campaigns.settings import Settings

TOKEN_SECONDS_MAX = 4 * 3600


class StaleForm(DomainError):
    """The form was not ours, or lay open for too long."""

    status = 400


def token(settings: Settings, form: str) -> str:
    """A token for the form named `form`."""
    return _signer(settings).dumps(form)


def check(settings: Settings, form: str, given: str | None) -> None:
    """Raises StaleForm unless `given` is a token for `form` made within the last hours."""
    try:
        named = _signer(settings).loads(given or "", max_age=TOKEN_SECONDS_MAX)
    except BadSignature as error:
        raise StaleForm("the form is out of date; reload the page and send it again") from error
    if named != form:
        raise StaleForm("the form is not of this page; reload it and send it again")


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(derive(settings.secret_key, "form-token"), salt="tidemark-form")
