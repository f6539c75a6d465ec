"""Bugs to put into the product one at a time: the model is worth something if it finds each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from tests.model import bugs_of_others, bugs_of_ours
from tests.model.planting import BUGS

__all__ = ["BUGS", "bugs_of_others", "bugs_of_ours", "planted"]


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """The product with one bug in it; with none for None."""
    with nullcontext() if name is None else BUGS[name]():
        yield
