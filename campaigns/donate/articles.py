"""Which article raised what: the ledger's gifts beside how often the bar was seen and the donation page opened.

A gift belongs to the article its intent was begun on, a renewal of a monthly gift too. What no article told of has a
line of its own, so that the lines add up to what the campaign's bar shows, to the cent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import ColumnElement, and_, false, func, literal_column, or_, select
from sqlalchemy.orm import Session

from campaigns.campaign import zones
from campaigns.campaign.models import Campaign, Period, opening_of
from campaigns.campaign.periods import INSTANT, midnight, period_at
from campaigns.campaign.scheduling import schedule_of
from campaigns.donate.models import DonationIntent
from campaigns.ledger.models import Donation
from campaigns.site.counting import OTHER
from campaigns.site.models import SourceDay
from campaigns.site.places import readable

LINES_MAX = 200
Which = Callable[[str], bool]  # of a source, whether it is asked for

# Written out, not bound: PostgreSQL takes two bound texts of a statement for two different ones when it groups.
_SOURCE: ColumnElement[str] = func.coalesce(DonationIntent.source, literal_column("''"))
_READER: ColumnElement[str] = func.coalesce(Donation.donor_hash, Donation.key)
_SEEN, _OPENED, _BEGUN = SourceDay.impression_count, SourceDay.open_count, SourceDay.checkout_count


@dataclass(frozen=True, slots=True)
class Span:
    """Days of each campaign's zone, the last one included; or all that counts in one period, as its bar shows it."""

    since: date | None = None
    until: date | None = None
    period_id: int | None = None


@dataclass(slots=True)
class Line:
    """What came of one source. `seen` is an estimate, all else is exact; `raised_minor` is what counts now."""

    source: str
    seen: int = 0
    opened: int = 0
    begun: int = 0
    gifts: int = 0
    readers: int = 0
    raised_minor: int = 0

    @property
    def name(self) -> str:
        """As it is shown."""
        return {"": "No article told", OTHER: "Other sites"}.get(self.source) or readable(self.source)

    @property
    def is_place(self) -> bool:
        """Whether it is an article or a site, and not what is left when they are told."""
        return self.source not in ("", OTHER)


@dataclass(frozen=True, slots=True)
class Report:
    """All of one currency: the best lines first, `rest` for those that found no room, and their total."""

    currency: str
    lines: list[Line]
    rest: Line | None
    rest_count: int
    total: Line


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an article."""

    on: date
    line: Line

    @property
    def name(self) -> str:
        """As it is shown."""
        return format_date(self.on, "d MMM y", locale="en")


def present(session: Session, campaign: Campaign, *, now: datetime) -> Span:
    """The campaign's present period."""
    window, zone = period_at(schedule_of(campaign), now), ZoneInfo(zones.of(campaign))
    stored = select(Period.id).filter_by(campaign_id=campaign.id, opening=opening_of(window.starts_at))
    return Span(
        since=window.starts_at.astimezone(zone).date() if window.starts_at else None,
        until=(window.ends_at - INSTANT).astimezone(zone).date() if window.ends_at else None,
        period_id=session.scalar(stored) or 0,  # it is stored with its first money; before, nothing counts in it
    )


def reports(session: Session, campaigns: Sequence[Campaign], span: Span, *, of: Which | None = None) -> list[Report]:
    """One for each currency the campaigns count in; of those sources alone that `of` is true for, where it is given."""
    found = []
    for currency in sorted({campaign.currency for campaign in campaigns}):
        theirs = [campaign for campaign in campaigns if campaign.currency == currency]
        made = _report(session, currency, theirs, span, of)
        if made.lines:
            found.append(made)
    return found


def days(session: Session, campaigns: Sequence[Campaign], span: Span, source: str) -> list[Day]:
    """One source day by day, the newest first; campaigns of one currency only, whose money can be added."""
    lines: dict[date, Line] = {}
    sums = select(SourceDay.on, func.sum(_SEEN), func.sum(_OPENED), func.sum(_BEGUN))
    counted = sums.where(_told(campaigns, span), SourceDay.source == source).group_by(SourceDay.on)
    for on, seen, opened, begun in session.execute(counted):
        lines[on] = Line(source, int(seen), int(opened), int(begun))
    readers: dict[date, set[str]] = {}
    for on, reader, minor in _gifts(session, campaigns, span, source):
        line = lines.setdefault(on, Line(source))
        line.gifts, line.raised_minor = line.gifts + 1, line.raised_minor + minor
        readers.setdefault(on, set()).add(reader)
        line.readers = len(readers[on])
    return [Day(on, lines[on]) for on in sorted(lines, reverse=True)]


