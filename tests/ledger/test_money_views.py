"""Money by what became of it: every figure is the sum of the donations it leads to, and all of them add up."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.ledger import overview, register
from campaigns.ledger.overview import Overview
from tests.bed.cast import post
from tests.bed.desk import CREATED, Desk
from tests.bed.looking import page_of
from tests.bed.stripe_events import dispute, event, refund
from tests.bed.told import give

pytestmark = pytest.mark.usefixtures("traveller")

# Each figure, the state of the register that lists what makes it up, and of whose donations it is the sum.
FIGURES = {
    "counted": "counted",
    "unassigned": "unassigned",
    "set_aside": "set_aside",
    "overdrawn": "overdrawn",
    "pending": "pending",
    "given": "arrived",
    "refunded": "has_refund",
    "refund_failed": "has_refund_failed",
    "disputed": "has_dispute",
    "won_back": "has_dispute_reversal",
    "fees": "has_fee",
}


def overviews(desk: Desk) -> dict[str, Overview]:
    with desk.database.reading() as session:
        return {one.currency: one for one in overview.overviews(session)}


def send(desk: Desk, kind: str, thing: dict[str, object]) -> None:
    desk.send(event(kind, thing, created=CREATED))


def many_lives(desk: Desk, cast) -> None:
    desk.campaign("winter", currency="EUR")
    for number, campaign in enumerate(("newsroom", "newsroom", None, "nowhere")):
        give(desk, f"ch_{number}", 10_000 + number, campaign=campaign)
    give(desk, "ch_eur", 700, campaign="winter", currency="eur")
    give(desk, "ch_wrong", 800, campaign="newsroom", currency="eur")
    give(desk, "ch_late", 900, status="pending")
    give(desk, "ch_aside", 1_100, campaign=None)
    post(cast.client("editor"), f"/console/donations/{desk.donation('ch_aside').key}/assign", {"set_aside": "1"})
    send(desk, "refund.created", refund("re_0", "ch_0", 3_000, created=CREATED))
    send(desk, "refund.created", refund("re_1", "ch_0", 500, created=CREATED))
    send(desk, "refund.failed", refund("re_1", "ch_0", 500, created=CREATED, status="failed"))
    send(desk, "charge.dispute.created", dispute("dp_1", "ch_0", 10_000, "lost", {"txn_1": -10_000}, created=CREATED))
    send(
        desk,
        "charge.dispute.created",
        dispute("dp_2", "ch_1", 400, "won", {"txn_2": -400, "txn_3": 400}, created=CREATED),
    )


def test_what_happened_and_where_it_stands_come_to_the_same_sum(desk, cast):
    many_lives(desk, cast)
    found = overviews(desk)
    assert set(found) == {"EUR", "USD"}
    for one in found.values():
        m = one.money
        assert m.net == m.counted + m.unassigned + m.set_aside - m.overdrawn
    usd = found["USD"].money
    assert (usd.counted, usd.unassigned, usd.set_aside, usd.overdrawn) == (10_001, 10_002 + 10_003, 1_100, 3_000)
    assert (usd.refunded, usd.refund_failed, usd.disputed, usd.won_back) == (3_500, 500, 10_400, 400)
    assert (usd.pending, usd.fees) == (900, 3_000)
    assert (found["EUR"].money.counted, found["EUR"].money.unassigned) == (700, 800)
    assert usd.counted == desk.raised()
    assert usd.pending == desk.pending()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lives=st.lists(
        st.tuples(
            st.integers(1, 999),
            st.sampled_from(["newsroom", None, "no"]),
            st.lists(
                st.tuples(st.sampled_from(["refund", "failed", "dispute", "won"]), st.integers(1, 999)), max_size=3
            ),
        ),
        max_size=4,
    )
)
def test_every_history_adds_up(desk, lives):
    start = sum(one.money.given for one in overviews(desk).values())
    for number, (amount, campaign, acts) in enumerate(lives):
        ref = f"ch_{start}x{number}"
        give(desk, ref, amount, campaign=campaign)
        for nth, (act, minor) in enumerate(acts):
            if act in ("refund", "failed"):
                status = "failed" if act == "failed" else "succeeded"
                send(desk, "refund.updated", refund(f"re_{ref}{nth}", ref, minor, created=CREATED, status=status))
            else:
                moves = {f"txn_{ref}{nth}": -minor} | ({f"txn_{ref}{nth}w": minor} if act == "won" else {})
                send(
                    desk,
                    "charge.dispute.updated",
                    dispute(f"dp_{ref}{nth}", ref, minor, "lost", moves, created=CREATED),
                )
    for one in overviews(desk).values():
        m = one.money
        assert m.net == m.counted + m.unassigned + m.set_aside - m.overdrawn
        assert m.counted == desk.raised()


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_leads_to_the_donations_that_make_it_up(desk, cast, figure):
    many_lives(desk, cast)
    for currency, one in overviews(desk).items():
        minor = getattr(one.money, figure)
        with desk.database.reading() as session:
            wanted = register.Wanted(state=FIGURES[figure], currency=currency)
            listed = [line.donation for line in register.listed(session, wanted).lines]
        sums = {
            "counted": sum(d.counted_minor for d in listed),
            "pending": sum(d.pending_minor for d in listed),
            "given": sum(d.amount_minor or 0 for d in listed),
            "overdrawn": -sum(d.net_minor for d in listed),
        }
        by_entries = {"refunded": "refund", "refund_failed": "refund_failed", "disputed": "dispute"}
        by_entries |= {"won_back": "dispute_reversal", "fees": "fee"}
        if figure in by_entries:
            kind = by_entries[figure]
            entries = [e for d in listed for e in desk.entries(d.ref.ref) if (e.kind, e.currency) == (kind, currency)]
            assert abs(sum(entry.amount_minor for entry in entries)) == minor
        else:
            assert sums.get(figure, sum(d.net_minor for d in listed)) == minor
        assert bool(listed) == bool(minor)


def test_the_page_shows_each_currency_and_its_links_hold(desk, cast):
    many_lives(desk, cast)
    viewer = cast.client("viewer")
    page = page_of(viewer, "/console/donations/money")
    assert page.index('id="money-EUR"') < page.index('id="money-USD"')
    links = set(re.findall(r'href="(/console/donations\?[^"]+)"', page))
    assert len(links) > 10
    for link in links:
        assert "Nothing fits" not in page_of(viewer, link.replace("&amp;", "&")), link


def test_an_installation_without_money_says_so(desk, cast):
    assert "No money yet" in page_of(cast.client("viewer"), "/console/donations/money")


# -- the register's filters --------------------------------------------------------------------------------------------


def test_the_register_is_narrowed_by_days_on_the_clock_of_the_campaigns(desk, cast):
    midnight = int((Desk.now - timedelta(hours=20)).timestamp())  # 22 November, 00:00 in Berlin
    give(desk, "ch_before", 100, at=midnight - 1)
    give(desk, "ch_on", 200, at=midnight)
    viewer = cast.client("viewer")
    for query, shown in {
        "since=2026-11-22": {"ch_on"},
        "until=2026-11-21": {"ch_before"},
        "since=2026-11-21&until=2026-11-22": {"ch_on", "ch_before"},
        "since=never": {"ch_on", "ch_before"},
        "since=9999-12-31": set(),
        "until=9999-12-31": {"ch_on", "ch_before"},
    }.items():
        page = page_of(viewer, f"/console/donations?{query}")
        assert {ref for ref in ("ch_on", "ch_before") if desk.donation(ref).key in page} == shown, query


def test_the_register_is_narrowed_by_period_currency_and_service_and_summed(desk, cast):
    give(desk, "ch_1", 5_000)
    give(desk, "ch_eur", 700, campaign=None, currency="eur")
    send(desk, "refund.created", refund("re_1", "ch_1", 1_000, created=CREATED))
    viewer, period = cast.client("viewer"), desk.donation("ch_1").period_id
    for query in (f"campaign=newsroom&period={period}", "currency=USD", "state=has_refund"):
        page = page_of(viewer, f"/console/donations?{query}")
        assert "given $50, counting <strong>$40</strong>" in page, query
        assert desk.donation("ch_eur").key not in page
    assert "€7" in page_of(viewer, "/console/donations?currency=EUR&provider=stripe")
    assert "Nothing fits" in page_of(viewer, "/console/donations?provider=sandbox")
