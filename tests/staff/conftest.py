"""Passwords are hashed cheaply here: what is tested is who gets in, not how long guessing takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from campaigns.staff import accounts
from tests.bed.cast import CHEAP_HASHER


@pytest.fixture(autouse=True)
def _cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(accounts, "_hasher", CHEAP_HASHER)
    accounts._nobodys_hash.cache_clear()
    yield
    accounts._nobodys_hash.cache_clear()
