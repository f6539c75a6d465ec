"""Money meeting at the same moment: two connections at work on one payment, one campaign, one ledger."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle
from campaigns.inbox import processing
from campaigns.ledger import posting
from campaigns.ledger.rebuild import rebuild
from campaigns.ledger.statement import Evidence
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import Json, charge, event, intent, refund

ROUNDS = 50
WAIT_SECONDS = 20
STAFF = Evidence("staff", 1, "0" * 64)


def renewal(number: int) -> tuple[Json, Json, Json]:
    """(what links the payment to its subscription, its charge, the subscription that names the campaign).

    The last two share no ref: they meet through the links of the first alone.
    """
    invoice = {
        "id": f"in_{number}",
        "object": "invoice",
        "metadata": {},
        "parent": {"subscription_details": {"subscription": f"sub_{number}", "metadata": {}}},
        "payments": {"data": [{"payment": {"payment_intent": f"pi_{number}"}}]},
        "status": "open",
    }
    subscription = {"id": f"sub_{number}", "object": "subscription", "metadata": {"campaign": "newsroom"}}
    paid = charge(f"ch_{number}", 1_000, created=CREATED)
    return (
        event("invoice.finalized", invoice, created=CREATED),
        event("charge.succeeded", paid, created=CREATED),
        event("customer.subscription.updated", subscription, created=CREATED),
    )


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """All acts, begun at the same moment on threads of their own."""
    barrier = Barrier(len(acts))

    def begin(act: Callable[[], Any]) -> Any:
        barrier.wait(timeout=WAIT_SECONDS)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [begun.result(WAIT_SECONDS) for begun in [pool.submit(begin, act) for act in acts]]


def process(desk: Desk, message: Json) -> Callable[[], str]:
    """Processing of a message that is stored already."""
    event_id, _ = desk.store(message)
    return lambda: processing.process(desk.database, desk.settings, event_id, now=desk.now)


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> Iterator[Event]:
    """`act` on a thread of its own, halted after its first posting and before its commit, until the event is set."""
    posted, release, genuine = Event(), Event(), posting.post

    def post(*arguments: Any, **options: Any) -> Any:
        outcome = genuine(*arguments, **options)
        if not posted.is_set():
            posted.set()
            assert release.wait(WAIT_SECONDS)
        return outcome

    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as pool:
        patched.setattr(posting, "post", post)
        begun = pool.submit(act)
        assert posted.wait(WAIT_SECONDS)
        yield release
        release.set()
        begun.result(WAIT_SECONDS)


def test_a_charge_and_its_subscription_at_the_same_moment_bring_the_money_home(desk):
    for number in range(ROUNDS):
        links, paid, named = renewal(number)
        desk.send(links)
        at_once(process(desk, paid), process(desk, named))
    desk.drain()
    assert desk.raised() == 1_000 * ROUNDS
    assert desk.check().findings == ()


@pytest.mark.parametrize("first", ["charge", "subscription"])
def test_whichever_of_both_is_second_waits_and_sees_what_the_first_wrote(desk, monkeypatch, first):
    links, paid, named = renewal(1)
    desk.send(links)
    acts = [process(desk, paid), process(desk, named)]
    first_act, second_act = acts if first == "charge" else reversed(acts)
    with held(monkeypatch, first_act) as release, ThreadPoolExecutor(1) as pool:
        second = pool.submit(second_act)
        assert waits(second)
        release.set()
        assert second.result(WAIT_SECONDS) == "processed"
    assert desk.raised() == 1_000
    assert desk.check().findings == ()


def test_rebuilding_beside_posting_leaves_every_total_right(desk):
    messages = [one for number in range(60) for one in given_back(number)]
    random.Random(5).shuffle(messages)
    acts = [process(desk, message) for message in messages]
    over = Event()

    def rebuild_on() -> list[int]:
        wrong: list[int] = []
        while not over.is_set() or not wrong:
            with desk.database.writing() as session:
                wrong.append(rebuild(session, now=desk.now))
            over.wait(0.02)  # or nobody else would ever get SQLite's one lock
        return wrong

    with ThreadPoolExecutor(5) as pool:
        rebuilding = pool.submit(rebuild_on)
        for _ in pool.map(lambda act: act(), acts):
            pass
        over.set()
        assert set(rebuilding.result(WAIT_SECONDS)) == {0}
    desk.drain()
    assert desk.raised() == 60 * 900
    assert desk.check().findings == ()


def test_money_that_names_a_campaign_in_the_moment_of_its_making_is_in_it(desk):
    for number in range(ROUNDS):
        slug = f"garden-{number}"
        paid = charge(f"ch_{number}", 700, created=CREATED, campaign=slug)
        pay = process(desk, event("charge.succeeded", paid, created=CREATED))
        at_once(pay, partial(make, desk, slug))
        assert desk.raised(slug) == 700


def test_a_campaign_that_is_made_while_money_names_it_waits_for_this_money(desk, monkeypatch):
    pay = process(
        desk, event("charge.succeeded", charge("ch_1", 700, created=CREATED, campaign="garden"), created=CREATED)
    )
    with held(monkeypatch, pay) as release, ThreadPoolExecutor(1) as pool:
        making = pool.submit(make, desk, "garden")
        assert waits(making)
        release.set()
        making.result(WAIT_SECONDS)
    assert desk.raised("garden") == 700


def test_money_that_names_a_campaign_just_being_made_waits_for_it(desk):
    pay = process(
        desk, event("charge.succeeded", charge("ch_1", 700, created=CREATED, campaign="garden"), created=CREATED)
    )
    with ThreadPoolExecutor(1) as pool:
        with desk.database.writing() as session:
            create(session, desk, "garden")
            paying = pool.submit(pay)
            assert waits(paying)
        assert paying.result(WAIT_SECONDS) == "processed"
    assert desk.raised("garden") == 700


def test_a_transaction_that_the_database_breaks_off_is_tried_again(desk, monkeypatch):
    """Two that wait for each other, by locks of their own on two donations taken in opposite orders."""
    for name in ("ch_1", "ch_2"):
        desk.send(event("charge.succeeded", charge(name, 1_000, created=CREATED, campaign="newsroom"), created=CREATED))
    ids = {name: desk.donation(name).id for name in ("ch_1", "ch_2")}
    genuine, crossed = posting.post, Barrier(2)
    tries: list[str] = []

    def post(session: Session, statements: Any, **options: Any) -> Any:
        """Posting that first takes the other's donation, out of the order that all else keeps."""
        (own,) = {movement.ref for movement in statements[0].reading.movements}
        tries.append(own)
        if tries.count(own) == 1 and session.get_bind().dialect.name == "postgresql":
            other = next(name for name in ids if name != own)
            session.execute(text("SELECT 1 FROM donation WHERE id = :id FOR UPDATE"), {"id": ids[other]})
            crossed.wait(WAIT_SECONDS)
        return genuine(session, statements, **options)

    monkeypatch.setattr(posting, "post", post)
    acts = [
        process(desk, event("refund.created", refund(f"re_{n}", f"ch_{n}", 100, created=CREATED), created=CREATED))
        for n in (1, 2)
    ]
    assert at_once(*acts) == ["processed", "processed"]
    assert len(tries) == (3 if desk.database.engine.dialect.name == "postgresql" else 2)
    assert desk.raised() == 1_800
    assert desk.check().findings == ()


def test_many_messages_of_few_payments_from_many_connections_never_end_in_an_error(desk, caplog):
    desk.campaign("roof")
    messages = [one for number in range(6) for one in (*renewal(number), *given_back(number))]
    acts = [process(desk, message) for message in messages * 2]
    random.Random(3).shuffle(acts)
    with ThreadPoolExecutor(8) as pool:
        words = set(pool.map(lambda act: act(), acts))
    assert words <= {"processed", "queued", "duplicate", "unassigned"}
    desk.later(hours=1)
    desk.drain()
    assert desk.raised() == 6 * 900
    assert [record.getMessage() for record in caplog.records] == []
    assert desk.check().findings == ()


def given_back(number: int) -> list[Json]:
    """A payment of 1,000 to the newsroom, of which 100 go back."""
    name = f"ch_{number}"
    return [
        event("charge.succeeded", charge(name, 1_000, created=CREATED), created=CREATED),
        event("payment_intent.succeeded", intent(name, 1_000, created=CREATED, campaign="newsroom"), created=CREATED),
        event("refund.created", refund(f"re_{number}", name, 100, created=CREATED), created=CREATED),
    ]


def make(desk: Desk, slug: str) -> None:
    """Staff make a campaign, and the money that has named it comes home with the act."""
    with desk.database.writing() as session:
        create(session, desk, slug)


def create(session: Session, desk: Desk, slug: str) -> None:
    lifecycle.create(session, slug=slug, title="Garden", currency="USD", now=desk.now)
    posting.take_in_named(session, evidence=STAFF, now=desk.now, secret_key=desk.settings.secret_key)


def waits(act: Future[Any]) -> bool:
    """Whether it is still under way after a moment."""
    with suppress(TimeoutError):
        act.result(0.3)
        return False
    return True
