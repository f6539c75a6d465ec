"""The public numbers of a campaign at one version; JSON, HTML and picture all render this one value.

One query reads all of it: campaign ⨝ schedules ⨝ ways ⨝ period ⨝ total ⨝ milestones ⨝ reached. Of the campaign's stored
periods it takes the newest that has begun (before the first, the first). That is the shown one or an earlier one, and
then nothing has landed in the shown one yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    column,
    func,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.orm import Session, contains_eager

from campaigns.campaign import lifecycle, particulars, wording
from campaigns.campaign.models import (
    Campaign,
    CampaignAlias,
    CampaignSchedule,
    CampaignWording,
    Milestone,
    Period,
    WayToGive,
    opening_of,
)
from campaigns.campaign.periods import Rule, Window, period_at, rule_at
from campaigns.campaign.progress import Progress, Step, progress
from campaigns.clock import rfc3339
from campaigns.db import UtcDateTime
from campaigns.errors import NotFound
from campaigns.ledger.models import Donation, MilestoneReached, PaymentRef, PeriodTotal
from campaigns.money import amount_document
from campaigns.providers import shelf
from campaigns.providers.checkout import opens_checkout

VERSION_LENGTH = 20
# Of a feature on our own level only these columns are read: whether any account of ours can open a checkout.
_endpoint = table("webhook_endpoint", column("id"), column("provider"), column("campaign_id"))
_secret = table("endpoint_secret", column("endpoint_id"), column("name"))

Columns = tuple[Campaign, Period, PeriodTotal, int, datetime, bool, bool]
Rows = Sequence[Row[*Columns]]
Statement = Select[*Columns]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One campaign in its present period. Amounts in minor units of `currency`, instants aware UTC.

    `checkout`: gifts are taken on our own page, once and monthly. `version` is another one whenever anything else here
    is. `alias_of` is the campaign's own slug where it was asked for by a further name.
    """

    slug: str
    title: str
    status: str
    mode: str
    currency: str
    language: str
    timezone: str
    repeat: str
    starts_at: datetime | None
    ends_at: datetime | None
    progress: Progress
    pending_minor: int
    donations: int
    donors: int
    updated_at: datetime
    version: str
    ways: tuple[tuple[str, str], ...]
    accent: str | None
    checkout: bool = False
    alias_of: str | None = None
    wordings: wording.Wordings = ()  # staff's own words, in every language they gave some
    by_provider: tuple[tuple[str, int], ...] | None = None  # what came through which service; None: it is not shown


def read(session: Session, slug: str, *, now: datetime, mode: str) -> Snapshot:
    """The snapshot of a published campaign at `now`. Raises NotFound for an unknown one and, the same, for a draft."""
    rows = _rows(session, slug, _of_newest(), now=now)
    if not rows or lifecycle.status_at(rows[0].Campaign, now) == "draft":
        raise NotFound(f"there is no campaign “{slug[:64]}”")
    schedule = lifecycle.schedule_of(rows[0].Campaign)
    window, rule = period_at(schedule, now), rule_at(schedule, now)
    opening = opening_of(window.starts_at)
    if _is_later(rows[0].Period, window):
        rows = _rows(session, slug, _of_opening(), opening=opening)
    if rows[0].Period is None or rows[0].Period.opening != opening:
        return _worded(session, rows[0], _snapshot(slug, rows[0], None, {}, window, rule, now, mode))
    reached = {row.milestone_id: row.reached_at for row in rows}
    made = _snapshot(slug, rows[0], rows[0].PeriodTotal, reached, window, rule, now, mode)
    return _worded(session, rows[0], _split(session, rows[0], made))


