"""What the ledger does with what it is told: each rule of money as a sentence."""

from __future__ import annotations

from sqlalchemy import select

from campaigns.audit import record
from campaigns.campaign import lifecycle
from campaigns.inbox import endpoints
from campaigns.ledger import assigning, posting
from campaigns.ledger.models import Attention, Donation, MilestoneReached, PaymentRef
from campaigns.ledger.statement import Evidence
from campaigns.outbox.models import OutboxMessage
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import Json, charge, checkout, dispute, event, intent, refund


def paid(charge_id: str, amount: int, campaign: str | None = "newsroom") -> Json:
    return event("charge.succeeded", charge(charge_id, amount, created=CREATED, campaign=campaign), created=CREATED)


def promises(desk: Desk, kind: str) -> list[OutboxMessage]:
    with desk.database.reading() as session:
        return list(session.scalars(select(OutboxMessage).filter_by(type=kind)))


def assign(desk: Desk, ref: str, slug: str) -> None:
    with desk.database.writing() as session:
        donation = session.scalars(select(Donation).join(Donation.ref).where(PaymentRef.ref == ref)).one()
        act = record(session, staff_id=None, action="assign", thing="donation", thing_id=donation.id, to=slug)
        evidence = Evidence("staff", act.id, act.detail_sha256)
        key = desk.settings.secret_key
        assigning.assign(session, [(donation, evidence)], slug, now=desk.now, secret_key=key)


def test_a_charge_raises_its_campaign(desk):
    assert desk.send(paid("ch_1", 235_500)) == "processed"
    (total,) = desk.totals()
    assert (total.raised_minor, total.donation_count, total.donor_count) == (235_500, 1, 1)


def test_the_same_event_again_and_its_twin_change_nothing(desk):
    message = paid("ch_1", 235_500)
    desk.send(message)
    assert desk.send(message) == "duplicate"
    assert desk.send(event("charge.succeeded", message["data"]["object"], created=CREATED)) == "processed"
    assert desk.raised() == 235_500
    assert len(desk.entries("ch_1")) == 1


def test_a_refund_lowers_the_period_of_its_donation(desk):
    desk.send(paid("ch_1", 235_500))
    desk.later(days=40)
    desk.send(event("refund.created", refund("re_1", "ch_1", 5_500, created=CREATED), created=CREATED))
    assert [total.raised_minor for total in desk.totals()] == [230_000]


def test_a_refund_before_its_charge_takes_effect_when_the_charge_comes(desk):
    desk.send(event("refund.created", refund("re_1", "ch_1", 5_500, created=CREATED), created=CREATED))
    assert desk.raised() == 0
    desk.send(paid("ch_1", 235_500))
    assert desk.raised() == 230_000
    assert desk.check().findings == ()


def test_a_failed_refund_gives_back_exactly_what_it_took_in_any_order(desk):
    desk.send(paid("ch_1", 1_000))
    failed = refund("re_1", "ch_1", 400, created=CREATED, status="failed")
    desk.send(event("refund.failed", failed, created=CREATED))
    desk.send(event("refund.created", refund("re_1", "ch_1", 400, created=CREATED), created=CREATED))
    assert desk.raised() == 1_000
    assert [entry.key for entry in desk.entries("ch_1")] == ["ch_1", "re_1", "re_1:failed"]


def test_the_cumulative_figure_is_never_booked_and_waits_for_its_parts(desk):
    desk.send(paid("ch_1", 1_000))
    body = charge("ch_1", 1_000, created=CREATED, campaign="newsroom", refunded=700)
    summed = event("charge.refunded", body, created=CREATED)
    assert desk.send(summed) == "queued"
    assert desk.raised() == 1_000
    assert "refunded $7 in all" in (desk.event(summed["id"]).reason or "")
    desk.send(event("refund.created", refund("re_1", "ch_1", 200, created=CREATED), created=CREATED))
    assert desk.drain() == {"queued": 1}
    desk.send(event("refund.created", refund("re_2", "ch_1", 500, created=CREATED), created=CREATED))
    assert desk.drain() == {"processed": 1}
    assert desk.raised() == 300


