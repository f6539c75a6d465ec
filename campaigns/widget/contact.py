"""The states in which every kind of widget must be handsome, as snapshots of campaigns that do not exist.

The console shows them on one page, and the tests look at that page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from campaigns.campaign.progress import progress
from campaigns.widget.snapshot import Snapshot

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
GOAL = 500_000
HALF = 250_000
GERMAN = "Verpflichtungserklärungen für Lokalberichterstattung und Gerichtsreportagen"
ARABIC = "لنُبقِ غرفة الأخبار مفتوحة"
BIG = 99_999_999_999_999 // 100  # 12 digits before the point

_STEPS = ((HALF, "Servers paid"), (GOAL, "Two reporters"))
_TEN = tuple((GOAL * n // 10, f"Step {n} of ten") for n in range(1, 11))


def states() -> Mapping[str, Snapshot]:
    """By its name, each state."""
    ends_at = NOW + timedelta(days=8)
    return {
        "Nothing yet": _made(0),
        "Between milestones": _made(235_500),
        "At a milestone": _made(HALF),
        "Just past it": _made(HALF + 1_500),
        "At the goal": _made(GOAL),
        "Just past the goal": _made(GOAL + 500),
        "At 340 %": _made(GOAL * 34 // 10),
        "Not started": _made(0, status="scheduled", starts_at=ends_at),
        "Paused": _made(235_500, status="paused"),
        "Ended": _made(412_000, status="ended"),
        "Ten milestones": _made(325_000, steps=_TEN),
        "No milestone": _made(235_500, steps=()),
        "One milestone, the goal": _made(235_500, steps=((GOAL, ""),)),
        "Long German words": _made(
            235_500, steps=((HALF, GERMAN), (GOAL, GERMAN)), title=GERMAN, language="de", currency="EUR"
        ),
        "Arabic": _made(235_500, steps=((HALF, "الخوادم"), (GOAL, "صحفيان")), title=ARABIC, language="ar"),
        "Twelve digits": _made(BIG // 2, steps=((BIG // 3, "A third"), (BIG, "All of it"))),
        "Money on its way, links only": replace(_made(235_500), pending_minor=12_500, checkout=False),
    }


def _made(raised_minor: int, *, steps: tuple[tuple[int, str], ...] = _STEPS, **over: Any) -> Snapshot:
    ends_at = NOW + timedelta(days=8)
    rows = [(amount_minor, label, None) for amount_minor, label in steps]
    made = Snapshot(
        slug="newsroom",
        title="Keep the newsroom running",
        status="live",
        mode="live",
        currency="USD",
        language="en",
        timezone="Europe/Berlin",
        repeat="monthly",
        starts_at=NOW - timedelta(days=22),
        ends_at=ends_at,
        progress=progress(raised_minor, rows, now=NOW, ends_at=ends_at, timezone="Europe/Berlin"),
        pending_minor=0,
        donations=61 if raised_minor else 0,
        donors=58 if raised_minor else 0,
        updated_at=NOW,
        version="contact",
        ways=(("PayPal", "https://pay.example/us"), ("Patreon", "https://patron.example/us")),
        accent=None,
        checkout=True,
    )
    return replace(made, **over)