def document(snapshot: Snapshot, language: str, public_url: str) -> dict[str, Any]:
    """The public JSON document, amounts written for `language`."""
    shown, page = snapshot.progress, f"{public_url}/c/{snapshot.slug}"

    def amount(minor: int) -> dict[str, Any]:
        return amount_document(minor, snapshot.currency, language)

    def milestone(step: Step) -> dict[str, Any]:
        return {
            "amount": amount(step.amount_minor),
            "label": step.label,
            "reached": step.reached,
            "reached_at": _instant(step.reached_at),
        }

    split = {kind: amount(minor) for kind, minor in snapshot.by_provider or ()}
    more = {} if snapshot.by_provider is None else {"by_provider": split}
    return {
        "slug": snapshot.slug,
        "title": snapshot.title,
        "status": snapshot.status,
        "mode": snapshot.mode,
        "currency": snapshot.currency,
        "language": snapshot.language,
        "timezone": snapshot.timezone,
        "repeat": snapshot.repeat,
        "period": {"starts_at": _instant(snapshot.starts_at), "ends_at": _instant(snapshot.ends_at)},
        "raised": amount(shown.raised_minor),
        "pending": amount(snapshot.pending_minor),
        "goal": amount(shown.goal_minor),
        "percent": float(shown.percent),
        "donations": snapshot.donations,
        "donors": snapshot.donors,
        "milestones": [milestone(step) for step in shown.steps],
        "counts": "gross",
        **more,
        "updated_at": rfc3339(snapshot.updated_at),
        "version": snapshot.version,
        "links": {
            "page": page,
            "donate": f"{page}/donate",
            "embed": f"{public_url}/embed/{snapshot.slug}",
            "image": f"{public_url}/img/{snapshot.slug}.svg",
        },
    }


def _snapshot(
    slug: str,
    row: Row[*Columns],
    total: PeriodTotal | None,
    reached: Mapping[int, datetime],
    window: Window,
    rule: Rule,
    now: datetime,
    mode: str,
) -> Snapshot:
    campaign = row.Campaign
    steps = [(step.amount_minor, step.label, reached.get(step.id)) for step in campaign.milestones]
    raised_minor = total.raised_minor if total else 0
    made = Snapshot(
        slug=campaign.slug,
        title=campaign.title,
        status=lifecycle.status_at(campaign, now),
        mode=mode,
        currency=campaign.currency,
        language=campaign.language,
        timezone=rule.timezone,
        repeat=rule.repeat,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        progress=progress(raised_minor, steps, now=now, ends_at=window.ends_at, timezone=rule.timezone),
        pending_minor=total.pending_minor if total else 0,
        donations=total.donation_count if total else 0,
        donors=total.donor_count if total else 0,
        updated_at=max(campaign.updated_at, total.updated_at) if total else campaign.updated_at,
        version="",
        ways=tuple((way.label, way.url) for way in campaign.ways),
        accent=campaign.accent,
        checkout=mode != "live" or bool(row.checkout),  # the sandbox takes gifts wherever it exists
        alias_of=campaign.slug if campaign.slug != slug else None,
        by_provider=() if campaign.shows_split else None,
    )
    return replace(made, version=_version_of(made))


def _split(session: Session, row: Row[*Columns], made: Snapshot) -> Snapshot:
    """With what came through which service, the most first; a campaign that does not show it costs no further query."""
    if made.by_provider is None:
        return made
    total = func.sum(Donation.counted_minor)
    found = select(PaymentRef.provider, total).join(PaymentRef, PaymentRef.id == Donation.ref_id)
    found = found.where(Donation.period_id == row.Period.id, Donation.counted_minor > 0).group_by(PaymentRef.provider)
    sums = [(provider, int(minor)) for provider, minor in session.execute(found)]
    split = replace(made, version="", by_provider=tuple(sorted(sums, key=lambda one: (-one[1], one[0]))))
    return replace(split, version=_version_of(split))


def _worded(session: Session, row: Row[*Columns], made: Snapshot) -> Snapshot:
    """With staff's own words; a campaign that has none costs no further query."""
    if not row.worded:
        return made
    made = replace(made, version="", wordings=wording.every(session, row.Campaign.id))
    return replace(made, version=_version_of(made))


def _rows(session: Session, slug: str, statement: Statement, **values: Any) -> Rows:
    """A row for each milestone; none for an unknown campaign."""
    if not particulars.SLUG.fullmatch(slug):
        return ()
    return session.execute(statement, {"slug": slug, **values}).unique().all()


