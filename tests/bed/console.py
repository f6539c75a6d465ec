"""Fixtures of the tests that stand at a desk: the desk, the people who look at it, and a clock that stands still.

A folder takes what it needs of them into its conftest.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from campaigns.db import Database
from campaigns.settings import Settings
from tests.bed.cast import Cast
from tests.bed.desk import NOW, Desk


@pytest.fixture
def desk(database: Database, settings: Settings) -> Desk:
    """A desk with one campaign and one endpoint."""
    made = Desk(database, settings)
    made.campaign()
    made.endpoint()
    return made


@pytest.fixture
def cast(app: Flask, desk: Desk) -> Cast:
    """The people of this installation."""
    return Cast(app, desk.database)


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    """It is NOW until the test moves it; `pytestmark = pytest.mark.usefixtures("traveller")` stops a whole file's."""
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling
