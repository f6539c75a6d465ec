"""Patreon over the whole way: snapshots of any age in any order, an API that is asked, and a bar that is exact."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.crypto import Sealer
from campaigns.errors import Conflict
from campaigns.inbox import asked, endpoints, look_ups, proof
from campaigns.inbox.models import WebhookEvent
from campaigns.ledger import check, rebuild
from campaigns.ledger.models import Attention, Donation, RoutingRule
from tests.bed.desk import NOW, Desk
from tests.fakes.patreon.server import CLIENT_ID, CLIENT_SECRET, SECRET, FakePatreon, sign


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as made:
        yield made


@pytest.fixture
def fake(traveller) -> Iterator[FakePatreon]:
    def tick() -> datetime:
        traveller.shift(timedelta(minutes=1))
        return clock.now()

    with FakePatreon() as made:
        made.now, made.tick = NOW, tick
        yield made


def connect(desk: Desk, fake: FakePatreon, *, with_key: bool = True, **more: str) -> Desk:
    keys = {"access_token": fake.token, "refresh_token": fake.refresh} if with_key else {}
    keys |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} if with_key else {}
    sealer, mode = Sealer(desk.settings.secret_key), desk.settings.mode
    with desk.database.writing() as session:
        made = endpoints.create(
            session,
            provider="patreon",
            name="main",
            secrets=[SECRET],
            settings={"currency": "USD", "api_base": fake.url, **keys, **more},
            campaign=lifecycle.by_slug(session, "newsroom"),
            sealer=sealer,
            mode=mode,
            now=desk.now,
        )
        asked.after_making(session, made, sealer=sealer, mode=mode, now=desk.now)
    return desk


def deliver(client, body: bytes, trigger: str = "members:update") -> str:
    headers = sign(body, trigger=trigger)
    answer = client.post("/webhooks/patreon/main", data=body, headers=headers, content_type="application/json")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return str(answer.get_json()["status"])


def work(desk: Desk, traveller: time_machine.Traveller, rounds: int = 4) -> None:
    """The worker, over some hours; afterwards the ledger is whole."""
    for _ in range(rounds):
        traveller.shift(timedelta(minutes=20))
        desk.now = clock.now()
        desk.drain()
        look_ups.ask_due(desk.database, desk.settings, now=desk.now)
        desk.drain()
    traveller.shift(timedelta(seconds=1))
    with desk.database.reading() as session:
        assert check.check(session, proof.reader(session, desk.settings)).findings == ()


def waiting(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        found = select(WebhookEvent.status).where(WebhookEvent.status.not_in(("processed", "ignored")))
        return list(session.scalars(found))


def gifts(desk: Desk) -> list[tuple[int, datetime | None]]:
    with desk.database.reading() as session:
        rows = select(Donation.net_minor, Donation.occurred_at).order_by(Donation.occurred_at)
        return [(net, at) for net, at in session.execute(rows)]


def test_each_payment_of_a_member_is_a_gift_on_the_day_it_was_charged(desk, client, fake, traveller):
    connect(desk, fake)
    member = fake.join()
    assert deliver(client, fake.snapshot(member), "members:pledge:create") == "processed"
    assert desk.raised() == 0  # a promise of 999 dollars, and nothing paid
    deliver(client, fake.charge(member, 500))
    deliver(client, fake.charge(member, 700))
    assert [(net, at) for net, at in gifts(desk)] == [(500, member.charges[0].at), (700, member.charges[1].at)]
    assert desk.raised() == 1200
    work(desk, traveller)
    assert not waiting(desk)


def test_the_unsigned_trigger_decides_nothing(desk, client, fake, traveller):
    connect(desk, fake)
    body = fake.charge(fake.join(), 500)
    assert deliver(client, body, "members:pledge:delete") == "processed"
    assert deliver(client, body, "members:pledge:create") == "duplicate"
    assert desk.raised() == 500


def test_a_flood_of_old_snapshots_changes_nothing(desk, client, fake, traveller):
    connect(desk, fake)
    member = fake.join()
    old = [fake.snapshot(member), *(fake.charge(member, 100 * step) for step in range(1, 6))]
    deliver(client, old[-1])
    assert desk.raised() == 1500
    random.Random(7).shuffle(old)
    for body in old:
        deliver(client, body)
    work(desk, traveller)
    assert desk.raised() == 1500
    assert not waiting(desk)


def test_a_fall_counts_once_patreon_was_asked_and_takes_from_the_newest_gift(desk, client, fake, traveller):
    connect(desk, fake)
    member = fake.join()
    deliver(client, fake.charge(member, 500))
    deliver(client, fake.charge(member, 700))
    before = fake.snapshot(member)
    assert deliver(client, fake.refund(member, 900)) == "queued"
    assert desk.raised() == 1200
    work(desk, traveller)
    assert desk.raised() == 300
    assert [net for net, _ in gifts(desk)] == [300, 0]
    old = json.loads(before)
    old["data"]["attributes"]["note"] = "sent before the refund, and late"
    deliver(client, json.dumps(old).encode())
    work(desk, traveller)
    assert desk.raised() == 300  # it looks like a rise, and is none
    deliver(client, fake.charge(member, 900))
    assert desk.raised() == 1200  # no higher than before, and paid later
    work(desk, traveller)
    assert not waiting(desk)


def test_a_refund_that_the_figure_does_not_show_is_for_a_person(desk, client, fake, traveller):
    connect(desk, fake)
    member = fake.join()
    deliver(client, fake.charge(member, 500))
    deliver(client, fake.refund(member, 500, figure_falls=False))
    work(desk, traveller)
    with desk.database.reading() as session:
        assert [row.kind for row in session.scalars(select(Attention))] == ["refund_unseen"]
    assert desk.raised() == 500


def test_without_a_token_a_refund_waits_and_an_old_snapshot_does_not(desk, client, fake, traveller):
    connect(desk, fake, with_key=False)
    member = fake.join()
    first = fake.charge(member, 500)
    deliver(client, first)
    deliver(client, fake.charge(member, 500))
    late = json.loads(first)
    late["data"]["attributes"]["note"] = "again"
    assert deliver(client, json.dumps(late).encode()) == "processed"
    assert deliver(client, fake.refund(member, 500)) == "queued"
    work(desk, traveller)
    assert desk.raised() == 1000
    with desk.database.writing() as session:
        row = endpoints.find(session, "patreon", "main")
        settled: dict[str, Any] = {"sealer": Sealer(desk.settings.secret_key), "mode": "test", "now": desk.now}
        endpoints.set_setting(session, row, "access_token", fake.token, **settled)
        asked.after_setting(session, row, **settled)
    work(desk, traveller)
    assert desk.raised() == 500
    assert not waiting(desk)


def test_who_left_keeps_what_was_paid(desk, client, fake, traveller):
    connect(desk, fake)
    member = fake.join()
    deliver(client, fake.charge(member, 500))
    gone = json.loads(fake.leave(member))
    gone["data"]["attributes"]["campaign_lifetime_support_cents"] = 0
    deliver(client, json.dumps(gone).encode(), "members:delete")
    work(desk, traveller)
    assert desk.raised() == 500
    assert not waiting(desk)


def test_from_now_on_means_that_what_was_given_before_counts_nowhere(desk, client, fake, traveller):
    older = [fake.join(started=NOW - timedelta(days=400), paid=10_000 * place) for place in range(1, 8)]
    connect(desk, fake, count_from=NOW.date().isoformat())
    work(desk, traveller, rounds=1)
    assert desk.raised() == 0
    assert fake.asked.count("/api/oauth2/v2/campaigns/7770001/members") == 3  # pages
    deliver(client, fake.charge(older[0], 500))
    newcomer = fake.join(started=desk.now)
    deliver(client, fake.charge(newcomer, 300))
    assert desk.raised() == 800
    work(desk, traveller)
    assert desk.raised() == 800


def test_from_a_day_on_what_was_given_since_is_found_in_the_history(desk, fake, traveller):
    member = fake.join(started=NOW - timedelta(days=400), paid=10_000)
    for days, cents in ((60, 500), (5, 700)):
        fake.tick = lambda days=days: NOW - timedelta(days=days)
        fake.charge(member, cents)
    connect(desk, fake, count_from=(NOW.date() - timedelta(days=90)).isoformat())
    work(desk, traveller)
    assert gifts(desk) == [(500, member.charges[1].at), (700, member.charges[2].at)]


def test_a_message_before_the_first_balance_waits_for_what_was_before(desk, client, fake, traveller):
    member = fake.join(started=NOW - timedelta(days=400), paid=10_000)
    connect(desk, fake, count_from=NOW.date().isoformat())
    fake.bad_days = [(500, {})] * 3
    assert deliver(client, fake.charge(member, 500)) == "queued"
    assert desk.raised() == 0
    work(desk, traveller)
    assert desk.raised() == 500
    assert not waiting(desk)


def test_a_token_that_ended_is_renewed_once_and_both_new_ones_are_kept(desk, client, fake, traveller):
    connect(desk, fake)
    fake.end_token()
    members = [fake.join() for _ in range(3)]
    for member in members:
        deliver(client, fake.charge(member, 500))
        deliver(client, fake.refund(member, 200))
    work(desk, traveller)
    assert desk.raised() == 900
    assert fake.renewals == 1
    with desk.database.reading() as session:
        row = endpoints.find(session, "patreon", "main")
        opened = endpoints.opened(row, Sealer(desk.settings.secret_key), desk.settings.mode)
        assert (opened.settings["access_token"], opened.settings["refresh_token"]) == (fake.token, fake.refresh)
        assert row.renewing_until is None


def test_a_refresh_token_that_is_used_up_leaves_the_money_waiting(desk, client, fake, traveller):
    connect(desk, fake)
    fake.end_token()
    fake.refresh = "another"
    member = fake.join()
    deliver(client, fake.charge(member, 500))
    deliver(client, fake.refund(member, 200))
    work(desk, traveller)
    assert desk.raised() == 500
    assert waiting(desk) == ["waiting"]


def test_too_many_questions_are_put_off_as_long_as_patreon_says(desk, client, fake, traveller):
    connect(desk, fake)
    work(desk, traveller, rounds=1)
    fake.bad_days = [(429, {"errors": [{"retry_after_seconds": 3000}]})]
    member = fake.join()
    deliver(client, fake.charge(member, 500))
    deliver(client, fake.refund(member, 200))
    work(desk, traveller, rounds=2)
    assert desk.raised() == 500
    work(desk, traveller, rounds=3)
    assert desk.raised() == 300


def test_a_tier_is_mapped_to_a_campaign_by_a_rule(desk, client, fake, traveller):
    desk.campaign("sport")
    connect(desk, fake)
    with desk.database.writing() as session:
        sport = lifecycle.by_slug(session, "sport")
        assert sport
        rule = {"conditions": [["tier", "1002"]], "since": NOW - timedelta(days=30), "created_at": NOW}
        session.add(RoutingRule(campaign_id=sport.id, **rule))
    reader, saint = fake.join(), fake.join(tier="1002")
    deliver(client, fake.charge(reader, 500))
    deliver(client, fake.charge(saint, 700))
    saint.tier = "1001"
    deliver(client, fake.charge(saint, 700))
    assert (desk.raised(), desk.raised("sport")) == (1200, 700)
    deliver(client, fake.refund(saint, 1000))
    work(desk, traveller)
    assert (desk.raised(), desk.raised("sport")) == (500, 400)


def test_a_rise_from_before_patreon_was_asked_does_not_count_again(desk, client, fake, traveller):
    connect(desk, fake)
    member = fake.join()
    deliver(client, fake.charge(member, 1000))
    held_back = fake.charge(member, 1000)
    deliver(client, fake.refund(member, 1000))  # the same level again, and a refund
    work(desk, traveller)
    deliver(client, held_back)
    work(desk, traveller)
    assert desk.raised() == 1000
    assert not waiting(desk)


def test_what_nobody_can_confirm_any_more_is_for_a_person(desk, client, fake, traveller):
    connect(desk, fake)
    member = fake.join()
    deliver(client, fake.charge(member, 1000))
    fall = fake.refund(member, 400)
    fake.leave(member)
    deliver(client, fall)
    work(desk, traveller)
    with desk.database.reading() as session:
        assert [row.kind for row in session.scalars(select(Attention))] == ["unconfirmed"]


def test_a_day_to_come_is_waited_for(desk, client, fake, traveller):
    connect(desk, fake, count_from=(NOW.date() + timedelta(days=8)).isoformat())
    member = fake.join()
    deliver(client, fake.charge(member, 700))
    work(desk, traveller)
    assert desk.raised() == 0
    traveller.shift(timedelta(days=9))
    deliver(client, fake.charge(member, 500))
    work(desk, traveller)
    assert desk.raised() == 500


def test_everything_means_each_gift_on_its_own_day(desk, fake, traveller):
    member = fake.join()
    for days in (90, 60, 30):
        fake.tick = lambda days=days: NOW - timedelta(days=days)
        fake.charge(member, 500)
    connect(desk, fake)
    work(desk, traveller)
    assert gifts(desk) == [(500, charge.at) for charge in member.charges]


def test_what_messages_are_read_by_stays_once_they_have_moved_money(desk, client, fake, traveller):
    connect(desk, fake)
    deliver(client, fake.charge(fake.join(), 500))
    sealing: dict[str, Any] = {"sealer": Sealer(desk.settings.secret_key), "mode": "test", "now": desk.now}
    with desk.database.writing() as session:
        row = endpoints.find(session, "patreon", "main")
        for name in ("currency", "count_from"):
            with pytest.raises(Conflict):
                endpoints.set_setting(session, row, name, "EUR", **sealing)
        with pytest.raises(Conflict):
            endpoints.remove_setting(session, row, "count_from", mode="test")
        endpoints.set_setting(session, row, "access_token", "another-token", **sealing)


@pytest.mark.parametrize("answer", [{}, {"access_token": "", "refresh_token": "r" * 20}, {"access_token": "a" * 9000}])
def test_an_odd_answer_to_renewing_keeps_the_pair_and_waits(answer, desk, client, fake, traveller):
    connect(desk, fake)
    work(desk, traveller)
    fake.end_token()
    member = fake.join()
    deliver(client, fake.charge(member, 500))
    deliver(client, fake.refund(member, 200))
    fake.odd_renewals = [answer]
    work(desk, traveller)
    assert desk.raised() == 300
    assert not waiting(desk)


@pytest.mark.parametrize("seed", range(12))
def test_any_order_with_losses_and_repeats_ends_at_what_patreon_says(seed, desk, client, fake, traveller):
    chance = random.Random(seed)
    connect(desk, fake)
    members = [fake.join() for _ in range(3)]
    told: list[bytes] = []
    for _ in range(20):
        member = chance.choice(members)
        if member.lifetime > 300 and chance.random() < 0.25:
            told.append(fake.refund(member, chance.randrange(100, member.lifetime)))
        elif chance.random() < 0.15:
            told.append(fake.decline(member))
        else:
            told.append(fake.charge(member, chance.randrange(100, 3000)))
    sent = [body for body in told if chance.random() > 0.2] + chance.choices(told, k=8)
    chance.shuffle(sent)
    for body in sent:
        deliver(client, body)
        if chance.random() < 0.2:
            work(desk, traveller, rounds=1)
    for member in members:  # the last word on each gets through in the end
        deliver(client, fake.charge(member, 100))
    work(desk, traveller)
    assert desk.raised() == sum(member.lifetime for member in members)
    assert not waiting(desk)
    with desk.database.writing() as session:
        assert rebuild.rebuild(session, now=desk.now) == 0
