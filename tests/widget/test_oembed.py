"""oEmbed: what hosts are told to show instead of a link to us."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import quote

import pytest

from campaigns.campaign import lifecycle
from tests.widget.test_public_reads import KEEP, POLYGLOT, Tags

BASE = "http://tidemark.test"


def told(client, url: str = f"{BASE}/c/newsroom", **more: object) -> dict[str, Any]:
    asked = "".join(f"&{name.strip('_')}={value}" for name, value in more.items())
    answer = client.get(f"/oembed?url={quote(url, safe='')}{asked}")
    assert answer.status_code == 200, answer.data
    assert answer.mimetype == "application/json"
    made: dict[str, Any] = json.loads(answer.data)
    return made


def test_a_host_that_found_us_gets_a_quote_with_the_link_and_a_frame_and_nothing_else(desk, client):
    made = told(client)
    assert (made["version"], made["type"], made["provider_name"]) == ("1.0", "rich", "Tidemark")
    tags = Tags(made["html"]).found
    assert [tag for tag, _ in tags] == ["blockquote", "a", "iframe"]
    assert tags[1][1] == {"href": f"{BASE}/c/newsroom"}
    frame = tags[2][1]
    assert set(frame) == {"src", "width", "height", "frameborder", "scrolling", "title"}  # WordPress keeps these
    assert frame["src"] == f"{BASE}/embed/newsroom"
    assert (frame["width"], frame["height"], made["width"], made["height"]) == ("600", "574", 600, 574)


@pytest.mark.parametrize(("asked", "width"), [({}, 600), ({"maxwidth": 500}, 500), ({"maxwidth": 5000}, 600)])
def test_it_is_as_wide_as_the_host_can_have_it(desk, client, asked, width):
    assert told(client, **asked)["width"] == width


def test_where_the_host_has_less_height_the_frame_scrolls(desk, client):
    made = told(client, maxheight=200)
    frame = Tags(made["html"]).found[-1][1]
    assert (made["height"], frame["height"], frame["scrolling"]) == (200, "200", "auto")
    assert Tags(told(client)["html"]).found[-1][1]["scrolling"] == "no"


@pytest.mark.parametrize("size", ["0", "-1", "many", "1e3", "٣٠٠", ""])
def test_a_size_that_is_none_counts_as_not_asked(desk, client, size):
    assert told(client, maxwidth=size)["width"] == 600


def test_a_narrow_frame_is_higher_and_one_that_takes_no_gifts_lower(desk, client):
    wide, narrow = told(client)["height"], told(client, maxwidth=300)["height"]
    with desk.database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        lifecycle.end(session, campaign, now=desk.now)
    assert narrow > wide > told(client)["height"]


@pytest.mark.parametrize(
    "path",
    ["/c/newsroom", "/c/newsroom/", "/c/newsroom/donate?amount=5", "/c/newsroom/thanks?gift=secret", "/embed/newsroom"],
)
def test_every_page_of_a_campaign_can_be_pasted(desk, client, path):
    made = told(client, BASE + path)
    assert Tags(made["html"]).found[1][1] == {"href": f"{BASE}/c/newsroom"}
    assert "secret" not in json.dumps(made)


def test_a_link_may_say_how_the_bar_looks(desk, client):
    made = told(client, f"{BASE}/c/newsroom?lang=de&theme=dark&accent=%23aa0044&utm_source=x")
    assert Tags(made["html"]).found[-1][1]["src"] == f"{BASE}/embed/newsroom?theme=dark&accent=aa0044&lang=de"


def test_a_site_behind_https_may_be_linked_to_by_http_and_in_capitals(desk, client):
    assert told(client, "HTTPS://TIDEMARK.TEST/c/newsroom")["type"] == "rich"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "newsroom",
        "/c/newsroom",
        f"{BASE}/",
        f"{BASE}/c/nowhere",
        f"{BASE}/c/newsroom/wall",
        f"{BASE}/console/campaigns",
        "http://tidemark.test.evil.example/c/newsroom",
        "http://evil.example/c/newsroom",
        "http://tidemark.test@evil.example/c/newsroom",
        "javascript:alert(1)//tidemark.test/c/newsroom",
        "http://[::1/c/newsroom",
        f"{BASE}/c/newsroom?" + "a=1&" * 40,
        f"{BASE}/c/newsroom?" + "a" * 3_000,
    ],
)
def test_what_is_none_of_ours_is_not_found(desk, client, url):
    assert client.get("/oembed", query_string={"url": url}).status_code == 404


def test_a_draft_is_not_found_and_an_ended_campaign_goes_on_answering(desk, client):
    with desk.database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        lifecycle.end(session, campaign, now=desk.now)
    assert told(client)["title"]
    assert client.get(f"/oembed?url={BASE}/c/newsroom").headers["Cache-Control"] == KEEP


def test_another_format_is_not_implemented(desk, client):
    assert client.get(f"/oembed?url={BASE}/c/newsroom&format=yaml").status_code == 501


def test_the_same_in_xml(desk, client):
    answer = client.get(f"/oembed?url={BASE}/c/newsroom&format=xml")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    read = {child.tag: child.text for child in ET.fromstring(answer.data)}
    assert read == {name: str(value) for name, value in told(client).items()}


def test_a_plugin_gets_the_element_without_quote_frame_or_script(desk, client):
    made = told(client, f"{BASE}/c/newsroom?lang=de", for_="plugin")
    tags = Tags(made["html"]).found
    assert [tag for tag, _ in tags] == ["tidemark-progress", "a", "img"]
    assert tags[0][1] == {"lang": "de", "campaign": "newsroom"}


def test_who_wants_a_picture_gets_one_that_fits(desk, client):
    made = told(client, type="photo", maxwidth=300)
    assert (made["type"], made["url"], made["width"], made["height"]) == (
        "photo",
        f"{BASE}/img/newsroom.png",
        300,
        60,
    )
    assert "html" not in made


def test_a_title_full_of_markup_stays_text(desk, client):
    desk.campaign("nasty")
    with desk.database.writing() as session:
        lifecycle.edit(session, lifecycle.find(session, "nasty")[0], title=POLYGLOT, now=desk.now)
    for form in ("", "plugin"):
        tags = Tags(told(client, f"{BASE}/c/nasty", for_=form)["html"]).found
        assert {tag for tag, _ in tags} <= {"blockquote", "a", "iframe", "tidemark-progress", "img"}
    answer = client.get(f"/oembed?url={BASE}/c/nasty&format=xml")
    assert ET.fromstring(answer.data).findtext("title") == POLYGLOT


def test_an_unchanged_answer_is_a_304(desk, client):
    first = client.get(f"/oembed?url={BASE}/c/newsroom")
    again = client.get(f"/oembed?url={BASE}/c/newsroom", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(f"/oembed?url={BASE}/c/newsroom&maxwidth=300").headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("path", ["/c/newsroom", "/c/newsroom/thanks?gift=secret"])
def test_a_host_finds_the_way_here_in_the_head_of_the_page(desk, client, path):
    page = client.get(path).data
    head = page[: page.index(b"</head>")]
    assert len(head) < 150_000
    found = [attributes for tag, attributes in Tags(head.decode()).found if attributes.get("rel") == "alternate"]
    assert [one["type"] for one in found] == ["application/json+oembed", "text/xml+oembed"]
    for one in found:
        href = one["href"] or ""
        assert href.startswith(f"{BASE}/oembed?url=")
        assert "secret" not in href
        answer = client.get(href.removeprefix(BASE))
        assert answer.status_code == 200
        assert answer.mimetype == str(one["type"]).replace("+oembed", "")
