"""Under which slugs a campaign answers: its own, unique in the installation, and aliases that redirect to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaigns.campaign import particulars
from campaigns.campaign.models import Campaign, CampaignAlias
from campaigns.errors import Invalid, NotFound


def find(session: Session, slug: str) -> tuple[Campaign, bool]:
    """The campaign of an address, and whether that address is an alias of it. Raises NotFound."""
    campaign = by_slug(session, slug)
    if campaign is None:
        raise NotFound(f"there is no campaign “{slug[:64]}”")
    return campaign, campaign.slug != slug


def by_slug(session: Session, slug: str) -> Campaign | None:
    """The campaign of an address or alias, if there is one. `slug` may be anything a stranger sent."""
    if not particulars.SLUG.fullmatch(slug):
        return None
    campaign = session.scalar(select(Campaign).where(Campaign.slug == slug))
    if campaign is None:
        campaign = session.scalar(select(Campaign).join(CampaignAlias).where(CampaignAlias.slug == slug))
    return campaign


def unused(session: Session, slug: str) -> str:
    """`slug`, where nobody has it yet. Raises Invalid."""
    if by_slug(session, particulars.slug(slug)) is not None:
        raise _taken(slug)
    return slug


@contextmanager
def claiming(session: Session, slug: str) -> Iterator[None]:
    """What the block writes takes `slug`, unless someone took it since it was looked up. Raises Invalid."""
    try:
        with session.begin_nested():
            yield
            session.flush()
    except IntegrityError as error:
        raise _taken(slug) from error


def _taken(slug: str) -> Invalid:
    return Invalid(f"the address “{slug}” is taken", "slug")
