"""From the article to the report, over real HTTP: seen, opened, begun, given, and told by the article it came of."""

from __future__ import annotations

import re
import time
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.db import Database
from campaigns.donate import articles
from campaigns.donate.articles import Line, Span
from campaigns.donate.models import DonationIntent
from campaigns.settings import Settings
from campaigns.site import sites
from tests.bed.desk import Desk
from tests.bed.live import LiveServer

pytestmark = pytest.mark.slow
ARTICLE = "https://news.example/bread"
SECONDS_MAX = 20.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def newsroom(database: Database, settings: Settings) -> Desk:
    desk = Desk(database, settings, now=clock.now())
    desk.campaign()
    with database.writing() as session:
        sites.create(session, name="News", origins=["https://news.example"], full_path=True, now=desk.now)
    return desk


def lines(session: Session) -> dict[str, Line]:
    found = articles.reports(session, lifecycle.list_campaigns(session), Span())
    return {line.source: line for report in found for line in report.lines}


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def test_a_gift_is_told_by_the_article_it_came_of(newsroom: Desk, live_server: LiveServer) -> None:
    told = live_server.request(
        "POST", "/api/v1/seen", f"newsroom\n{ARTICLE}?a=b".encode(), {"Content-Type": "text/plain"}
    )
    assert told.status == 204
    asked = urlencode({"source": f"{ARTICLE}?utm_source=letter&reader=ada@example.org#top"})
    page = live_server.get(f"/c/newsroom/donate?{asked}")
    assert page.status == 200
    gift = urlencode(hidden(page.body.decode()) | {"amount": "50", "method": "sandbox"}).encode()
    answer = live_server.request("POST", f"/c/newsroom/donate?{asked}", gift, FORM)
    assert answer.status == 303
    checkout = urlsplit(answer.headers["location"])
    till = f"{checkout.path}?{checkout.query}"
    paid = urlencode(hidden(live_server.get(till).body.decode()) | {"act": "pay"}).encode()
    assert live_server.request("POST", till, paid, FORM).status == 303
    until = time.monotonic() + SECONDS_MAX
    while True:
        with newsroom.database.reading() as session:
            found = lines(session).get(ARTICLE, Line(ARTICLE))
        if (found.seen and found.gifts) or time.monotonic() > until:
            break
        time.sleep(0.1)
    assert found == Line(ARTICLE, seen=10, opened=1, begun=1, gifts=1, readers=1, raised_minor=5_000)
    with newsroom.database.reading() as session:
        (intent,) = session.scalars(select(DonationIntent))
        assert intent.source == ARTICLE
        assert set(lines(session)) == {ARTICLE}
