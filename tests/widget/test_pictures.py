"""Pictures for hosts that take images only: every kind, whole in every state, with its text really drawn, and small."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from campaigns.widget import fonts
from campaigns.widget.look import Look, kinds
from campaigns.widget.picture import CARD, picture, size_of
from tests.bed.pictures import (
    BYTES_MAX,
    GERMAN,
    MARKUP,
    PICTURES,
    SVG,
    URL,
    WORST,
    drawn,
    painted,
    said,
    size,
    snapshot,
)


def test_every_kind_of_widget_has_a_picture():
    for kind in kinds():
        width, height = size_of(kind)
        root = ET.fromstring(picture(snapshot(), Look(kind=kind), URL))
        assert (root.get("width"), root.get("height")) == (str(width), str(height))


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("state", WORST)
@pytest.mark.parametrize("theme", ["auto", "dark"])
def test_a_picture_is_whole_in_every_state_and_refers_to_nothing(name, state, theme):
    for for_painter in (False, True):
        root = ET.fromstring(drawn(WORST[state], name, theme=theme, painted=for_painter))
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {"svg", "title", "style", "g", "rect", "path", "circle", "text", "tspan"}
        assert not [attribute for element in root.iter() for attribute in element.attrib if "href" in attribute]
        assert ("style" in tags) == (theme == "auto" and not for_painter)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bar", ["Keep the newsroom running", "$2,355", "$5,000", "Step 2", "Donate"]),
        ("thermometer", ["Keep the newsroom running", "$2,355", "47% of $5,000", "Step 1", "Step 2", "Donate"]),
        ("ring", ["$2,355", "of $5,000", "47%", "Donate"]),
        ("compact", ["Keep the newsroom running", "$2,355", "47%"]),
        ("ticker", ["$2,355", "$145 to go until Step 1"]),
        (
            CARD,
            ["Keep the newsroom running", "$2,355", "of $5,000", "47% · 58 donors · 8 days left", "give.example.org"],
        ),
    ],
)
def test_a_picture_says_what_its_kind_is_for(name, words):
    text = said(drawn(snapshot(), name))
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_asks_for_nothing_while_nothing_is_taken(name):
    assert "Ended" in said(drawn(snapshot(status="ended"), name))
    assert "Donate" not in said(drawn(snapshot(status="ended"), name))
    assert "Paused" in said(drawn(snapshot(status="paused"), name))


def test_a_long_title_is_made_smaller_before_it_is_cut():
    sizes = [
        max(map(float, re.findall(r'font-size="(\d+)" font-weight="700"', drawn(snapshot(title=title), CARD)[:1500])))
        for title in ("Short", "Keep all of our reporters and editors busy for the whole of the coming year")
    ]
    assert sizes[0] > sizes[1]
    assert "…" in said(drawn(snapshot(title=GERMAN * 3), CARD))


def test_names_stay_text_and_are_escaped_once():
    svg = drawn(snapshot(title=MARKUP), CARD)
    assert MARKUP in said(svg).replace(" | ", " ")
    assert "<svg onload" not in svg
    assert "&amp;amp;" not in svg


@pytest.mark.parametrize("name", PICTURES)
def test_a_character_that_no_xml_may_have_does_not_cost_the_picture(name):
    shown = snapshot(title="Keep\x00\x0b the\ufffe newsroom\ud83d running")
    for for_painter in (False, True):
        assert "Keep the" in ET.fromstring(drawn(shown, name, painted=for_painter)).findtext(f"{SVG}title", "")


def test_a_dark_picture_differs_from_a_light_one_and_auto_follows_the_browser():
    assert "#161b1a" in drawn(snapshot(), "ring", theme="dark")
    auto = drawn(snapshot(), "ring", theme="auto")
    assert "prefers-color-scheme:dark" in auto
    assert '[fill="#fbfaf7"]{fill:#161b1a}' in auto


# -- that the text is really painted -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_the_text_is_there_and_no_font_of_the_machine_is_needed(name):
    svg = drawn(snapshot(), name, painted=True)
    assert painted(svg) != painted(svg, with_fonts=False)
    without_text = re.sub(r"<text.*?</text>", "", svg, flags=re.DOTALL)
    assert painted(svg, with_fonts=False) == painted(without_text)


def word(text: str, weight: int = 400) -> bytes:
    text = f'<text x="200" y="60" font-size="40" text-anchor="middle" font-weight="{weight}">{text}</text>'
    return painted(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="100" font-family="{fonts.FAMILY}">{text}</svg>'
    )


@pytest.mark.parametrize("text", ["Ärger", "Français œuvre", "¿Qué año?", "٢٬٣٥٥", "الأخبار", "Київ", "Ελλάδα", "שלום"])
def test_every_letter_of_our_languages_is_drawn_and_bold_is_bolder(text):
    missing = word("\ue000" * len(text))
    assert word(text) not in (missing, word(""))
    assert word(text) != word(text, weight=700)
    for character in text.replace(" ", ""):
        assert ord(character) in fonts._characters()


def test_arabic_letters_are_joined():
    joined, apart = word("ببب"), word("ب\u200cب\u200cب")
    assert joined != apart
    assert word("لا") != word("ل\u200cا")


def test_arabic_is_read_from_the_right():
    assert word("\u2067مرحبا 12\u2069") == word("\u2067مرحبا 12\u2069")
    assert word("\u2067مرحبا Tidemark\u2069") != word("\u2066مرحبا Tidemark\u2069")


def test_what_no_font_has_is_left_out_instead_of_a_box():
    assert fonts.drawable("Help 🎉 now 漢字 please") == "Help 🎉 now please"
    assert fonts.drawable("Cafe\u0301") == "Café"
    assert word("🎉") != word("")


# -- how large it is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_a_png_has_its_size_and_weighs_little_in_the_worst_states(name):
    scales = (1,) if name == CARD else (1, 2)
    width, height = size_of(name)
    for shown in WORST.values():
        for scale in scales:
            png = painted(drawn(shown, name, painted=True), scale)
            assert size(png) == (width * scale, height * scale)
            assert len(png) <= BYTES_MAX


def test_the_card_is_as_large_as_hosts_ask_for():
    assert size_of(CARD) == (1200, 630)
