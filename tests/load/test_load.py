"""The short form of `make load`: a few hundred deliveries through a real server, with and without a power cut."""

from __future__ import annotations

import pytest

from tests.bed.desk import CREATED, Desk
from tests.bed.live import LiveServer
from tests.load.lives import CAMPAIGNS, lives
from tests.load.trial import Trial, compare


@pytest.fixture
def trial(database, settings, bed, tmp_path):
    server = LiveServer(settings, tmp_path)
    yield Trial(database, server, ("--workers", "2") if bed.url.startswith("postgresql") else ())
    server.kill()


@pytest.mark.slow
def test_signed_deliveries_from_eight_connections_are_exact(trial):
    assert trial.run(150, seed=1).wrong == []


@pytest.mark.slow
def test_a_server_that_is_killed_midway_loses_nothing_and_counts_nothing_twice(trial):
    outcome = trial.run(120, seed=2, kills=1)
    assert outcome.wrong == []
    assert outcome.resent > 0  # it was killed while messages were under way


@pytest.fixture
def played(database, settings):
    """(a desk that was sent every message of some lives, these lives)"""
    desk = Desk(database, settings)
    for slug in CAMPAIGNS:
        desk.campaign(slug, repeat="none")
    desk.endpoint()
    told = lives(40, seed=3, created=CREATED)
    for message in told.deliveries:
        desk.send(message)
    desk.later(hours=1)
    desk.drain()
    return desk, told


def test_the_comparison_finds_nothing_where_all_arrived(played):
    desk, told = played
    assert list(compare(desk, told.expected, {one["id"] for one in told.deliveries})) == []


def test_the_comparison_finds_a_cent_a_person_a_home_and_a_lost_message(played):
    desk, told = played
    said = {one["id"] for one in told.deliveries}
    told.expected.raised["newsroom"] += 1
    told.expected.people["roof"].add("somebody@example.org")
    told.expected.raised[None] -= 1
    told.expected.nets["ch_3x1"] -= 1
    found = list(compare(desk, told.expected, {*said, "evt_lost"}))
    assert [told.split()[0] for told in found[:2]] == ["newsroom", "roof"]
    assert found[2] == "1 payments stand otherwise than they went: ['ch_3x1']"
    assert found[3].endswith(f"is unassigned, not {told.expected.raised[None]}")
    assert found[4] == "1 acknowledged messages are not stored"
