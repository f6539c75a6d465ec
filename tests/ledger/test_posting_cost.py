"""What one posting costs: a handful of statements, so that a burst of messages is a short one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from campaigns.ledger import posting
from tests.bed.desk import CREATED
from tests.bed.stripe_events import charge, checkout, event, intent, refund

FIRST_MAX = 15  # and on PostgreSQL one more, which holds the names of campaigns
CHANGES_NOTHING_MAX = 10


@pytest.fixture
def sent(desk, monkeypatch) -> list[str]:
    """The statements that the last posting sent."""
    statements: list[str] = []
    genuine = posting.post

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "advisory" not in statement:
            statements.append(statement)

    def post(*arguments: Any, **options: Any) -> posting.Outcome:
        statements.clear()
        sqlalchemy_event.listen(desk.database.engine, "before_cursor_execute", note)
        try:
            return genuine(*arguments, **options)
        finally:
            sqlalchemy_event.remove(desk.database.engine, "before_cursor_execute", note)

    monkeypatch.setattr(posting, "post", post)
    return statements


def test_a_first_charge_takes_few_statements_and_its_twin_fewer(desk, sent):
    paid = charge("ch_1", 1_000, created=CREATED, campaign="newsroom")
    desk.send(event("charge.succeeded", charge("ch_0", 1_000, created=CREATED, campaign="newsroom"), created=CREATED))
    desk.send(event("charge.succeeded", paid, created=CREATED))
    assert 5 < len(sent) <= FIRST_MAX, "\n".join(sent)
    desk.send(
        event(
            "checkout.session.completed", checkout("ch_1", 1_000, created=CREATED, campaign="newsroom"), created=CREATED
        )
    )
    desk.send(event("payment_intent.succeeded", intent("ch_1", 1_000, created=CREATED, campaign=None), created=CREATED))
    for again in range(2):
        desk.send(event("charge.succeeded", paid, created=CREATED, event_id=f"evt_again_{again}"))
        assert 5 < len(sent) <= CHANGES_NOTHING_MAX, "\n".join(sent)
        assert [statement for statement in sent if not statement.lstrip().startswith(("SELECT", "WITH"))] == []


def test_what_a_donation_costs_does_not_grow_with_its_history(desk, sent):
    desk.send(event("charge.succeeded", charge("ch_1", 90_000, created=CREATED, campaign="newsroom"), created=CREATED))
    costs = []
    for number in range(12):
        desk.send(event("refund.created", refund(f"re_{number}", "ch_1", 100, created=CREATED), created=CREATED))
        costs.append(len(sent))
    assert max(costs[1:]) == min(costs[1:]) <= FIRST_MAX
