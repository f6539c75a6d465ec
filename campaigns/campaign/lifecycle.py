"""A campaign from draft to archive: the verbs that change it, and what each state allows.

Stored is what staff decided; `status_at` adds what the clock decides (scheduled before its start, ended after
its end). Address and currency are fixed once published, because other people's pages and payments name them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypedDict, Unpack, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.campaign import addresses, particulars, scheduling
from campaigns.campaign.addresses import by_slug, find
from campaigns.campaign.models import Campaign, CampaignAlias, CampaignSchedule, Milestone, Period, WayToGive
from campaigns.campaign.periods import Rule, first_period
from campaigns.campaign.scheduling import period_for, schedule_of
from campaigns.errors import Conflict, Invalid

__all__ = ["by_slug", "find", "period_for", "schedule_of"]

Status = Literal["draft", "scheduled", "live", "paused", "ended", "archived"]
STATUSES: tuple[Status, ...] = get_args(Status)
Act = Literal["publish", "pause", "resume", "end", "archive"]

# act: (from which states, to which stored one, the word for it)
ACTS: dict[Act, tuple[tuple[Status, ...], Status, str]] = {
    "publish": (("draft",), "live", "published"),
    "pause": (("live",), "paused", "paused"),
    "resume": (("paused",), "live", "resumed"),
    "end": (("scheduled", "live", "paused"), "ended", "ended"),
    "archive": (("ended",), "archived", "archived"),
}


class Options(TypedDict, total=False):
    """What `create` and `edit` take besides slug, title and currency; what is left out keeps its value."""

    story: str
    language: str
    accent: str | None
    timezone: str
    repeat: str
    first_month: int
    first_day: int
    starts_at: datetime | None
    ends_at: datetime | None
    ways: Sequence[tuple[str, str]]


def create(
    session: Session,
    *,
    slug: str,
    title: str,
    currency: str,
    now: datetime,
    milestones: Sequence[tuple[int, str]] = (),
    **options: Unpack[Options],
) -> Campaign:
    """A new draft. `milestones` are ``(amount_minor, label)``, `ways` ``(label, url)``. Raises Invalid."""
    campaign = Campaign(
        slug=addresses.unused(session, slug),
        title=particulars.title(title),
        story="",
        currency=particulars.currency(currency),
        language="en",
        status="draft",
        revision=0,
        created_at=now,
        updated_at=now,
        schedules=[CampaignSchedule(effective_at=None, repeat="none", first_month=1, first_day=1, timezone="UTC")],
    )
    with addresses.claiming(session, campaign.slug):
        session.add(campaign)
    _apply(session, campaign, options, now)
    _set_milestones(session, campaign, particulars.milestones(milestones), now)
    _touch(session, campaign, now)
    return campaign


def edit(
    session: Session,
    campaign: Campaign,
    *,
    now: datetime,
    slug: str | None = None,
    title: str | None = None,
    currency: str | None = None,
    **options: Unpack[Options],
) -> None:
    """Changes what is given. Raises Invalid for a wrong value, Conflict for what no longer changes."""
    scheduling.lock(session, campaign)
    if slug is not None and slug != campaign.slug:
        _rename(session, campaign, slug)
    if currency is not None and particulars.currency(currency) != campaign.currency:
        _change_currency(session, campaign, particulars.currency(currency))
    if title is not None:
        campaign.title = particulars.title(title)
    _apply(session, campaign, options, now)
    _touch(session, campaign, now)


def set_milestones(
    session: Session, campaign: Campaign, rows: Sequence[tuple[int, str]], *, now: datetime
) -> list[Milestone]:
    """Replaces the milestones by ``(amount_minor, label)`` rows; the same amount keeps its row and history.

    Returns those added: what is already raised may be above them, which the ledger has to note. Raises Invalid,
    or Conflict for an ended campaign.
    """
    wanted = particulars.milestones(rows)
    scheduling.lock(session, campaign)
    if wanted == {milestone.amount_minor: milestone.label for milestone in campaign.milestones}:
        return []
    if status_at(campaign, now) in ("ended", "archived"):
        raise Conflict("the campaign has ended, so its milestones no longer change")
    if not wanted and campaign.status != "draft":
        raise Invalid("a published campaign needs a goal: keep at least one milestone", "milestones")
    added = _set_milestones(session, campaign, wanted, now)
    _touch(session, campaign, now)
    return added


def publish(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Draft → live (or scheduled, with a start ahead). Raises Conflict, or Invalid without a goal."""
    target = _target_of(session, campaign, "publish", now)
    if not campaign.milestones:
        raise Invalid("the campaign needs a goal before it is published: add a milestone", "milestones")
    if campaign.ends_at is not None and campaign.ends_at <= now:
        raise Invalid("the campaign's end lies in the past: move it before publishing", "ends_at")
    before = first_period(schedule_of(campaign))
    campaign.status, campaign.published_at = target, now
    scheduling.move_first_period(session, campaign, before)
    _touch(session, campaign, now)


