"""`rebuild` makes every figure that is kept beside the entries what posting had made it, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Select, select, text

from campaigns.db import Database
from campaigns.ledger import posting
from campaigns.ledger.models import Donation, PeriodDonor, PeriodTotal
from campaigns.ledger.rebuild import rebuild
from campaigns.ledger.statement import Evidence, Statement
from campaigns.providers.contract import Movement, Reading
from campaigns.settings import Settings
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, dispute, event, refund

FIGURES = (
    PeriodTotal.period_id,
    PeriodTotal.raised_minor,
    PeriodTotal.pending_minor,
    PeriodTotal.matched_minor,
    PeriodTotal.fee_minor,
    PeriodTotal.donation_count,
    PeriodTotal.donor_count,
)
CACHED = (
    Donation.id,
    Donation.currency,
    Donation.campaign_id,
    Donation.period_id,
    Donation.amount_minor,
    Donation.net_minor,
    Donation.counted_minor,
    Donation.pending_minor,
)
PEOPLE = (PeriodDonor.period_id, PeriodDonor.donor_hash, PeriodDonor.donation_count)
SPOILED = "UPDATE period_total SET raised_minor = 7, pending_minor = 8, matched_minor = 9, fee_minor = 10"


def given(desk: Desk, kind: str, thing: dict[str, Any]) -> None:
    desk.send(event(kind, thing, created=CREATED))


@pytest.fixture
def books(database: Database, settings: Settings) -> Desk:
    """Payments in every state, of two people and in two periods."""
    desk = Desk(database, settings)
    desk.endpoint()
    desk.campaign(starts_at=desk.now.replace(month=9, day=1))
    last_month = int(desk.now.replace(month=10).timestamp())
    home: dict[str, Any] = {"created": CREATED, "campaign": "newsroom"}
    given(desk, "charge.succeeded", charge("ch_paid", 1_000, **home))
    given(desk, "charge.succeeded", charge("ch_less", 2_000, **home))
    given(desk, "refund.created", refund("re_1", "ch_less", 600, created=CREATED))
    given(desk, "charge.succeeded", charge("ch_gone", 300, **home, email="bob@example.org"))
    given(desk, "refund.created", refund("re_2", "ch_gone", 300, created=CREATED))
    taken = dispute("dp_1", "ch_gone", 300, "lost", {"txn_1": -300}, created=CREATED)
    given(desk, "charge.dispute.closed", taken)
    given(desk, "charge.succeeded", charge("ch_early", 50, created=last_month, campaign="newsroom"))
    given(desk, "charge.succeeded", charge("ch_homeless", 70, created=CREATED))
    given(desk, "charge.pending", charge("ch_waits", 700, **home, status="pending"))
    given(desk, "charge.pending", charge("ch_over", 800, **home, status="pending"))
    given(desk, "charge.failed", charge("ch_over", 800, **home, status="failed"))
    matched = Movement("ch_paid", "match_1", "match", 250, "USD", datetime.fromtimestamp(CREATED, UTC))
    kept = Movement("ch_paid", "txn_9:fee", "fee", -31, "USD", datetime.fromtimestamp(CREATED, UTC))
    evidence = Evidence("event", 1, "0" * 64)
    with desk.database.writing() as session:
        said = [Statement("stripe", "", Reading(movements=(matched, kept)), evidence)]
        posting.post(session, said, now=desk.now, secret_key=desk.settings.secret_key)
    return desk


def stored(desk: Desk, *columns: Any) -> list[tuple[Any, ...]]:
    wanted: Select[Any] = select(*columns).order_by(*columns[:2])
    with desk.database.reading() as session:
        return [tuple(row) for row in session.execute(wanted)]


def people(desk: Desk) -> list[tuple[Any, ...]]:
    """Those who count; a person who counts no more may have a row with 0, or none."""
    return [row for row in stored(desk, *PEOPLE) if row[2]]


def spoil(desk: Desk, *statements: str) -> None:
    with desk.database.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def rebuilt(desk: Desk) -> int:
    with desk.database.writing() as session:
        return rebuild(session, now=desk.now)


def test_the_books_hold_what_they_should(books):
    now, early = stored(books, *FIGURES)
    assert early[1:] == (50, 0, 0, 0, 1, 1)
    assert now[1:] == (2_400, 700, 250, 1_531, 2, 1)


def test_every_figure_that_was_spoiled_is_made_anew(books):
    figures, cached, donors = stored(books, *FIGURES), stored(books, *CACHED), people(books)
    spoil(
        books,
        f"{SPOILED}, donation_count = 11, donor_count = 12",
        "UPDATE donation SET net_minor = 5, counted_minor = 0, pending_minor = 13",
        "UPDATE donation SET amount_minor = 99 WHERE amount_minor IS NULL",
        "UPDATE donation SET currency = 'EUR' WHERE amount_minor <> 99",
        "UPDATE donation SET campaign_id = NULL, period_id = NULL WHERE amount_minor = 1000",
        "UPDATE donation SET campaign_id = 1, period_id = 1 WHERE amount_minor = 70",
        "UPDATE period_donor SET donation_count = donation_count + 3",
    )
    assert rebuilt(books) == 2
    assert stored(books, *FIGURES) == figures
    assert stored(books, *CACHED) == cached
    assert people(books) == donors
    assert [finding.what for finding in books.check().findings if "total" in finding.what] == []


def test_a_total_that_was_wrong_has_a_new_version_and_one_that_was_right_keeps_its_own(books):
    before = stored(books, PeriodTotal.period_id, PeriodTotal.version, PeriodTotal.updated_at)
    books.later(hours=1)
    spoil(books, f"UPDATE period_total SET fee_minor = 1 WHERE period_id = {before[1][0]}")
    assert rebuilt(books) == 1
    after = stored(books, PeriodTotal.period_id, PeriodTotal.version, PeriodTotal.updated_at)
    assert after == [before[0], (before[1][0], before[1][1] + 1, books.now)]
    assert rebuilt(books) == 0


def test_a_total_that_is_gone_is_there_again(books):
    figures = stored(books, *FIGURES)
    spoil(books, "DELETE FROM period_total", "DELETE FROM period_donor")
    assert rebuilt(books) == 2
    assert stored(books, *FIGURES) == figures
    assert books.donation("ch_waits").pending_minor == 700


def test_what_is_new_after_a_rebuild_moves_what_it_left(books):
    rebuilt(books)
    given(books, "refund.created", refund("re_3", "ch_paid", 1_000, created=CREATED))
    assert stored(books, *FIGURES)[0][1:] == (1_400, 700, 250, 1_531, 1, 1)
    given(books, "refund.created", refund("re_4", "ch_less", 1_400, created=CREATED))
    assert stored(books, *FIGURES)[0][1:] == (0, 700, 250, 1_531, 0, 0)
    assert rebuilt(books) == 0