def test_a_refund_and_a_dispute_of_the_same_money_do_not_sink_the_bar_twice(desk):
    desk.send(paid("ch_1", 1_000))
    desk.send(paid("ch_2", 500))
    desk.send(event("refund.created", refund("re_1", "ch_1", 1_000, created=CREATED), created=CREATED))
    lost = dispute("dp_1", "ch_1", 1_000, "lost", {"txn_1": -1_000}, created=CREATED)
    desk.send(event("charge.dispute.closed", lost, created=CREATED))
    assert desk.raised() == 500
    assert desk.donation("ch_1").net_minor == -1_000
    with desk.database.reading() as session:
        assert session.scalars(select(Attention.kind)).all() == ["overshoot"]


def test_a_won_dispute_comes_back_and_an_inquiry_moves_nothing(desk):
    desk.send(paid("ch_1", 1_000))
    inquiry = dispute("dp_0", "ch_1", 1_000, "warning_needs_response", {}, created=CREATED)
    desk.send(event("charge.dispute.created", inquiry, created=CREATED))
    assert desk.raised() == 1_000
    opened = dispute("dp_1", "ch_1", 1_000, "needs_response", {"txn_1": -1_000}, created=CREATED)
    desk.send(event("charge.dispute.created", opened, created=CREATED))
    assert desk.raised() == 0
    won = dispute("dp_1", "ch_1", 1_000, "won", {"txn_1": -1_000, "txn_2": 1_000}, created=CREATED)
    desk.send(event("charge.dispute.closed", won, created=CREATED))
    assert desk.raised() == 1_000


def test_pending_money_stands_beside_until_it_is_paid(desk):
    body = charge("ch_1", 700, created=CREATED, campaign="newsroom", status="pending")
    pending = event("charge.pending", body, created=CREATED)
    desk.send(pending)
    assert (desk.raised(), desk.pending()) == (0, 700)
    desk.send(paid("ch_1", 700))
    desk.send(event("charge.pending", pending["data"]["object"], created=CREATED))
    assert (desk.raised(), desk.pending()) == (700, 0)


def test_pending_money_that_fails_is_gone_even_if_it_was_told_first(desk):
    for kind, status in (("charge.failed", "failed"), ("charge.pending", "pending")):
        body = charge("ch_1", 700, created=CREATED, campaign="newsroom", status=status)
        desk.send(event(kind, body, created=CREATED))
    assert (desk.raised(), desk.pending()) == (0, 0)


def test_an_authorisation_is_pending_until_it_is_captured(desk):
    held = charge("ch_1", 900, created=CREATED, campaign="newsroom", captured=False)
    desk.send(event("charge.succeeded", held, created=CREATED))
    assert (desk.raised(), desk.pending()) == (0, 900)
    taken = {**charge("ch_1", 900, created=CREATED, campaign="newsroom"), "amount_captured": 600}
    desk.send(event("charge.captured", taken, created=CREATED))
    assert (desk.raised(), desk.pending()) == (600, 0)


def test_money_without_a_hint_is_unassigned_and_counted_nowhere(desk):
    assert desk.send(paid("ch_1", 1_000, campaign=None)) == "unassigned"
    assert desk.raised() == 0
    assert desk.donation("ch_1").unassigned_reason == "no_hint"


def test_a_later_hint_moves_the_donation_by_a_pair_of_transfers(desk):
    desk.send(paid("ch_1", 1_000, campaign=None))
    desk.send(event("refund.created", refund("re_1", "ch_1", 100, created=CREATED), created=CREATED))
    told = checkout("ch_1", 1_000, created=CREATED, campaign="newsroom")
    desk.send(event("checkout.session.completed", told, created=CREATED))
    assert desk.raised() == 900
    moves = [(e.amount_minor, e.campaign_id is None) for e in desk.entries("ch_1") if e.kind == "transfer"]
    assert moves == [(-900, True), (900, False)]
    assert desk.check().findings == ()


