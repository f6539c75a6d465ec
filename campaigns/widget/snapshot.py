"""The public numbers of a campaign at one version; JSON, HTML and picture all render this one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle
from campaigns.campaign.progress import Progress, Step
from campaigns.clock import rfc3339
from campaigns.errors import NotFound
from campaigns.ledger import standing
from campaigns.money import amount_document


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One campaign in its present period. Amounts in minor units of `currency`, instants aware UTC."""

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
    alias_of: str | None = None


def read(session: Session, slug: str, *, now: datetime, mode: str) -> Snapshot:
    """The snapshot of a published campaign at `now`. Raises NotFound for an unknown one and for a draft.

    `alias_of` is the campaign's own slug where `slug` is a further name of it.
    """
    campaign, by_alias = lifecycle.find(session, slug)
    outlook = standing.outlook(session, campaign, now=now)
    if outlook.status == "draft":
        raise NotFound(f"there is no campaign “{slug[:64]}”")  # as for one that does not exist
    sums, today = outlook.standing, now.astimezone(ZoneInfo(outlook.timezone)).date()
    updated_at = max(campaign.updated_at, sums.updated_at or campaign.updated_at)
    parts = (campaign.revision, sums.version, outlook.status, outlook.window.starts_at, outlook.window.ends_at, today)
    return Snapshot(
        slug=campaign.slug,
        title=campaign.title,
        status=outlook.status,
        mode=mode,
        currency=campaign.currency,
        language=campaign.language,
        timezone=outlook.timezone,
        repeat=outlook.repeat,
        starts_at=outlook.window.starts_at,
        ends_at=outlook.window.ends_at,
        progress=outlook.progress,
        pending_minor=sums.pending_minor,
        donations=sums.donation_count,
        donors=sums.donor_count,
        updated_at=updated_at,
        version="-".join(_compact(part) for part in (campaign.id, *parts)),
        ways=tuple((way.label, way.url) for way in campaign.ways),
        accent=campaign.accent,
        alias_of=campaign.slug if by_alias else None,
    )


def document(snapshot: Snapshot, language: str, public_url: str) -> dict[str, Any]:
    """The public JSON document, amounts written for `language`."""
    shown, page = snapshot.progress, f"{public_url}/c/{snapshot.slug}"

    def amount(minor: int) -> dict[str, Any]:
        return amount_document(minor, snapshot.currency, language)

    def milestone(step: Step) -> dict[str, Any]:
        reached_at = rfc3339(step.reached_at) if step.reached_at else None
        return {
            "amount": amount(step.amount_minor),
            "label": step.label,
            "reached": step.reached,
            "reached_at": reached_at,
        }

    return {
        "slug": snapshot.slug,
        "title": snapshot.title,
        "status": snapshot.status,
        "mode": snapshot.mode,
        "currency": snapshot.currency,
        "language": snapshot.language,
        "timezone": snapshot.timezone,
        "repeat": snapshot.repeat,
        "period": {
            "starts_at": rfc3339(snapshot.starts_at) if snapshot.starts_at else None,
            "ends_at": rfc3339(snapshot.ends_at) if snapshot.ends_at else None,
        },
        "raised": amount(shown.raised_minor),
        "pending": amount(snapshot.pending_minor),
        "goal": amount(shown.goal_minor),
        "percent": float(shown.percent),
        "donations": snapshot.donations,
        "donors": snapshot.donors,
        "milestones": [milestone(step) for step in shown.steps],
        "counts": "gross",
        "updated_at": rfc3339(snapshot.updated_at),
        "version": snapshot.version,
        "links": {
            "page": page,
            "donate": f"{page}/donate",
            "embed": f"{public_url}/embed/{snapshot.slug}",
            "image": f"{public_url}/img/{snapshot.slug}.svg",
        },
    }


def _compact(part: object) -> str:
    if isinstance(part, datetime):
        return str(int(part.timestamp()))
    return "" if part is None else str(part).replace("-", "")
