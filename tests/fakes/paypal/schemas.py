"""The published shapes of PayPal's documents (orders, payments, subscriptions, disputes), as far as read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_ALL = json.loads(Path(__file__).with_suffix(".json").read_text())


def of(noun: str) -> dict[str, Any]:
    """The schema of one kind of document."""
    return {**_ALL, "$ref": f"#/{noun}"}
