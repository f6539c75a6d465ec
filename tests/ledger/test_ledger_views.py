"""The console's pages about donations: the register, and one donation with the form that moves it."""

from __future__ import annotations

import pytest

from campaigns.audit import AuditEntry
from campaigns.ledger import register
from tests.bed.cast import email_of, post
from tests.bed.desk import CREATED
from tests.bed.looking import page_of
from tests.bed.stripe_events import dispute, event, refund
from tests.bed.told import counted_by_check, give, named

pytestmark = pytest.mark.usefixtures("traveller")

# -- the register ------------------------------------------------------------------------------------------------------


def test_a_donation_is_listed_with_what_it_gave_and_what_it_counts(desk, cast):
    give(desk, "ch_1", 5_000)
    desk.send(event("refund.created", refund("re_1", "ch_1", 1_500, created=CREATED), created=CREATED))
    page = page_of(cast.client("viewer"), "/console/donations")
    for told in ("Ada Reader", "$50", "$35", "Newsroom", "Stripe", "Refunded in part"):
        assert told in page


def test_a_donor_without_a_name_is_anonymous(desk, cast):
    give(desk, "ch_1", billing_details=named(None))
    assert "Anonymous" in page_of(cast.client("viewer"), "/console/donations")


@pytest.mark.parametrize(
    ("state", "refs"),
    [
        ("counted", ["ch_disputed_part", "ch_part", "ch_plain"]),
        ("refunded_part", ["ch_part"]),
        ("refunded", ["ch_full"]),
        ("disputed", ["ch_disputed_part"]),
        ("pending", ["ch_pending"]),
        ("unassigned", ["ch_homeless"]),
        ("nonsense", ["ch_disputed_part", "ch_full", "ch_homeless", "ch_part", "ch_pending", "ch_plain"]),
    ],
)
def test_each_state_lists_its_donations(desk, cast, state, refs):
    for ref in ("ch_plain", "ch_part", "ch_full", "ch_disputed_part"):
        give(desk, ref)
    give(desk, "ch_homeless", campaign=None)
    give(desk, "ch_pending", status="pending")
    desk.send(event("refund.created", refund("re_1", "ch_part", 100, created=CREATED), created=CREATED))
    desk.send(event("refund.created", refund("re_2", "ch_full", 2_500, created=CREATED), created=CREATED))
    taken = dispute("dp_1", "ch_disputed_part", 500, "needs_response", {"txn_1": -500}, created=CREATED)
    desk.send(event("charge.dispute.created", taken, created=CREATED))
    page = page_of(cast.client("viewer"), f"/console/donations?state={state}")
    with desk.database.reading() as session:
        wanted = register.Wanted(state=state if state != "nonsense" else None)
        lines = register.listed(session, wanted).lines
    assert sorted(line.donation.ref.ref for line in lines) == refs
    assert all(f"/console/donations/{line.donation.key}" in page for line in lines)
    assert page.count('<a href="/console/donations/') == len(refs)


def test_the_register_shows_one_campaign_when_asked(desk, cast):
    desk.campaign("winter")
    give(desk, "ch_1", campaign="newsroom", billing_details=named("Ada"))
    give(desk, "ch_2", campaign="winter", billing_details=named("Bert"))
    page = page_of(cast.client("viewer"), "/console/donations?campaign=winter")
    assert "Bert" in page
    assert ">Ada<" not in page


@pytest.mark.parametrize("text", ["jOyce", "ch_2", "pi_2", "re_2"])
def test_a_donation_is_found_by_name_and_by_the_id_of_anything_about_it(desk, cast, text):
    give(desk, "ch_1", billing_details=named("Ada"))
    give(desk, "ch_2", billing_details=named("James Joyce"))
    desk.send(event("refund.created", refund("re_2", "ch_2", 100, created=CREATED), created=CREATED))
    page = page_of(cast.client("viewer"), f"/console/donations?q={text}")
    assert "James Joyce" in page
    assert ">Ada<" not in page


def test_only_editors_find_a_donor_by_e_mail_and_see_it(desk, cast):
    give(desk, "ch_1")
    page = f"/console/donations/{desk.donation('ch_1').key}"
    for who, allowed in (("viewer", False), ("editor", True)):
        client = cast.client(who)
        assert ("Ada Reader" in page_of(client, "/console/donations?q=ADA@example")) is allowed
        assert ("ada@example.org" in page_of(client, page)) is allowed


@pytest.mark.parametrize("text", ["%", "_", "'", "\\", "\x00zzz", "é" * 300, "-1"])
def test_a_search_takes_any_text_literally(desk, cast, text):
    give(desk, "ch_1")
    answer = cast.client("viewer").get("/console/donations", query_string={"q": text})
    assert answer.status_code == 200
    assert b"Ada Reader" not in answer.data


