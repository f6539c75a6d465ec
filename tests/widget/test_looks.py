"""Saved looks: what staff choose is checked, kept under a name, and found again by every bar that names it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from campaigns.audit import AuditEntry
from campaigns.campaign import lifecycle
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.widget import drafts, embeds
from campaigns.widget.colours import CONTRAST_MIN, WHITE, contrast
from campaigns.widget.contact import states
from campaigns.widget.drawing import Drawing
from campaigns.widget.embeds import Refusal, look_of, terms_of
from campaigns.widget.kinds import draw
from campaigns.widget.look import Look
from campaigns.widget.models import Embed
from campaigns.widget.picture import picture
from tests.bed.cast import Cast, token_on
from tests.bed.desk import NOW
from tests.bed.looking import page_of
from tests.widget.test_fragment import Outline
from tests.widget.test_public_reads import Tags

PAGE = "/console/campaigns/newsroom/embed"
EVENING = Look(
    kind="ring",
    theme="dark",
    accent="#aa0044",
    language="de",
    surface="#fff8e7",
    text="#222222",
    surface_dark="#101820",
    text_dark="#f0f0f0",
    radius=4,
    density="compact",
    font="serif",
    leads="goal",
    figure="amount",
    amounts="after",
    has_time_left=False,
    has_donors=False,
)


YELLOW = Look(surface="#101010", accent="#ffe14d")


def campaign_id(session) -> int:
    return lifecycle.find(session, "newsroom")[0].id


@pytest.fixture
def save(desk):
    """`save("Sidebar", look, is_default=True)` → the key."""

    def made(name: str, look: Look, *, is_default: bool = False) -> str:
        with desk.database.writing() as session:
            saved = embeds.create(
                session, campaign_id(session), name=name, look=look, is_default=is_default, now=desk.now
            )
            return saved.key

    return made


@pytest.fixture
def editor(app: Flask, desk) -> FlaskClient:
    return Cast(app, desk.database).client("editor")


def drawn(client: FlaskClient, path: str) -> Outline:
    answer = client.get(path)
    assert answer.status_code == 200
    return Outline(answer.get_data(as_text=True))


# What is chosen is checked.


def test_every_look_is_read_back_as_it_was_written():
    for look in (Look(), EVENING):
        assert look_of(terms_of(look)) == look


def test_everything_that_is_wrong_is_said_at_once_and_with_what_would_do():
    wrong = {
        "kind": "square",
        "accent": "red",
        "radius": "99",
        "surface": "ffffff",
        "text": "eeeeee",
        "language": "tlh",
    }
    with pytest.raises(Refusal) as caught:
        look_of(wrong)
    assert set(caught.value.problems) == {"kind", "accent", "radius", "text", "language"}
    assert "write six digits, such as 0b7a75" in caught.value.problems["accent"]
    told = caught.value.problems["text"]
    assert "#eeeeee on #ffffff" in told
    assert "1.2 to 1" in told
    assert re.search(r"#[0-9a-f]{6} would do$", told)


@pytest.mark.parametrize("radius", ["-1", "29", "4px", "٤", "1e1", "4.5"])
def test_a_radius_is_whole_pixels(radius):
    with pytest.raises(Refusal, match="from 0 to 28"):
        look_of({"radius": radius})


def test_dark_words_are_held_to_the_dark_card():
    with pytest.raises(Refusal) as caught:
        look_of({"text_dark": "333333"})
    assert set(caught.value.problems) == {"text_dark"}
    assert look_of({"text": "333333"}).text == "#333333"


# Bars find it.


def test_a_bar_that_names_a_look_has_it_and_its_attributes_override_it(save, client):
    key = save("Evening", EVENING)
    card = drawn(client, f"/embed/newsroom/fragment?embed={key}").of("tm")[0]
    assert "tm-kind-ring tm-dense" in str(card["class"])
    assert (card["lang"], card["data-theme"]) == ("de", "dark")
    style = dict(one.split(":") for one in str(card["data-style"]).split(";"))
    assert style["--tm-surface"] == "#fff8e7"
    assert style["--tm-surface-dark"] == "#101820"
    assert style["border-radius"] == "4px"
    assert style["--tm-pill"] == "6px"
    assert style["font-family"].startswith("Georgia")
    over = drawn(client, f"/embed/newsroom/fragment?embed={key}&kind=bar&theme=auto&lang=en&accent=0b7a75").of("tm")[0]
    assert "tm-kind-bar" in str(over["class"])
    assert (over["lang"], over["data-theme"]) == ("en", "auto")
    assert "--tm-surface:#fff8e7" in str(over["data-style"])


def test_what_is_changed_shows_under_the_same_name_and_is_another_version(desk, save, client):
    key = save("Evening", EVENING)
    path = f"/embed/newsroom/fragment?embed={key}"
    before = client.get(path)
    with desk.database.writing() as session:
        found = embeds.find(session, campaign_id(session), key)
        embeds.change(
            session, found, name="Evening", look=replace(EVENING, kind="compact"), is_default=False, now=desk.now
        )
    after = client.get(path, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    versions = [Outline(one.get_data(as_text=True)).of("tm")[0]["data-version"] for one in (before, after)]
    assert versions[0] != versions[1]
    assert client.get(path, headers={"If-None-Match": after.headers["ETag"]}).status_code == 304


def test_the_campaigns_own_look_is_everywhere_that_names_none(save, client):
    save("Ours", replace(EVENING, kind="bar", language=None), is_default=True)
    for path in (
        "/embed/newsroom/fragment",
        "/embed/newsroom",
        "/c/newsroom",
        "/embed/newsroom/fragment?embed=unknown",
    ):
        (card,) = drawn(client, path).of("tm")
        assert "--tm-surface:#fff8e7" in str(card["data-style"]), path
    page = client.get("/c/newsroom")
    assert "<style>.tm.tm.tm{--tm-surface:#fff8e7" in page.get_data(as_text=True)
    assert "'sha256-" in page.headers["Content-Security-Policy"]
    assert b"#101820" in client.get("/img/newsroom.svg").data


def test_another_campaigns_look_is_not_taken(desk, save, client):
    key = save("Evening", EVENING)
    desk.campaign("roof")
    (card,) = drawn(client, f"/embed/roof/fragment?embed={key}").of("tm")
    assert "data-style" not in card


def test_a_look_that_was_taken_away_leaves_the_bar_as_it_would_be(desk, save, client):
    key = save("Evening", EVENING)
    with desk.database.writing() as session:
        embeds.remove(session, embeds.find(session, campaign_id(session), key))
    (card,) = drawn(client, f"/embed/newsroom/fragment?embed={key}").of("tm")
    assert "tm-kind-bar" in str(card["class"])


def test_a_kind_that_is_no_longer_on_the_shelf_gives_way_to_the_bar(desk, save, client):
    key = save("Evening", EVENING)
    with desk.database.writing() as session:
        embeds.find(session, campaign_id(session), key).kind = "pyramid"
    (card,) = drawn(client, f"/embed/newsroom/fragment?embed={key}").of("tm")
    assert "tm-kind-bar tm-dense" in str(card["class"])


def test_pictures_frames_and_hosts_that_ask_for_a_link_get_it_too(save, client):
    key = save("Evening", EVENING)
    assert b"#101820" in client.get(f"/img/newsroom.svg?embed={key}").data
    assert client.get(f"/img/newsroom.png?embed={key}").status_code == 200
    url = quote(f"http://tidemark.test/c/newsroom?embed={key}", safe="")
    made = client.get(f"/oembed?url={url}").get_json()
    assert f"/embed/newsroom?embed={key}" in made["html"]
    assert f'embed="{key}"' in client.get(f"/oembed?url={url}&for=plugin").get_json()["html"]
    (element,) = [a for tag, a in drawn(client, f"/embed/newsroom?embed={key}").tags if tag == "tidemark-progress"]
    assert element["embed"] == key


def test_only_one_is_the_campaigns_own(desk, save):
    first, second = save("One", Look(), is_default=True), save("Two", Look(kind="ring"), is_default=True)
    with desk.database.reading() as session:
        own = {one.key: one.is_default for one in embeds.every(session, campaign_id(session))}
    assert own == {first: False, second: True}


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
def test_a_name_is_plain_and_short(save, name):
    with pytest.raises(Invalid):
        save(name, Look())


def test_two_looks_of_a_campaign_have_two_names(save):
    save("Sidebar", Look())
    with pytest.raises(Invalid, match="already"):
        save("Sidebar ", Look(kind="ring"))


def test_what_is_unknown_is_not_found(desk):
    with desk.database.reading() as session, pytest.raises(NotFound):
        embeds.find(session, campaign_id(session), "none")


# What comes first, and how amounts are written.


@pytest.mark.parametrize(
    ("over", "said", "not_said"),
    [
        ({}, "$145 to go until Servers paid.", "to reach $5,000"),
        ({"leads": "goal"}, "$2,645 to go to reach $5,000.", "Servers paid."),
        ({"amounts": "after"}, "145 $ to go", "$145"),
        ({"amounts": "code"}, "USD 145 to go", "$145"),
        ({"has_time_left": False}, "58 donors", "days left"),
        ({"has_donors": False}, "7 days left", "donors"),
        ({"figure": "percent"}, "$2,355 of $5,000 this month", "47% of $5,000 this month"),
    ],
)
def test_staff_choose_what_is_said_first(over, said, not_said):
    bar = Drawing(states()["Between milestones"], Look(**over), "")
    assert bar.days_left in (7, 8, None)
    text = Outline(str(draw_of(over))).text.replace("8 days", "7 days")
    assert said in text
    assert not_said not in text


def draw_of(over: dict[str, Any]) -> str:
    return draw(states()["Between milestones"], Look(**over), "")


@pytest.mark.parametrize(("figure", "large", "small"), [("kind", "47%", "$2,355"), ("amount", "$2,355", "47%")])
def test_the_ring_holds_the_one_and_says_the_other(figure, large, small):
    outline = Outline(str(draw_of({"kind": "ring", "figure": figure})))
    assert outline.text.index(f"{small} of $5,000") < outline.text.index(large)
    svg = picture(states()["Between milestones"], Look(kind="ring", figure=figure), "")
    assert svg.index(f">{large}<") < svg.index(f">{small}<")


# Drafts.


def test_a_draft_is_read_back_for_a_day_and_nobody_else_can_write_one():
    with time_machine.travel(NOW, tick=False) as traveller:
        word = drafts.written("secret", EVENING)
        assert drafts.read("secret", word) == EVENING
        assert drafts.read("other secret", word) is None
        assert drafts.read("secret", word[:-1]) is None
        assert drafts.read("secret", "~") is None
        assert drafts.read("secret", word.removeprefix("~")) is None
        traveller.shift(24 * 3600 + 2)
        assert drafts.read("secret", word) is None


# The console.


def save_form(client: FlaskClient, query: str = "") -> tuple[str, dict[str, str]]:
    """Where the form that saves goes, and its fields as they stand."""
    page = page_of(client, PAGE + query)
    form = re.search(r'<form class="placing-save" method="post" action="([^"]+)".*?</form>', page, re.DOTALL)
    assert form is not None
    inputs = [a for tag, a in Tags(form[0]).found if tag == "input"]
    fields = {str(a["name"]): a.get("value") or "" for a in inputs}
    fields.pop("is_default")
    return html.unescape(form[1]), fields


def test_staff_save_what_is_shown_and_paste_its_key(desk, editor, client):
    query = "?kind=ring&surface=fff8e7&text=222222&radius=0&figure=amount&has_donors=no"
    shown = page_of(editor, PAGE + query)
    assert "A page cannot say all of this look by itself." in shown
    assert 'id="host-site"' not in shown
    (frame, _) = [a for tag, a in Tags(shown).found if tag == "iframe"]
    assert "embed=~" in str(frame["src"]).replace("%7E", "~")
    article = page_of(editor, html.unescape(str(frame["src"])))
    draft = Tags(article).found
    (element,) = [a for tag, a in draft if tag == "tidemark-progress"]
    (card,) = drawn(client, f"/embed/newsroom/fragment?embed={quote(str(element['embed']))}").of("tm")
    assert "--tm-surface:#fff8e7" in str(card["data-style"])
    where, fields = save_form(editor, query)
    answer = editor.post(where, data=fields | {"name": "Sidebar"})
    assert answer.status_code == 303
    with desk.database.reading() as session:
        (made,) = embeds.every(session, campaign_id(session))
        assert (made.kind, made.surface, made.radius, made.has_donors) == ("ring", "#fff8e7", 0, False)
        act = session.query(AuditEntry).filter_by(thing="embed").one()
        assert act.action == "create"
    page = page_of(editor, answer.headers["Location"])
    assert f'embed="{made.key}"' in html.unescape(page)
    assert f"/c/newsroom?embed={made.key}" in html.unescape(page)


def test_a_saved_look_is_changed_and_taken_away(desk, save, editor):
    key = save("Sidebar", Look(surface="#fff8e7"))
    where, fields = save_form(editor, f"?embed={key}&surface=000000&text=ffffff")
    assert where.endswith(f"/looks/{key}")
    assert fields["name"] == "Sidebar"
    assert editor.post(where, data=fields | {"is_default": "y"}).status_code == 303
    with desk.database.reading() as session:
        changed = embeds.find(session, campaign_id(session), key)
        assert (changed.surface, changed.text, changed.is_default) == ("#000000", "#ffffff", True)
    page = editor.get(f"{PAGE}?embed={key}")
    answer = editor.post(f"{PAGE}/looks/{key}/remove", data={"csrf_token": token_on(page)})
    assert answer.status_code == 303
    with desk.database.reading() as session:
        assert session.query(Embed).count() == 0


def test_what_cannot_be_read_is_refused_beside_its_field_and_nothing_is_saved(desk, editor):
    page = page_of(editor, PAGE + "?surface=ffffff&text=eeeeee&radius=90")
    assert "2 things need another look" in page
    assert 'id="text-error"' in page
    assert 'value="eeeeee"' in page
    where, fields = save_form(editor)
    answer = editor.post(where, data=fields | {"name": "Pale", "surface": "ffffff", "text": "eeeeee"})
    assert answer.status_code == 422
    assert "are hard to read" in answer.get_data(as_text=True)
    with desk.database.reading() as session:
        assert session.query(Embed).count() == 0


def test_a_name_that_is_missing_or_taken_is_said_and_the_look_is_kept(save, editor):
    save("Sidebar", Look())
    where, fields = save_form(editor, "?surface=fff8e7")
    for name, told in (("", "Give the look a name"), ("Sidebar", "already")):
        answer = editor.post(where, data=fields | {"name": name})
        assert answer.status_code in (400, 422)
        assert told in answer.get_data(as_text=True)
        assert 'name="surface" value="#fff8e7"' in answer.get_data(as_text=True)


def test_who_may_only_look_is_offered_nothing_to_save(app, desk):
    viewer = Cast(app, desk.database).client("viewer")
    assert "placing-save" not in page_of(viewer, PAGE)
    assert "An editor of this console can save it" in page_of(viewer, PAGE + "?surface=fff8e7")


def test_a_look_of_another_campaign_is_not_found(desk, save, editor):
    key = save("Sidebar", Look())
    desk.campaign("roof")
    assert editor.get(f"/console/campaigns/roof/embed?embed={key}").status_code == 404


def test_on_paper_an_accent_that_suits_a_dark_card_is_still_seen():
    style = dict(one.split(":", 1) for one in Drawing(states()["Between milestones"], YELLOW, "").style.split(";"))
    assert style["--tm-accent"] == "#ffe14d"
    assert contrast(style["--tm-paper"], WHITE) >= CONTRAST_MIN
    assert "--tm-paper" not in Drawing(states()["Between milestones"], Look(accent="#aa0044"), "").style


def test_two_who_make_their_looks_the_campaigns_own_at_once_are_told(desk, save, monkeypatch):
    """The second one's view of who is the campaign's own is older than the first one's word."""
    save("One", Look(), is_default=True)
    with desk.database.writing() as session:
        monkeypatch.setattr(session, "execute", lambda *_, **__: None)  # saw nobody to take it from
        of = campaign_id(session)
        with pytest.raises(Conflict, match="save yours again"):
            embeds.create(session, of, name="Two", look=Look(), is_default=True, now=desk.now)
