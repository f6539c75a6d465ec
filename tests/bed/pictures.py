"""Pictures of campaigns in the states that are hardest to draw, and what to look at in them."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime

from campaigns.campaign.progress import progress
from campaigns.widget import fonts
from campaigns.widget.look import Look
from campaigns.widget.painter import paint
from campaigns.widget.picture import CARD, picture
from campaigns.widget.snapshot import Snapshot

URL = "https://give.example.org"
NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
END = datetime(2026, 11, 30, 23, tzinfo=UTC)
PICTURES = ("bar", "thermometer", "ring", "compact", "ticker", CARD)
BYTES_MAX = 100 * 1024
SVG = "{http://www.w3.org/2000/svg}"
SIGNS = re.compile("[\u2066-\u2069]")
GERMAN = "Straßenbahnführerscheinprüfungsvorbereitungskurs für Lokaljournalistinnen"
ARABIC = "أبقوا غرفة الأخبار Tidemark تعمل!"
MARKUP = '<svg onload=alert(1)> & "Tom" 🎉 news'


def snapshot(raised_minor: int = 235_500, goal_minor: int = 500_000, steps: int = 2, **over: object) -> Snapshot:
    milestones = [(goal_minor * number // steps, f"Step {number}", None) for number in range(1, steps + 1)]
    made = Snapshot(
        slug="newsroom",
        title="Keep the newsroom running",
        status="live",
        mode="live",
        currency="USD",
        language="en",
        timezone="UTC",
        repeat="monthly",
        starts_at=datetime(2026, 11, 1, tzinfo=UTC),
        ends_at=END,
        progress=progress(raised_minor, milestones, now=NOW, ends_at=END, timezone="UTC"),
        pending_minor=0,
        donations=61,
        donors=58,
        updated_at=NOW,
        version="v1",
        ways=(),
        accent=None,
    )
    return replace(made, **over)  # type: ignore[arg-type]


WORST = {
    "twelve digits": snapshot(123_456_789_012, 900_000_000_000),
    "ten milestones": snapshot(steps=10),
    "fifty milestones": snapshot(steps=50),
    "no milestone": snapshot(steps=0),
    "far beyond": snapshot(1_700_000),
    "German": snapshot(title=GERMAN, language="de", currency="EUR"),
    "Arabic": snapshot(title=ARABIC, language="ar-EG", currency="EGP", accent="#b3261e"),
    "markup": snapshot(title=MARKUP * 4),
    "ended": snapshot(status="ended"),
    "not begun": snapshot(0, status="scheduled", donors=0, starts_at=datetime(2027, 9, 30, tzinfo=UTC)),
    "the most": snapshot(9_999_999_999_998, 9_999_999_999_999, currency="KWD", language="de", donors=99_999_999),
    "the most, in Arabic": snapshot(
        9_999_999_999_998, 9_999_999_999_999, currency="KWD", language="ar-EG", title=ARABIC
    ),
}


def drawn(shown: Snapshot, name: str, *, theme: str = "light", painted: bool = False) -> str:
    return picture(shown, Look(theme=theme), URL, name=name, painted=painted)


def said(svg: str) -> str:
    """What is written in it, without the signs of direction."""
    texts = (" ".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text"))
    return SIGNS.sub("", " | ".join(texts))


def painted(svg: str, scale: int = 1, with_fonts: bool = True) -> bytes:
    return paint(svg, scale, [str(path) for path in fonts.files()] if with_fonts else [])


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height
