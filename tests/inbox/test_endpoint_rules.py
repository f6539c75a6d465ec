"""Endpoints as the inbox keeps them: what one may be made of, and what its form and its manual show of that."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from campaigns.crypto import Sealer
from campaigns.errors import Conflict, DomainError, Invalid, NotFound
from campaigns.inbox import asked, endpoints, forms, manual
from campaigns.inbox.models import WebhookEndpoint
from campaigns.providers import sandbox, stripe
from campaigns.providers.contract import Setting
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import SECRET, charge, event, refund


def make(desk: Desk, **over: Any) -> WebhookEndpoint:
    asked_for: dict[str, Any] = {"provider": "stripe", "name": "berlin", "secrets": [SECRET], "settings": {}}
    with desk.database.writing() as session:
        return endpoints.create(
            session,
            campaign=None,
            sealer=Sealer(desk.settings.secret_key),
            mode=desk.settings.mode,
            now=desk.now,
            **asked_for | over,
        )


@pytest.mark.parametrize(
    ("over", "refusal", "words"),
    [
        ({"name": "Berlin"}, Invalid, "an endpoint's name is 1 to 64 of a-z, 0-9 and -"),
        ({"name": ""}, Invalid, "an endpoint's name is 1 to 64 of a-z, 0-9 and -"),
        ({"name": "main"}, Conflict, "there is a stripe endpoint named main already"),
        ({"secrets": []}, Invalid, "stripe needs at least one --secret"),
        (
            {"secrets": [SECRET] * (endpoints.SECRETS_MAX + 1)},
            Invalid,
            f"at most {endpoints.SECRETS_MAX} secrets at a time",
        ),
        ({"secrets": ["short"]}, Invalid, "a secret has at least 16 characters; copy it whole"),
        ({"settings": {"colour": "red"}}, Invalid, "stripe takes no setting “colour”; it takes: api_key, account"),
        ({"provider": "sandbox", "settings": {"x": "y"}}, Invalid, "sandbox takes no setting “x”; it takes: none"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_in_words(desk, over, refusal, words):
    with pytest.raises(DomainError) as refused:
        make(desk, **over)
    assert isinstance(refused.value, refusal)
    assert words in refused.value.message
    with desk.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(WebhookEndpoint)) == 1


def test_a_setting_that_a_provider_cannot_do_without_is_asked_for(desk, monkeypatch):
    needed = Setting("account", "Account", required=True)
    monkeypatch.setattr(stripe, "SETTINGS", (needed,))
    for settings in ({}, {"account": ""}):
        with pytest.raises(Invalid) as refused:
            make(desk, settings=settings)
        assert refused.value.message == "stripe needs --setting account=… (Account)"
    assert make(desk, settings={"account": "acct_1"}).settings == {"account": "acct_1"}


def test_an_endpoint_that_needs_nothing_from_outside_is_made_once(desk):
    def ensured() -> int:
        with desk.database.writing() as session:
            made = endpoints.ensure(
                session,
                provider="sandbox",
                name="trial",
                sealer=Sealer(desk.settings.secret_key),
                mode=desk.settings.mode,
                now=desk.now,
            )
            assert (made.provider, made.name, made.created_at) == ("sandbox", "trial", desk.now)
            assert len(made.secrets) == 1
            return made.id

    assert ensured() == ensured()


def test_an_endpoint_that_another_made_in_the_same_moment_is_taken(desk, monkeypatch):
    made = make(desk, provider="sandbox", name="trial", secrets=[])
    genuine, looked = endpoints.find, []

    def late(*arguments: Any) -> WebhookEndpoint:
        looked.append(1)
        if len(looked) == 1:
            raise NotFound("not yet")
        return genuine(*arguments)

    monkeypatch.setattr(endpoints, "find", late)
    with desk.database.writing() as session:
        found = endpoints.ensure(
            session,
            provider="sandbox",
            name="trial",
            sealer=Sealer(desk.settings.secret_key),
            mode=desk.settings.mode,
            now=desk.now,
        )
    assert found.id == made.id


def test_a_form_offers_a_trials_address_only_where_no_money_is_real(app):
    def offered(mode: str) -> list[str]:
        with app.test_request_context(), app.app_context():
            return [field.name for field in forms.endpoint_form(stripe, mode).setting_fields()]

    assert offered("live") == ["setting_api_key", "setting_account", "setting_fees"]
    assert offered("test") == ["setting_api_key", "setting_account", "setting_fees", "setting_api_base"]


@pytest.mark.parametrize(("kind", "has"), [(stripe, True), (sandbox, False)])
def test_a_form_forgets_the_secrets_that_were_typed_and_some_have_none(app, kind: ModuleType, has: bool):
    with app.test_request_context(method="POST", data={"name": "main", "secret": SECRET}):
        form: Any = forms.endpoint_form(kind, "test")
        form.forget_secrets()
        assert ("secret" in form) is has
        assert not has or form.secret.data == ""


def test_a_manual_begins_at_its_first_heading():
    read = manual._read("A service: takes cards.\n\nA word before.\n\nSet it up\n\n1. Do this.\n\n2. And that.")
    assert read.summary == "Takes cards."
    assert [section.title for section in read.sections] == ["Set it up"]
    assert "A word before" not in str(read.sections)
    assert "And that" in str(read.sections[0].html)


def test_a_look_up_that_would_tell_nothing_any_more_asks_nobody_for_a_key(desk):
    desk.send(event("refund.created", refund("re_1", "ch_1", 100, created=CREATED), created=CREATED))
    with desk.database.reading() as session:
        (lacking,) = asked.keyless(session)
    assert (lacking.endpoint.name, lacking.event_count, lacking.home_count, lacking.fee_count) == ("main", 1, 0, 0)
    body = charge("ch_1", 1_000, created=CREATED, campaign="newsroom")
    desk.send(event("charge.succeeded", body, created=CREATED))
    desk.drain()
    with desk.database.reading() as session:
        assert asked.keyless(session) == []