def _report(session: Session, currency: str, campaigns: Sequence[Campaign], span: Span, of: Which | None) -> Report:
    lines: dict[str, Line] = {}
    sums = select(SourceDay.source, func.sum(_SEEN), func.sum(_OPENED), func.sum(_BEGUN))
    for source, seen, opened, begun in session.execute(sums.where(_told(campaigns, span)).group_by(SourceDay.source)):
        lines[source] = Line(source, int(seen), int(opened), int(begun))
    counts = _counts(campaigns, span)
    for source, gifts, readers, raised in _given(session, counts, by_source=True):
        line = lines.setdefault(source, Line(source))
        line.gifts, line.readers, line.raised_minor = gifts, readers, raised
    wanted = [line for line in lines.values() if of is None or of(line.source)]
    wanted.sort(key=lambda line: (not line.is_place, -line.raised_minor, -line.opened, -line.seen, line.source))
    shown, hidden = _cut(wanted)
    rest, total = _sum(hidden), _sum(wanted)
    # Somebody who gave from two articles is one reader of both together.
    rest.readers = _readers(session, and_(counts, _among(hidden)))
    total.readers = _readers(session, counts if of is None else and_(counts, _among(wanted)))
    return Report(currency, shown, rest if hidden else None, len(hidden), total)


def _cut(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """The lines that are shown and those that are summed; what no article told of is always shown."""
    places = [line for line in lines if line.is_place]
    return [*places[:LINES_MAX], *(line for line in lines if not line.is_place)], places[LINES_MAX:]


def _sum(lines: Iterable[Line]) -> Line:
    whole = Line("")
    for line in lines:
        for field in fields(line)[1:]:
            setattr(whole, field.name, getattr(whole, field.name) + getattr(line, field.name))
    return whole


def _given(session: Session, counts: ColumnElement[bool], *, by_source: bool) -> Iterator[tuple[str, int, int, int]]:
    """(source, gifts, readers, raised) of what counts."""
    sums = (func.count(), func.count(_READER.distinct()), func.coalesce(func.sum(Donation.counted_minor), 0))
    first = _SOURCE if by_source else literal_column("''")
    found = select(first, *sums).select_from(Donation)
    found = found.outerjoin(DonationIntent, DonationIntent.ref_id == Donation.intent_ref_id).where(counts)
    for source, gifts, readers, raised in session.execute(found.group_by(_SOURCE) if by_source else found):
        yield str(source), int(gifts), int(readers), int(raised)


def _among(lines: Iterable[Line]) -> ColumnElement[bool]:
    return _SOURCE.in_([line.source for line in lines])


def _readers(session: Session, counts: ColumnElement[bool]) -> int:
    return next(_given(session, counts, by_source=False))[2]


def _gifts(session: Session, campaigns: Sequence[Campaign], span: Span, source: str) -> Iterator[tuple[date, str, int]]:
    """(day, reader, minor) of every gift of one source that counts."""
    own = {campaign.id: ZoneInfo(zones.of(campaign)) for campaign in campaigns}
    found = select(Donation.campaign_id, Donation.occurred_at, _READER, Donation.counted_minor).select_from(Donation)
    found = found.outerjoin(DonationIntent, DonationIntent.ref_id == Donation.intent_ref_id)
    for campaign_id, at, reader, minor in session.execute(found.where(_counts(campaigns, span), _SOURCE.in_([source]))):
        if campaign_id is not None and at is not None:  # what counts has both
            yield at.astimezone(own[campaign_id]).date(), reader, int(minor)


def _told(campaigns: Sequence[Campaign], span: Span) -> ColumnElement[bool]:
    """Which rows of days are asked for."""
    wanted: list[ColumnElement[bool]] = [SourceDay.campaign_id.in_([campaign.id for campaign in campaigns])]
    wanted += [SourceDay.on >= span.since] if span.since else []
    return and_(*wanted, *([SourceDay.on <= span.until] if span.until else []))


def _counts(campaigns: Sequence[Campaign], span: Span) -> ColumnElement[bool]:
    """Which donations are asked for: those that count there, on the days of their campaign."""
    return and_(Donation.counted_minor > 0, or_(false(), *(_counts_in(campaign, span) for campaign in campaigns)))


def _counts_in(campaign: Campaign, span: Span) -> ColumnElement[bool]:
    if span.period_id is not None:
        return and_(Donation.campaign_id == campaign.id, Donation.period_id == span.period_id)
    zone = ZoneInfo(zones.of(campaign))
    wanted: list[ColumnElement[bool]] = [Donation.campaign_id == campaign.id]
    wanted += [Donation.occurred_at >= midnight(span.since, zone)] if span.since else []
    wanted += [Donation.occurred_at < midnight(span.until + timedelta(days=1), zone)] if span.until else []
    return and_(*wanted)
