"""A newsroom that embeds: a desk, its people, a site that tells its articles apart, and a clock that stands still."""

from __future__ import annotations

import pytest

from campaigns.site import sites
from tests.bed.console import cast, desk, traveller
from tests.bed.desk import Desk
from tests.site.newsroom import NEWS, Newsroom

__all__ = ["cast", "desk", "traveller"]


@pytest.fixture
def newsroom(desk: Desk) -> Newsroom:
    with desk.database.writing() as session:
        sites.create(session, name="News", origins=[NEWS], full_path=True, now=desk.now)
    return Newsroom(desk)
