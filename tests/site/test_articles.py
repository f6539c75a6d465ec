"""Which article raised what: the ledger's gifts by where they were begun, to the cent what the bar shows."""

from __future__ import annotations

from datetime import date

import pytest

from campaigns.campaign import lifecycle
from campaigns.donate import articles
from campaigns.donate.articles import Line, Span, present
from campaigns.site import counting
from tests.site.newsroom import ALWAYS, BREAD, NEWS, ROSES, Newsroom, told

DAY = 86_400


def test_an_article_raised_what_its_readers_gave(newsroom: Newsroom) -> None:
    newsroom.give(BREAD + "?utm=mail", 2_000, email="ada@example.org")
    newsroom.give(BREAD + "#x", 3_000, email="ada@example.org")
    newsroom.give(BREAD, 4_000, email="bob@example.org")
    newsroom.give(ROSES, 1_000, email="bob@example.org")
    newsroom.give("https://blog.example/private/letter", 700, email="cleo@example.org")
    newsroom.give("", 500, email="dora@example.org")
    newsroom.give(None, 300, email="emil@example.org")
    assert newsroom.read() == {
        BREAD: (0, 0, 0, 3, 2, 9_000),
        ROSES: (0, 0, 0, 1, 1, 1_000),
        "https://blog.example": (0, 0, 0, 1, 1, 700),
        "": (0, 0, 0, 2, 2, 800),
        "total": (0, 0, 0, 7, 5, 11_500),
    }
    assert newsroom.desk.raised() == 11_500


def test_what_was_counted_stands_beside_what_was_given(newsroom: Newsroom) -> None:
    today = date(2026, 11, 22)
    newsroom.note(BREAD, today, impressions=400, opens=7, checkouts=3)
    newsroom.note(BREAD, date(2026, 11, 21), opens=1)
    newsroom.note(ROSES, today, opens=9)
    newsroom.note("", today, opens=5)
    newsroom.give(BREAD, 2_000)
    assert newsroom.read() == {
        BREAD: (400, 8, 3, 1, 1, 2_000),
        ROSES: (0, 9, 0, 0, 0, 0),
        "": (0, 5, 0, 0, 0, 0),
        "total": (400, 22, 3, 1, 1, 2_000),
    }


def test_a_refund_takes_it_away_again(newsroom: Newsroom) -> None:
    part, whole = newsroom.give(BREAD, 2_000), newsroom.give(BREAD, 3_000, email="bob@example.org")
    newsroom.take_back(part, 500)
    newsroom.take_back(whole, 3_000)
    assert newsroom.read()[BREAD] == (0, 0, 0, 1, 1, 1_500)
    assert newsroom.read()["total"][-1] == newsroom.desk.raised()


def test_who_gave_no_address_is_a_reader_each_time(newsroom: Newsroom) -> None:
    newsroom.give(BREAD, 2_000, email=None)
    newsroom.give(BREAD, 300, email=None)
    assert newsroom.read()[BREAD] == (0, 0, 0, 2, 2, 2_300)


def test_days_are_those_of_the_campaigns_zone(newsroom: Newsroom) -> None:
    # CREATED is 19:00 on the 22nd in Berlin.
    newsroom.give(BREAD, 100, ago=19 * 3_600)
    newsroom.give(BREAD, 2_000, ago=19 * 3_600 + 1)
    newsroom.give(BREAD, 30_000, ago=20 * DAY)
    newsroom.note(BREAD, date(2026, 11, 22), opens=1)
    newsroom.note(BREAD, date(2026, 11, 21), opens=10)
    for since, until, opened, raised in (
        (date(2026, 11, 22), None, 1, 100),
        (date(2026, 11, 22), date(2026, 11, 22), 1, 100),
        (date(2026, 11, 21), date(2026, 11, 21), 10, 2_000),
        (None, date(2026, 11, 21), 10, 32_000),
        (None, None, 11, 32_100),
    ):
        found = newsroom.read(Span(since, until))[BREAD]
        assert (found[1], found[-1]) == (opened, raised)


def test_the_present_period_is_what_the_bar_shows(newsroom: Newsroom) -> None:
    newsroom.give(BREAD, 2_000)
    newsroom.give(BREAD, 40_000, ago=30 * DAY)  # before the first period, and so counted in it
    newsroom.note(BREAD, date(2026, 11, 30), opens=1)
    newsroom.note(BREAD, date(2026, 12, 1), opens=10)
    with newsroom.desk.database.reading() as session:
        (campaign,) = lifecycle.list_campaigns(session)
        span = present(session, campaign, now=newsroom.desk.now)
    assert (span.since, span.until) == (date(2026, 11, 1), date(2026, 11, 30))
    (shown,) = newsroom.desk.totals()
    assert newsroom.read(span)[BREAD] == (0, 1, 0, 2, 1, 42_000)
    assert newsroom.read(span)["total"][-1] == shown.raised_minor == 42_000


