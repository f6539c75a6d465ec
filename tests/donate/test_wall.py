"""The wall of thanks: names by consent, words once staff have read them, and a sum that is the bar's."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from campaigns.audit import AuditEntry
from campaigns.campaign.models import Campaign, Period
from campaigns.donate import wall
from campaigns.donate.models import DonationIntent
from campaigns.ledger.models import Donation
from tests.bed.cast import Cast, post
from tests.bed.console import traveller
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event, refund

__all__ = ["traveller"]


@pytest.fixture
def desk(database, settings, traveller) -> Desk:
    desk = Desk(database, settings)
    desk.campaign()
    desk.endpoint()
    return desk


def give(desk, number: int, amount: int, *, back: int = 0, **donor) -> str:
    """A gift of which `back` was given back, with what the donor wrote; its key."""
    name = f"ch_{number}"
    body = charge(name, amount, created=CREATED, campaign="newsroom")
    desk.send(event("charge.succeeded", body, created=CREATED))
    if back:
        desk.send(event("refund.created", refund(f"re_{number}", name, back, created=CREATED), created=CREATED))
    with desk.database.writing() as session:
        found = desk.donation(name)
        session.execute(update(Donation).where(Donation.id == found.id).values(**donor))
    return str(found.key)


def shown(desk, *, limit: int = wall.SHOWN_MAX) -> wall.Wall:
    with desk.database.reading() as session:
        return wall.wall(session, 1, session.scalars(select(Period.starts_at)).first(), limit=limit)


def test_a_name_needs_consent_and_words_need_staff(desk, client, app):
    give(desk, 1, 1_000, donor_name="Ada L.", donor_message="Go <b>on</b>!", show_name=True)
    give(desk, 2, 2_000, donor_name="Grace Secret", donor_message="hidden words", show_name=False)
    page = client.get("/c/newsroom").get_data(as_text=True)
    assert "Ada L." in page
    assert "Go &lt;b&gt;on" not in page
    assert "Grace Secret" not in page
    assert "hidden words" not in page
    assert "1 gift without a name" in page
    editor = Cast(app, desk.database).client("editor")
    listed = editor.get("/console/messages").get_data(as_text=True)
    (key,) = re.findall(r'name="donation" value="(\w+)"', listed)
    assert post(editor, "/console/messages", {"donation": key, "verdict": "shown"}).status_code == 303
    assert "Go &lt;b&gt;on&lt;/b&gt;!" in client.get("/c/newsroom").get_data(as_text=True)
    post(editor, "/console/messages", {"donation": key, "verdict": "hidden"})
    page = client.get("/c/newsroom").get_data(as_text=True)
    assert "Ada L." not in page
    assert "2 gifts without a name" in page
    with desk.database.reading() as session:
        acts = session.scalars(select(AuditEntry.action).filter_by(thing="donation")).all()
    assert acts == ["shown", "hidden"]


def test_a_change_on_the_wall_is_another_version_of_the_page(desk, client, app):
    key = give(desk, 1, 1_000, donor_name="Ada", donor_message="Words", show_name=True)
    first = client.get("/c/newsroom").headers["ETag"]
    assert client.get("/c/newsroom", headers={"If-None-Match": first}).status_code == 304
    with desk.database.writing() as session:
        wall.decide(session, [key], "shown", now=desk.now)
    assert client.get("/c/newsroom", headers={"If-None-Match": first}).status_code == 200


def test_what_somebody_gives_in_honour_of_is_words_too(desk, client):
    key = give(desk, 1, 1_000, donor_name="Ada", show_name=True)
    with desk.database.writing() as session:
        donation = session.scalars(select(Donation)).one()
        donation.intent_ref_id = donation.ref_id
        made = {"campaign_id": 1, "way": "stripe", "amount_minor": 1_000, "currency": "USD", "frequency": "once"}
        made |= {"ref_id": donation.ref_id, "language": "en", "tribute": "Grace H.", "created_at": desk.now}
        session.add(DonationIntent(key="k", click="c", status="open", cover_minor=0, failure_count=0, **made))
    assert "Grace H." not in client.get("/c/newsroom").get_data(as_text=True)
    with desk.database.writing() as session:
        wall.decide(session, [key], "shown", now=desk.now)
    assert "Grace H." in client.get("/c/newsroom").get_data(as_text=True)


def test_only_the_newest_are_shown_and_the_rest_is_summed(desk):
    for number in range(5):
        give(desk, number, 1_000 + number, donor_name=f"Donor {number}", show_name=True)
    made = shown(desk, limit=2)
    assert (len(made.lines), made.more_count, made.total_minor) == (2, 3, desk.raised())


def test_staff_can_do_without_a_wall(desk, client):
    give(desk, 1, 1_000, donor_name="Ada L.", show_name=True)
    with desk.database.writing() as session:
        session.execute(update(Campaign).values(donor_wall=False))
    assert "Ada L." not in client.get("/c/newsroom").get_data(as_text=True)


GIFTS = st.lists(
    st.tuples(
        st.integers(100, 10_000),
        st.sampled_from([0, 1, 50, "all"]),
        st.booleans(),
        st.sampled_from([None, "", "Ada", "Zoë B."]),
        st.sampled_from([None, "shown", "hidden"]),
    ),
    max_size=8,
)


@given(gifts=GIFTS, limit=st.integers(0, 4))
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_its_lines_add_up_to_the_bar_whatever_was_given_back(desk, gifts, limit):
    for number, (amount, back, consents, name, verdict) in enumerate(gifts):
        gone = amount if back == "all" else back
        unique = len(desk.totals()) * 1_000 + number + desk.raised() * 10
        donor = {"donor_name": name, "show_name": consents, "wall_status": verdict}
        give(desk, unique, amount, back=gone, **donor)
    made = shown(desk, limit=limit)
    assert made.total_minor == desk.raised()
    assert all(line.amount_minor > 0 and line.name for line in made.lines)
    assert not any(line.message for line in made.lines)
