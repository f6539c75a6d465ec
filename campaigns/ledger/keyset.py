"""Pages of long tables by their key: a page starts where the last one stopped, so that row one million costs no more
than row one, and a row that arrives meanwhile shifts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Tuple, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

PAGE_ROWS = 50
ID_DIGITS_MAX = 18  # all such ids fit a database; longer ones nobody was given

Column = InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, the greatest key first, and whether there are more on either side."""

    rows: list[Row[Any]]
    has_newer: bool
    has_older: bool


def page(
    session: Session,
    wanted: Select[*tuple[Any, ...]],
    key: Sequence[Column],
    *,
    before: Sequence[Any] | None = None,
    after: Sequence[Any] | None = None,
    limit: int = PAGE_ROWS,
) -> Page:
    """One page of `wanted` in descending order of `key`, whose last column is unique and whose columns are never NULL.

    `before` and `after` are the key of a row at which the page ends its neighbour; without either it is the first page.
    """
    place: Tuple = tuple_(*key)
    if after is not None:
        newer = wanted.where(place > _bound(key, after)).order_by(*(column.asc() for column in key))
        rows = session.execute(newer.limit(limit + 1)).all()
        if len(rows) > limit:
            return Page(list(reversed(rows[:limit])), has_newer=True, has_older=True)
        before = None  # fewer than a page are newer: the first page holds them, and is full
    older = wanted.order_by(*(column.desc() for column in key)).limit(limit + 1)
    rows = session.execute(older.where(place < _bound(key, before)) if before is not None else older).all()
    return Page(list(rows[:limit]), has_newer=before is not None, has_older=len(rows) > limit)


def row_id(text: str | None) -> int | None:
    """The id of a row in what somebody typed or sent; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= ID_DIGITS_MAX else None


def _bound(key: Sequence[Column], values: Sequence[Any]) -> ColumnElement[Any]:
    return tuple_(*(literal(value, column.type) for column, value in zip(key, values, strict=True)))