def test_nothing_counts_in_a_period_without_money(newsroom: Newsroom) -> None:
    newsroom.give(BREAD, 2_000)
    newsroom.desk.later(days=20)
    with newsroom.desk.database.reading() as session:
        (campaign,) = lifecycle.list_campaigns(session)
        span = present(session, campaign, now=newsroom.desk.now)
    assert (span.since, span.period_id) == (date(2026, 12, 1), 0)
    assert newsroom.reports(span) == []


def test_currencies_are_never_added(newsroom: Newsroom) -> None:
    newsroom.desk.campaign("books", currency="EUR")
    newsroom.give(BREAD, 2_000)
    newsroom.note(BREAD, date(2026, 11, 22), slug="books", opens=3)
    found = {report.currency: [told(line) for line in report.lines] for report in newsroom.reports()}
    assert found == {"EUR": [(0, 3, 0, 0, 0, 0)], "USD": [(0, 0, 0, 1, 1, 2_000)]}


def test_campaigns_of_one_currency_are_added(newsroom: Newsroom) -> None:
    newsroom.desk.campaign("books")
    newsroom.give(BREAD, 2_000)
    newsroom.give(BREAD, 500, slug="books")
    assert newsroom.read()[BREAD] == (0, 0, 0, 2, 1, 2_500)


def test_what_finds_no_room_is_summed_and_nothing_is_lost(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles, "LINES_MAX", 1)
    newsroom.give(BREAD, 2_000)
    newsroom.give(ROSES, 400, email="bob@example.org")
    newsroom.give(f"{NEWS}/war", 300, email="bob@example.org")
    newsroom.give(None, 50)
    newsroom.note(ROSES, date(2026, 11, 22), opens=3)
    (report,) = newsroom.reports()
    assert report.rest_count == 2
    assert newsroom.read() == {
        BREAD: (0, 0, 0, 1, 1, 2_000),
        "": (0, 0, 0, 1, 1, 50),
        "rest": (0, 3, 0, 2, 1, 700),
        "total": (0, 3, 0, 4, 2, 2_750),
    }


def test_one_article_is_told_day_by_day(newsroom: Newsroom) -> None:
    newsroom.give(BREAD, 2_000)
    newsroom.give(BREAD, 300)
    newsroom.give(ROSES, 9_000)
    newsroom.give(BREAD, 500, ago=2 * DAY)
    newsroom.note(BREAD, date(2026, 11, 21), impressions=10, opens=2, checkouts=1)
    assert newsroom.read(of=lambda source: source == BREAD) == {
        BREAD: (10, 2, 1, 3, 1, 2_800),
        "total": (10, 2, 1, 3, 1, 2_800),
    }
    with newsroom.desk.database.reading() as session:
        found = articles.days(session, lifecycle.list_campaigns(session), ALWAYS, BREAD)
    assert [(day.name, told(day.line)) for day in found] == [
        ("22 Nov 2026", (0, 0, 0, 2, 1, 2_300)),
        ("21 Nov 2026", (10, 2, 1, 0, 0, 0)),
        ("20 Nov 2026", (0, 0, 0, 1, 1, 500)),
    ]


def test_one_sites_articles_can_be_told_alone(newsroom: Newsroom) -> None:
    newsroom.give(BREAD, 2_000)
    newsroom.give(ROSES, 300, email="bob@example.org")
    newsroom.give("https://blog.example", 700, email="cleo@example.org")
    newsroom.give(None, 50, email="dora@example.org")
    assert newsroom.read(of=lambda source: source.startswith(NEWS)) == {
        BREAD: (0, 0, 0, 1, 1, 2_000),
        ROSES: (0, 0, 0, 1, 1, 300),
        "total": (0, 0, 0, 2, 2, 2_300),
    }


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("", "No article told"),
        (counting.OTHER, "Other sites"),
        (NEWS, "news.example"),
        (BREAD, "news.example/bread"),
        (f"{NEWS}/stra%C3%9Fe", "news.example/straße"),
        (f"{NEWS}/%FF", "news.example/%FF"),
        (f"{NEWS}/a%20b", "news.example/a%20b"),
        (f"{NEWS}/%E2%80%AEevil", "news.example/%E2%80%AEevil"),
    ],
)
def test_a_source_is_shown_as_people_read_it(source: str, name: str) -> None:
    assert Line(source).name == name
