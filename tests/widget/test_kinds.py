"""Every kind in every state: whole for those who see nothing, without anything a strict policy would refuse."""

from __future__ import annotations

import re

import pytest

from campaigns.widget.contact import states
from campaigns.widget.kinds import draw
from campaigns.widget.look import DEFAULT_KIND, Look, kinds
from campaigns.widget.script import SHARED, module, module_path, shared, sheet_of
from tests.widget.test_fragment import Outline

STATES = states()
SMALL = ("compact", "ticker")


def test_the_kinds_on_the_shelf():
    assert SHARED not in kinds()
    assert kinds() == ("bar", "compact", "ring", "thermometer", "ticker")
    assert [kind for kind in kinds() if sheet_of(kind) is None] == [DEFAULT_KIND]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", kinds())
def test_a_kind_tells_everything_in_words(kind, state):
    snapshot = STATES[state]
    drawn = Outline(str(draw(snapshot, Look(kind), "https://give.example.org")))
    (card,) = drawn.of("tm")
    assert f"tm-kind-{kind}" in str(card["class"]).split()
    meters = [attributes for _, attributes in drawn.tags if attributes.get("role") == "progressbar"]
    assert len(meters) == (1 if snapshot.progress.goal_minor else 0)
    for meter in meters:
        percent = int(snapshot.progress.percent)
        told = str(meter["aria-valuetext"])
        assert re.search(rf"\b{percent}\b", told) or snapshot.language == "ar", told
    assert len(drawn.of("tm-steps")) == (1 if snapshot.progress.steps else 0)
    goes = [
        attributes
        for attributes in drawn.of("tm-go")
        if str(attributes["href"]).startswith("https://give.example.org/c/")
    ]
    assert len(goes) == (1 if snapshot.status == "live" else 0)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", kinds())
def test_nothing_in_a_kind_is_refused_by_a_strict_policy_and_no_number_is_none(kind, state):
    html = str(draw(STATES[state], Look(kind), "https://give.example.org"))
    tags = Outline(html).tags
    assert not [tag for tag, attributes in tags if tag in ("style", "script") or "style" in attributes]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "None" not in html
    assert "nan" not in html


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_brings_its_sheet_in_a_module_and_waits_for_it_unless_the_script_has_it(kind):
    (card,) = Outline(str(draw(STATES["Between milestones"], Look(kind), ""))).of("tm")
    assert card["data-module"] == module_path(kind)
    assert ("data-waits" in card) == (kind != DEFAULT_KIND)
    assert (f".tm-kind-{kind}" in module(kind).body.decode()) == (kind != DEFAULT_KIND)


def test_only_what_the_shared_sheet_says_too_little_of_waits_for_its_module():
    for look, waits in ((Look(DEFAULT_KIND), False), (Look(DEFAULT_KIND, density="compact"), True)):
        (card,) = Outline(str(draw(STATES["Ended"], look, ""))).of("tm")
        assert card["data-module"] == module_path(DEFAULT_KIND)
        assert ("data-waits" in card) == waits


@pytest.mark.parametrize("kind", kinds())
def test_the_module_is_served_under_its_content_and_no_other(client, kind):
    answer = client.get(module_path(kind))
    assert (answer.status_code, answer.data) == (200, module(kind).body)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(module_path(kind).replace(".", ".0", 1)).status_code == 404
    assert client.get(module_path(kind).replace(kind, "square")).status_code == 404


def test_no_space_between_two_selectors_is_lost():
    """`.a :is(.b)` is what is within, `.a:is(.b)` the thing itself: a squeezer took one for the other."""
    assert ".tm-tight :is(.tm-crest," in shared().body.decode()
    assert "@container tm (min-width" in module("ring").body.decode()
