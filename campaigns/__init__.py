"""Tidemark: self-hosted fundraising campaigns with live, embeddable progress bars."""

from __future__ import annotations

__version__ = "0.1.0"
