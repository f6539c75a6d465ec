"""Labels on the scale never meet, whatever the milestones."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from campaigns.widget.scale import NARROW_PIXELS, WIDE_PIXELS, Mark, plan, shortened, text_pixels

labels = st.one_of(
    st.sampled_from(["Servers paid", "Abonnementverwaltungsgebühr", "الخوادم مدفوعة", "", "两名记者", "W" * 80]),
    st.text(max_size=40),
)
amounts = st.integers(1, 10**12).map(lambda minor: f"${minor / 100:,.2f}")
marks = st.lists(
    st.builds(Mark, st.floats(0, 1, allow_nan=False), amounts, labels, st.booleans()), min_size=0, max_size=12
)


@given(marks=marks, pixels=st.sampled_from([NARROW_PIXELS, WIDE_PIXELS]))
def test_no_two_labels_of_a_row_overlap_and_none_leaves_the_bar(marks, pixels):
    scale = plan(marks, "$0", pixels)
    for one in scale.placed:
        assert -0.01 <= one.left <= one.right <= pixels + 0.01
    for one, other in itertools.combinations(scale.placed, 2):
        if one.row == other.row:
            assert one.right < other.left or other.right < one.left


@given(marks=marks)
def test_a_scale_that_claims_to_be_complete_labels_every_mark_in_full(marks):
    scale = plan(marks, "$0", WIDE_PIXELS)
    if scale.complete:
        written = [(one.amount, one.label) for one in scale.placed]
        assert all((mark.amount, mark.label) in written for mark in marks)


def test_the_article_that_inspired_us_has_all_its_labels_on_a_phone():
    marks = [Mark(0.5, "$2,500", "Servers paid", True), Mark(1.0, "$5,000", "Two reporters", True)]
    narrow, wide = plan(marks, "$0", NARROW_PIXELS), plan(marks, "$0", WIDE_PIXELS)
    assert narrow.complete
    assert [(one.x, one.anchor, one.row, one.amount) for one in wide.placed] == [
        (0.0, "start", 0, "$0"),
        (50.0, "middle", 0, "$2,500"),
        (100.0, "end", 0, "$5,000"),
    ]


def test_ten_milestones_are_left_to_the_list_but_for_the_two_that_matter():
    marks = [Mark(n / 10, f"{n * 500} €", "Abonnementverwaltungsgebühr", n in (3, 10)) for n in range(1, 11)]
    scale = plan(marks, "0 €", NARROW_PIXELS)
    assert not scale.complete
    assert [one.amount for one in scale.placed if one.amount != "0 €"] == ["5000 €", "1500 €"]


@given(text=st.text(max_size=200), pixels=st.floats(20, 300))
def test_a_shortened_text_fits(text, pixels):
    assert text_pixels(shortened(text, pixels)) <= pixels
