"""A campaign's periods in the database: when their borders may move, and the row of each that holds money.

The rule that makes them is in `periods`. Stored is only what happened: a period's row is made when the first
money lands in it, a closed one never changes, and an edit acts from the next border on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from campaigns.campaign import particulars
from campaigns.campaign.models import Campaign, CampaignSchedule, Period, opening_of
from campaigns.campaign.periods import (
    INSTANT,
    Repeat,
    Rule,
    Schedule,
    Window,
    first_period,
    natural_window,
    period_at,
)
from campaigns.db import insert_or_ignore
from campaigns.errors import Conflict, Invalid

AHEAD_MAX = timedelta(days=366)  # money dated further ahead than this is a clock gone wrong, and opens no period there


def schedule_of(campaign: Campaign) -> Schedule:
    """The pure value that decides the campaign's periods."""
    rules = tuple((row.effective_at, _rule_of(row)) for row in campaign.schedules)
    anchor_at = campaign.published_at or campaign.created_at
    return Schedule(rules, campaign.starts_at, campaign.ends_at, anchor_at)


def newest_rule(campaign: Campaign) -> Rule:
    """The rule that is in force or will be from the next border on: what staff chose last."""
    return _rule_of(campaign.schedules[-1])


def period_for(session: Session, campaign: Campaign, instant: datetime, *, now: datetime) -> Period:
    """The row of the period that counts what happened at `instant`, made if it is the first to land there."""
    window = _window_for(campaign, instant, now)
    return stored_period(session, campaign, window) or _make_period(session, campaign, instant, now)


def stored_period(session: Session, campaign: Campaign, window: Window) -> Period | None:
    """The row of the period that starts where `window` does, if any money ever landed in it."""
    return session.scalars(_starting(campaign, window)).one_or_none()


def lock(session: Session, campaign: Campaign) -> None:
    """Waits for whoever edits this campaign and reads it afresh. Rows that only refer to it are not held up."""
    session.refresh(campaign, with_for_update={"key_share": True})


def has_begun(campaign: Campaign, now: datetime) -> bool:
    """Whether it is published and its start, if it has one, lies behind."""
    return campaign.published_at is not None and (campaign.starts_at is None or campaign.starts_at <= now)


def set_rule(session: Session, campaign: Campaign, rule: Rule, *, now: datetime) -> None:
    """Repeats by `rule`: at once before the campaign has begun, else from the next border on.

    A rule that was set before and is not in force yet is replaced. Raises Conflict for an ended campaign.
    """
    if rule == newest_rule(campaign):
        return
    _refuse_if_over(campaign, now)
    if has_begun(campaign, now):
        _add_rule(session, campaign, rule, now)
        _fit_open_periods(session, campaign, now)
    else:
        before = first_period(schedule_of(campaign))
        campaign.schedules = [CampaignSchedule(effective_at=None)]
        _write_rule(campaign.schedules[0], rule)
        move_first_period(session, campaign, before)


def set_dates(
    session: Session,
    campaign: Campaign,
    starts_at: datetime | None,
    ends_at: datetime | None,
    *,
    now: datetime,
) -> None:
    """Moves start and end (aware, None for open). Raises Invalid or Conflict where the past would change."""
    starts_at, ends_at = particulars.dates(starts_at, ends_at)
    if (starts_at, ends_at) == (campaign.starts_at, campaign.ends_at):
        return
    _refuse_if_over(campaign, now)
    begun = has_begun(campaign, now)
    if begun and starts_at != campaign.starts_at:
        raise Conflict("the campaign has begun, so its start no longer moves")
    if campaign.published_at is not None and ends_at != campaign.ends_at and ends_at is not None and ends_at <= now:
        raise Invalid("the end cannot be moved into the past; to end the campaign now, end it", "ends_at")
    before = first_period(schedule_of(campaign))
    campaign.starts_at, campaign.ends_at = starts_at, ends_at
    if begun:
        _fit_open_periods(session, campaign, now)
    else:
        move_first_period(session, campaign, before)


def close(session: Session, campaign: Campaign, now: datetime) -> None:
    """Ends the running period, and so the campaign, at `now`; one that has not begun keeps its dates."""
    if not has_begun(campaign, now) or _is_over(campaign, now):
        return
    running = period_at(schedule_of(campaign), now)
    just_begun = running.starts_at is not None and running.starts_at >= now
    campaign.ends_at = now + INSTANT if just_begun else now
    _fit_open_periods(session, campaign, now)


