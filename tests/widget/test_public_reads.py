"""Headers, versions and forms of everything public."""

from __future__ import annotations

import gzip
import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from campaigns.campaign import lifecycle
from campaigns.widget.script import SHARED, script, shared, sheet_text
from campaigns.widget.snippet import snippet
from tests.bed.desk import CREATED
from tests.bed.stripe_events import charge, event

READS = (
    "/api/v1/campaigns/newsroom",
    "/embed/newsroom",
    "/embed/newsroom/fragment",
    "/c/newsroom",
    "/img/newsroom.svg",
)
KEEP = "public, max-age=5, s-maxage=5, stale-while-revalidate=5, stale-if-error=86400"
POLYGLOT = "\"><script>alert(1)</script><svg onload=alert(1)>'{{7*7}}]]>&amp;"


class Tags(HTMLParser):
    """Every start tag with its attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def with_attribute(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.found if name in attributes]


@pytest.mark.parametrize("url", READS)
def test_anyone_may_keep_a_public_read_for_seconds_and_no_cookie_is_set(desk, client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == KEEP
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.headers["ETag"].startswith('"')


def test_late_money_of_a_closed_period_changes_the_version_of_the_page_that_shows_it(desk, client):
    long_ago = CREATED - 40 * 86_400
    desk.later(days=-70)
    desk.campaign("roof")
    desk.later(days=70)
    before = client.get("/c/roof").headers["ETag"]
    late = charge("ch_late", 700, created=long_ago, campaign="roof")
    desk.send(event("charge.succeeded", late, created=long_ago))
    assert client.get("/c/roof").headers["ETag"] != before


@pytest.mark.parametrize("url", READS)
def test_unchanged_is_304_and_money_changes_the_version(desk, give, client, url):
    before = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": before}).status_code == 304
    assert client.get(url + "?utm_source=x&fbclid=1").headers["ETag"] == before
    give("ch_1", 1_000)
    answer = client.get(url, headers={"If-None-Match": before})
    assert (answer.status_code, answer.headers["ETag"] == before) == (200, False)


@pytest.mark.parametrize("url", READS)
def test_a_tag_that_a_proxy_made_weak_is_still_known(desk, client, url):
    tag = client.get(url).headers["ETag"]
    answer = client.get(url, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == tag
    assert answer.headers["Cache-Control"] == KEEP


@pytest.mark.parametrize("url", [*READS, "/widget.v1.js", "/api/v1/openapi.json"])
def test_head_tells_the_same_and_a_preflight_is_welcome(desk, client, url):
    full, head = client.get(url), client.head(url)
    assert head.data == b""
    assert head.headers["ETag"] == full.headers["ETag"]
    assert head.headers["Content-Length"] == full.headers["Content-Length"]
    asked = client.options(url, headers={"Origin": "null", "Access-Control-Request-Method": "GET"})
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert asked.headers["Access-Control-Allow-Headers"] == "*"
    assert "GET" in asked.headers["Access-Control-Allow-Methods"]


def test_a_page_elsewhere_can_read_why_there_is_nothing(desk, client):
    for url in READS:
        answer = client.get(url.replace("newsroom", "nope"))
        assert answer.status_code == 404
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "no-store"


def test_everything_that_changes_what_is_shown_changes_the_version(desk, client):
    import time_machine

    url, seen = "/embed/newsroom/fragment", set()

    def note(address=url):
        seen.add(client.get(address).headers["ETag"])
        return len(seen)

    assert note() == 1
    assert note(url + "?lang=de") == 2
    assert note(url + "?theme=dark") == 3
    assert note(url + "?accent=b3261e") == 4
    with desk.database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        lifecycle.edit(session, campaign, title="Another title", now=desk.now)
    assert note() == 5
    with desk.database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        lifecycle.pause(session, campaign, now=desk.now)
    assert note() == 6
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False):
        assert note() == 7
    with time_machine.travel("2026-12-02T12:00:00Z", tick=False):
        assert note() == 8


def test_the_fragment_is_accessible_and_needs_neither_style_nor_script(desk, give, client):
    give("ch_1", 235_500)
    html = client.get("/embed/newsroom/fragment").get_data(as_text=True)
    tags = Tags(html)
    (meter,) = [a for a in tags.with_attribute("role") if a["role"] == "progressbar"]
    assert (meter["aria-valuemin"], meter["aria-valuenow"], meter["aria-valuemax"]) == ("0", "235500", "500000")
    assert meter["aria-valuetext"] == "$2,355 of $5,000 raised, 47 percent"
    assert [tag for tag, _ in tags.found].count("li") == 4
    assert not tags.with_attribute("style")
    assert {"script", "style", "link", "iframe"}.isdisjoint(tag for tag, _ in tags.found)
    assert "$145 to go" in html


def test_beyond_the_goal_the_text_says_the_true_percentage(desk, give, client):
    give("ch_1", 1_700_000)
    tags = Tags(client.get("/embed/newsroom/fragment").get_data(as_text=True))
    (meter,) = [a for a in tags.with_attribute("role") if a["role"] == "progressbar"]
    assert meter["aria-valuenow"] == "500000"
    assert meter["aria-valuetext"] == "$17,000 of $5,000 raised, 340 percent"


def test_names_that_look_like_markup_stay_text_everywhere(desk, client):
    with desk.database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        lifecycle.edit(session, campaign, title=POLYGLOT, story=POLYGLOT, now=desk.now)
        lifecycle.set_milestones(session, campaign, [(500_000, POLYGLOT)], now=desk.now)
    for url in READS[1:]:
        body = client.get(url).get_data(as_text=True)
        assert "<script>alert" not in body
        assert "<svg onload" not in body
        assert "alert(1)" in body


def test_the_picture_is_plain_svg_with_its_text(desk, give, client):
    give("ch_1", 235_500)
    answer = client.get("/img/newsroom.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    root = ET.fromstring(answer.data)
    assert (root.get("width"), root.get("height")) == ("600", "120")
    kinds = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
    assert kinds <= {"svg", "title", "style", "g", "rect", "path", "circle", "text"}
    assert "$2,355" in [element.text for element in root.iter()]


def test_the_framed_page_may_be_framed_and_the_campaigns_page_may_not(desk, client):
    assert "frame-ancestors *" in client.get("/embed/newsroom").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in client.get("/c/newsroom").headers["Content-Security-Policy"]


def test_a_framed_page_with_an_accent_allows_exactly_its_own_style(desk, client):
    answer = client.get("/embed/newsroom?accent=b3261e")
    assert "'sha256-" in answer.headers["Content-Security-Policy"]
    assert "--tm-accent:#b3261e" in answer.get_data(as_text=True)
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    broken = client.get("/embed/newsroom?accent=red;}</style>")
    assert "<style>" not in broken.get_data(as_text=True)


def test_a_further_name_of_a_campaign_leads_to_it(desk, client):
    with desk.database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        lifecycle.add_alias(session, campaign, "former", now=desk.now)
    moved = client.get("/c/former?lang=de")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/c/newsroom?lang=de")
    assert client.get("/embed/former").headers["Location"] == "/embed/newsroom"
    assert client.get("/embed/former/fragment").status_code == 200
    assert client.get("/api/v1/campaigns/former").get_json()["slug"] == "newsroom"


def test_the_script_is_light_and_its_fixed_name_lasts(client):
    answer = client.get("/widget.v1.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert len(gzip.compress(answer.data, 9)) <= 3 * 1024
    path = f"/widget-{SHARED}.{shared().digest}.js"
    assert path.encode() in answer.data
    sheet = client.get(path)
    assert json.dumps(sheet_text(), ensure_ascii=False).encode() in sheet.data
    assert "immutable" in sheet.headers["Cache-Control"]
    assert len(gzip.compress(answer.data, 9)) + len(gzip.compress(sheet.data, 9)) <= 5 * 1024
    former = client.get(f"/widget-{SHARED}.0000000000000000.js")  # what a script asks for that a cache still has
    assert former.data == sheet.data
    assert "immutable" not in former.headers["Cache-Control"]
    fixed = client.get(f"/widget.{script().digest}.js")
    assert "immutable" in fixed.headers["Cache-Control"]
    assert fixed.data == answer.data
    assert client.get("/widget.0000000000000000.js").status_code == 404


def test_the_snippet_is_the_contracts():
    text = snippet("newsroom", 'Keep the "newsroom" running', "https://give.example.org")
    assert text == (
        '<tidemark-progress campaign="newsroom"><a href="https://give.example.org/c/newsroom" target="_blank" '
        'rel="noopener"><img src="https://give.example.org/img/newsroom.svg" width="600" height="120" '
        'alt="Keep the &#34;newsroom&#34; running: donate"></a></tidemark-progress>\n'
        '<script src="https://give.example.org/widget.v1.js" async></script>'
    )
