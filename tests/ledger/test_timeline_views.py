"""The life of a donation in the console: what happened, when, by which evidence, and what it was worth afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from campaigns.inbox import look_ups, testimony
from campaigns.inbox.models import LookUpAnswer
from campaigns.ledger import dossier, home
from campaigns.ledger.models import HomeHint
from campaigns.ledger.timeline import Step, Timeline
from tests.bed.cast import email_of, post
from tests.bed.desk import CREATED, Desk
from tests.bed.looking import page_of
from tests.bed.stripe_events import dispute, event, intent, refund
from tests.bed.told import give
from tests.fakes.stripe.server import FakeStripe
from tests.fakes.stripe.world import World

pytestmark = pytest.mark.usefixtures("traveller")


def life(desk: Desk, ref: str = "ch_1") -> Timeline:
    donation = desk.donation(ref)
    with desk.database.reading() as session:
        tellings = testimony.about(session, donation, desk.settings)
        return dossier.dossier(session, donation, tellings).timeline


def told(steps: list[Step]) -> list[tuple[str, int, int | None]]:
    return [(step.kind, step.amount_minor, step.net_minor) for step in steps]


def page_about(desk: Desk, cast, ref: str = "ch_1", who: str = "viewer") -> str:
    return page_of(cast.client(who), f"/console/donations/{desk.donation(ref).key}")


def send(desk: Desk, kind: str, thing: dict[str, object], at: int) -> int:
    message = event(kind, thing, created=at)
    desk.send(message)
    return desk.event(message["id"]).id


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    with FakeStripe(World(seed=7, now=int(Desk.now.timestamp()) - 600)) as started:
        yield started


def test_a_whole_life_is_told_in_order_with_what_it_was_worth_after_each_step(desk, cast):
    give(desk, "ch_1", 5_000, status="pending")
    arrived = give(desk, "ch_1", 5_000)
    hour = 3_600
    send(desk, "refund.created", refund("re_1", "ch_1", 1_500, created=CREATED + hour), CREATED + hour)
    failed = refund("re_1", "ch_1", 1_500, created=CREATED + hour, status="failed")
    send(desk, "refund.failed", failed, CREATED + 2 * hour)
    moves = {"txn_1": -5_000}
    taken = dispute("dp_1", "ch_1", 5_000, "needs_response", moves, created=CREATED + 3 * hour)
    withdrawn = send(desk, "charge.dispute.funds_withdrawn", taken, CREATED + 3 * hour)
    won = dispute("dp_1", "ch_1", 5_000, "won", {"txn_2": 5_000}, created=CREATED + 4 * hour)
    send(desk, "charge.dispute.funds_reinstated", won, CREATED + 4 * hour)
    steps = [step for step in life(desk).steps if step.kind != "fee"]
    assert told(steps) == [
        ("promised", 5_000, None),
        ("donation", 5_000, 5_000),
        ("refund", -1_500, 3_500),
        ("refund_failed", 1_500, 5_000),
        ("dispute", -5_000, 0),
        ("dispute_reversal", 5_000, 5_000),
    ]
    assert [step.evidence for step in steps][1] == ("event", arrived)
    assert [step.evidence for step in steps][4] == ("event", withdrawn)
    page = page_about(desk, cast)
    in_order = (
        "Heard of: money on its way",
        "Money arrived for Newsroom",
        "The payment itself names it.",
        "Refunded",
        "The refund failed, the money is back",
        "Taken back by a dispute",
        "Won back from a dispute",
    )
    places = [page.index(words, page.index("What happened")) for words in in_order]
    assert places == sorted(places)
    for figure in ("Given</dt><dd>$50", "Refunded</dt><dd>$15", "Refunds that failed</dt><dd>$15"):
        assert figure in page
    for figure in (
        "Disputed</dt><dd>$50",
        "Won back</dt><dd>$50",
        "Fees</dt><dd>$15",
        'Counts now</dt><dd class="lead">$50',
    ):
        assert figure in page


def test_a_promise_that_never_came_true_says_so(desk, cast):
    give(desk, "ch_1", status="pending")
    page = page_about(desk, cast)
    assert "Pending</dt><dd>$25" in page
    give(desk, "ch_1", status="failed")
    assert [step.kind for step in life(desk).steps] == ["promised", "gone"]
    assert "It never arrived" in page_about(desk, cast)


def test_messages_that_changed_nothing_are_told_apart(desk, cast):
    give(desk, "ch_1")
    twin = give(desk, "ch_1")
    assert [telling.id for telling in life(desk).idle] == [twin]
    page = page_about(desk, cast)
    assert "1 message that changed nothing" in page
    assert page.count(f"/console/webhooks/{twin}") == 1


def test_a_move_says_from_where_to_where_and_why(desk, cast, traveller):
    desk.campaign("winter")
    give(desk, "ch_1", campaign=None)
    named_by_intent = send(
        desk, "payment_intent.succeeded", intent("ch_1", 2_500, created=CREATED, campaign="winter"), CREATED
    )
    named = give(desk, "ch_1", campaign="newsroom")
    traveller.shift(1)
    post(cast.client("editor"), f"/console/donations/{desk.donation('ch_1').key}/assign", {"campaign": "winter"})
    moves = [step for step in life(desk).steps if step.kind == "moved"]
    newsroom, winter = 1, 2
    assert [(step.from_id, step.to_id) for step in moves] == [(None, winter), (winter, newsroom), (newsroom, winter)]
    assert [step.evidence for step in moves[:2]] == [("event", named_by_intent), ("event", named)]
    assert [step.why for step in moves][1:] == ["The payment itself names it.", "Staff decided it."]
    page = page_about(desk, cast)
    for words in ("Moved from no campaign to Winter", "Moved from Winter to Newsroom", email_of("editor")):
        assert words in page


def test_money_that_named_its_campaign_too_early_says_that_the_campaign_was_made(desk, cast):
    give(desk, "ch_1", campaign="winter")
    form = {"title": "Winter", "slug": "winter", "currency": "USD", "goal": "100", "language": "en", "timezone": "UTC"}
    form |= {"repeat": "none", "first_day": "1", "first_month": "1", "weekday": "1", "month_day": "1"}
    answer = post(cast.client("editor"), "/console/campaigns/create", form)
    assert answer.status_code == 303, re.findall(r'class="error"[^>]*>([^<]+)', answer.get_data(as_text=True))
    (move,) = [step for step in life(desk).steps if step.kind == "moved"]
    assert move.why == "The campaign that it names was made, or got this name."


def test_what_an_answer_told_leads_to_the_answer(database, settings, fake, app, traveller):
    from tests.bed.cast import Cast

    desk = Desk(database, settings)
    desk.campaign()
    desk.endpoint(api_key="rk_test_reader", api_base=fake.url)
    charge_id = fake.world.pay(amount=5_000, campaign="newsroom")
    fake.world.refund(charge_id, 2_000)
    desk.send(next(one for one in fake.world.events if one["type"] == "charge.refunded"))
    desk.later(seconds=45)
    look_ups.ask_due(database, settings, now=desk.now)
    (step,) = [step for step in life(desk, charge_id).steps if step.kind == "refund"]
    kind, answer_id = step.evidence
    assert kind == "lookup"
    viewer = Cast(app, database).client("viewer")
    page = page_of(viewer, f"/console/donations/{desk.donation(charge_id).key}")
    assert f"/console/webhooks/look_ups/answers/{answer_id}" in page
    with database.reading() as session:
        look_up_id = session.get_one(LookUpAnswer, answer_id).look_up_id
    answer = viewer.get(f"/console/webhooks/look_ups/answers/{answer_id}")
    assert (answer.status_code, answer.location) == (303, f"/console/webhooks/look_ups/{look_up_id}#answer-{answer_id}")


def test_what_is_still_asked_for_is_told_below(desk, cast):
    give(desk, "ch_1", balance_transaction="txn_9")
    page = page_about(desk, cast)
    assert "The fee in txn_9 at Stripe" in page
    assert "waits for a key: no api_key" in page


def test_of_what_was_said_the_nearest_comes_first_as_it_decides(desk):
    give(desk, "ch_1", campaign=None)
    send(desk, "payment_intent.succeeded", intent("ch_1", 2_500, created=CREATED + 60, campaign="far"), CREATED + 60)
    with desk.database.writing() as session:  # both of one rank, the farther one said later
        (hint,) = session.scalars(select(HomeHint)).all()
        near = HomeHint(ref_id=desk.donation("ch_1").ref_id, rank=hint.rank, campaign_slug="near", stated_at=desk.now)
        near.stated_at, near.evidence_kind, near.evidence_id = hint.stated_at.replace(year=2020), "event", 1
        session.add(near)
    donation = desk.donation("ch_1")
    with desk.database.reading() as session:
        said = dossier.dossier(session, donation).said
        decides = home.strongest_hint(session, donation.ref_id)
    assert [one.hint.campaign_slug for one in said] == ["near", "far"]
    assert decides is not None
    assert decides.campaign_slug == "near"


def test_a_message_that_cannot_be_read_any_more_does_not_hide_the_others(desk, cast, monkeypatch):
    from campaigns.providers import stripe
    from campaigns.providers.contract import Unreadable

    give(desk, "ch_1")

    def forgetful(_body, _endpoint):
        raise Unreadable("a word we have forgotten")

    monkeypatch.setattr(stripe, "read", forgetful)
    assert told(life(desk).steps) == [("donation", 2_500, 2_500)]
    assert "Money arrived for Newsroom" in page_about(desk, cast)


def test_a_viewer_sees_no_address_on_the_way(desk, cast):
    give(desk, "ch_1")
    assert "ada@example.org" not in page_about(desk, cast)
    assert "ada@example.org" in page_about(desk, cast, who="editor")


def test_a_message_about_two_payments_tells_each_only_its_own(desk):
    from campaigns.ledger.timeline import Telling, timeline
    from campaigns.providers.contract import Pending, Reading

    give(desk, "ch_1", status="pending")
    donation = desk.donation("ch_1")
    both = [Pending(ref, 2_500, "USD", desk.now, over=False) for ref in ("ch_other", "ch_1")]
    telling = Telling("event", 1, "charge.pending", "processed", desk.now, desk.now, Reading(pendings=tuple(both)))
    found = timeline(donation, (), [telling], (), {}, frozenset())
    assert told(found.steps) == [("promised", 2_500, None)]


def test_what_came_in_another_currency_adds_nothing_to_the_figures(desk, cast):
    give(desk, "ch_1", 5_000)
    send(desk, "refund.created", refund("re_1", "ch_1", 700, created=CREATED, currency="eur"), CREATED)
    steps = life(desk).steps
    assert told(steps) == [("donation", 5_000, 5_000), ("refund", -700, None)]
    page = page_about(desk, cast)
    assert "Refunded</dt>" not in page
    assert "−€7" in page
    assert "now $50" in page
