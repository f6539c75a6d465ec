"""A desk with one campaign, the cast that works at it, and a clock that stands still."""

from __future__ import annotations

from tests.bed.console import cast, desk, traveller

__all__ = ["cast", "desk", "traveller"]
