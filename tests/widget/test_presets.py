"""What a gift would do, said beforehand: passing a milestone, reaching the goal, coming nearer, or on top of it all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from campaigns.campaign.progress import progress
from campaigns.widget.drawing import Drawing
from campaigns.widget.kinds import draw
from campaigns.widget.look import Look
from campaigns.widget.snapshot import Snapshot

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


def snapshot(raised: int, *, currency: str = "USD", status: str = "live", checkout: bool = True) -> Snapshot:
    steps = [(250_000, "Servers paid", None), (260_000, "", None), (500_000, "Two reporters", None)]
    return Snapshot(
        slug="newsroom",
        title="Newsroom",
        status=status,
        mode="live",
        currency=currency,
        language="en",
        timezone="UTC",
        repeat="none",
        starts_at=None,
        ends_at=None,
        progress=progress(raised, steps, now=NOW, ends_at=None, timezone="UTC"),
        pending_minor=0,
        donations=0,
        donors=0,
        updated_at=NOW,
        version="v",
        ways=(),
        accent=None,
        checkout=checkout,
    )


def says(raised: int, language: str = "en") -> list[str]:
    drawing = Drawing(snapshot(raised), Look(language=language), "https://give.example")
    with drawing.speaking():
        return [preset.says for preset in drawing.presets]


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (0, "$200 brings us to 4% of $5,000"),
        (235_500, "$200 takes us past “Servers paid”"),
        (249_999, "$200 takes us past “Servers paid”"),  # and past another, which has no name of its own
        (255_000, "$200 brings us to 55% of $5,000"),
        (480_000, "$200 reaches the goal of $5,000"),
        (500_000, "$200 brings us to $5,200"),
    ],
)
def test_a_preset_says_the_most_it_would_do(raised, said):
    assert says(raised)[-1] == said


def test_it_says_so_in_the_readers_language_and_never_rounds_up():
    assert says(235_500, "de")[-1] != says(235_500)[-1]
    assert says(479_999)[-1] == "$200 brings us to 99% of $5,000"


@pytest.mark.parametrize(("status", "checkout"), [("paused", True), ("ended", True), ("live", False)])
def test_where_no_gift_is_taken_there_is_nothing_to_choose(status, checkout):
    assert "tm-choose" not in draw(snapshot(0, status=status, checkout=checkout), Look(), "https://give.example")
    assert "tm-choose" in draw(snapshot(0), Look(), "https://give.example")


def test_the_amounts_fit_the_currency():
    for currency, first in (("JPY", "2500"), ("EUR", "25"), ("KWD", "25")):
        drawing = Drawing(snapshot(0, currency=currency), Look(), "https://give.example")
        assert drawing.presets[0].major == first
