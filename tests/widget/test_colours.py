"""Accents: typed, seen on light and dark cards, and words on them can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.widget.colours import (
    BLACK,
    CONTRAST_MIN,
    DARK,
    LIGHT,
    LIGHT_INK,
    TEXT_CONTRAST_MIN,
    Palette,
    colour,
    contrast,
    ink_on,
    palette,
    words_problem,
)

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize("text", ["#0B7A75", "0b7a75"])
def test_a_colour_is_six_digits(text):
    assert colour(text) == "#0b7a75"


@pytest.mark.parametrize("text", [None, "", "red", "#fff", "0b7a75;}", "url(x)", "#0b7a7５"])
def test_anything_else_is_none(text):
    assert colour(text) is None


@pytest.mark.parametrize("plain", [LIGHT, DARK])
@given(accent=colours)
def test_any_accent_is_seen_on_both_cards_and_its_words_can_be_read(plain, accent):
    made = palette(plain, None, None, accent)
    assert contrast(made.accent, plain.surface) >= CONTRAST_MIN
    assert contrast(made.accent, made.ink) >= TEXT_CONTRAST_MIN
    assert (made.surface, made.text, made.muted) == (plain.surface, plain.text, plain.muted)


def test_an_accent_that_is_seen_is_left_alone():
    assert palette(LIGHT, None, None, "#b3261e").accent == "#b3261e"
    assert palette(DARK, None, None, "#39c6ba") == DARK
    assert ink_on("#ffd34d") == "#06201e"


@pytest.mark.parametrize("plain", [LIGHT, DARK])
def test_a_card_of_which_nothing_was_chosen_is_as_it_is(plain):
    assert palette(plain, None, None, None) is plain


@pytest.mark.parametrize("plain", [LIGHT, DARK])
@given(surface=colours, accent=st.none() | colours)
def test_on_any_card_words_can_be_read_and_the_fill_is_told_from_its_track(plain, surface, accent):
    made = palette(plain, surface, None, accent)
    assert made.surface == surface
    assert contrast(made.text, surface) >= TEXT_CONTRAST_MIN
    assert contrast(made.muted, surface) >= TEXT_CONTRAST_MIN
    assert contrast(made.accent, surface) >= CONTRAST_MIN
    if surface != plain.surface:
        assert contrast(made.accent, made.track) >= CONTRAST_MIN
    assert contrast(made.accent, made.ink) >= TEXT_CONTRAST_MIN


@given(surface=colours, text=colours)
def test_words_that_cannot_be_read_are_refused_with_some_that_can(surface, text):
    problem = words_problem(LIGHT, surface, text)
    if contrast(text, surface) >= TEXT_CONTRAST_MIN:
        assert problem is None
    else:
        assert problem is not None
        suggested = problem.split("; ")[1].split()[0]
        assert contrast(suggested, surface) >= TEXT_CONTRAST_MIN
        assert words_problem(LIGHT, surface, suggested) is None


def test_words_are_held_to_the_card_that_they_get_when_none_is_chosen():
    assert words_problem(LIGHT, None, "#17211f") is None
    assert words_problem(DARK, None, "#17211f") is not None
    assert words_problem(LIGHT, "#17211f", None) is None  # words of our own are fitted


def test_only_chosen_colours_are_others():
    made = palette(LIGHT, "#ffffff", "#000000", None)
    assert isinstance(made, Palette)
    assert (made.surface, made.text) == (LIGHT_INK, BLACK)
