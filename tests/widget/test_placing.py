"""Putting the bar on a site, in the console: the choices, the article, and what each kind of site is given."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from campaigns.campaign import lifecycle
from campaigns.widget.look import kinds
from campaigns.widget.script import script as embed_script
from tests.bed.cast import Cast
from tests.bed.desk import Desk
from tests.bed.looking import page_of
from tests.widget.test_public_reads import POLYGLOT, Tags

PAGE = "/console/campaigns/newsroom/embed"
BASE = "http://tidemark.test"


@pytest.fixture
def cast(app: Flask, desk: Desk) -> Cast:
    return Cast(app, desk.database)


@pytest.fixture
def viewer(desk, cast: Cast) -> FlaskClient:
    return cast.client("viewer")


def texts(page: str) -> dict[str, str]:
    """What there is to paste, by the name of the host."""
    found = re.findall(r'<pre id="host-([a-z-]+)"[^>]*><code>(.*?)</code>', page, re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


def test_every_kind_of_site_is_given_a_text_with_a_working_link(viewer):
    given = texts(page_of(viewer, PAGE))
    assert set(given) == {
        "site",
        "integrity",
        "wordpress",
        "wordpress-plugin",
        "wordpress-html",
        "ghost",
        "drupal",
        "markdown",
        "frame",
        "newsletter",
        "feed",
        "readme",
    }
    assert given.pop("wordpress-plugin") == '[tidemark campaign="newsroom"]'
    for name, text in given.items():
        address = "embed" if name == "frame" else "c"
        assert f"{BASE}/{address}/newsroom" in text, name
        assert "style=" not in text
    assert given["wordpress"] == f"{BASE}/c/newsroom"
    assert 'src="http://tidemark.test/img/newsroom.png"' in given["newsletter"]
    assert given["readme"] == f"[![Newsroom: donate]({BASE}/img/newsroom.svg?kind=compact)]({BASE}/c/newsroom)"


def test_the_chosen_look_is_in_every_text_and_what_everybody_gets_in_none(viewer):
    asked = "?kind=ring&theme=dark&lang=de&accent=%23aa0044&source=page"
    given = texts(page_of(viewer, PAGE + asked))
    element = Tags(given["site"]).found[0]
    looks = {"kind": "ring", "theme": "dark", "accent": "aa0044", "lang": "de"}
    assert element == ("tidemark-progress", {"campaign": "newsroom", **looks, "source": ""})
    (picture,) = [attributes for tag, attributes in Tags(given["newsletter"]).found if tag == "img"]
    assert picture["src"] == f"{BASE}/img/newsroom.png?kind=ring&theme=dark&accent=aa0044&lang=de"
    assert (picture["width"], picture["height"], picture["alt"]) == ("260", "346", "Newsroom: spenden")
    assert given["wordpress"] == f"{BASE}/c/newsroom?kind=ring&theme=dark&accent=aa0044&lang=de"
    written = ' kind="ring" theme="dark" accent="aa0044" lang="de"'
    assert given["wordpress-plugin"] == f'[tidemark campaign="newsroom"{written}]'
    (script,) = [attributes for tag, attributes in Tags(given["integrity"]).found if tag == "script"]
    assert (script["integrity"], script["crossorigin"]) == (embed_script().integrity, "anonymous")
    assert script["src"] == f"{BASE}/widget.{embed_script().digest}.js"
    plain = texts(page_of(viewer, PAGE + "?kind=bar&theme=auto&lang=&accent="))
    assert plain == texts(page_of(viewer, PAGE))


def test_the_choices_made_stand_chosen(viewer):
    page = page_of(viewer, PAGE + "?kind=ticker&theme=light&lang=fr&accent=0b7a75&source=page")
    fields = Tags(page).found
    (kind,) = [a for tag, a in fields if tag == "input" and a.get("name") == "kind" and "checked" in a]
    assert kind["value"] == "ticker"
    assert [a["value"] for tag, a in fields if tag == "option" and "selected" in a][:2] == ["light", "fr"]
    assert [a["value"] for tag, a in fields if a.get("name") == "accent"] == ["0b7a75"]
    assert [a for tag, a in fields if a.get("name") == "source" and "checked" in a]


def test_the_article_is_for_the_frames_of_this_page_only(viewer, cast):
    frames = [a for tag, a in Tags(page_of(viewer, PAGE + "?kind=ring")).found if tag == "iframe"]
    assert [frame["src"] for frame in frames] == [f"{PAGE}/article?kind=ring"] * 2
    assert "frame-src 'self'" in viewer.get(PAGE).headers["Content-Security-Policy"]
    answer = viewer.get(f"{PAGE}/article?kind=ring")
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert b'<tidemark-progress campaign="newsroom" kind="ring">' in answer.data


def test_a_draft_is_not_shown_in_an_article_and_the_page_says_so(desk, viewer):
    with desk.database.writing() as session:
        steps = [(500_000, "Goal")]
        lifecycle.create(session, slug="roof", title=POLYGLOT, currency="EUR", now=desk.now, milestones=steps)
    page = page_of(viewer, "/console/campaigns/roof/embed")
    assert "A draft is shown to nobody" in page
    assert "<iframe" not in page
    assert "<script>alert" not in page
    tags = {tag for tag, _ in Tags(texts(page)["site"]).found}
    assert tags == {"tidemark-progress", "a", "img", "script"}


@pytest.mark.parametrize("kind", kinds())
def test_the_contact_sheet_shows_a_kind_in_every_state(viewer, kind):
    page = page_of(viewer, f"/console/contact-sheet?kind={kind}&theme=dark")
    cards = [a for _, a in Tags(page).found if f"tm-kind-{kind}" in (a.get("class") or "").split()]
    assert len(cards) == 2 * 17
    assert {card["data-theme"] for card in cards} == {"dark"}


def test_what_is_no_kind_and_no_theme_is_the_usual_one(viewer):
    assert "tm-kind-bar" in page_of(viewer, "/console/contact-sheet?kind=square&theme=none")


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/article", "/console/contact-sheet"])
def test_nobody_sees_it_without_logging_in(desk, client, path):
    assert client.get(path).status_code == 303