def test_pages_follow_each_other_without_gap_or_repetition_while_donations_arrive(desk):
    for number in range(11):
        give(desk, f"ch_{number:02}", at=CREATED - number // 3)  # several at one instant
    seen: list[str] = []
    with desk.database.reading() as session:
        page = register.listed(session, register.Wanted(), limit=4)
    seen += [line.donation.ref.ref for line in page.lines]
    assert page.newer is None
    give(desk, "ch_new", at=CREATED + 60)
    while page.older is not None:
        with desk.database.reading() as session:
            page = register.listed(session, register.Wanted(), before=page.older, limit=4)
        seen += [line.donation.ref.ref for line in page.lines]
    assert sorted(seen) == [f"ch_{number:02}" for number in range(11)]
    with desk.database.reading() as session:
        back = register.listed(session, register.Wanted(), after=page.newer, limit=4)
        first = register.listed(session, register.Wanted(), after=back.newer, limit=4)
    assert [line.donation.ref.ref for line in back.lines] == seen[4:8]
    assert [line.donation.ref.ref for line in first.lines] == seen[:4]
    with desk.database.reading() as session:
        newest = register.listed(session, register.Wanted(), after=first.newer, limit=4)
    assert [line.donation.ref.ref for line in newest.lines] == ["ch_new", *seen[:3]]


def test_the_newest_page_is_full_when_reached_from_below(desk):
    for number in range(6):
        give(desk, f"ch_{number}", at=CREATED - number)
    with desk.database.reading() as session:
        second = register.listed(
            session, register.Wanted(), before=register.listed(session, register.Wanted(), limit=3).older, limit=3
        )
        first = register.listed(session, register.Wanted(), after=second.newer, limit=5)
    assert [line.donation.ref.ref for line in first.lines] == [f"ch_{number}" for number in range(5)]
    assert first.newer is None


def test_a_page_beyond_an_unknown_donation_is_the_first(desk, cast):
    give(desk, "ch_1")
    assert "Ada Reader" in page_of(cast.client("viewer"), "/console/donations?before=nobody")


# -- one donation ------------------------------------------------------------------------------------------------------


def test_a_donation_tells_its_entries_their_proof_and_why_it_is_where_it_is(desk, cast):
    give(desk, "ch_1", 5_000)
    desk.send(event("refund.created", refund("re_1", "ch_1", 1_500, created=CREATED), created=CREATED))
    page = page_of(cast.client("viewer"), f"/console/donations/{desk.donation('ch_1').key}")
    for told in ("Money arrived", "+$50", "Refunded", "−$15", "re_1", "The payment itself names this campaign."):
        assert told in page
    for message in ("charge.succeeded", "refund.created"):
        assert message in page
    assert "/console/webhooks/1" in page


def test_a_donation_that_does_not_exist_is_not_found(desk, cast):
    assert cast.client("viewer").get("/console/donations/nobody").status_code == 404


def test_moving_a_donation_moves_the_totals_by_a_transfer_that_the_act_proves(desk, cast):
    desk.campaign("winter")
    give(desk, "ch_1", 5_000)
    key = desk.donation("ch_1").key
    answer = post(cast.client("editor"), f"/console/donations/{key}/assign", {"campaign": "winter"})
    assert (answer.status_code, answer.location) == (303, f"/console/donations/{key}")
    assert (desk.raised("newsroom"), desk.raised("winter")) == (0, 5_000)
    assert [(e.kind, e.amount_minor, e.evidence_kind) for e in desk.entries("ch_1")] == [
        ("donation", 5_000, "event"),
        ("transfer", -5_000, "staff"),
        ("transfer", 5_000, "staff"),
    ]
    with desk.database.reading() as session:
        act = session.get_one(AuditEntry, desk.entries("ch_1")[1].evidence_id)
    assert (act.action, act.thing, act.staff_id) == ("assign", "donation", cast.staff("editor").id)
    assert desk.check().findings == ()
    page = page_of(cast.client("viewer"), f"/console/donations/{key}")
    for told in (
        "Staff put it there by hand.",
        "Moved from Newsroom to Winter",
        "Staff decided it.",
        email_of("editor"),
    ):
        assert told in page


def test_a_donation_moved_there_and_back_is_where_it_was(desk, cast, traveller):
    desk.campaign("winter")
    give(desk, "ch_1", 5_000)
    editor, url = cast.client("editor"), f"/console/donations/{desk.donation('ch_1').key}/assign"
    for slug in ("winter", "newsroom"):
        traveller.shift(1)
        post(editor, url, {"campaign": slug})
    assert (desk.raised("newsroom"), desk.raised("winter")) == (5_000, 0)
    assert desk.check().findings == ()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"campaign": "berlin"}, "Berlin counts in EUR"),
        ({"campaign": "newsroom"}, "It is in Newsroom already."),
        ({"campaign": "nowhere"}, "Choose a campaign first."),
        ({}, "Choose a campaign first."),
    ],
)
def test_a_move_that_cannot_be_says_why_and_changes_nothing(desk, cast, form, told):
    desk.campaign("berlin", currency="EUR")
    give(desk, "ch_1", 5_000)
    editor = cast.client("editor")
    answer = post(editor, f"/console/donations/{desk.donation('ch_1').key}/assign", form)
    assert told in page_of(editor, answer.location)
    assert counted_by_check(desk) == 5_000
    assert len(desk.entries("ch_1")) == 1


def test_a_donation_set_aside_counts_nowhere_and_can_come_back(desk, cast, traveller):
    give(desk, "ch_1", 5_000)
    editor, url = cast.client("editor"), f"/console/donations/{desk.donation('ch_1').key}/assign"
    post(editor, url, {"set_aside": "1"})
    assert counted_by_check(desk) == 0
    assert desk.donation("ch_1").unassigned_reason == "set_aside"
    assert "Staff have set it aside." in page_of(editor, url.removesuffix("/assign"))
    traveller.shift(1)
    post(editor, url, {"campaign": "newsroom"})
    assert counted_by_check(desk) == 5_000
