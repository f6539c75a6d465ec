"""The shelf of payment services: a file or folder each, found by scanning: a new one is one new file.

Nothing here opens a database or knows of Flask: bytes come in, plain values (`contract`) go out.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import cast

from campaigns.providers.contract import Provider

_NOT_PROVIDERS = frozenset({"asking", "checkout", "contract", "rehearsing"})


@cache
def shelf() -> dict[str, Provider]:
    """Every provider by its KIND, the last word of `/webhooks/<kind>/…`, in alphabetical order."""
    names = (found.name for found in pkgutil.iter_modules(__path__))
    kinds = sorted(name for name in names if not name.startswith("_") and name not in _NOT_PROVIDERS)
    return {kind: cast(Provider, import_module(f"{__name__}.{kind}")) for kind in kinds}
