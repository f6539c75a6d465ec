"""How many checkouts may be opened: by an address block, for a campaign, and in the whole installation.

Trying stolen cards begins with opening checkouts, so that is what is limited, and nothing a reader does before. Few
presses pass as they are. Where there are many, each must bring a proof of work (`proof`) or, without JavaScript, wait
(`tickets`); only above the budgets is anybody refused, with words and a time.

The budgets of campaign and installation are counted from the intents in the database: exact for all processes, over
every restart. What one block may do is counted by the limiter's storage, which knows all processes only with Redis.
A part of each budget is kept for newcomers (blocks that opened nothing lately) who bring a proof, so that those who
use up everything else do not shut out readers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from limits import RateLimitItem, RateLimitItemPerMinute
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.donate import proof, tickets
from campaigns.donate.attack import is_under_attack
from campaigns.donate.models import DonationIntent
from campaigns.errors import DomainError
from campaigns.language import say as _

WINDOW = timedelta(minutes=1)
CAMPAIGN_MAX, INSTALLATION_MAX = 60, 300  # checkouts opened in a minute
NEWCOMERS_CAMPAIGN_MAX, NEWCOMERS_INSTALLATION_MAX = 60, 300  # on top, for proven newcomers only
ATTACKED_CAMPAIGN_MAX = 30
CAMPAIGN_CALM_MAX, INSTALLATION_CALM_MAX = 20, 100  # presses in a minute, above which each needs a proof

BLOCK_FREE = 2  # checkouts without a proof in ten minutes
BLOCK_MAX, ATTACKED_BLOCK_MAX = 5, 3
OPENED_BY_BLOCK = RateLimitItemPerMinute(BLOCK_MAX, 10, "opened")
PRESSES_OF_BLOCK = RateLimitItemPerMinute(2, 1, "presses")  # more add nothing: one machine alone makes no crowd
PRESSES = RateLimitItemPerMinute(1_000, 1, "presses")  # counted, not limited: above 1,000 it is a crowd anyhow
TICKETS_OF_BLOCK = RateLimitItemPerMinute(2, 10, "tickets")
TICKETS_OF_CAMPAIGN = RateLimitItemPerMinute(10, 1, "tickets")
TICKETS = RateLimitItemPerMinute(30, 1, "tickets")
EVERYWHERE = "installation"

REFUSED_SECONDS = 60


class Counts(Protocol):
    """What counts presses (`web/limits` has it)."""

    def hit(self, rule: RateLimitItem, who: str) -> bool:
        """Counts one for `who`; False, and nothing counted, where `rule` is used up."""

    def used(self, rule: RateLimitItem, who: str) -> int:
        """How many stand against `rule` now."""

    def free_in(self, rule: RateLimitItem, who: str) -> int:
        """After how many seconds one of them is over."""


class ProofWanted(DomainError):
    """A proof has to come along. `ticket` is for those who cannot make one; it is good after `wait_seconds`."""

    status = 422

    def __init__(self, message: str, *, ticket: str, wait_seconds: int) -> None:
        super().__init__(message)
        self.ticket, self.wait_seconds = ticket, wait_seconds


class TooMany(DomainError):
    """No more checkouts from here, or for this campaign, just now; it is worth trying again after `retry_after`."""

    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Press:
    """One press of the button: from which block (None: unknown), for which campaign, with what it brings along."""

    block: str | None
    campaign_id: int
    proof: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Pass:
    """A press that may go on, and by what: nothing, a proof of work, or a ticket that was waited for."""

    press: Press
    by: Literal["nothing", "proof", "ticket"]
    spent: proof.Spent | None = None


def judge(counts: Counts, session: Session, press: Press, *, secret_key: str, now: datetime) -> Pass:
    """Whether a press may open a checkout. It writes nothing to the database. Raises ProofWanted or TooMany."""
    _count_press(counts, press)
    attacked = is_under_attack(session)
    _block_has_room(counts, press, attacked=attacked)
    passed = _passed(counts, press, attacked=attacked, secret_key=secret_key, now=now)
    _budget_has_room(counts, session, passed, opened=1, attacked=attacked, now=now)
    return passed


def admit(counts: Counts, session: Session, passed: Pass, *, secret_key: str, now: datetime) -> None:
    """Takes the places of a press whose intent was just written in `session`. Raises ProofWanted or TooMany.

    What it refuses must be rolled back. It is the last word, and exact: presses that come together were all judged
    before any of them was counted.
    """
    press = passed.press
    session.execute(select(Campaign.id).where(Campaign.id == press.campaign_id).with_for_update(key_share=True))
    attacked = is_under_attack(session)
    _budget_has_room(counts, session, passed, opened=0, attacked=attacked, now=now)
    if passed.spent is not None and not proof.spend(session, passed.spent):
        raise _proof_wanted(press, attacked=attacked, secret_key=secret_key, now=now)
    if passed.by == "ticket":
        for rule, who in _ticket_rules(press):
            counts.hit(rule, who)
    if press.block and not counts.hit(OPENED_BY_BLOCK, press.block):
        raise _too_many(counts.free_in(OPENED_BY_BLOCK, press.block))


def wants_proof(counts: Counts, session: Session, block: str | None, campaign_id: int) -> bool:
    """Whether a press would need a proof if it came now: so that a browser may begin before it is asked."""
    return is_under_attack(session) or _is_busy(counts, block, campaign_id)


def _count_press(counts: Counts, press: Press) -> None:
    if press.block is None or counts.hit(PRESSES_OF_BLOCK, press.block):
        counts.hit(PRESSES, str(press.campaign_id))
        if counts.used(PRESSES, str(press.campaign_id)) <= CAMPAIGN_CALM_MAX:  # one crowd makes no other campaign busy
            counts.hit(PRESSES, EVERYWHERE)


def _block_has_room(counts: Counts, press: Press, *, attacked: bool) -> None:
    most = ATTACKED_BLOCK_MAX if attacked else BLOCK_MAX
    if press.block and counts.used(OPENED_BY_BLOCK, press.block) >= most:
        raise _too_many(counts.free_in(OPENED_BY_BLOCK, press.block))


def _passed(counts: Counts, press: Press, *, attacked: bool, secret_key: str, now: datetime) -> Pass:
    """The press with what it passes by. Raises ProofWanted where it brings too little."""
    spent = proof.checked(press.proof, press.campaign_id, secret_key=secret_key, now=now)
    if spent is not None:
        return Pass(press, "proof", spent)
    if not attacked and not _is_busy(counts, press.block, press.campaign_id):
        return Pass(press, "nothing")
    held = tickets.held(press.ticket, press.campaign_id, press.block, secret_key=secret_key, now=now)
    if held is None:
        raise _proof_wanted(press, attacked=attacked, secret_key=secret_key, now=now)
    full = [(rule, who) for rule, who in _ticket_rules(press) if counts.used(rule, who) >= rule.amount]
    wait = max([held.wait_seconds, *(counts.free_in(rule, who) for rule, who in full)])
    if wait > 0:
        raise ProofWanted(_one_more_step(), ticket=press.ticket, wait_seconds=wait)
    return Pass(press, "ticket", held.spent)


def _proof_wanted(press: Press, *, attacked: bool, secret_key: str, now: datetime) -> ProofWanted:
    """With a fresh ticket."""
    bound: dict[str, Any] = {"attacked": attacked, "secret_key": secret_key, "now": now}
    ticket = tickets.issue(press.campaign_id, press.block, **bound)
    return ProofWanted(_one_more_step(), ticket=ticket, wait_seconds=tickets.wait_seconds(attacked=attacked))


def _is_busy(counts: Counts, block: str | None, campaign_id: int) -> bool:
    return (
        (block is not None and counts.used(OPENED_BY_BLOCK, block) >= BLOCK_FREE)
        or counts.used(PRESSES, str(campaign_id)) > CAMPAIGN_CALM_MAX
        or counts.used(PRESSES, EVERYWHERE) > INSTALLATION_CALM_MAX
    )


def _ticket_rules(press: Press) -> list[tuple[RateLimitItem, str]]:
    rules: list[tuple[RateLimitItem, str]] = [(TICKETS_OF_CAMPAIGN, str(press.campaign_id)), (TICKETS, EVERYWHERE)]
    return [*rules, (TICKETS_OF_BLOCK, press.block)] if press.block else rules


def _budget_has_room(
    counts: Counts, session: Session, passed: Pass, *, opened: int, attacked: bool, now: datetime
) -> None:
    """Raises TooMany where `opened` more intents than there are would be too many."""
    campaign_max = ATTACKED_CAMPAIGN_MAX if attacked else CAMPAIGN_MAX
    installation_max = INSTALLATION_MAX
    if passed.by == "proof" and _is_newcomer(counts, passed.press.block):
        campaign_max, installation_max = (
            campaign_max + NEWCOMERS_CAMPAIGN_MAX,
            installation_max + NEWCOMERS_INSTALLATION_MAX,
        )
    of_campaign, of_all = _opened_lately(session, passed.press.campaign_id, now=now)
    if of_campaign + opened > campaign_max or of_all + opened > installation_max:
        raise _too_many(REFUSED_SECONDS)


def _is_newcomer(counts: Counts, block: str | None) -> bool:
    return block is not None and counts.used(OPENED_BY_BLOCK, block) == 0


def _opened_lately(session: Session, campaign_id: int, *, now: datetime) -> tuple[int, int]:
    """(of the campaign, of all) intents of the last minute."""
    here = func.count().filter(DonationIntent.campaign_id == campaign_id)
    row = session.execute(select(here, func.count()).where(DonationIntent.created_at > now - WINDOW)).one()
    return row[0], row[1]


def _one_more_step() -> str:
    return _("One more step: your browser has to show that you are not a program.")


def _too_many(retry_after: int) -> TooMany:
    told = _(
        "Too many gifts are being started from your network or for this campaign. Please wait a little, then try again."
    )
    return TooMany(told, retry_after=retry_after)