@cache
def _of_newest() -> Statement:
    now = bindparam("now", type_=UtcDateTime)
    begun = or_(Period.starts_at.is_(None), Period.starts_at <= now)
    newest = _one_period(begun, Period.starts_at.is_(None), Period.starts_at.desc())
    return _with_period(Period.id == func.coalesce(newest, _one_period(true(), Period.starts_at)))


@cache
def _of_opening() -> Statement:
    return _with_period(and_(Period.campaign_id == Campaign.id, Period.opening == bindparam("opening")))


def _with_period(shown: ColumnElement[bool]) -> Statement:
    """Ways to give come with the goal's row only, or rows would multiply."""
    slug = bindparam("slug", type_=String)
    kept = and_(Milestone.campaign_id == Campaign.id, Milestone.removed_at.is_(None))
    goal = select(func.max(Milestone.amount_minor)).where(kept).correlate(Campaign).scalar_subquery()
    at_goal = or_(Milestone.id.is_(None), Milestone.amount_minor == goal)
    reached = and_(MilestoneReached.period_id == Period.id, MilestoneReached.milestone_id == Milestone.id)
    named_otherwise = select(CampaignAlias.campaign_id).where(CampaignAlias.slug == slug).scalar_subquery()
    return (
        select(
            Campaign,
            Period,
            PeriodTotal,
            MilestoneReached.milestone_id,
            MilestoneReached.reached_at,
            _opens_checkout().label("checkout"),
            select(CampaignWording)
            .where(CampaignWording.campaign_id == Campaign.id)
            .correlate(Campaign)
            .exists()
            .label("worded"),
        )
        .join(Campaign.schedules)
        .outerjoin(Campaign.milestones)
        .outerjoin(WayToGive, and_(WayToGive.campaign_id == Campaign.id, WayToGive.kind == "link", at_goal))
        .outerjoin(Period, shown)
        .outerjoin(PeriodTotal, PeriodTotal.period_id == Period.id)
        .outerjoin(MilestoneReached, reached)
        .where(or_(Campaign.slug == slug, Campaign.id == named_otherwise))
        .order_by(CampaignSchedule.id, Milestone.amount_minor, WayToGive.position)
        .options(*(contains_eager(part) for part in (Campaign.schedules, Campaign.milestones, Campaign.ways)))
        .execution_options(populate_existing=True)
    )


def _opens_checkout() -> ColumnElement[bool]:
    """Whether an account that staff chose for the campaign opens checkouts; or, where they chose nothing, any does."""
    decided = select(WayToGive.id).where(WayToGive.campaign_id == Campaign.id, WayToGive.kind == "checkout")
    chosen = decided.where(WayToGive.endpoint_id.is_not(None))
    kinds = [kind for kind, provider in shelf().items() if opens_checkout(provider)]
    keys = ("api_key", "client_secret")  # whichever of them an account has, it was given to open checkouts with
    with_key = select(_secret.c.endpoint_id).where(_secret.c.endpoint_id == _endpoint.c.id, _secret.c.name.in_(keys))
    able = select(_endpoint.c.id).where(_endpoint.c.provider.in_(kinds), with_key.correlate(_endpoint).exists())
    able = able.where(or_(_endpoint.c.campaign_id.is_(None), _endpoint.c.campaign_id == Campaign.id))
    either = (each.correlate(Campaign).exists() for each in (chosen, decided, able))
    has_chosen, has_decided, is_able = either
    return or_(has_chosen, and_(~has_decided, is_able))


def _one_period(where: ColumnElement[bool], *order: Any) -> ScalarSelect[int]:
    one = select(Period.id).where(Period.campaign_id == Campaign.id, where).order_by(*order).limit(1)
    return one.correlate(Campaign).scalar_subquery()


def _is_later(stored: Period | None, window: Window) -> bool:
    """Whether a period after the shown one is stored: a campaign was ended early, and money had been dated ahead."""
    if stored is None or stored.starts_at is None:
        return False
    return window.starts_at is None or stored.starts_at > window.starts_at


def _version_of(snapshot: Snapshot) -> str:
    """Made of all that is shown, so that nothing shown can change without it."""
    return hashlib.sha256(repr(snapshot).encode()).hexdigest()[:VERSION_LENGTH]


def _instant(instant: datetime | None) -> str | None:
    return rfc3339(instant) if instant else None
