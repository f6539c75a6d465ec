"""The tokens of readers' forms: signed, for one form of one campaign, for some hours, without a cookie."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from campaigns import clock
from campaigns.settings import Settings
from campaigns.web import tokens
from campaigns.web.tokens import StaleForm
from tests.bed.databases import SECRET_KEY


@pytest.fixture
def settings() -> Settings:
    return Settings(secret_key=SECRET_KEY, mode="test")


def test_a_token_is_for_its_form_and_its_campaign(settings):
    given = tokens.token(settings, "donate:newsroom")
    tokens.check(settings, "donate:newsroom", given)
    for other in ("donate:roof", "sandbox:newsroom", "donate", "donate:newsroom ", ""):
        with pytest.raises(StaleForm):
            tokens.check(settings, other, given)


def test_a_token_of_another_installation_is_worth_nothing(settings):
    other = Settings(secret_key="another-" + "k" * 40, mode="test")
    with pytest.raises(StaleForm):
        tokens.check(settings, "donate:newsroom", tokens.token(other, "donate:newsroom"))


def test_a_token_lasts_for_hours_and_not_for_ever(settings):
    given, now = tokens.token(settings, "donate:newsroom"), clock.now()
    with time_machine.travel(now + timedelta(seconds=tokens.TOKEN_SECONDS_MAX - 5)):
        tokens.check(settings, "donate:newsroom", given)
    with time_machine.travel(now + timedelta(seconds=tokens.TOKEN_SECONDS_MAX + 5)), pytest.raises(StaleForm):
        tokens.check(settings, "donate:newsroom", given)


@pytest.mark.parametrize("given", [None, "", "x", "é", "\u0000", "a.b.c", "W10.aaaa.bbbb", "." * 100, "x" * 100_000])
def test_what_is_no_token_is_refused_in_words(settings, given):
    with pytest.raises(StaleForm) as refused:
        tokens.check(settings, "donate:newsroom", given)
    assert "reload" in refused.value.message


def test_a_token_that_was_changed_anywhere_is_refused(settings):
    given = tokens.token(settings, "donate:newsroom")
    for place in range(len(given) - 1):  # the last character of base64 may hold bits that mean nothing
        changed = given[:place] + ("A" if given[place] != "A" else "B") + given[place + 1 :]
        with pytest.raises(StaleForm):
            tokens.check(settings, "donate:newsroom", changed)
