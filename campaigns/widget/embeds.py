"""Embeds: looks saved by staff, found again for the bars that name them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaigns.campaign.models import Campaign
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.keys import new_key
from campaigns.language import asked_language
from campaigns.widget.colours import DARK, LIGHT, Palette, colour, words_problem
from campaigns.widget.look import AMOUNTS, DENSITIES, FIGURES, FONTS, LEADS, RADIUS_MAX, THEMES, Look, kinds
from campaigns.widget.models import Embed

NAME_MAX, EMBEDS_MAX = 80, 50  # of one campaign
KEY_LENGTH = 12  # 31**12 is about 59 bits: nothing is hidden behind a key, but nobody meets another by chance
_KEY = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
TERMS = tuple(one.name for one in fields(Look) if one.compare)
CHOICES = {
    "theme": THEMES,
    "density": DENSITIES,
    "font": FONTS,
    "leads": LEADS,
    "figure": FIGURES,
    "amounts": AMOUNTS,
}
_COLOURS = ("accent", "surface", "text", "surface_dark", "text_dark")


class Refusal(Exception):
    """Everything that is wrong with a look, by field: all of it at once."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


def look_of(terms: Mapping[str, str]) -> Look:
    """The look that `terms` (field of `Look` → what was typed) describe. Raises Refusal."""
    typed = {name: terms.get(name, "").strip() for name in TERMS}
    problems: dict[str, str] = {}
    made: dict[str, object] = {}
    for name, allowed in (CHOICES | {"kind": kinds()}).items():
        made[name] = typed[name] or getattr(Look(), name)
        if made[name] not in allowed:
            problems[name] = f"“{typed[name][:20]}” is none of {', '.join(allowed)}"
    for name in _COLOURS:
        made[name] = colour(typed[name])
        if typed[name] and made[name] is None:
            problems[name] = f"“{typed[name][:20]}” is no colour; write six digits, such as 0b7a75"
    made["language"] = asked_language(typed["language"])
    if typed["language"] and made["language"] is None:
        problems["language"] = f"“{typed['language'][:20]}” is no language that readers are spoken to in"
    made["radius"] = _radius(typed["radius"], problems)
    for name in ("has_time_left", "has_donors"):
        made[name] = typed[name] != "no"
    for name, ground, plain in (("text", "surface", LIGHT), ("text_dark", "surface_dark", DARK)):
        _check_words(name, made[ground], made[name], plain, problems)
    if problems:
        raise Refusal(problems)
    return Look(**made)  # type: ignore[arg-type]


def terms_of(look: Look) -> dict[str, str]:
    """The same look as `look_of` reads it."""
    return {name: _written(getattr(look, name)) for name in TERMS}


def saved_look(session: Session, slug: str, key: str | None) -> Look | None:
    """The look that a bar of `slug` asks for by `key`; without one, or with a wrong one, the campaign's own, if any."""
    wanted = key if key and _KEY.fullmatch(key) else ""
    found = session.scalars(
        select(Embed)
        .join(Campaign, Campaign.id == Embed.campaign_id)
        .where(Campaign.slug == slug, or_(Embed.key == wanted, Embed.is_default))
    ).all()
    named = next((one for one in found if one.key == wanted), None)
    own = next((one for one in found if one.is_default), None)
    if named is not None:
        return _look(named).under(named.key)
    return _look(own).under(None) if own else None


def every(session: Session, campaign_id: int) -> Sequence[Embed]:
    """All of a campaign, by name."""
    return session.scalars(select(Embed).where(Embed.campaign_id == campaign_id).order_by(Embed.name, Embed.id)).all()


def find(session: Session, campaign_id: int, key: str) -> Embed:
    """One of a campaign. Raises NotFound."""
    found = session.scalars(select(Embed).where(Embed.campaign_id == campaign_id, Embed.key == key)).one_or_none()
    if found is None:
        raise NotFound("there is no such look")
    return found


def create(session: Session, campaign_id: int, *, name: str, look: Look, is_default: bool, now: datetime) -> Embed:
    """Saves a look under a name. Raises Invalid and Conflict."""
    if session.scalar(select(func.count(Embed.id)).where(Embed.campaign_id == campaign_id)) == EMBEDS_MAX:
        raise Invalid(f"a campaign has at most {EMBEDS_MAX} looks; take one away first", "name")
    cleaned = _name(session, campaign_id, name, None)
    made = Embed(key=new_key(KEY_LENGTH), campaign_id=campaign_id, name=cleaned, created_at=now)
    return _save(session, made, look, is_default=is_default, now=now)


def change(session: Session, embed: Embed, *, name: str, look: Look, is_default: bool, now: datetime) -> Embed:
    """Makes it another, on every site that shows it. Raises Invalid and Conflict."""
    embed.name = _name(session, embed.campaign_id, name, embed)
    return _save(session, embed, look, is_default=is_default, now=now)


def remove(session: Session, embed: Embed) -> None:
    """Takes it away: bars that name it look like the campaign's own from then on."""
    session.delete(embed)
    session.flush()


def look_in(embed: Embed) -> Look:
    """The look that was saved."""
    return _look(embed).under(embed.key)


def _look(embed: Embed) -> Look:
    """As stored, and what is no longer known left to the usual: a kind may be gone since."""
    values = {name: getattr(embed, name) for name in TERMS}
    usual = {name: getattr(Look(), name) for name, allowed in _known() if values[name] not in allowed}
    return Look(**(values | usual))


def _known() -> list[tuple[str, tuple[str, ...]]]:
    return [*CHOICES.items(), ("kind", kinds())]


def _save(session: Session, embed: Embed, look: Look, *, is_default: bool, now: datetime) -> Embed:
    if is_default:  # first, since only one may be
        others = update(Embed).where(Embed.campaign_id == embed.campaign_id, Embed.id.is_distinct_from(embed.id))
        session.execute(others.values(is_default=False), execution_options={"synchronize_session": "fetch"})
    for name in TERMS:
        setattr(embed, name, getattr(look, name))
    embed.is_default, embed.changed_at = is_default, now
    try:
        with session.begin_nested():
            session.add(embed)
    except IntegrityError as error:  # somebody else made another one the campaign's own, quicker by a moment
        raise Conflict("another look was just made the campaign's own; look at it, and save yours again") from error
    return embed


def _name(session: Session, campaign_id: int, typed: str, own: Embed | None) -> str:
    name = " ".join(typed.split())
    if not name:
        raise Invalid("give the look a name, such as Sidebar", "name")
    if len(name) > NAME_MAX or not name.isprintable():
        raise Invalid(f"a name is plain text of at most {NAME_MAX} characters", "name")
    other = session.scalars(select(Embed).where(Embed.campaign_id == campaign_id, Embed.name == name)).first()
    if other is not None and other is not own:
        raise Invalid(f"there is a look “{name}” already", "name")
    return name


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _radius(typed: str, problems: dict[str, str]) -> int | None:
    if not typed:
        return None
    if typed.isascii() and typed.isdigit() and len(typed) <= len(str(RADIUS_MAX)) and int(typed) <= RADIUS_MAX:
        return int(typed)
    problems["radius"] = f"“{typed[:20]}” is no radius; write pixels from 0 to {RADIUS_MAX}"
    return None


def _check_words(name: str, ground: object, words: object, plain: Palette, problems: dict[str, str]) -> None:
    problem = words_problem(plain, *(value if isinstance(value, str) else None for value in (ground, words)))
    if problem:
        problems.setdefault(name, problem)
