"""Facts in Stripe's objects that staff's routing rules may go by: what was bought, by which link, and free metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from campaigns.providers._fields import Thing, as_list, as_object, facts_in, pointer
from campaigns.providers.contract import Trait

LINES_MAX = 20  # of an invoice


def of(noun: str, thing: Thing) -> Iterator[Trait]:
    """What is told of `thing`, an object of the kind `noun`. Fails no event."""
    yield from facts_in(thing.id, thing.body.get("metadata"))
    link = pointer(thing.body.get("payment_link")) if noun == "checkout.session" else None
    if link:
        yield Trait(thing.id, "payment_link", link)
    field = {"invoice": "lines", "subscription": "items", "checkout.session": "line_items"}.get(noun, "")
    for line in as_list(as_object(thing.body.get(field)).get("data"))[:LINES_MAX]:
        yield from _bought(thing.id, as_object(line))


def _bought(ref: str, line: Mapping[str, Any]) -> Iterator[Trait]:
    """The price and the product of a line: in `price` before 2025-03-31, and in `pricing` since."""
    since = as_object(as_object(line.get("pricing")).get("price_details"))
    before = as_object(line.get("price"))
    for name, inner in (("price", "id"), ("product", "product")):
        found = pointer(since.get(name) or before.get(inner))
        if found:
            yield Trait(ref, name, found)
