"""`tidemark campaign create | list | show`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from campaigns import audit, clock, money
from campaigns.campaign import lifecycle, particulars, scheduling
from campaigns.campaign.models import Campaign
from campaigns.campaign.periods import REPEATS, Repeat, midnight, parse_first_day
from campaigns.errors import Conflict, Invalid
from campaigns.ledger import naming, posting
from campaigns.ledger.statement import Evidence
from campaigns.web import commandline
from campaigns.web.commandline import with_session

ON_A_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
GOAL_LABEL = "Goal"
TIMES = "use RFC 3339, such as 2026-12-01T00:00:00Z, or a date, such as 2026-12-01"
COLUMNS = ("slug", "status", "currency", "goal", "repeat")

group = click.Group("campaign", help="Campaigns: create one, list them, show one.")


@group.command()
@click.option("--slug", required=True, help="Its address: 1 to 64 of a-z, 0-9 and -; fixed once published.")
@click.option("--title", required=True)
@click.option("--currency", required=True, help="ISO 4217 code, such as USD.")
@click.option("--goal", required=True, metavar="AMOUNT", help="In major units: 2500 or 12.50.")
@click.option("--milestone", "milestones", multiple=True, metavar="AMOUNT:LABEL", help="Below the goal; repeatable.")
@click.option("--repeat", type=click.Choice(REPEATS), default="none", show_default=True)
@click.option("--first-day", type=int, default=1, show_default=True, help="Where a period begins; see above.")
@click.option("--language", default="en", show_default=True)
@click.option("--timezone", default="UTC", show_default=True, help="IANA name, such as Europe/Berlin.")
@click.option("--starts-at", metavar="T", help="RFC 3339, or a date: its midnight in the campaign's zone.")
@click.option("--ends-at", metavar="T", help="Likewise. The end is no longer part of the campaign.")
@click.option("--publish", is_flag=True, help="Publish at once; without it the campaign is a draft.")
@with_session
def create(
    session: Session,
    *,
    slug: str,
    title: str,
    currency: str,
    goal: str,
    milestones: Sequence[str],
    repeat: Repeat,
    first_day: int,
    language: str,
    timezone: str,
    starts_at: str | None,
    ends_at: str | None,
    publish: bool,
) -> None:
    """Create a campaign.

    A period starts on --first-day: of a week 1 (Monday) to 7, of a month 1 to 31, of a quarter or year 1 to 31 (of
    January) or month and day as MMDD, so that 701 is 1 July.
    """
    now = clock.now()
    zone = ZoneInfo(particulars.timezone(timezone))
    month, day = parse_first_day(repeat, first_day)
    naming.change(session)
    campaign = lifecycle.create(
        session,
        slug=slug,
        title=title,
        currency=currency,
        language=language,
        timezone=timezone,
        repeat=repeat,
        first_month=month,
        first_day=day,
        milestones=_milestones(goal, milestones, particulars.currency(currency)),
        starts_at=_instant(starts_at, zone, "--starts-at"),
        ends_at=_instant(ends_at, zone, "--ends-at"),
        now=now,
    )
    act = _record(session, campaign, "create")
    evidence = Evidence("staff", act.id, act.detail_sha256)
    secret_key = commandline.settings().secret_key
    arrived = posting.take_in_named(session, evidence=evidence, now=now, secret_key=secret_key)
    if publish:
        lifecycle.publish(session, campaign, now=now)
        _record(session, campaign, "publish")
    page = f"{commandline.settings().public_url}/c/{campaign.slug}"
    click.echo(f"created {campaign.slug} ({lifecycle.status_at(campaign, now)}): {page}")
    if arrived:
        click.echo(f"{arrived} donations that had named it came home")


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array and nothing else.")
@with_session
def list_all(session: Session, *, as_json: bool) -> None:
    """List all campaigns, the newest first."""
    now = clock.now()
    rows = [_facts(campaign, now) for campaign in lifecycle.list_campaigns(session)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    widths = {name: max(len(row[name]) for row in rows) for name in COLUMNS} if rows else {}
    for row in rows:
        click.echo("  ".join([*(row[name].ljust(widths[name]) for name in COLUMNS), row["title"]]))


@group.command()
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="The public document and nothing else.")
@with_session
def show(session: Session, *, slug: str, as_json: bool) -> None:
    """Show one campaign as its readers see it."""
    now = clock.now()
    campaign, _ = lifecycle.find(session, slug)
    draft = campaign.status == "draft"
    if as_json and draft:
        raise Conflict("the campaign is a draft, which has no public document yet; publish it first")
    document = None if draft else _document(session, campaign, now)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for line in _lines(campaign, document, now):
        click.echo(line)


def _milestones(goal: str, steps: Sequence[str], currency: str) -> list[tuple[int, str]]:
    """``(amount_minor, label)`` of every step, and of the goal where no step has its amount."""
    goal_minor = money.parse_major(goal, currency)
    if goal_minor == 0:
        raise Invalid("the goal must be above 0", "goal")
    rows = [_milestone(step, currency) for step in steps]
    for amount_minor, label in rows:
        if amount_minor > goal_minor:
            amount = money.major_text(amount_minor, currency)
            raise Invalid(f"the milestone “{label}” at {amount} {currency} lies above the goal of {goal} {currency}")
    named = any(amount_minor == goal_minor for amount_minor, _ in rows)
    return rows if named else [*rows, (goal_minor, GOAL_LABEL)]


def _milestone(step: str, currency: str) -> tuple[int, str]:
    amount, colon, label = step.partition(":")
    if not colon:
        raise Invalid(f"“{step[:60]}” is no milestone; write AMOUNT:LABEL, such as 2500:Servers paid")
    return money.parse_major(amount, currency), label


def _instant(text: str | None, zone: ZoneInfo, option: str) -> datetime | None:
    """An RFC 3339 time as it is, a date as its midnight in `zone`."""
    if text is None:
        return None
    try:
        if ON_A_DAY.fullmatch(text):
            return midnight(date.fromisoformat(text), zone)
        instant = datetime.fromisoformat(text.upper())
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{option}: “{text[:40]}” is no time; {TIMES}") from error
    if instant.tzinfo is None:
        raise Invalid(f"{option}: “{text}” does not say its offset; {TIMES}")
    return instant


def _document(session: Session, campaign: Campaign, now: datetime) -> dict[str, Any]:
    from campaigns.widget import snapshot

    settings = commandline.settings()
    shown = snapshot.read(session, campaign.slug, now=now, mode=settings.mode)
    document: dict[str, Any] = snapshot.document(shown, campaign.language, settings.public_url)
    return document


def _lines(campaign: Campaign, document: dict[str, Any] | None, now: datetime) -> Iterator[str]:
    facts = _facts(campaign, now)
    yield f"{campaign.slug}: {campaign.title}"
    yield f"status      {facts['status']}"
    if document is not None:
        raised, goal = document["raised"]["formatted"], document["goal"]["formatted"]
        period = document["period"]
        yield f"period      {period['starts_at'] or 'open'} to {period['ends_at'] or 'open'}"
        yield f"raised      {raised} of {goal} ({document['percent']} %)"
        yield f"pending     {document['pending']['formatted']}"
        yield f"donations   {document['donations']} by {document['donors']} donors"
    for milestone in campaign.milestones:
        amount = money.format_money(milestone.amount_minor, campaign.currency, campaign.language)
        yield f"milestone   {amount} {milestone.label}"
    yield f"repeat      {facts['repeat']}, {scheduling.newest_rule(campaign).timezone}"
    yield f"page        {commandline.settings().public_url}/c/{campaign.slug}"


def _facts(campaign: Campaign, now: datetime) -> dict[str, str]:
    return {
        "slug": campaign.slug,
        "title": campaign.title,
        "status": lifecycle.status_at(campaign, now),
        "currency": campaign.currency,
        "goal": money.major_text(campaign.goal_minor, campaign.currency),
        "repeat": scheduling.newest_rule(campaign).repeat,
    }


def _record(session: Session, campaign: Campaign, action: str) -> audit.AuditEntry:
    return audit.record(
        session, staff_id=None, action=action, thing="campaign", thing_id=campaign.id, slug=campaign.slug
    )
