"""How campaigns stand: the cached sums of their present and past periods, as the console lists them.

Readers' numbers come from `widget/snapshot`; this reads the same rows for many campaigns and periods at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign, Period, opening_of
from campaigns.campaign.periods import Window, period_at, rule_at
from campaigns.campaign.progress import Progress, progress
from campaigns.campaign.scheduling import schedule_of
from campaigns.ledger.models import Donation, MilestoneReached, PeriodTotal


@dataclass(frozen=True, slots=True)
class Standing:
    """The sums of one period. Minor units of the campaign's currency."""

    window: Window
    raised_minor: int = 0
    pending_minor: int = 0
    donation_count: int = 0
    donor_count: int = 0
    version: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """A campaign with its present period."""

    campaign: Campaign
    status: str
    repeat: str
    timezone: str
    standing: Standing
    progress: Progress

    @property
    def window(self) -> Window:
        """The present period."""
        return self.standing.window

    def marks(self) -> list[tuple[float, bool]]:
        """The milestones below the goal as places on a bar of 0 to 100, and whether each is reached."""
        goal = self.progress.goal_minor
        below = (step for step in self.progress.steps if step.amount_minor < goal)
        return [(round(step.amount_minor * 100 / goal, 1), step.reached) for step in below]


def outlooks(session: Session, campaigns: Sequence[Campaign], *, now: datetime) -> list[Outlook]:
    """Each campaign with its present period, in the order given; two queries for all of them."""
    windows = {campaign.id: period_at(schedule_of(campaign), now) for campaign in campaigns}
    sums = _sums(session, windows)
    reached = _reached(session, windows)
    return [
        _outlook(campaign, windows[campaign.id], sums.get(campaign.id), reached.get(campaign.id, {}), now)
        for campaign in campaigns
    ]


def outlook(session: Session, campaign: Campaign, *, now: datetime) -> Outlook:
    """One campaign with its present period."""
    return outlooks(session, [campaign], now=now)[0]


def past(session: Session, campaign: Campaign, *, now: datetime, limit: int) -> list[Standing]:
    """The closed periods in which money landed, the newest first."""
    rows = session.execute(
        select(Period, PeriodTotal)
        .join(PeriodTotal, PeriodTotal.period_id == Period.id)
        .where(Period.campaign_id == campaign.id, Period.ends_at <= now)
        .order_by(Period.ends_at.desc())
        .limit(limit)
    )
    return [_standing(Window(period.starts_at, period.ends_at), total) for period, total in rows]


def periods(session: Session, campaign: Campaign, *, limit: int) -> list[Period]:
    """The periods of a campaign in which money landed, the newest first."""
    theirs = select(Period).where(Period.campaign_id == campaign.id).order_by(Period.opening.desc(), Period.id.desc())
    return list(session.scalars(theirs.limit(limit)))


def latest(session: Session, campaign: Campaign, *, limit: int) -> list[Donation]:
    """The newest donations of a campaign, those included that count nothing any more."""
    newest = func.coalesce(Donation.occurred_at, Donation.created_at).desc()
    home = select(Donation).where(Donation.campaign_id == campaign.id)
    return list(session.scalars(home.order_by(newest, Donation.id.desc()).limit(limit)))


def _outlook(
    campaign: Campaign, window: Window, total: PeriodTotal | None, reached: dict[int, datetime], now: datetime
) -> Outlook:
    rule, standing = rule_at(schedule_of(campaign), now), _standing(window, total)
    return Outlook(
        campaign=campaign,
        status=lifecycle.status_at(campaign, now),
        repeat=rule.repeat,
        timezone=rule.timezone,
        standing=standing,
        progress=progress(
            standing.raised_minor,
            [(m.amount_minor, m.label, reached.get(m.id)) for m in campaign.milestones],
            now=now,
            ends_at=window.ends_at,
            timezone=rule.timezone,
        ),
    )


def _standing(window: Window, total: PeriodTotal | None) -> Standing:
    if total is None:
        return Standing(window)
    return Standing(
        window,
        total.raised_minor,
        total.pending_minor,
        total.donation_count,
        total.donor_count,
        total.version,
        total.updated_at,
    )


def _present(windows: dict[int, Window]) -> ColumnElement[bool]:
    """Which stored periods are the present ones: a period is known by its campaign and its opening."""
    keys = [(campaign_id, opening_of(window.starts_at)) for campaign_id, window in windows.items()]
    return tuple_(Period.campaign_id, Period.opening).in_(keys)


def _sums(session: Session, windows: dict[int, Window]) -> dict[int, PeriodTotal]:
    joined = select(Period.campaign_id, PeriodTotal).join(PeriodTotal, PeriodTotal.period_id == Period.id)
    return dict(session.execute(joined.where(_present(windows))).all())


def _reached(session: Session, windows: dict[int, Window]) -> dict[int, dict[int, datetime]]:
    """When milestones were first reached in the present periods: campaign id → milestone id → instant."""
    columns = (Period.campaign_id, MilestoneReached.milestone_id, MilestoneReached.reached_at)
    joined = select(*columns).join(Period, Period.id == MilestoneReached.period_id)
    found: dict[int, dict[int, datetime]] = {}
    for campaign_id, milestone_id, reached_at in session.execute(joined.where(_present(windows))):
        found.setdefault(campaign_id, {})[milestone_id] = reached_at
    return found
