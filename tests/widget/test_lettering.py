"""Guessed widths: never too narrow for the widest common font, and what is cut or wrapped fits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from campaigns.widget.lettering import shortened, text_pixels, wrapped


@given(text=st.text(max_size=200), pixels=st.floats(20, 300))
def test_a_shortened_text_fits(text, pixels):
    assert text_pixels(shortened(text, pixels, 13), 13) <= pixels


def test_a_text_that_fits_is_left_alone():
    assert shortened("Servers paid", 200, 13) == "Servers paid"
    assert shortened("Keep the newsroom running", 100, 13).endswith("…")


@given(text=st.text(max_size=80))
def test_wrapping_keeps_every_word(text):
    assert " ".join(wrapped(text, 13)).split() == text.split()


def test_wrapping_is_even():
    assert wrapped("Three months of legal defence", 13) == ("Three months", "of legal defence")
    assert wrapped("Abonnementverwaltungsgebühr", 13) == ("Abonnementverwaltungsgebühr",)


def test_marks_that_are_not_seen_take_no_room():
    assert text_pixels("\u200f\u200e", 13) == 0