def test_a_better_hint_wins_whenever_it_comes_and_staffs_hand_beats_them_all(desk):
    desk.campaign("roof")
    desk.campaign("server")
    told = checkout("ch_1", 1_000, created=CREATED, campaign="roof")
    desk.send(event("checkout.session.completed", told, created=CREATED))
    desk.send(paid("ch_1", 1_000, campaign=None))
    assert (desk.raised("roof"), desk.raised("newsroom")) == (1_000, 0)
    desk.send(
        event("payment_intent.succeeded", intent("ch_1", 1_000, created=CREATED, campaign="newsroom"), created=CREATED)
    )
    assert (desk.raised("roof"), desk.raised("newsroom")) == (0, 1_000)
    assign(desk, "ch_1", "server")
    body = charge("ch_1", 1_000, created=CREATED, campaign="newsroom")
    desk.send(event("charge.updated", body, created=CREATED + 99))
    assert (desk.raised("roof"), desk.raised("newsroom"), desk.raised("server")) == (0, 0, 1_000)
    desk.send(event("refund.created", refund("re_1", "ch_1", 250, created=CREATED), created=CREATED))
    assert desk.raised("server") == 750
    assert desk.check().findings == ()


def test_a_named_but_unknown_campaign_never_falls_through_to_the_default(desk):
    desk.endpoint("shop", campaign="newsroom")
    desk.send(paid("ch_1", 1_000, campaign="nope"), "shop")
    desk.send(paid("ch_2", 300, campaign=None), "shop")
    assert desk.donation("ch_1").unassigned_reason == "unknown_campaign"
    assert desk.raised() == 300


def test_money_in_another_currency_is_unassigned_with_the_reason(desk):
    body = charge("ch_1", 1_000, created=CREATED, campaign="newsroom", currency="eur")
    assert desk.send(event("charge.succeeded", body, created=CREATED)) == "unassigned"
    assert desk.donation("ch_1").unassigned_reason == "currency"
    assert desk.raised() == 0


def test_a_campaign_made_later_takes_the_money_that_named_it(desk):
    desk.send(paid("ch_1", 1_000, campaign="roof"))
    desk.campaign("roof")
    with desk.database.writing() as session:
        act = record(session, staff_id=None, action="create", thing="campaign", thing_id=2)
        found = posting.find_homes(
            session,
            [desk.donation("ch_1").id],
            evidence=Evidence("staff", act.id, act.detail_sha256),
            now=desk.now,
            secret_key=desk.settings.secret_key,
        )
    assert (found, desk.raised("roof")) == (1, 1_000)
    assert desk.check().findings == ()


def test_events_of_the_other_mode_and_of_other_accounts_are_stored_and_count_nowhere(desk):
    live = {**paid("ch_1", 1_000), "livemode": True}
    foreign = {**paid("ch_2", 1_000), "account": "acct_other"}
    assert [desk.send(live), desk.send(foreign)] == ["ignored", "ignored"]
    assert desk.raised() == 0
    assert desk.event(live["id"]).status == "ignored"


def test_the_instant_of_the_charge_decides_its_period_in_the_campaigns_zone(database, settings):
    desk = Desk(database, settings)
    desk.endpoint()
    desk.campaign(starts_at=desk.now.replace(month=9, day=1))
    last_of_october = int(desk.now.replace(month=10, day=31, hour=22, minute=59).timestamp())
    for number, created in enumerate((last_of_october, last_of_october + 60)):
        body = charge(f"ch_{number}", 100 + number, created=created, campaign="newsroom")
        desk.send(event("charge.succeeded", body, created=CREATED))
    assert [total.raised_minor for total in desk.totals()] == [100, 101]


def test_late_money_of_a_closed_period_is_told_and_announces_nothing(database, settings):
    desk = Desk(database, settings)
    desk.endpoint()
    desk.campaign(starts_at=desk.now.replace(month=9, day=1))
    october = int(desk.now.replace(month=10, day=10).timestamp())
    body = charge("ch_1", 600_000, created=october, campaign="newsroom")
    desk.send(event("charge.succeeded", body, created=CREATED))
    assert [p.payload["after"] for p in promises(desk, "period.restated")] == [600_000]
    assert promises(desk, "milestone.reached") == []
    with desk.database.reading() as session:
        assert session.scalars(select(MilestoneReached.announced)).all() == [False, False]


