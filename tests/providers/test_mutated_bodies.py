"""Bodies with something missing, null or absurd in any place: unreadable, or read without a wrong amount."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.money import CURRENCIES
from campaigns.providers import shelf
from campaigns.providers.contract import Endpoint, Reading, Unreadable

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*/*.json"))
INCOMING = {"donation", "refund_failed", "dispute_reversal"}
ABSURDITIES: tuple[Any, ...] = (None, 7, True, "\ud800\x00", [], {"a": [1]}, "x" * 5000)
Step = str | int

absurd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.sampled_from(
        [0, -1, 1, 2500, 10**13, 1e10, 0.1, "", "usd", "jpy", "ch_1", "succeeded", "failed", "won", "charge"]
    )
    | st.text(alphabet=st.characters(exclude_categories=[]), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "data", "campaign", "x"]), inner)
    ),
    max_leaves=5,
)


def read(path: Path, event: Any) -> Reading:
    kind = path.parent.name
    mode = "live" if kind == "stripe" else "demo"
    return shelf()[kind].read(json.dumps(event).encode(), Endpoint("main", mode, (), {}))


def places(value: Any, *way: Step) -> Iterator[tuple[Step, ...]]:
    if way:
        yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield from places(one, *way, step)


def without(event: Any, way: tuple[Step, ...]) -> Any:
    changed = deepcopy(event)
    place = changed
    for step in way[:-1]:
        place = place[step]
    del place[way[-1]]
    return changed


def replaced(event: Any, way: tuple[Step, ...], value: Any) -> Any:
    changed = deepcopy(event)
    place = changed
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    return changed


def money(reading: Reading) -> set[tuple[str, ...]]:
    return {(m.ref, m.key, m.kind, str(m.amount_minor), m.currency) for m in reading.movements}


def check(reading: Reading) -> None:
    for movement in reading.movements:
        assert type(movement.amount_minor) is int
        assert movement.amount_minor != 0
        assert (movement.amount_minor > 0) == (movement.kind in INCOMING)
        assert movement.currency in CURRENCIES
        assert movement.occurred_at.utcoffset() == timedelta(0)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,200}(:failed|:won)?", movement.key)
    for pending in reading.pendings:
        assert pending.amount_minor > 0
    for part in (reading.hints, reading.links, reading.donors):
        repr(part).encode("utf-8")


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_body_with_any_place_missing_or_null_never_states_other_money(path: Path) -> None:
    event = json.loads(path.read_text())
    whole = money(read(path, event))
    for way in places(event):
        for changed in (without(event, way), replaced(event, way, None)):
            try:
                reading = read(path, changed)
            except Unreadable:
                continue
            check(reading)
            assert money(reading) <= whole, way


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_donor_details_decide_nothing_about_money(path: Path) -> None:
    event = json.loads(path.read_text())
    whole = money(read(path, event))
    personal = re.compile("billing_details|receipt_email|customer|name|email|message|description|metadata")
    for way in places(event):
        if any(isinstance(step, str) and personal.search(step) for step in way):
            for absurdity in ABSURDITIES:
                assert money(read(path, replaced(event, way, absurdity))) == whole, way


@given(data=st.data(), path=st.sampled_from(FIXTURES), count=st.integers(1, 3))
def test_an_absurd_body_is_unreadable_or_read_soundly(data: st.DataObject, path: Path, count: int) -> None:
    event = json.loads(path.read_text())
    for _ in range(count):
        way = data.draw(st.sampled_from(list(places(event))))
        event = replaced(event, way, data.draw(absurd))
    try:
        reading = read(path, event)
    except Unreadable:
        return
    check(reading)
    assert read(path, event) == reading
