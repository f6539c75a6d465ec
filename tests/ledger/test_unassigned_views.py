"""The console's pages about money that needs a person: unassigned donations, and what asks for attention."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from campaigns.audit import AuditEntry
from campaigns.ledger import dossier
from campaigns.ledger.models import Attention, HomeHint
from tests.bed.cast import post
from tests.bed.desk import CREATED
from tests.bed.looking import page_of
from tests.bed.stripe_events import charge, event, refund
from tests.bed.told import counted_by_check, give

pytestmark = pytest.mark.usefixtures("traveller")


def test_unassigned_money_is_summed_by_currency_and_says_why_it_is_there(desk, cast):
    give(desk, "ch_1", 2_500, campaign=None)
    give(desk, "ch_2", 4_000, campaign="newsrom")
    give(desk, "ch_3", 3_000, campaign="newsroom", currency="eur")
    give(desk, "ch_4", 900, campaign=None)
    desk.send(event("refund.created", refund("re_4", "ch_4", 900, created=CREATED), created=CREATED))
    page = page_of(cast.client("viewer"), "/console/unassigned")
    for told in ("$65", "2 donations", "€30", "1 donation", "Nothing says which campaign it is for."):
        assert told in page
    assert "It names “newsrom”, and there is no such campaign." in page
    assert "counts in USD and this is in EUR" in page
    assert desk.donation("ch_4").key not in page  # given back: nothing to decide


def test_several_are_assigned_at_once_each_proven_by_its_own_act(desk, cast):
    for number in range(3):
        give(desk, f"ch_{number}", 1_000, campaign=None)
    keys = [desk.donation(f"ch_{number}").key for number in (2, 0)]
    editor = cast.client("editor")
    answer = post(editor, "/console/unassigned/assign", {"donation": keys, "campaign": "newsroom"})
    assert "2 donations moved to Newsroom." in page_of(editor, answer.location)
    assert counted_by_check(desk) == 2_000
    assert [d.campaign_id is None for d in map(desk.donation, ("ch_0", "ch_1", "ch_2"))] == [False, True, False]
    with desk.database.reading() as session:
        for ref in ("ch_0", "ch_2"):
            acts = {
                session.get_one(AuditEntry, e.evidence_id).thing_id for e in desk.entries(ref) if e.kind == "transfer"
            }
            assert acts == {desk.donation(ref).id}


def test_what_is_in_another_currency_stays_and_says_so(desk, cast):
    give(desk, "ch_usd", 1_000, campaign=None)
    give(desk, "ch_eur", 3_000, campaign=None, currency="eur")
    editor = cast.client("editor")
    keys = [desk.donation(ref).key for ref in ("ch_usd", "ch_eur")]
    answer = post(editor, "/console/unassigned/assign", {"donation": keys, "campaign": "newsroom"})
    page = page_of(editor, answer.location)
    assert "1 donation moved to Newsroom." in page
    assert "1 donation stays unassigned (€30): Newsroom counts in USD only." in page
    assert counted_by_check(desk) == 1_000
    with desk.database.reading() as session:  # staff's word would stand above all that is told later
        assert [(hint.rank, hint.campaign_slug) for hint in session.scalars(select(HomeHint))] == [(1, "newsroom")]
    give(desk, "ch_eur", 3_000, campaign="berlin", currency="eur")
    desk.campaign("berlin", currency="EUR")
    give(desk, "ch_eur", 3_000, campaign="berlin", currency="eur")
    assert desk.raised("berlin") == 3_000


def test_what_was_set_aside_is_folded_away_and_no_longer_waits(desk, cast, traveller):
    give(desk, "ch_1", 1_000, campaign=None)
    key = desk.donation("ch_1").key
    editor = cast.client("editor")
    post(editor, "/console/unassigned/assign", {"donation": key, "set_aside": "1"})
    page = page_of(editor, "/console/unassigned")
    assert "Everything has a home" in page
    assert "Set aside</h2>" in page
    assert key in page
    assert "waiting</span>" not in page  # the navigation counts nothing
    traveller.shift(1)
    post(editor, "/console/unassigned/assign", {"donation": key, "campaign": "newsroom"})
    assert counted_by_check(desk) == 1_000


def test_what_found_a_home_meanwhile_is_left_alone(desk, cast):
    desk.campaign("winter")
    give(desk, "ch_1", 1_000, campaign="winter")
    editor = cast.client("editor")
    key = desk.donation("ch_1").key
    answer = post(editor, "/console/unassigned/assign", {"donation": key, "campaign": "newsroom"})
    assert "had found a home meanwhile" in page_of(editor, answer.location)
    assert (desk.raised("newsroom"), desk.raised("winter")) == (0, 1_000)


@pytest.mark.parametrize("form", [{}, {"campaign": "newsroom"}, {"donation": "nobody", "campaign": "newsroom"}])
def test_an_assignment_of_nothing_says_so(desk, cast, form):
    editor = cast.client("editor")
    answer = post(editor, "/console/unassigned/assign", form)
    assert "Choose at least one donation first." in page_of(editor, answer.location)


def test_an_assignment_to_no_campaign_changes_nothing(desk, cast):
    give(desk, "ch_1", 1_000, campaign=None)
    editor = cast.client("editor")
    answer = post(editor, "/console/unassigned/assign", {"donation": desk.donation("ch_1").key, "campaign": ""})
    assert "Choose a campaign first." in page_of(editor, answer.location)
    with desk.database.reading() as session:
        assert session.scalars(select(HomeHint)).all() == []


def test_a_reversal_without_its_payment_is_told_apart(desk, cast):
    desk.send(event("refund.created", refund("re_1", "ch_unknown", 700, created=CREATED), created=CREATED))
    page = page_of(cast.client("viewer"), "/console/unassigned")
    assert "Everything has a home" in page
    assert "Reversals without their payment" in page
    assert "ch_unknown" in page


def test_nothing_to_attend_to_is_said_plainly(desk, cast):
    assert "All is well" in page_of(cast.client("viewer"), "/console/attention")


def test_money_told_in_two_ways_is_shown_until_somebody_settles_it(desk, cast):
    give(desk, "ch_1", 8_000)
    give(desk, "ch_1", 8_100)
    editor = cast.client("editor")
    page = page_of(editor, "/console/attention")
    assert "ch_1 stands in the ledger as donation of $80; now it is told as donation of $81." in page
    with desk.database.reading() as session:
        (row,) = session.scalars(select(Attention)).all()
    url = f"/console/attention/{row.id}/resolve"
    assert "Settled." in page_of(editor, post(editor, url).location)
    page = page_of(editor, "/console/attention")
    assert "All is well" in page
    assert "Settled lately" in page
    assert "This was settled already." in page_of(editor, post(editor, url).location)
    with desk.database.reading() as session:
        acts = session.scalars(select(AuditEntry).filter_by(action="resolve")).all()
    assert [(act.thing, act.thing_id) for act in acts] == [("attention", row.id)]


def test_messages_that_failed_or_wait_too_long_and_endpoints_gone_astray_are_shown(desk, cast, traveller):
    desk.endpoint("astray")
    strange = charge("ch_3", 5, created=CREATED, status="dreaming")
    desk.send(event("charge.succeeded", strange, created=CREATED))
    body = charge("ch_1", 8_000, created=CREATED, campaign="newsroom", refunded=3_000)
    desk.send(event("charge.refunded", body, created=CREATED))
    desk.send(
        {**event("charge.succeeded", charge("ch_2", 5, created=CREATED), created=CREATED), "livemode": True}, "astray"
    )
    page = page_of(cast.client("viewer"), "/console/attention")
    assert "Messages nobody could read" in page
    assert "dreaming" in page
    assert "Waiting for more than an hour" not in page
    assert "Stripe / astray" in page
    traveller.shift(timedelta(hours=1, seconds=1))
    page = page_of(cast.client("viewer"), "/console/attention")
    assert "Waiting for more than an hour" in page
    assert "was refunded $30 in all, and refunds of $0 have been told" in page


def test_viewers_see_no_buttons_and_may_not_act(desk, cast):
    give(desk, "ch_1", 1_000, campaign=None)
    viewer, key = cast.client("viewer"), desk.donation("ch_1").key
    for url in ("/console/unassigned", f"/console/donations/{key}"):
        assert "/assign" not in page_of(viewer, url)
    for url in (f"/console/donations/{key}/assign", "/console/unassigned/assign", "/console/attention/1/resolve"):
        assert post(viewer, url, {"donation": key, "campaign": "newsroom"}).status_code == 403
    assert desk.raised() == 0


def test_a_form_without_its_token_or_from_another_site_changes_nothing(desk, cast):
    give(desk, "ch_1", 1_000, campaign=None)
    editor, key = cast.client("editor"), desk.donation("ch_1").key
    form = {"donation": key, "campaign": "newsroom"}
    assert editor.post("/console/unassigned/assign", data=form).status_code == 400
    elsewhere = post(editor, "/console/unassigned/assign", form, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 400
    assert desk.raised() == 0


def test_what_does_not_exist_cannot_be_settled(desk, cast):
    assert post(cast.client("editor"), "/console/attention/9/resolve").status_code == 404


def test_what_was_set_aside_names_no_campaign(desk, cast):
    give(desk, "ch_1", 1_000, campaign=None)
    post(cast.client("editor"), "/console/unassigned/assign", {"donation": desk.donation("ch_1").key, "set_aside": "1"})
    with desk.database.reading() as session:
        assert dossier.named(session, [desk.donation("ch_1")]) == {}
