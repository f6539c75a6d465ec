"""What moving a total sets off: milestones, goals and restated periods, told once, with what they were."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from campaigns.audit import record
from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign, Milestone, Period
from campaigns.ledger import home, posting, refs, totals
from campaigns.ledger.hinting import HintKey
from campaigns.ledger.models import MilestoneReached
from campaigns.ledger.statement import Evidence
from campaigns.outbox.models import OutboxMessage
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import Json, charge, checkout, event, intent, refund


def paid(charge_id: str, amount: int, campaign: str | None = "newsroom", created: int = CREATED) -> Json:
    return event("charge.succeeded", charge(charge_id, amount, created=created, campaign=campaign), created=CREATED)


def promises(desk: Desk, kind: str) -> list[OutboxMessage]:
    with desk.database.reading() as session:
        return list(session.scalars(select(OutboxMessage).filter_by(type=kind).order_by(OutboxMessage.id)))


def reached(desk: Desk) -> list[tuple[Any, ...]]:
    """(amount, whether it was announced, when) of each milestone that was reached."""
    with desk.database.reading() as session:
        wanted = select(Milestone.amount_minor, MilestoneReached.announced, MilestoneReached.reached_at)
        found = wanted.join(MilestoneReached, MilestoneReached.milestone_id == Milestone.id)
        return [
            tuple(row) for row in session.execute(found.order_by(Milestone.amount_minor, MilestoneReached.period_id))
        ]


def set_milestones(desk: Desk, *steps: tuple[int, str]) -> None:
    with desk.database.writing() as session:
        campaign = session.get_one(Campaign, 1)
        lifecycle.set_milestones(session, campaign, steps, now=desk.now)
        totals.note_milestones(session, campaign, now=desk.now)


def test_a_milestone_that_is_reached_is_promised_with_all_about_it(desk):
    desk.send(paid("ch_1", 250_000))
    (promise,) = promises(desk, "milestone.reached")
    with desk.database.reading() as session:
        period_id = session.scalars(select(Period.id)).one()
        milestone = session.scalars(select(Milestone).filter_by(amount_minor=250_000)).one()
    assert promise.key == f"milestone.reached:{period_id}:{milestone.id}"
    assert promise.payload == {
        "campaign": 1,
        "period": period_id,
        "milestone": milestone.id,
        "amount_minor": 250_000,
        "label": "Servers paid",
    }
    assert (promise.created_at, promise.due_at, promise.attempt_count) == (desk.now, desk.now, 0)
    assert promises(desk, "campaign.goal_reached") == []
    assert reached(desk) == [(250_000, True, desk.now)]


def test_the_highest_milestone_is_the_goal_and_promised_as_such_too(desk):
    desk.send(paid("ch_1", 500_000))
    first, last = promises(desk, "milestone.reached")
    (goal,) = promises(desk, "campaign.goal_reached")
    assert (first.payload["amount_minor"], last.payload["amount_minor"]) == (250_000, 500_000)
    assert goal.payload == last.payload
    assert goal.key == last.key.replace("milestone.reached", "campaign.goal_reached")


def test_a_milestone_that_staff_put_below_what_is_raised_is_reached_and_not_announced(desk):
    desk.send(paid("ch_1", 100_000))
    desk.later(hours=1)
    set_milestones(desk, (100_000, "Now"), (100_001, "Not yet"), (500_000, "Two reporters"))
    assert reached(desk) == [(100_000, False, desk.now)]
    assert promises(desk, "milestone.reached") == []
    desk.send(paid("ch_2", 1))
    assert [row[:2] for row in reached(desk)] == [(100_000, False), (100_001, True)]
    assert [one.payload["label"] for one in promises(desk, "milestone.reached")] == ["Not yet"]


def test_what_staff_added_is_noted_in_each_period_by_what_was_raised_in_it(desk):
    desk.send(paid("ch_1", 100_000))
    desk.later(days=40)
    desk.send(paid("ch_2", 50_000, created=int(desk.now.timestamp())))
    set_milestones(desk, (60_000, "Rent"), (40_000, "Coffee"), (500_000, "Two reporters"))
    assert [row[:2] for row in reached(desk)] == [(40_000, False), (40_000, False), (60_000, False)]


def test_a_milestone_that_was_taken_away_is_not_reached(desk):
    set_milestones(desk, (500_000, "Two reporters"))
    desk.send(paid("ch_1", 300_000))
    assert reached(desk) == []


def test_a_closed_period_says_what_it_was_and_is_and_each_time_anew(desk):
    desk.send(paid("ch_1", 1_000))
    (period,) = desk.totals()
    desk.later(days=40)
    assert promises(desk, "period.restated") == []
    for number in (1, 2):
        back = refund(f"re_{number}", "ch_1", 100, created=CREATED)
        desk.send(event("refund.created", back, created=CREATED))
    first, second = promises(desk, "period.restated")
    said = {"period": period.period_id, "campaign": 1}
    assert first.payload == said | {"before": 1_000, "after": 900}
    assert second.payload == said | {"before": 900, "after": 800}
    assert first.key.startswith(f"period.restated:{period.period_id}:")
    assert first.key != second.key
    assert (first.due_at, desk.totals()[0].updated_at) == (desk.now, desk.now)


def test_a_period_is_closed_from_its_very_end(desk):
    desk.send(paid("ch_1", 1_000))
    with desk.database.reading() as session:
        ends_at = session.scalars(select(Period.ends_at)).one()
    assert ends_at is not None
    desk.now = ends_at
    desk.send(event("refund.created", refund("re_1", "ch_1", 100, created=CREATED), created=CREATED))
    assert len(promises(desk, "period.restated")) == 1


def taken_in(desk: Desk) -> tuple[int, Evidence]:
    """How many donations found a home by an act of staff, and the act."""
    with desk.database.writing() as session:
        act = record(session, staff_id=None, action="create", thing="campaign", thing_id=2)
        evidence = Evidence("staff", act.id, act.detail_sha256)
        key = desk.settings.secret_key
        return posting.take_in_named(session, evidence=evidence, now=desk.now, secret_key=key), evidence


def test_a_new_campaign_takes_all_that_named_it_and_nothing_else(desk, monkeypatch):
    monkeypatch.setattr(posting, "AT_ONCE_MAX", 1)
    for number in range(3):
        desk.send(paid(f"ch_{number}", 1_000, campaign="roof"))
    desk.send(paid("ch_7", 500, campaign="cellar"))
    desk.send(paid("ch_8", 70, campaign=None))
    desk.send(paid("ch_9", 9))
    desk.campaign("roof")
    found, evidence = taken_in(desk)
    assert found == 3
    assert (desk.raised("roof"), desk.raised()) == (3_000, 9)
    moved = [entry for entry in desk.entries("ch_1") if entry.kind == "transfer"]
    assert [(one.evidence_kind, one.evidence_id) for one in moved] == [("staff", evidence.id)] * 2
    assert desk.check().findings == ()


def test_a_draft_that_changes_its_currency_takes_the_money_that_it_could_not_count_before(desk):
    with desk.database.writing() as session:
        steps = [(100, "Tiles")]
        made = lifecycle.create(session, slug="roof", title="Roof", currency="EUR", now=desk.now, milestones=steps)
        campaign_id = made.id
    desk.send(paid("ch_1", 1_000, campaign="roof"))
    assert desk.donation("ch_1").unassigned_reason == "currency"
    with desk.database.writing() as session:
        lifecycle.edit(session, session.get_one(Campaign, campaign_id), now=desk.now, currency="USD")
    assert taken_in(desk)[0] == 1
    assert desk.raised("roof") == 1_000


def test_what_is_stored_of_links_and_hints_is_read_back(desk):
    desk.send(paid("ch_1", 1_000, campaign=None))
    desk.send(event("payment_intent.succeeded", intent("ch_1", 1_000, created=CREATED, campaign=None), created=CREATED))
    told = checkout("ch_1", 1_000, created=CREATED, campaign="newsroom")
    desk.send(event("checkout.session.completed", told, created=CREATED))
    ref_id = desk.donation("ch_1").ref_id
    with desk.database.reading() as session:
        away = refs.upward(session, ref_id)
        hint = home.strongest_hint(session, ref_id)
        assert sorted(away.values()) == [0, 1, 2]
        assert away[ref_id] == 0
        (farthest,) = [one for one, distance in away.items() if distance == 2]
        assert refs.downward(session, [farthest]) == set(away)
        assert refs.downward(session, [ref_id]) == {ref_id}
        assert hint == HintKey(farthest, 3, "newsroom")
        assert home.strongest_hint(session, 999) is None
