"""`python -m campaigns` is `tidemark`, for those who run from a checkout."""

from __future__ import annotations

from campaigns.cli import main

main()
