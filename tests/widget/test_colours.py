"""Accents: typed, seen on light and dark cards, and words on them can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.widget.colours import (
    CONTRAST_MIN,
    DARK_SURFACE,
    LIGHT_SURFACE,
    TEXT_CONTRAST_MIN,
    accent_of,
    colour,
    contrast,
    ink_on,
)

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize("text", ["#0B7A75", "0b7a75"])
def test_a_colour_is_six_digits(text):
    assert colour(text) == "#0b7a75"


@pytest.mark.parametrize("text", [None, "", "red", "#fff", "0b7a75;}", "url(x)", "#0b7a7５"])
def test_anything_else_is_none(text):
    assert colour(text) is None


@given(chosen=colours)
def test_any_accent_is_seen_on_both_cards_and_its_words_can_be_read(chosen):
    made = accent_of(chosen)
    assert contrast(made.light, LIGHT_SURFACE) >= CONTRAST_MIN
    assert contrast(made.dark, DARK_SURFACE) >= CONTRAST_MIN
    assert contrast(made.light, made.light_ink) >= TEXT_CONTRAST_MIN
    assert contrast(made.dark, made.dark_ink) >= TEXT_CONTRAST_MIN


def test_an_accent_that_is_seen_is_left_alone():
    assert accent_of("#b3261e").light == "#b3261e"
    assert accent_of("#39c6ba").dark == "#39c6ba"
    assert ink_on("#ffd34d") == "#06201e"
