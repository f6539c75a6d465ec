"""The gate before every checkout: who passes, who needs a proof, who waits, and who is told to come back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import time_machine

from campaigns import clock
from campaigns.donate import attack, limits, proof, tickets
from campaigns.donate.limits import ProofWanted, TooMany
from tests.bed.desk import Desk as Newsroom
from tests.donate.pressing import Desk

HOME, SCHOOL = "198.51.100.0/24", "203.0.113.0/24"


@pytest.fixture
def desk(app, database, settings):
    newsroom = Newsroom(database, settings, now=clock.now())
    newsroom.campaign()
    newsroom.campaign("roof")
    return Desk(database, settings, app.extensions["tidemark-counters"])


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """What a proof costs is measured elsewhere."""
    monkeypatch.setattr(proof, "TRIES", 3)
    monkeypatch.setattr(proof, "ATTACKED_TRIES", 3)


def blocks(count: int, second: int = 0) -> list[str]:
    return [f"20.{second}.{number}.0/24" for number in range(count)]


def whole_second() -> datetime:
    return clock.now().replace(microsecond=0)


def switch_on(desk) -> None:
    with desk.database.writing() as session:
        attack.begin(session, now=clock.now())


def test_a_reader_passes_twice_and_then_brings_proofs_up_to_the_blocks_limit(desk):
    assert [desk.press(HOME) for _ in range(limits.BLOCK_FREE)] == ["nothing", "nothing"]
    with pytest.raises(ProofWanted):
        desk.press(HOME)
    proven = [desk.press(HOME, proof=desk.proof()) for _ in range(limits.BLOCK_MAX - limits.BLOCK_FREE)]
    assert set(proven) == {"proof"}
    with pytest.raises(TooMany) as refused:
        desk.press(HOME, proof=desk.proof())
    assert 500 < refused.value.retry_after <= 600
    assert desk.opened() == limits.BLOCK_MAX
    assert desk.press(SCHOOL) == "nothing"  # the others notice nothing


def test_ten_minutes_later_the_block_is_free_again(desk):
    with time_machine.travel(whole_second(), tick=False) as traveller:
        for _ in range(limits.BLOCK_FREE):
            desk.press(HOME)
        with pytest.raises(ProofWanted):
            desk.press(HOME)
        traveller.shift(timedelta(minutes=10, seconds=1))
        assert desk.press(HOME) == "nothing"


def test_a_crowd_is_asked_for_proofs_for_as_long_as_it_presses(desk):
    with time_machine.travel(whole_second(), tick=False) as traveller:
        passed = 0
        for minute in range(3):
            for block in blocks(100):
                try:
                    desk.press(block)
                    passed += 1
                except ProofWanted:
                    pass
            traveller.shift(timedelta(seconds=50))
            assert passed == limits.CAMPAIGN_CALM_MAX, f"in round {minute}"
        assert desk.press(HOME, proof=desk.proof()) == "proof"
        assert desk.press(HOME, "roof") == "nothing"  # another campaign is calm
        traveller.shift(timedelta(seconds=61))
        assert desk.press(SCHOOL) == "nothing"


def test_one_machine_alone_asks_no_other_reader_for_a_proof(desk):
    for _ in range(500):
        try:
            desk.press(HOME)
        except ProofWanted:
            continue
    assert desk.press(SCHOOL) == "nothing"


def test_many_campaigns_together_are_a_crowd_too(desk, monkeypatch):
    monkeypatch.setattr(limits, "INSTALLATION_CALM_MAX", 6)
    for number, block in enumerate(blocks(6)):
        assert desk.press(block, ("newsroom", "roof")[number % 2]) == "nothing"
    with pytest.raises(ProofWanted):
        desk.press(HOME)


def test_the_budget_of_a_campaign_holds_and_leaves_room_for_newcomers_with_a_proof(desk):
    with desk.database.writing() as session:
        for _ in range(limits.CAMPAIGN_MAX):
            desk.begin(session)
    desk.counters.hit(limits.OPENED_BY_BLOCK, HOME)
    for refused in ({"block": SCHOOL}, {"block": HOME, "proof": desk.proof()}, {"block": None, "proof": desk.proof()}):
        with pytest.raises(TooMany):
            desk.press(**refused)
    assert desk.press(SCHOOL, proof=desk.proof()) == "proof"
    with pytest.raises(TooMany):  # no newcomer any more
        desk.press(SCHOOL, proof=desk.proof())
    assert desk.press(HOME, "roof") == "nothing"
    with desk.database.writing() as session:
        for _ in range(limits.NEWCOMERS_CAMPAIGN_MAX - 1):
            desk.begin(session)
    with pytest.raises(TooMany) as told:
        desk.press("192.0.2.0/24", proof=desk.proof())
    assert told.value.retry_after == limits.REFUSED_SECONDS


def test_the_budget_is_free_again_after_its_minute(desk):
    with time_machine.travel(whole_second(), tick=False) as traveller:
        with desk.database.writing() as session:
            for _ in range(limits.CAMPAIGN_MAX):
                desk.begin(session)
        with pytest.raises(TooMany):
            desk.press(HOME)
        traveller.shift(limits.WINDOW + timedelta(seconds=1))
        assert desk.press(HOME) == "nothing"


def test_the_budget_of_the_installation_holds_over_all_campaigns(desk, monkeypatch):
    monkeypatch.setattr(limits, "INSTALLATION_MAX", 4)
    monkeypatch.setattr(limits, "NEWCOMERS_INSTALLATION_MAX", 1)
    with desk.database.writing() as session:
        for slug in ("newsroom", "roof", "newsroom", "roof"):
            desk.begin(session, slug)
    with pytest.raises(TooMany):
        desk.press(HOME)
    assert desk.press(HOME, proof=desk.proof()) == "proof"
    with pytest.raises(TooMany):
        desk.press(SCHOOL, "roof", proof=desk.proof("roof"))


def test_presses_that_come_together_open_no_more_than_the_block_may(desk):
    proofs = [desk.proof() for _ in range(12)]

    def press(text: str) -> bool:
        try:
            desk.press(HOME, proof=text)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        passed = list(pool.map(press, proofs))
    assert (sum(passed), desk.opened()) == (limits.BLOCK_MAX, limits.BLOCK_MAX)


def test_presses_that_come_together_open_no_more_than_the_budget(desk, monkeypatch):
    monkeypatch.setattr(limits, "CAMPAIGN_MAX", 3)

    def press(block: str) -> bool:
        try:
            desk.press(block)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        passed = list(pool.map(press, blocks(12)))
    assert (sum(passed), desk.opened()) == (3, 3)


def test_a_proof_that_is_used_twice_at_once_opens_one_checkout(desk):
    switch_on(desk)
    text = desk.proof(attacked=True)

    def press(block: str) -> bool:
        try:
            desk.press(block, proof=text)
        except ProofWanted:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(press, blocks(8)))
    assert (sum(passed), desk.opened()) == (1, 1)


def test_in_attack_mode_everybody_brings_a_proof_and_less_passes(desk, monkeypatch):
    switch_on(desk)
    for block in (HOME, SCHOOL, None):
        with pytest.raises(ProofWanted) as wanted:
            desk.press(block)
        assert wanted.value.wait_seconds == tickets.ATTACKED_WAIT.total_seconds()
    for _ in range(limits.ATTACKED_BLOCK_MAX):
        desk.press(HOME, proof=desk.proof(attacked=True))
    with pytest.raises(TooMany):
        desk.press(HOME, proof=desk.proof(attacked=True))
    monkeypatch.setattr(limits, "ATTACKED_CAMPAIGN_MAX", limits.ATTACKED_BLOCK_MAX)
    desk.counters.hit(limits.OPENED_BY_BLOCK, SCHOOL)
    with pytest.raises(TooMany):
        desk.press(SCHOOL, proof=desk.proof(attacked=True))


def test_whoever_cannot_compute_waits_with_a_ticket_and_passes_once(desk):
    with time_machine.travel(whole_second(), tick=False) as traveller:
        switch_on(desk)
        with pytest.raises(ProofWanted) as wanted:
            desk.press(HOME)
        ticket = wanted.value.ticket
        with pytest.raises(ProofWanted) as too_soon:
            desk.press(HOME, ticket=ticket)
        assert too_soon.value.ticket == ticket  # the wait goes on, it does not begin anew
        traveller.shift(tickets.ATTACKED_WAIT)
        with pytest.raises(ProofWanted):
            desk.press(SCHOOL, ticket=ticket)
        with pytest.raises(ProofWanted):
            desk.press(HOME, "roof", ticket=ticket)
        assert desk.press(HOME, ticket=ticket) == "ticket"
        with pytest.raises(ProofWanted) as used:
            desk.press(HOME, ticket=ticket)
        assert used.value.ticket != ticket
        assert desk.opened() == 1


def test_tickets_are_scarcer_than_proofs(desk):
    with time_machine.travel(whole_second(), tick=False) as traveller:
        switch_on(desk)
        given: dict[str, str] = {}
        for block in blocks(limits.TICKETS_OF_CAMPAIGN.amount + 1):
            with pytest.raises(ProofWanted) as wanted:
                desk.press(block)
            given[block] = wanted.value.ticket
        traveller.shift(tickets.ATTACKED_WAIT)
        *first, last = given
        for block in first:
            desk.press(block, ticket=given[block])
        with pytest.raises(ProofWanted) as full:
            desk.press(last, ticket=given[last])
        assert full.value.ticket == given[last]
        traveller.shift(timedelta(seconds=full.value.wait_seconds))
        assert desk.press(last, ticket=given[last]) == "ticket"


def test_a_ticket_that_nobody_made_or_that_lay_too_long_is_worth_nothing(desk):
    with time_machine.travel(whole_second(), tick=False) as traveller:
        switch_on(desk)
        with pytest.raises(ProofWanted) as wanted:
            desk.press(HOME)
        ticket = wanted.value.ticket
        traveller.shift(tickets.ATTACKED_WAIT + tickets.LIFE)
        for text in (ticket, ticket[:-2], "x", "x" * 5_000, "é\u0000", "WzFd.x"):
            with pytest.raises(ProofWanted):
                desk.press(HOME, ticket=text)


def test_what_is_refused_takes_no_place_and_spends_nothing(desk, monkeypatch):
    monkeypatch.setattr(limits, "CAMPAIGN_MAX", 0)
    monkeypatch.setattr(limits, "NEWCOMERS_CAMPAIGN_MAX", 0)
    text = desk.proof()
    with pytest.raises(TooMany):
        desk.press(HOME, proof=text)
    assert desk.opened() == 0
    monkeypatch.setattr(limits, "CAMPAIGN_MAX", 1)
    assert desk.press(HOME, proof=text) == "proof"
    assert desk.counters.used(limits.OPENED_BY_BLOCK, HOME) == 1


def test_a_browser_is_told_beforehand_whether_a_proof_will_be_wanted(desk):
    def foretold(block: str | None) -> bool:
        with desk.database.reading() as session:
            return limits.wants_proof(desk.counters, session, block, 1)

    assert not foretold(HOME)
    for _ in range(limits.BLOCK_FREE):
        desk.press(HOME)
    assert foretold(HOME)
    assert not foretold(SCHOOL)
    assert not foretold(None)
    switch_on(desk)
    assert foretold(SCHOOL)
    assert foretold(None)


def test_the_switch_goes_on_and_off_and_tells_whether_it_did(desk):
    began = clock.now()
    with desk.database.writing() as session:
        assert attack.begin(session, now=began)
        assert not attack.begin(session, now=began + timedelta(hours=1))
        assert attack.under_attack_since(session) == began
        assert attack.end(session)
        assert not attack.end(session)
        assert not attack.is_under_attack(session)
