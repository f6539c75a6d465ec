"""What hosts show of a link to a campaign: its card with the present number, and never a donor's secret."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from campaigns.campaign import lifecycle
from tests.bed.desk import Desk
from tests.bed.pictures import size


def tags(html: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([a-z:_]+)" content="([^"]*)">', html))


def test_a_shared_page_shows_the_card_of_its_present_number(
    desk: Desk, give: Callable[[str, int], None], client: FlaskClient
):
    before = tags(client.get("/c/newsroom").text)
    assert before["og:url"] == "http://tidemark.test/c/newsroom"
    assert (before["og:image:width"], before["og:image:height"]) == ("1200", "630")
    assert before["og:image:alt"] == "Newsroom: $0 of $5,000 raised."
    assert before["twitter:card"] == "summary_large_image"
    give("ch_1", 235_500)
    after = tags(client.get("/c/newsroom").text)
    assert after["og:description"] == "$2,355 of $5,000 raised."
    assert after["og:image"] != before["og:image"]
    for url in (before["og:image"], after["og:image"]):
        assert size(client.get(url.replace("&amp;", "&")).data) == (1200, 630)


def test_a_page_shared_in_another_language_shows_its_card(desk: Desk, client: FlaskClient):
    found = tags(client.get("/c/newsroom?lang=ar").text)
    assert found["og:locale"] == "ar"
    assert "card.png?lang=ar&amp;v=" in found["og:image"]


def test_a_shared_thank_you_leads_to_the_campaign_and_tells_no_secret(desk: Desk, client: FlaskClient):
    found = tags(client.get("/c/newsroom/thanks?gift=SECRET&looks=3").text)
    assert found["og:url"] == "http://tidemark.test/c/newsroom"
    assert found["og:title"] == "Newsroom"
    assert [value for value in found.values() if "SECRET" in value] == []


def test_titles_are_escaped_in_the_tags(desk: Desk, client: FlaskClient):
    with desk.database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        lifecycle.edit(session, campaign, title='"><script>alert(1)</script>', now=desk.now)
    assert "<script>alert" not in client.get("/c/newsroom").text
