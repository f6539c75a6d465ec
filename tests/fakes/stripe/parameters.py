"""What a request asks: form fields with brackets, as the official client writes them, read into nested JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tests.fakes.stripe.state import Json, StripeError

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
NOT_PARAMETERS = frozenset(
    {
        "api_key",
        "content_type",
        "headers",
        "idempotency_key",
        "max_network_retries",
        "stripe_account",
        "stripe_context",
        "stripe_version",
    }
)
AMOUNT_MAX = 99_999_999


def nested(pairs: Iterable[tuple[str, str]]) -> Json:
    """`line_items[0][quantity]=1` and `expand[]=data.invoice` as dicts and lists of text."""
    read: Json = {}
    for key, value in pairs:
        parts = _KEY.fullmatch(key)
        if parts is None:
            raise StripeError(f"Invalid request parameter: {key}", code="parameter_unknown", param=key)
        _put(read, [parts[1], *re.findall(r"\[([^\[\]]*)\]", parts[2])], value)
    return {name: _listed(value) for name, value in read.items()}


def only(params: Json, *types: type, also: Iterable[str] = ()) -> None:
    """Refuses parameters that the official client's own types don't know for this request."""
    known = {name for kind in types for name in kind.__annotations__} - NOT_PARAMETERS | set(also) | {"expand"}
    for name in params:
        if name not in known:
            raise StripeError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def whole(params: Json, name: str, default: int | None = None) -> int | None:
    """An integer, or the default where it is not given."""
    if name not in params:
        return default
    text = str(params[name])
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise StripeError(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    return int(text)


def required(params: Json, *names: str) -> None:
    """Refuses a request that lacks one of `names`."""
    for name in names:
        if params.get(name) in (None, ""):
            raise StripeError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def truth(params: Json, name: str) -> bool:
    """`true` or `false`; not given is false."""
    text = params.get(name, "false")
    if text not in ("true", "false"):
        raise StripeError(f"Invalid boolean: {text}", code="parameter_invalid", param=name)
    return bool(text == "true")


def chosen(params: Json, name: str, *allowed: str, default: str) -> str:
    """One of `allowed`."""
    text = str(params.get(name, default))
    if text not in allowed:
        raise StripeError(f"Invalid {name}: must be one of {', '.join(allowed)}", code="parameter_invalid", param=name)
    return text


def metadata(params: Json) -> Json:
    """Keys and values, both text."""
    given = params.get("metadata") or {}
    if not isinstance(given, dict) or any(not isinstance(value, str) for value in given.values()):
        raise StripeError("Invalid object", code="parameter_invalid", param="metadata")
    if len(given) > 50 or any(len(key) > 40 or len(value) > 500 for key, value in given.items()):
        raise StripeError("Metadata is limited to 50 keys of 40 and values of 500 characters", param="metadata")
    return dict(given)


def merged(present: Json, params: Json) -> Json:
    """Present metadata with what an update says: an empty value takes a key away, an empty whole takes all."""
    if params.get("metadata") == "":
        return {}
    return {key: value for key, value in (present | metadata(params)).items() if value != ""}


def _put(into: Json, path: list[str], value: str) -> None:
    *way, last = path
    for name in way:
        into = into.setdefault(name or str(len(into)), {})
        if not isinstance(into, dict):
            raise StripeError(f"Invalid request parameter: {name}", code="parameter_unknown", param=name)
    into[last or str(len(into))] = value


def _listed(value: Any) -> Any:
    """What was written with 0, 1, 2… as keys was a list."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
