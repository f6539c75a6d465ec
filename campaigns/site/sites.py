"""Sites and their origins: made and changed by staff; and what is kept of the place that a reader came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from campaigns.errors import Invalid, NotFound
from campaigns.installation import Installation
from campaigns.site.models import Site, SiteOrigin
from campaigns.site.places import SENT_MAX, Place, place

NAME_MAX = 80
ORIGINS_MAX = 50


@dataclass(frozen=True, slots=True)
class Source:
    """What is kept of where a reader came from. `source` is empty where nothing usable was told."""

    site_id: int | None
    source: str


NOWHERE = Source(None, "")


def attribute(session: Session, sent: str | None) -> Source:
    """The source that `sent`, which may be anything, tells: the article where its site lets articles report their
    path, else the origin alone. Of a site that nobody made known no path is kept."""
    return attribute_all(session, [sent])[0]


def attribute_all(session: Session, sent: Sequence[str | None]) -> list[Source]:
    """The same for many, by one query."""
    places = [place(one) for one in sent]
    origins = {found.origin for found in places if found}
    known = select(SiteOrigin.origin, Site.id, Site.full_path).join(Site).where(SiteOrigin.origin.in_(origins))
    site_of = {origin: (site_id, full_path) for origin, site_id, full_path in session.execute(known)}
    return [_source(found, *site_of.get(found.origin, (None, False))) if found else NOWHERE for found in places]


def every(session: Session) -> Sequence[Site]:
    """All sites with their origins, by name."""
    found = select(Site).options(joinedload(Site.origins)).order_by(Site.name, Site.id)
    return session.scalars(found).unique().all()


def find(session: Session, site_id: int) -> Site:
    """One site. Raises NotFound."""
    found = session.get(Site, site_id)
    if found is None:
        raise NotFound("there is no such site")
    return found


def named(session: Session, name: str) -> Site:
    """The site of that name. Raises NotFound."""
    found = session.scalars(select(Site).where(Site.name == name)).one_or_none()
    if found is None:
        raise NotFound(f"there is no site “{name[:NAME_MAX]}”")
    return found


def create(session: Session, *, name: str, origins: Sequence[str], full_path: bool, now: datetime) -> Site:
    """A new site. Raises Invalid."""
    made = Site(name=_name(session, name, None), full_path=full_path, created_at=now)
    return _save(session, made, _origins(session, origins, None))


def change(session: Session, site: Site, *, name: str, origins: Sequence[str], full_path: bool) -> list[str]:
    """Makes it another; what was changed. What was kept until now stays as it was kept. Raises Invalid."""
    wanted, cleaned = _name(session, name, site), _origins(session, origins, site)
    before = {"name": site.name, "origins": sorted(one.origin for one in site.origins), "full_path": site.full_path}
    site.name, site.full_path = wanted, full_path
    _save(session, site, cleaned)
    after = {"name": wanted, "origins": cleaned, "full_path": full_path}
    return [field for field, value in after.items() if before[field] != value]


def framing(session: Session) -> list[str] | None:
    """The origins whose pages may frame a bar; None for every page's, which is so until staff say otherwise."""
    if not session.scalar(select(Installation.frames_by_sites_only)):
        return None
    return sorted(session.scalars(select(SiteOrigin.origin)))


def set_framing(session: Session, *, sites_only: bool) -> bool:
    """Whether anything was changed by it."""
    told = update(Installation).where(Installation.frames_by_sites_only.is_(not sites_only))
    return bool(session.execute(told.values(frames_by_sites_only=sites_only)).rowcount)  # type: ignore[attr-defined]


def _source(found: Place, site_id: int | None, full_path: bool) -> Source:
    return Source(site_id, found.url if full_path else found.origin)


def _save(session: Session, site: Site, origins: list[str]) -> Site:
    present = {one.origin: one for one in site.origins}
    site.origins = [present.get(origin) or SiteOrigin(origin=origin) for origin in origins]
    try:
        with session.begin_nested():
            session.add(site)
    except IntegrityError as error:  # another site was quicker by a moment
        raise Invalid("one of these origins was just given to another site", "origins") from error
    return site


def _name(session: Session, typed: str, own: Site | None) -> str:
    name = " ".join(typed.split())
    if not name:
        raise Invalid("give the site a name", "name")
    if len(name) > NAME_MAX or not name.isprintable():
        raise Invalid(f"a name is plain text of at most {NAME_MAX} characters", "name")
    other = session.scalars(select(Site.id).where(Site.name == name)).first()
    if other is not None and (own is None or other != own.id):
        raise Invalid(f"there is a site “{name}” already", "name")
    return name


def _origins(session: Session, typed: Sequence[str], own: Site | None) -> list[str]:
    """Each once, in one spelling, and nobody else's."""
    cleaned = sorted({_origin(text) for text in typed if text.strip()})
    if not cleaned:
        raise Invalid("name at least one origin, such as https://news.example", "origins")
    if len(cleaned) > ORIGINS_MAX:
        raise Invalid(f"at most {ORIGINS_MAX} origins belong to one site", "origins")
    taken = select(SiteOrigin).options(joinedload(SiteOrigin.site)).where(SiteOrigin.origin.in_(cleaned))
    for one in session.scalars(taken.order_by(SiteOrigin.origin)):
        if own is None or one.site_id != own.id:
            raise Invalid(f"{one.origin} belongs to the site “{one.site.name}” already", "origins")
    return cleaned


def _origin(text: str) -> str:
    shown = text.strip()[:100]
    found = place(text.strip()[: SENT_MAX + 1])
    if found is None:
        raise Invalid(f"“{shown}” is no origin; write scheme and host, such as https://news.example", "origins")
    if found.path not in ("", "/") or any(mark in text for mark in "?#;"):
        raise Invalid(f"“{shown}” is more than an origin; {found.origin} is all of it that belongs here", "origins")
    return found.origin
