"""Bodies with something missing, null, retyped or absurd in any place: unreadable, or read without a wrong amount.

Events and answers of an API alike. What is known to be missing may be said; no other money may.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.money import CURRENCIES
from campaigns.providers import shelf, stripe
from campaigns.providers.contract import Endpoint, Reading, Unreadable

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*/*.json"))
NAMES = [f"{path.parent.name}/{path.stem}" for path in FIXTURES]
INCOMING = {"donation", "refund_failed", "dispute_reversal"}
ABSURDITIES: tuple[Any, ...] = (None, 7, True, "\ud800\x00", [], {"a": [1]}, "x" * 5000)
LIVE, DEMO = Endpoint("main", "live", (), {"account": "acct_other"}), Endpoint("main", "demo", (), {})
ANSWERED = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
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


def read(path: Path, document: Any) -> Reading:
    body, folder = json.dumps(document).encode(), path.parent.name
    if folder == "stripe_answers":
        return stripe.read_answer(body, LIVE, ANSWERED)
    if folder == "kofi":
        body = urlencode({"data": body.decode()}).encode()
    return shelf()[folder].read(body, DEMO if folder == "sandbox" else LIVE)


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
        assert movement.kind == "fee" or (movement.amount_minor > 0) == (movement.kind in INCOMING)
        assert movement.currency in CURRENCIES
        assert movement.occurred_at.utcoffset() == timedelta(0)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,200}(:failed|:won|:fee|:refund)?", movement.key)
    for pending in reading.pendings:
        assert type(pending.amount_minor) is int
        assert pending.amount_minor > 0 or (pending.over and pending.amount_minor == 0)
    for part in (reading.hints, reading.links, reading.donors):
        repr(part).encode("utf-8")


def others(document: Any, way: tuple[Step, ...]) -> list[Any]:
    """Null, and a value of each JSON type that what stands there is not of; of null, which says nothing, none.

    Numbers are of one type, and a word for true or false is as good as the value.
    """
    value = document
    for step in way:
        value = value[step]
    if value is None:
        return []
    collapsed = value.get("id", "x") if isinstance(value, dict) else "x"  # a thing written out, or only named
    candidates: tuple[Any, ...] = (True, 7, collapsed, [], {})
    alike: tuple[type, ...] = (type(value),)
    if isinstance(value, float) or value in ("true", "false"):
        alike += (int,) if isinstance(value, float) else (bool,)
    return [None, *(other for other in candidates if type(other) not in alike)]


@pytest.mark.parametrize("path", FIXTURES, ids=NAMES)
def test_a_body_with_any_place_missing_null_or_retyped_never_states_other_money(path: Path) -> None:
    document = json.loads(path.read_text())
    whole = money(read(path, document))
    for way in places(document):
        for changed in (without(document, way), *(replaced(document, way, other) for other in others(document, way))):
            try:
                reading = read(path, changed)
            except Unreadable:
                continue
            check(reading)
            assert money(reading) <= whole, way


@pytest.mark.parametrize("path", FIXTURES, ids=NAMES)
def test_donor_details_decide_nothing_about_money(path: Path) -> None:
    event = json.loads(path.read_text())
    whole = money(read(path, event))
    personal = re.compile("billing_details|receipt_email|customer|name|email|message$|description|metadata")
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
