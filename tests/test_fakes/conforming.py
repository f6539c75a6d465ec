"""Does a JSON object fit the official library's annotations? Every way in which it doesn't, as text."""

from __future__ import annotations

import types
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

import stripe
from stripe._list_object import ListObject
from stripe._object_classes import get_object_class
from stripe._stripe_object import StripeObject, UntypedStripeObject

PLAIN = {int: int, str: str, bool: bool, Decimal: str}


def misfits(value: Any, annotation: Any, path: str) -> Iterator[str]:
    """What is wrong with `value`, where `annotation` says what it should be."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return _misfits_of_union(value, get_args(annotation), path)
    if origin is list:
        return _misfits_of_list(value, get_args(annotation)[0], path)
    if origin is ListObject:
        return _misfits_of_page(value, path)
    if isinstance(annotation, str | ForwardRef) or (
        isinstance(annotation, type) and issubclass(annotation, StripeObject)
    ):
        return _misfits_of_object(value, annotation, path)
    return iter(() if _fits(value, annotation) else (f"{path}: {value!r} is not {annotation}",))


def _fits(value: Any, annotation: Any) -> bool:
    """Whether a plain value does. Annotations that this check has never met fit nothing."""
    if get_origin(annotation) is Literal:
        return value in get_args(annotation)
    if get_origin(annotation) is UntypedStripeObject:
        return isinstance(value, dict)
    if annotation is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return annotation in PLAIN and type(value) is PLAIN[annotation]


def misfits_of(value: dict[str, Any], known: type[StripeObject], path: str) -> Iterator[str]:
    """Fields that the library doesn't know, fields it can't do without, and whatever doesn't fit."""
    fields = {name: kind for name, kind in known.__annotations__.items() if name != "OBJECT_NAME"}
    for name, kind in fields.items():
        if name not in value and type(None) not in get_args(kind):
            yield f"{path}.{name} is missing"
    for name, inner in value.items():
        if name not in fields:
            yield f"{path}.{name} is not known"
        else:
            yield from misfits(inner, fields[name], f"{path}.{name}")


def class_of(value: dict[str, Any]) -> type[StripeObject]:
    """The library's class for an object, by its `object`."""
    if value["object"] == "event":
        return stripe.Event
    found: type[StripeObject] = get_object_class("V1", value["object"])
    return found


def _misfits_of_union(value: Any, options: tuple[Any, ...], path: str) -> Iterator[str]:
    if value is None:
        if type(None) not in options:
            yield f"{path} is null"
        return
    rest = [option for option in options if option is not type(None)]
    literals = [option for option in rest if get_origin(option) is Literal]
    if literals and isinstance(value, str):
        rest = literals  # the library adds `str` for values of tomorrow; the fake makes only those of today
    found = [list(misfits(value, option, path)) for option in rest]
    if all(found):
        yield from min(found, key=len)


def _misfits_of_list(value: Any, element: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is no list"
        return
    for position, inner in enumerate(value):
        yield from misfits(inner, element, f"{path}[{position}]")


def _misfits_of_page(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict) or value.get("object") != "list":
        yield f"{path}: {value!r} is no list object"
        return
    for position, inner in enumerate(value["data"]):
        yield from misfits_of(inner, class_of(inner), f"{path}.data[{position}]")


def _misfits_of_object(value: Any, annotation: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    yield from misfits_of(value, class_of(value) if isinstance(annotation, str | ForwardRef) else annotation, path)
