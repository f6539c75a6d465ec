"""What an answer shows: lists in pages, newest first; ids written out where `expand` asks for it; older shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.fakes.stripe.parameters import whole
from tests.fakes.stripe.state import NEWEST, Json, State, StripeError, copied
from tests.fakes.stripe.versions import reshape

LIMIT, LIMIT_MAX = 10, 100
EXPAND_DEPTH_MAX = 4
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


def page(things: Iterable[Json], params: Json, url: str) -> Json:
    """One page of `things` (oldest first), cut by `created`, `starting_after`, `ending_before` and `limit`."""
    within = created_within(params)
    newest_first = [thing for thing in things if within(thing)][::-1]
    limit = whole(params, "limit", LIMIT) or 0
    if not 1 <= limit <= LIMIT_MAX:
        raise StripeError(f"limit must be from 1 to {LIMIT_MAX}", code="parameter_invalid_integer", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise StripeError("You cannot parameterize both starting_after and ending_before.", param="starting_after")
    if "ending_before" in params:
        rest = newest_first[: _position(newest_first, params, "ending_before")]
        data, more = rest[-limit:], len(rest) > limit
    else:
        start = _position(newest_first, params, "starting_after") + 1 if "starting_after" in params else 0
        rest = newest_first[start:]
        data, more = rest[:limit], len(rest) > limit
    return {"object": "list", "data": data, "has_more": more, "url": url}


def created_within(params: Json) -> Callable[[Json], bool]:
    """Whether a thing was made when `created` says: at a second, or between two."""
    asked = params.get("created")
    if asked is None:
        return lambda thing: True
    if not isinstance(asked, dict):
        at = whole(params, "created")
        return lambda thing: thing["created"] == at
    if not asked or set(asked) - set(_COMPARE):
        raise StripeError("Invalid created: use gt, gte, lt and lte", code="parameter_unknown", param="created")
    bounds = [(_COMPARE[name], whole(asked, name) or 0) for name in asked]
    return lambda thing: all(holds(thing["created"], bound) for holds, bound in bounds)


def shown(state: State, thing: Json, params: Json, version: str = NEWEST) -> Json:
    """A copy of `thing`, with what `expand` names written out, in the shape of `version`."""
    made: Json = copied(thing)
    _shape(state, made, version)
    for path in params.get("expand") or ():
        steps = str(path).split(".")
        if len(steps) > EXPAND_DEPTH_MAX:
            raise StripeError(f"You cannot expand more than {EXPAND_DEPTH_MAX} levels", param="expand")
        _expand(state, made, steps, version)
    return made


def _position(things: list[Json], params: Json, name: str) -> int:
    for position, thing in enumerate(things):
        if thing["id"] == params[name]:
            return position
    raise StripeError(f"No such object: '{params[name]}'", code="resource_missing", param=name)


def _shape(state: State, thing: Json, version: str) -> None:
    if thing["object"] == "list":
        for inner in thing["data"]:
            _shape(state, inner, version)
    elif version != NEWEST:
        present = state.objects.get(thing.get("id", ""))
        reshape(thing, version, state.lore_of(present) if present else {})


def _expand(state: State, thing: Json, steps: list[str], version: str) -> None:
    name, *rest = steps
    if name == "data" and thing.get("object") == "list" and rest:
        for inner in thing["data"]:
            _expand(state, inner, rest, version)
        return
    found = _written_out(state, thing, name, version)
    thing[name] = found
    if rest and isinstance(found, dict):
        _expand(state, found, rest, version)


def _written_out(state: State, thing: Json, name: str, version: str) -> Any:
    included = _INCLUDED.get((thing.get("object", ""), name))
    if included is not None and name not in thing:
        listed = included(state, thing)
        _shape(state, listed, version)
        return listed
    value = thing.get(name)
    if isinstance(value, str) and value in state.objects:
        inner = copied(state.objects[value])
        _shape(state, inner, version)
        return inner
    if name not in thing or (value is not None and not isinstance(value, dict | list)):
        raise StripeError(f"This property cannot be expanded ({name}).", param="expand")
    return value


def _listing(things: Iterable[Json], url: str) -> Json:
    return {"object": "list", "data": [copied(thing) for thing in things], "has_more": False, "url": url}


def _refunds(state: State, charge: Json) -> Json:
    return _listing(state.refunds_of(charge["id"]), f"/v1/charges/{charge['id']}/refunds")


def _payments(state: State, invoice: Json) -> Json:
    return _listing(state.payments_of(invoice["id"]), "/v1/invoice_payments")


_INCLUDED: dict[tuple[str, str], Callable[[State, Json], Json]] = {
    ("charge", "refunds"): _refunds,
    ("invoice", "payments"): _payments,
}
