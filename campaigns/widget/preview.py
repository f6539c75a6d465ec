"""Snapshots of what readers cannot see yet: a campaign in any state, and one that is still being typed into a form.

`snapshot` reads what is public; here the same value is made of what staff look at, so that the same template draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from campaigns.campaign import particulars
from campaigns.campaign.periods import Schedule, period_at
from campaigns.campaign.progress import progress
from campaigns.campaign.wording import Wordings
from campaigns.errors import Invalid
from campaigns.ledger.standing import Outlook
from campaigns.money import exponent
from campaigns.widget.snapshot import Snapshot

UNTITLED = "Title of the campaign"
INVENTED_PERCENT = 47  # what a campaign without money pretends to have raised, so that there is a bar to see
INVENTED_DONATION_COUNT = 58
INVENTED_GOAL = 5000  # major units


def of_outlook(outlook: Outlook, *, mode: str, wordings: Wordings = ()) -> Snapshot:
    """The campaign as it is, whatever its status."""
    campaign, standing = outlook.campaign, outlook.standing
    return Snapshot(
        slug=campaign.slug,
        title=campaign.title,
        status=outlook.status,
        mode=mode,
        currency=campaign.currency,
        language=campaign.language,
        timezone=outlook.timezone,
        repeat=outlook.repeat,
        starts_at=standing.window.starts_at,
        ends_at=standing.window.ends_at,
        progress=outlook.progress,
        pending_minor=standing.pending_minor,
        donations=standing.donation_count,
        donors=standing.donor_count,
        updated_at=campaign.updated_at,
        version="preview",
        ways=tuple((way.label, way.url) for way in campaign.ways),
        accent=campaign.accent,
        wordings=wordings,
    )


def of_terms(terms: Mapping[str, Any], outlook: Outlook | None, *, mode: str, now: datetime) -> Snapshot:
    """What `terms`, as far as they are given, would make of `outlook`'s campaign; without one, a new one's look.

    `terms` are those of `lifecycle.create`; `milestones`, as (minor units, label), come with all terms or not at all.
    A new campaign gets invented money.
    """
    shown = of_outlook(outlook, mode=mode) if outlook is not None else _new(mode, now)
    shown = replace(shown, **{name: terms[name] for name in ("title", "language", "accent") if name in terms})
    shown = replace(shown, ways=tuple(terms.get("ways", shown.ways)))
    if "milestones" not in terms:
        return shown
    shown = replace(shown, **{name: terms[name] for name in ("currency", "timezone", "repeat") if name in terms})
    steps = [(amount_minor, label, None) for amount_minor, label in terms["milestones"]]
    if outlook is None:
        steps = steps or [(INVENTED_GOAL * 10 ** exponent(shown.currency), "", None)]
        raised_minor = steps[-1][0] * INVENTED_PERCENT // 100
    else:
        raised_minor = outlook.standing.raised_minor
    if shown.status in ("draft", "live", "scheduled") and (outlook is None or outlook.campaign.published_at is None):
        shown = _dated(shown, terms, now)
    return replace(
        shown,
        progress=progress(raised_minor, steps, now=now, ends_at=shown.ends_at, timezone=shown.timezone),
    )


def _new(mode: str, now: datetime) -> Snapshot:
    return Snapshot(
        slug="new",
        title=UNTITLED,
        status="live",
        mode=mode,
        currency="USD",
        language="en",
        timezone="UTC",
        repeat="none",
        starts_at=None,
        ends_at=None,
        progress=progress(0, (), now=now, ends_at=None, timezone="UTC"),
        pending_minor=0,
        donations=INVENTED_DONATION_COUNT,
        donors=INVENTED_DONATION_COUNT,
        updated_at=now,
        version="preview",
        ways=(),
        accent=None,
    )


def _dated(shown: Snapshot, terms: Mapping[str, Any], now: datetime) -> Snapshot:
    """With the first period that the dates and the way to repeat would make."""
    starts_at, ends_at = terms.get("starts_at"), terms.get("ends_at")
    try:
        rule = particulars.rule(shown.repeat, terms.get("first_month", 1), terms.get("first_day", 1), shown.timezone)
        window = period_at(Schedule(((None, rule),), starts_at, ends_at, now), max(now, starts_at or now))
    except (Invalid, ValueError):
        return shown  # still being typed
    return replace(shown, starts_at=window.starts_at, ends_at=window.ends_at)