def pause(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Live → paused. Money that arrives still counts. Raises Conflict."""
    campaign.status = _target_of(session, campaign, "pause", now)
    _touch(session, campaign, now)


def resume(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Paused → live. Raises Conflict."""
    campaign.status = _target_of(session, campaign, "resume", now)
    _touch(session, campaign, now)


def end(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Scheduled, live or paused → ended, and its running period ends now. Raises Conflict."""
    campaign.status = _target_of(session, campaign, "end", now)
    scheduling.close(session, campaign, now)
    _touch(session, campaign, now)


def archive(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Ended → archived: out of the way, and still answering. Raises Conflict."""
    campaign.status = _target_of(session, campaign, "archive", now)
    _touch(session, campaign, now)


def status_at(campaign: Campaign, now: datetime) -> Status:
    """What readers see: the stored status, and the clock's say for a published campaign."""
    if campaign.status in ("live", "paused"):
        if campaign.ends_at is not None and campaign.ends_at <= now:
            return "ended"
        if campaign.starts_at is not None and now < campaign.starts_at:
            return "scheduled"
    return next(status for status in STATUSES if status == campaign.status)


def possible_acts(campaign: Campaign, now: datetime) -> tuple[Act, ...]:
    """The acts that its present state allows."""
    status = status_at(campaign, now)
    return tuple(act for act, (sources, _, _) in ACTS.items() if status in sources)


def add_alias(session: Session, campaign: Campaign, slug: str, *, now: datetime) -> None:
    """A further address that leads to the campaign. Raises Invalid."""
    alias = CampaignAlias(slug=addresses.unused(session, slug), campaign_id=campaign.id)
    scheduling.lock(session, campaign)
    with addresses.claiming(session, alias.slug):
        session.add(alias)
    _touch(session, campaign, now)


def list_campaigns(session: Session) -> list[Campaign]:
    """Every campaign, the newest first."""
    return list(session.scalars(select(Campaign).order_by(Campaign.created_at.desc(), Campaign.id.desc())))


def _target_of(session: Session, campaign: Campaign, act: Act, now: datetime) -> Status:
    """Locks the campaign; the status that `act` leads to, or Conflict saying what is possible instead."""
    scheduling.lock(session, campaign)
    sources, target, done = ACTS[act]
    status = status_at(campaign, now)
    if status not in sources:
        possible = " or ".join(ACTS[other][2] for other in possible_acts(campaign, now))
        raise Conflict(f"the campaign is {status} and cannot be {done}; it can be {possible or 'changed no more'}")
    return target


def _apply(session: Session, campaign: Campaign, options: Options, now: datetime) -> None:
    if "story" in options:
        campaign.story = particulars.story(options["story"])
    if "language" in options:
        campaign.language = particulars.language(options["language"])
    if "accent" in options:
        campaign.accent = particulars.accent(options["accent"])
    if "ways" in options:
        _set_ways(campaign, particulars.ways(options["ways"]))
    starts_at = options.get("starts_at", campaign.starts_at)
    ends_at = options.get("ends_at", campaign.ends_at)
    scheduling.set_dates(session, campaign, starts_at, ends_at, now=now)
    scheduling.set_rule(session, campaign, _chosen_rule(campaign, options), now=now)


def _chosen_rule(campaign: Campaign, options: Options) -> Rule:
    """The rule in `options`, completed by the newest one, whose first day means nothing to another repeat."""
    kept = scheduling.newest_rule(campaign)
    repeat = options.get("repeat", kept.repeat)
    first_month, first_day = (kept.first_month, kept.first_day) if repeat == kept.repeat else (1, 1)
    return particulars.rule(
        repeat,
        options.get("first_month", first_month),
        options.get("first_day", first_day),
        options.get("timezone", kept.timezone),
    )


def _set_ways(campaign: Campaign, rows: list[tuple[str, str]]) -> None:
    if rows != [(way.label, way.url) for way in campaign.ways]:
        campaign.ways = [WayToGive(position=i, label=label, url=url) for i, (label, url) in enumerate(rows)]


def _set_milestones(session: Session, campaign: Campaign, wanted: dict[int, str], now: datetime) -> list[Milestone]:
    present = {milestone.amount_minor: milestone for milestone in campaign.milestones}
    for amount_minor, milestone in present.items():
        if amount_minor in wanted:
            milestone.label = wanted[amount_minor]
        else:
            milestone.removed_at = now
    new = {amount: label for amount, label in wanted.items() if amount not in present}
    added = [Milestone(campaign_id=campaign.id, amount_minor=amount, label=label) for amount, label in new.items()]
    session.add_all(added)
    session.flush()
    session.expire(campaign, ["milestones"])
    return added


def _rename(session: Session, campaign: Campaign, slug: str) -> None:
    if campaign.status != "draft":
        raise Conflict(f"the address “{campaign.slug}” is fixed since publication; add an alias instead")
    addresses.unused(session, slug)
    with addresses.claiming(session, slug):
        campaign.slug = slug


def _change_currency(session: Session, campaign: Campaign, currency: str) -> None:
    if campaign.status != "draft":
        raise Conflict(f"the currency {campaign.currency} is fixed since publication")
    if session.scalar(select(Period.id).where(Period.campaign_id == campaign.id).limit(1)) is not None:
        raise Conflict(f"money in {campaign.currency} has been counted already, so the currency no longer changes")
    campaign.currency = currency


def _touch(session: Session, campaign: Campaign, now: datetime) -> None:
    campaign.revision += 1
    campaign.updated_at = now
    session.flush()
