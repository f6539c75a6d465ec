"""The short form of `make bots`: hundreds of presses over real HTTP, while readers give and notice nothing."""

from __future__ import annotations

import pytest

from campaigns import clock
from campaigns.donate import limits
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.load.bots import CONNECTIONS, Outcome, Siege
from tests.load.siege import wrong


@pytest.fixture
def server(database, settings, tmp_path):
    Desk(database, settings, now=clock.now()).campaign()
    started = LiveServer(settings.model_copy(update={"trusted_proxies": 1}), tmp_path)
    started.start()
    yield started
    started.kill()


@pytest.mark.slow
def test_bots_stay_within_the_budget_and_every_reader_gets_a_checkout(server):
    outcome = Siege(server, "newsroom", presses=400, readers=8).run()
    assert wrong(outcome, processes=1) == []
    assert outcome.of_bots("presses", "repeats", "invents", "waits") <= limits.CAMPAIGN_CALM_MAX + CONNECTIONS
    assert outcome.answers[422] > 300  # a proof was wanted, and nothing else happened
    assert len(outcome.reader_seconds) == 8


def test_what_is_over_the_budget_and_a_reader_kept_out_would_be_told():
    outcome = Outcome(seconds=30)
    for number in range(limits.CAMPAIGN_MAX + limits.NEWCOMERS_CAMPAIGN_MAX + 1):
        outcome.note(303, "computes", str(number))
    assert len(wrong(outcome, processes=1)) == 1
    for _ in range(limits.BLOCK_MAX + 1):
        outcome.note(303, "presses", "the same")
    for kind in ("presses", "repeats", "waits"):
        for number in range(60):
            outcome.note(303, kind, f"{kind} {number}")
    outcome.note(500, "presses", "x")
    outcome.readers_kept_out.append("somebody: 429")
    assert len(wrong(outcome, processes=1)) == 7
