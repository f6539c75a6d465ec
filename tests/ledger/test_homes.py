"""Where money belongs when what names its campaign changes under it: a further address, a currency, a later hint."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.campaign import lifecycle
from campaigns.ledger import home, refs
from campaigns.ledger.hinting import HintKey
from campaigns.ledger.models import Donation
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, checkout, event, intent


def paid(desk: Desk, charge_id: str = "ch_1", campaign: str | None = "newsroom", **over: Any) -> str:
    body = charge(charge_id, 900, created=CREATED, campaign=campaign, **over)
    return desk.send(event("charge.succeeded", body, created=CREATED))


def test_a_further_address_of_the_same_campaign_moves_nothing(desk):
    paid(desk, campaign=None)
    desk.send(
        event(
            "checkout.session.completed", checkout("ch_1", 900, created=CREATED, campaign="newsroom"), created=CREATED
        )
    )
    with desk.database.writing() as session:
        campaign = lifecycle.by_slug(session, "newsroom")
        assert campaign is not None
        lifecycle.add_alias(session, campaign, "desk", now=desk.now)
    before, moves = desk.donation("ch_1"), len(desk.entries("ch_1"))
    desk.send(event("payment_intent.succeeded", intent("ch_1", 900, created=CREATED, campaign="desk"), created=CREATED))
    after = desk.donation("ch_1")
    assert (after.campaign_id, after.period_id) == (before.campaign_id, before.period_id)
    assert (before.home_rank, after.home_rank) == (3, 2)
    assert len(desk.entries("ch_1")) == moves
    assert desk.raised() == 900


def test_a_draft_whose_currency_changed_before_its_period_was_ours_does_not_take_the_money(desk, monkeypatch):
    genuine = lifecycle.period_for

    def changed_meanwhile(session: Any, campaign: Any, *arguments: Any, **options: Any) -> Any:
        period = genuine(session, campaign, *arguments, **options)
        campaign.currency = "EUR"
        return period

    with monkeypatch.context() as patched, desk.database.writing() as session:
        patched.setattr(lifecycle, "period_for", changed_meanwhile)
        donation = Donation(occurred_at=desk.now, currency="USD")
        found = home.find(session, donation, HintKey(1, 2, "newsroom"), now=desk.now)
        session.rollback()
    assert found == home.Home(None, None, 2, "currency")


def test_a_chain_of_links_is_followed_eight_steps_and_a_ring_ends():
    links = refs.Links()
    for ref_id in range(12):
        assert links.add(ref_id, ref_id + 1)
    assert links.upward(0) == {ref_id: ref_id for ref_id in range(9)}
    assert links.downward([12]) == set(range(4, 13))
    assert links.add(3, 0)
    assert links.upward(0) == {ref_id: ref_id for ref_id in range(9)}
    assert links.upward(3) == {3: 0, 0: 1, 4: 1, 1: 2, 5: 2, 2: 3, 6: 3, 7: 4, 8: 5, 9: 6, 10: 7, 11: 8}


def test_nothing_is_linked_to_itself_or_twice():
    links = refs.Links()
    assert not links.add(1, 1)
    assert links.add(1, 2)
    assert not links.add(1, 2)
    assert links.ids() == {1, 2}
    assert refs.Links().ids() == set()


@pytest.mark.parametrize(
    ("occurred", "hint", "reason"),
    [
        (False, HintKey(1, 2, "newsroom"), "no_payment"),
        (True, None, "no_hint"),
        (True, HintKey(1, 0, home.SET_ASIDE), "set_aside"),
        (True, HintKey(1, 2, "nowhere"), "unknown_campaign"),
    ],
)
def test_money_without_a_home_says_why_and_who_decided(desk, occurred, hint, reason):
    with desk.database.writing() as session:
        donation = Donation(occurred_at=desk.now if occurred else None, currency="USD")
        found = home.find(session, donation, hint, now=desk.now)
    assert found == home.Home(None, None, hint.rank if hint and occurred else None, reason)
    assert reason in home.REASONS
