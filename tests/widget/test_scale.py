"""Labels on the scale never meet, whatever the milestones and however wide the bar."""

from __future__ import annotations

import itertools

from hypothesis import assume, given
from hypothesis import strategies as st

from campaigns.widget.scale import INSET_PIXELS, NARROW_PIXELS, WIDE_PIXELS, Mark, Placed, alone, plan, smallest_gap

labels = st.one_of(
    st.sampled_from(["Servers paid", "Abonnementverwaltungsgebühr", "الخوادم مدفوعة", "", "两名记者", "W" * 80]),
    st.text(max_size=40),
)
amounts = st.integers(1, 10**12).map(lambda minor: f"${minor / 100:,.2f}")
marks = st.lists(st.builds(Mark, st.floats(0, 1, allow_nan=False), amounts, labels, st.booleans()), max_size=12)
widths = st.sampled_from([NARROW_PIXELS, WIDE_PIXELS])
rows_and_lines = st.sampled_from([(2, 2), (1, 1)])


def edges(one: Placed, pixels: float, planned: int) -> tuple[float, float]:
    """Where a label that was planned for a bar of `planned` pixels is on a wider one, counted from the first mark."""
    moved = one.position * ((pixels - 2 * INSET_PIXELS) - (planned - 2 * INSET_PIXELS))
    return one.left + moved, one.right + moved


@given(marks=marks, planned=widths, wider=st.integers(0, 900), room=rows_and_lines)
def test_no_two_labels_meet_and_none_leaves_the_bar(marks, planned, wider, room):
    scale = plan(marks, "$0", planned, rows=room[0], lines=room[1])
    pixels = planned + wider
    for one in scale.placed:
        left, right = edges(one, pixels, planned)
        assert left >= -INSET_PIXELS - 0.01
        assert right <= pixels - INSET_PIXELS + 0.01
    for one, other in itertools.combinations(scale.placed, 2):
        if one.row == other.row:
            (first_left, first_right), (left, right) = edges(one, pixels, planned), edges(other, pixels, planned)
            assert first_right < left or right < first_left


@given(marks=marks, planned=widths, wider=st.integers(0, 900))
def test_leader_lines_pass_between_the_labels_above_them(marks, planned, wider):
    scale = plan(marks, "$0", planned)
    pixels = planned + wider
    for lower, upper in itertools.product(scale.placed, repeat=2):
        if lower.row == 1 and upper.row == 0:
            left, right = edges(upper, pixels, planned)
            assert not left < lower.position * (pixels - 2 * INSET_PIXELS) < right


@given(marks=marks, planned=widths)
def test_a_label_stays_under_its_mark(marks, planned):
    for one in plan(marks, "$0", planned).placed:
        assert one.left - 0.01 <= one.position * (planned - 2 * INSET_PIXELS) <= one.right + 0.01


@given(marks=marks, planned=widths, room=rows_and_lines)
def test_a_complete_scale_has_every_amount_and_every_whole_label(marks, planned, room):
    scale = plan(marks, "$0", planned, rows=room[0], lines=room[1])
    assume(scale.complete)
    written = [(one.amount, "".join(one.lines).split()) for one in scale.placed]
    spaceless = [(amount, "".join(words)) for amount, words in written]
    assert all((mark.amount, "".join(mark.label.split())) in spaceless for mark in marks)


@given(marks=marks, planned=widths)
def test_an_incomplete_scale_has_amounts_only_and_leaves_the_labels_to_the_list(marks, planned):
    scale = plan(marks, "$0", planned)
    assert scale.complete or all(one.lines == () for one in scale.placed)


def test_the_article_that_inspired_us_has_all_its_labels_on_a_phone():
    marks = [Mark(0.5, "$2,500", "Servers paid", True), Mark(1.0, "$5,000", "Two reporters", True)]
    for pixels in (NARROW_PIXELS, WIDE_PIXELS):
        scale = plan(marks, "$0", pixels)
        assert scale.complete
        assert [(one.position, one.anchor, one.row, one.amount) for one in scale.placed] == [
            (0.0, "start", 0, "$0"),
            (0.5, "middle", 0, "$2,500"),
            (1.0, "end", 0, "$5,000"),
        ]


def test_a_close_milestone_moves_down_on_a_line_of_its_own():
    marks = [Mark(0.2, "$1,000", "Servers paid"), Mark(0.5, "$2,500", "A lawyer on call"), Mark(1.0, "$5,000", "Two")]
    scale = plan(marks, "$0", NARROW_PIXELS)
    assert scale.complete
    assert [one.amount for one in scale.placed if one.row == 1] == ["$1,000"]


def test_ten_milestones_are_left_to_the_list_but_for_the_two_that_matter():
    marks = [Mark(n / 10, f"{n * 500} €", "Abonnementverwaltungsgebühr", n in (3, 10)) for n in range(1, 11)]
    scale = plan(marks, "0 €", NARROW_PIXELS)
    assert not scale.complete
    assert [one.amount for one in scale.placed] == ["0 €", "1500 €", "5000 €"]


def test_without_room_for_both_the_goal_is_named():
    marks = [Mark(0.99, "$9,900,000,000.00", "Almost", True), Mark(1.0, "$10,000,000,000.00", "All", True)]
    assert [one.amount for one in plan(marks, "$0", NARROW_PIXELS).placed] == ["$0", "$10,000,000,000.00"]


def test_a_scale_without_milestones_is_complete():
    assert plan([], "$0", NARROW_PIXELS).complete


@given(position=st.floats(0, 1), text_pixels=st.floats(1, 280), wider=st.integers(0, 900))
def test_the_raised_amount_never_leaves_the_bar(position, text_pixels, wider):
    anchor, shift = alone(position, text_pixels, NARROW_PIXELS)
    at = position * (NARROW_PIXELS + wider - 2 * INSET_PIXELS) + shift
    left = at - {"start": 0, "middle": text_pixels / 2, "end": text_pixels}[anchor]
    assert left >= -INSET_PIXELS - 0.1
    assert left + text_pixels <= NARROW_PIXELS + wider - INSET_PIXELS + 0.1


def test_the_smallest_gap_is_between_neighbours():
    assert smallest_gap([1.0, 0.5, 0.75], 114) == 25.0
    assert smallest_gap([1.0], 114) == 100.0
