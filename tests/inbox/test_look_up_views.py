"""Look-ups in the console: what a message waits for, what a key would tell, what was answered, asking again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from campaigns import clock
from campaigns.inbox import asked, attending, look_ups
from campaigns.inbox.models import LookUp, LookUpAnswer, WebhookEvent
from campaigns.ledger.models import Attention
from tests.bed.cast import Cast, post
from tests.bed.desk import CREATED, Desk
from tests.bed.looking import page_of
from tests.bed.stripe_events import charge, event
from tests.bed.told import give
from tests.fakes.stripe.server import FakeStripe
from tests.fakes.stripe.world import World

pytestmark = pytest.mark.usefixtures("traveller")


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    with FakeStripe(World(seed=7, now=int(Desk.now.timestamp()) - 600)) as started:
        yield started


def waits_for_a_refund(desk: Desk, ref: str = "ch_1") -> int:
    message = event("charge.refunded", charge(ref, 8_000, created=CREATED, refunded=3_000), created=CREATED)
    desk.send(message)
    return desk.event(message["id"]).id


def only_look_up(desk: Desk, purpose: str = "parts") -> LookUp:
    with desk.database.reading() as session:
        return session.scalars(select(LookUp).filter_by(purpose=purpose)).one()


def test_a_message_says_what_it_waits_for(desk, cast):
    page = page_of(cast.client("viewer"), f"/console/webhooks/{waits_for_a_refund(desk)}")
    assert "Waits for</h3>" in page
    assert "Charge ch_1 at Stripe" in page
    assert "waits for a key: no api_key" in page


def test_what_a_key_would_tell_is_said_where_it_can_be_given(desk, cast):
    waits_for_a_refund(desk)
    waits_for_a_refund(desk, "ch_2")
    give(desk, "ch_3", campaign=None, balance_transaction="txn_3")
    give(desk, "ch_4", campaign="newsroom")  # says itself where it belongs
    said = (
        "With an api_key for endpoint stripe/main Tidemark could ask Stripe for the parts that 2 messages wait for, "
        "where 3 payments belong and the fees of 1 payment."
    )
    admin = cast.client("admin")
    for url in ("/console/attention", "/console/endpoints/stripe/main"):
        assert said in " ".join(page_of(admin, url).split()), url
    with desk.database.reading() as session:
        assert attending.count(session, now=desk.now) == 0  # advice is no alarm
    give(desk, "ch_3", campaign="newsroom", balance_transaction="txn_3")
    assert "where 2 payments belong" in page_of(admin, "/console/attention")


def test_a_key_makes_what_waits_due_and_is_never_shown(desk, cast):
    waits_for_a_refund(desk)
    assert only_look_up(desk).due_at is None
    admin, url = cast.client("admin"), "/console/endpoints/stripe/main"
    answer = post(admin, f"{url}/set_setting", {"setting": "api_key", "value": "rk_test_secret"})
    page = page_of(admin, answer.location)
    assert "made now." in page
    assert "rk_test_secret" not in page
    assert "Stored on <time" in page
    assert (only_look_up(desk).due_at, only_look_up(desk).reason) == (desk.now, None)
    assert "What a key would tell" not in page_of(admin, "/console/attention")


def test_an_answer_is_shown_whole_to_editors_only(database, settings, fake, app):
    desk = Desk(database, settings)
    desk.campaign()
    desk.endpoint(api_key="rk_test_reader", api_base=fake.url)
    cast = Cast(app, database)
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom", email="ada@example.org")
    fake.world.refund(charge_id, 2_000)
    desk.send(next(one for one in fake.world.events if one["type"] == "charge.refunded"))
    desk.later(seconds=45)
    look_ups.ask_due(database, settings, now=desk.now)
    url = f"/console/webhooks/look_ups/{only_look_up(desk).id}"
    with database.reading() as session:
        answers = session.scalars(select(LookUpAnswer)).all()
    page = page_of(cast.client("editor"), url)
    for one in answers:
        if one.look_up_id == only_look_up(desk).id:
            assert f'id="answer-{one.id}"' in page
            assert one.received_sha256 in page
    assert f"/v1/charges/{charge_id}" in page
    assert "ada@example.org" in page
    assert "Ada Reader, $50" in page
    assert "message 1</a>" in page
    viewed = page_of(cast.client("viewer"), url)
    assert "ada@example.org" not in viewed
    assert "shown to editors" in viewed


def test_one_that_failed_needs_a_person_who_asks_again_or_lets_it_be(desk, cast, traveller):
    waits_for_a_refund(desk)
    look_up = only_look_up(desk)
    with desk.database.writing() as session:
        session.execute(
            update(LookUp).where(LookUp.id == look_up.id).values(status="failed", reason="Stripe knows no such thing")
        )
    editor, url = cast.client("editor"), f"/console/webhooks/look_ups/{look_up.id}"
    page = page_of(editor, "/console/attention")
    assert "Look-ups that failed" in page
    assert "Stripe knows no such thing." in page
    assert '<span class="count">1' in page
    assert "Failed: Stripe knows no such thing." in page_of(editor, url)
    assert "asked again in a moment" in page_of(editor, post(editor, f"{url}/ask").location)
    assert (only_look_up(desk).status, only_look_up(desk).due_at) == ("waiting", clock.now())
    assert "It is due already" in page_of(editor, post(editor, f"{url}/ask").location)
    assert "It has not failed" in page_of(editor, post(editor, f"{url}/let_be").location)
    with desk.database.writing() as session:
        session.execute(update(LookUp).where(LookUp.id == look_up.id).values(status="failed"))
    assert "Settled." in page_of(editor, post(editor, f"{url}/let_be").location)
    assert only_look_up(desk).status == "unneeded"
    assert "Look-ups that failed" not in page_of(editor, "/console/attention")
    trail = page_of(editor, url)
    assert "Had it asked again" in trail
    assert "Let it be" in trail


@pytest.mark.parametrize("path", ["look_ups/9", "look_ups/answers/9", "look_ups/99999999999999999999"])
def test_what_does_not_exist_is_not_found(desk, cast, path):
    assert cast.client("viewer").get(f"/console/webhooks/{path}").status_code == 404


def test_viewers_may_look_and_not_ask(desk, cast):
    waits_for_a_refund(desk)
    viewer, url = cast.client("viewer"), f"/console/webhooks/look_ups/{only_look_up(desk).id}"
    assert "Ask again" not in page_of(viewer, url)
    for verb in ("ask", "let_be"):
        assert post(viewer, f"{url}/{verb}").status_code == 403


# -- the number beside Attention ---------------------------------------------------------------------------------------


def test_the_number_beside_attention_counts_all_that_needs_a_person(desk, cast, traveller):
    waits_for_a_refund(desk)
    give(desk, "ch_2", status="dreaming")
    give(desk, "ch_3", 8_000)
    give(desk, "ch_3", 8_100)
    viewer = cast.client("viewer")
    assert '<span class="count">2' in page_of(viewer, "/console/attention")  # one failed, one told in two ways
    traveller.shift(timedelta(hours=1, seconds=1))
    page = page_of(viewer, "/console/attention")
    assert '<span class="count">3' in page
    assert "Charge ch_1 at Stripe</a>: waits for a key: no api_key." in page
    assert "<strong>3</strong> things need attention" in page_of(viewer, "/console/campaigns")


def test_the_number_stops_at_ninety_nine(desk, cast):
    with desk.database.writing() as session:
        for number in range(120):
            session.add(Attention(kind="overshoot", subject=f"{number}", detail="much", created_at=desk.now))
    with desk.database.reading() as session:
        assert attending.count(session, now=desk.now) == attending.COUNTED_MAX
    assert '<span class="count">99+' in page_of(cast.client("viewer"), "/console/attention")


def test_a_message_that_nobody_reads_says_that_the_worker_is_not_running(desk, cast, traveller):
    desk.store(event("charge.succeeded", charge("ch_1", 100, created=CREATED), created=CREATED))
    traveller.shift(timedelta(hours=2))
    assert "the background worker is not running" in page_of(cast.client("viewer"), "/console/attention")
    with desk.database.reading() as session:
        assert session.scalars(select(WebhookEvent.status)).one() == "received"
        assert asked.failed(session) == []
