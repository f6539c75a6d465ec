"""A desk with one campaign and one endpoint, the cast that looks at it, and a clock that stands still when asked."""

from __future__ import annotations

from tests.bed.console import cast, desk, traveller

__all__ = ["cast", "desk", "traveller"]
