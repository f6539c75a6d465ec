"""Attack mode from the console: switched by editors, seen by everybody who works there, felt by every press."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from campaigns import clock
from campaigns.audit import AuditEntry
from campaigns.donate import attack
from campaigns.ledger.models import Donation
from tests.bed.cast import Cast, post
from tests.bed.desk import Desk
from tests.donate.pressing import Desk as Pressing

PAGE = "/console/protection"
NOTICE = "<strong>Attack mode is on</strong>"


@pytest.fixture
def desk(database, settings) -> Desk:
    made = Desk(database, settings, now=clock.now())
    made.campaign()
    return made


@pytest.fixture
def cast(app, desk) -> Cast:
    return Cast(app, desk.database)


def is_on(desk) -> bool:
    with desk.database.reading() as session:
        return attack.is_under_attack(session)


def test_an_editor_switches_it_on_and_off_and_both_are_written_down(desk, cast):
    editor = cast.client("editor")
    assert NOTICE not in editor.get("/console/campaigns").get_data(as_text=True)
    assert post(editor, f"{PAGE}/begin").location == PAGE
    assert is_on(desk)
    assert NOTICE in cast.client("viewer").get("/console/campaigns").get_data(as_text=True)
    assert "Attack mode is on" in editor.get(PAGE).get_data(as_text=True)
    assert post(editor, f"{PAGE}/end").location == PAGE
    assert not is_on(desk)
    with desk.database.reading() as session:
        acts = session.scalars(select(AuditEntry).where(AuditEntry.thing == "protection")).all()
    assert [(act.action, act.staff_id) for act in acts] == [
        ("begin_attack_mode", cast.staff("editor").id),
        ("end_attack_mode", cast.staff("editor").id),
    ]


def test_switching_what_is_so_already_changes_nothing_and_writes_nothing(desk, cast):
    editor = cast.client("editor")
    for _ in range(2):
        post(editor, f"{PAGE}/begin")
    with desk.database.reading() as session:
        assert len(session.scalars(select(AuditEntry).where(AuditEntry.thing == "protection")).all()) == 1


def test_a_viewer_sees_how_it_stands_and_is_offered_no_switch(desk, cast):
    page = cast.client("viewer").get(PAGE).get_data(as_text=True)
    assert "Attack mode is off" in page
    assert f"{PAGE}/begin" not in page
    assert f"{PAGE}/begin" in cast.client("editor").get(PAGE).get_data(as_text=True)


def test_the_page_tells_how_many_checkouts_led_to_gifts(app, desk, cast):
    pressing = Pressing(desk.database, desk.settings, app.extensions["tidemark-counters"])
    with desk.database.writing() as session:
        for number in range(3):
            intent = pressing.begin(session)
            intent.opened_at = clock.now()
            if number == 0:
                gift = Donation(key="given", ref_id=intent.ref_id, intent_ref_id=intent.ref_id, amount_minor=5_000)
                gift.counted_minor, gift.created_at, gift.updated_at = 5_000, clock.now(), clock.now()
                session.add(gift)
        assert attack.opened_since(session, desk.now.replace(year=2000)) == (3, 1)
    page = cast.client("viewer").get(PAGE).get_data(as_text=True)
    assert '<dd>3<span class="aside">1 of them led to a gift</span></dd>' in page


def test_a_proxy_that_is_not_believed_is_told(desk, cast):
    client = cast.client("viewer")
    assert "TIDEMARK_TRUSTED_PROXIES" not in client.get(PAGE).get_data(as_text=True)
    told = client.get(PAGE, headers={"X-Forwarded-For": "93.184.216.34"}).get_data(as_text=True)
    assert "TIDEMARK_TRUSTED_PROXIES" in told
