"""Every fixture, word for word: what it states, and that its shape is one that Stripe's own library knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from campaigns.providers import stripe
from campaigns.providers.contract import Reading
from tests.fakes.stripe import skeletons
from tests.providers.bodies import ENDPOINT
from tests.test_fakes.conforming import class_of, misfits_of

FIXTURES = Path(__file__).parent / "fixtures"
PATHS = sorted(FIXTURES.glob("stripe*/*.json"))
NEWEST = [path for path in PATHS if path.stem.endswith("_2026") or path.parent.name == "stripe_answers"]
ANSWERED = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def read(path: Path) -> Reading:
    body = path.read_bytes()
    return (
        stripe.read_answer(body, ENDPOINT, ANSWERED) if "answers" in path.parent.name else stripe.read(body, ENDPOINT)
    )


def lines(reading: Reading) -> Iterator[str]:
    """The reading in words, one statement a line; donors stand in tests of their own."""
    for moved in reading.movements:
        yield f"{moved.kind} {moved.ref} {moved.key} {moved.amount_minor} {moved.currency}"
    for one in reading.pendings:
        yield f"pending {one.ref} {one.amount_minor} {one.currency}{' over' if one.over else ''}"
    yield from (f"hint {hint.ref} {hint.rank.name} {hint.campaign}" for hint in reading.hints)
    yield from (f"link {link.child} > {link.parent}" for link in reading.links)
    yield from (f"refunded {figure.ref} {figure.amount_minor} {figure.currency}" for figure in reading.refunded)
    yield from (f"settled {settled.ref}" for settled in reading.settled)
    yield from (f"notice {notice.kind} {notice.subject}" for notice in reading.notices)
    yield from (f"needs {need.subject}: {need.reason}" for need in reading.needs)
    yield from (f"wish {wish.purpose} {wish.ref} {wish.subject}" for wish in reading.wishes)
    if reading.ignored:
        yield f"ignored: {reading.ignored}"


def expected() -> dict[str, list[str]]:
    """`readings.txt`: a fixture's name, and under it what it states."""
    blocks = (FIXTURES / "readings.txt").read_text(encoding="utf-8").strip().split("\n\n")
    return {block.splitlines()[0]: [line.strip() for line in block.splitlines()[1:]] for block in blocks}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of Stripe's in a document, whatever it stands in."""
    if isinstance(value, dict) and isinstance(value.get("object"), str):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from objects(one)


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_a_fixture_states_what_is_written_of_it(path: Path) -> None:
    assert list(lines(read(path))) == expected()[named(path)]


def test_there_is_nothing_written_of_a_fixture_that_is_not_there() -> None:
    assert set(expected()) == set(map(named, PATHS))


@pytest.mark.parametrize("path", [path for path in NEWEST if not path.stem.startswith("thin")], ids=named)
def test_a_fixture_of_the_newest_version_has_only_fields_and_types_that_stripes_library_knows(path: Path) -> None:
    document = json.loads(path.read_text())
    whole = document["data"]["object"] if document["object"] == "event" else document
    known = {**whole, "data": []} if whole["object"] == "list" else whole
    rows = whole["data"] if whole["object"] == "list" else [known]
    for row in rows:
        # Some are abridged, so a missing field is no fault.
        wrong = [one for one in misfits_of(row, class_of(row), row["object"]) if not one.endswith("is missing")]
        assert not wrong


@pytest.mark.parametrize("path", NEWEST, ids=named)
def test_a_fixture_of_the_newest_version_agrees_with_stripes_own_samples(path: Path) -> None:
    samples = json.loads(skeletons.PATH.read_text(encoding="utf-8"))["resources"]
    found = [one for one in objects(json.loads(path.read_text())) if one["object"] in samples]
    assert found or path.stem.startswith("thin")
    for thing in found:
        sample = samples[thing["object"]]
        for name in thing.keys() & sample.keys() - {"data"}:
            kinds = {kind_of(sample[name]), skeletons.kind(thing[name])} - {"null"}
            written_out = kinds == {"string", "object"} and "id" in thing[name]
            assert len(kinds) <= 1 or written_out, f"{thing['object']}.{name}: {kinds}"


def kind_of(sample: Any) -> str:
    """The type that a skeleton gives for a field."""
    return sample if isinstance(sample, str) else skeletons.kind(sample)
