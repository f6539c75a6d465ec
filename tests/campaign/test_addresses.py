"""A campaign answers under its slug and its aliases, each of them given once."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from campaigns.campaign import addresses, lifecycle
from campaigns.errors import Conflict, Invalid, NotFound
from tests.campaign.cast import NOW, draft, published


def test_an_address_is_given_once(session: Session) -> None:
    campaign = draft(session)
    lifecycle.add_alias(session, campaign, "news", now=NOW)
    for slug in ("newsroom", "news"):
        with pytest.raises(Invalid, match="taken"):
            draft(session, slug)
        with pytest.raises(Invalid, match="taken"):
            lifecycle.add_alias(session, campaign, slug, now=NOW)


def test_of_two_who_take_an_address_at_once_the_second_is_told(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = draft(session, "first"), draft(session, "second")
    with monkeypatch.context() as looked_up_too_early:
        looked_up_too_early.setattr(addresses, "by_slug", lambda *_: None)
        with pytest.raises(Invalid, match="taken"):
            draft(session, "first")
        with pytest.raises(Invalid, match="taken"):
            lifecycle.edit(session, second, slug="first", now=NOW)
    assert set(lifecycle.list_campaigns(session)) == {first, second}
    assert second.slug == "second"


def test_a_campaign_is_found_by_its_address_and_its_aliases(session: Session) -> None:
    campaign = published(session)
    lifecycle.add_alias(session, campaign, "news", now=NOW)
    assert lifecycle.find(session, "newsroom") == (campaign, False)
    assert lifecycle.find(session, "news") == (campaign, True)


@pytest.mark.parametrize("slug", ["nowhere", "", "null\x00", "NEWSROOM", "x" * 10_000])
def test_an_unknown_address_is_not_found(session: Session, slug: str) -> None:
    published(session)
    with pytest.raises(NotFound):
        lifecycle.find(session, slug)


def test_the_address_and_currency_change_while_a_draft_only(session: Session) -> None:
    campaign = draft(session)
    lifecycle.edit(session, campaign, slug="newsroom-2027", currency="eur", now=NOW)
    assert (campaign.slug, campaign.currency) == ("newsroom-2027", "EUR")
    lifecycle.publish(session, campaign, now=NOW)
    lifecycle.edit(session, campaign, slug="newsroom-2027", currency="EUR", title="Same", now=NOW)
    with pytest.raises(Conflict, match="alias"):
        lifecycle.edit(session, campaign, slug="other", now=NOW)
    with pytest.raises(Conflict, match="fixed"):
        lifecycle.edit(session, campaign, currency="USD", now=NOW)


def test_a_draft_renamed_to_a_taken_address_keeps_its_own(session: Session) -> None:
    draft(session, "first")
    second = draft(session, "second")
    with pytest.raises(Invalid, match="taken"):
        lifecycle.edit(session, second, slug="first", now=NOW)
    assert lifecycle.by_slug(session, "second") is second


def test_the_currency_stays_once_money_was_counted(session: Session) -> None:
    campaign = draft(session)
    lifecycle.period_for(session, campaign, NOW, now=NOW)
    with pytest.raises(Conflict, match="counted"):
        lifecycle.edit(session, campaign, currency="EUR", now=NOW)