def move_first_period(session: Session, campaign: Campaign, before: Window) -> None:
    """Money from before the beginning counts in the first period, so its row follows when that one moves."""
    after = first_period(schedule_of(campaign))
    row = stored_period(session, campaign, before)
    taken = after.starts_at != before.starts_at and stored_period(session, campaign, after) is not None
    if row is not None and not taken:
        row.opening, row.starts_at, row.ends_at = opening_of(after.starts_at), after.starts_at, after.ends_at


def _window_for(campaign: Campaign, instant: datetime, now: datetime) -> Window:
    """The window that counts `instant`. An unpublished campaign has only its first: publishing will move that one row,
    and none must be left behind outside of what is shown."""
    schedule = schedule_of(campaign)
    if campaign.published_at is None:
        return first_period(schedule)
    return period_at(schedule, min(instant, now + AHEAD_MAX))


def _make_period(session: Session, campaign: Campaign, instant: datetime, now: datetime) -> Period:
    """Under the campaign's lock, because an edit may be moving the border right now."""
    lock(session, campaign)
    window = _window_for(campaign, instant, now)
    row = {"campaign_id": campaign.id, "opening": opening_of(window.starts_at)}
    insert_or_ignore(session, Period, [{**row, "starts_at": window.starts_at, "ends_at": window.ends_at}])
    return session.scalars(_starting(campaign, window)).one()


def _starting(campaign: Campaign, window: Window) -> Select[Period]:
    opening = opening_of(window.starts_at)
    return select(Period).where(Period.campaign_id == campaign.id, Period.opening == opening)


def _add_rule(session: Session, campaign: Campaign, rule: Rule, now: datetime) -> None:
    for row in [row for row in campaign.schedules if row.effective_at is not None and row.effective_at > now]:
        campaign.schedules.remove(row)
    current = campaign.schedules[-1]
    if rule.repeat == current.repeat == "none":  # no border ever comes, and none depends on the zone
        _write_rule(current, rule)
    elif rule != _rule_of(current):
        campaign.schedules.append(CampaignSchedule(effective_at=_next_border(session, campaign, rule, now)))
        _write_rule(campaign.schedules[-1], rule)


def _next_border(session: Session, campaign: Campaign, rule: Rule, now: datetime) -> datetime | None:
    """Where a new rule takes over: the end of the running period, or of the last one that holds money.

    The campaign's own end is no such border, as it may still move. A campaign that does not repeat has none, so
    the first border of the new rule is taken.
    """
    running = period_at(replace(schedule_of(campaign), ends_at=None), now)
    if running.ends_at is None:
        return natural_window(rule, now).ends_at
    last_stored = session.scalar(select(func.max(Period.ends_at)).where(Period.campaign_id == campaign.id))
    return max(running.ends_at, last_stored or running.ends_at)


def _fit_open_periods(session: Session, campaign: Campaign, now: datetime) -> None:
    """Gives stored periods that are not closed the end which the changed schedule has for them."""
    schedule = schedule_of(campaign)
    still_open = or_(Period.ends_at.is_(None), Period.ends_at > now)
    for row in session.scalars(select(Period).where(Period.campaign_id == campaign.id, still_open)):
        window = period_at(schedule, row.starts_at or now)
        if window.starts_at == row.starts_at:
            row.ends_at = window.ends_at


def _refuse_if_over(campaign: Campaign, now: datetime) -> None:
    if campaign.status in ("ended", "archived") or (campaign.published_at is not None and _is_over(campaign, now)):
        raise Conflict("the campaign has ended, so its dates and periods no longer change")


def _is_over(campaign: Campaign, now: datetime) -> bool:
    return campaign.ends_at is not None and campaign.ends_at <= now


def _rule_of(row: CampaignSchedule) -> Rule:
    return Rule(cast(Repeat, row.repeat), row.first_month, row.first_day, row.timezone)


def _write_rule(row: CampaignSchedule, rule: Rule) -> None:
    row.repeat, row.timezone = rule.repeat, rule.timezone
    row.first_month, row.first_day = rule.first_month, rule.first_day