def test_a_milestone_is_announced_once_whatever_sinks_and_rises_again(desk):
    desk.send(paid("ch_1", 240_000))
    assert promises(desk, "milestone.reached") == []
    desk.send(paid("ch_2", 20_000))
    desk.send(event("refund.created", refund("re_1", "ch_2", 20_000, created=CREATED), created=CREATED))
    desk.send(paid("ch_3", 20_000))
    assert [p.payload["label"] for p in promises(desk, "milestone.reached")] == ["Servers paid"]
    desk.send(paid("ch_4", 300_000))
    assert len(promises(desk, "milestone.reached")) == 2
    assert len(promises(desk, "campaign.goal_reached")) == 1


def test_the_same_key_with_another_amount_is_kept_and_shown_to_a_person(desk):
    desk.send(paid("ch_1", 1_000))
    desk.send(paid("ch_1", 9_000))
    assert desk.raised() == 1_000
    with desk.database.reading() as session:
        found = session.scalars(select(Attention)).one()
    assert found.kind == "entry_conflict"
    assert "$90" in found.detail


def test_one_person_giving_twice_is_one_donor_until_both_gifts_are_gone(desk):
    for number in (1, 2):
        desk.send(paid(f"ch_{number}", 1_000))
    (total,) = desk.totals()
    assert (total.donation_count, total.donor_count) == (2, 1)
    for number, left in ((1, (1, 1)), (2, (0, 0))):
        body = refund(f"re_{number}", f"ch_{number}", 1_000, created=CREATED)
        desk.send(event("refund.created", body, created=CREATED))
        (total,) = desk.totals()
        assert (total.donation_count, total.donor_count) == left


def set_default(desk: Desk, slug: str) -> None:
    with desk.database.writing() as session:
        endpoint = endpoints.find(session, "stripe", "shop")
        endpoint.campaign_id = lifecycle.find(session, slug)[0].id


def test_a_changed_default_speaks_of_new_payments_only(desk):
    desk.campaign("autumn")
    desk.endpoint("shop", campaign="newsroom")
    desk.send(paid("ch_1", 1_000, campaign=None), "shop")
    set_default(desk, "autumn")
    desk.send(event("refund.created", refund("re_1", "ch_1", 100, created=CREATED), created=CREATED), "shop")
    desk.send(paid("ch_2", 500, campaign=None), "shop")
    assert (desk.raised(), desk.raised("autumn")) == (900, 500)


def test_events_that_wait_for_the_same_part_do_not_wake_each_other_for_ever(desk):
    desk.send(paid("ch_1", 1_000))
    body = charge("ch_1", 1_000, created=CREATED, campaign="newsroom", refunded=700)
    waiting = [event(kind, body, created=CREATED) for kind in ("charge.refunded", "charge.updated")]
    for message in waiting:
        assert desk.send(message) == "queued"
    for _ in range(5):
        desk.drain()
    assert [desk.event(message["id"]).attempt_count for message in waiting] == [1, 1]


def test_a_draft_keeps_all_its_money_in_the_period_it_is_published_with(desk):
    months = [int(desk.now.replace(month=month, day=10).timestamp()) for month in (9, 10)]
    with desk.database.writing() as session:
        lifecycle.create(
            session,
            slug="roof",
            title="Roof",
            currency="USD",
            now=desk.now.replace(month=9, day=1),
            milestones=[(500_000, "Goal")],
            repeat="monthly",
            timezone="Europe/Berlin",
        )
    for number, created in enumerate(months):
        body = charge(f"ch_{number}", 1_000, created=created, campaign="roof")
        desk.send(event("charge.succeeded", body, created=CREATED))
    with desk.database.writing() as session:
        lifecycle.publish(session, lifecycle.find(session, "roof")[0], now=desk.now)
    assert [total.raised_minor for total in desk.totals("roof")] == [2_000]
    assert desk.check().findings == ()
