"""Many deliveries at once: real threads, real connections, one hot campaign."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from campaigns.campaign import lifecycle
from campaigns.crypto import Sealer
from campaigns.inbox import endpoints, processing, receiving
from campaigns.providers import shelf
from tests.bed.desk import CREATED
from tests.bed.stripe_events import charge, checkout, event, intent, refund
from tests.fakes.patreon.server import SECRET, FakePatreon, sign

THREADS = 8
PAYMENTS = 12


def lives():
    for number in range(PAYMENTS):
        name = f"ch_{number}"
        yield event("charge.succeeded", charge(name, 1_000, created=CREATED), created=CREATED)
        yield event("refund.created", refund(f"re_{number}", name, 100, created=CREATED), created=CREATED)
        yield event(
            "payment_intent.succeeded", intent(name, 1_000, created=CREATED, campaign="newsroom"), created=CREATED
        )
        yield event(
            "checkout.session.completed", checkout(name, 1_000, created=CREATED, campaign="roof"), created=CREATED
        )


def test_messages_of_one_payment_at_the_same_time_are_exact(desk):
    desk.campaign("roof")
    messages = list(lives())
    random.Random(7).shuffle(messages)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(desk.send, [*messages, *messages]))
    desk.drain()
    assert (desk.raised(), desk.raised("roof")) == (900 * PAYMENTS, 0)
    (total,) = desk.totals()
    assert (total.donation_count, total.donor_count) == (PAYMENTS, 1)
    assert desk.check().findings == ()


def test_the_same_message_through_every_door_at_once_counts_once(desk):
    message = event("charge.succeeded", charge("ch_1", 700, created=CREATED, campaign="newsroom"), created=CREATED)
    barrier = Barrier(THREADS)

    def send(_: int) -> str:
        barrier.wait(timeout=10)
        word: str = desk.send(message)
        return word

    with ThreadPoolExecutor(THREADS) as pool:
        words = list(pool.map(send, range(THREADS)))
    assert set(words) <= {"processed", "duplicate"}
    assert desk.raised() == 700
    assert len(desk.entries("ch_1")) == 1


def test_a_milestone_crossed_by_many_at_once_is_announced_once(desk):
    from sqlalchemy import select

    from campaigns.outbox.models import OutboxMessage

    messages = [
        event("charge.succeeded", charge(f"ch_{n}", 30_000, created=CREATED, campaign="newsroom"), created=CREATED)
        for n in range(THREADS * 2)
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(desk.send, messages))
    assert desk.raised() == 30_000 * len(messages)
    with desk.database.reading() as session:
        assert len(session.scalars(select(OutboxMessage).filter_by(type="milestone.reached")).all()) == 1


def test_levels_of_one_member_at_the_same_time_are_counted_once(desk):
    """Snapshots of all ages through every door at once: whichever is first, the sum is the highest level."""
    fake = FakePatreon()
    members = [fake.join() for _ in range(3)]
    snapshots = [fake.charge(member, 100 * step) for step in range(1, 9) for member in members] * 2
    random.Random(3).shuffle(snapshots)
    with desk.database.writing() as session:
        made = endpoints.create(
            session,
            provider="patreon",
            name="main",
            secrets=[SECRET],
            settings={"currency": "USD"},
            campaign=lifecycle.by_slug(session, "newsroom"),
            sealer=Sealer(desk.settings.secret_key),
            mode=desk.settings.mode,
            now=desk.now,
        )
        opened = endpoints.opened(made, Sealer(desk.settings.secret_key), desk.settings.mode)

    def send(body: bytes) -> str:
        with desk.database.writing() as session:
            row = endpoints.find(session, "patreon", "main")
            headers = sign(body)
            event_id, _ = receiving.store(
                session, row, shelf()["patreon"], opened, headers=headers, body=body, now=desk.now
            )
        return processing.process(desk.database, desk.settings, event_id, now=desk.now)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, snapshots))
    desk.drain()
    assert desk.raised() == sum(member.lifetime for member in members)
    assert desk.check().findings == ()
