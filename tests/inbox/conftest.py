"""A desk with one campaign and one endpoint."""

from __future__ import annotations

import pytest

from campaigns.db import Database
from campaigns.settings import Settings
from tests.bed.desk import Desk


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    desk = Desk(database, settings)
    desk.campaign()
    desk.endpoint()
    return desk
