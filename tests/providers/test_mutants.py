"""Mutants of genuine messages, a few thousand of every provider; `make fuzz` makes as many as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.providers import shelf
from campaigns.providers.contract import Endpoint, Verified
from tests.fakes.paypal.server import FakePaypal
from tests.providers import mutants
from tests.providers.samples import samples


@pytest.mark.parametrize("kind", sorted(shelf()))
def test_no_mutant_is_more_than_refused(kind: str, paypal: FakePaypal, tmp_path: Path) -> None:
    ended = mutants.mutate(kind, samples(paypal, tmp_path)[kind], seed=1, count=3_000)
    assert set(ended) <= {"refused", "genuine"}
    assert ended["refused"] > 2_000


def test_what_takes_everything_is_found_out(
    paypal: FakePaypal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(_endpoint: Endpoint, _headers: object, body: bytes, _now: object) -> Verified:
        return Verified(body.decode(), "x", None, None, None)

    monkeypatch.setattr(shelf()["patreon"], "verify", careless)
    ended = mutants.mutate("patreon", samples(paypal, tmp_path)["patreon"], seed=1, count=300)
    assert any(name.startswith("accepted") for name in ended)
    assert any(name.startswith("raised UnicodeDecodeError") for name in ended)
