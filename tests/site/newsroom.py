"""A newsroom whose readers come from articles and give."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from campaigns.campaign import lifecycle
from campaigns.donate import articles, intents
from campaigns.donate.articles import Line, Report, Span
from campaigns.donate.gift import Gift
from campaigns.donate.ways import Way
from campaigns.site import counting, sites
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import charge, event, refund

NEWS = "https://news.example"
BREAD, ROSES = f"{NEWS}/bread", f"{NEWS}/roses"
GIFT = Gift(5_000, 0, "once", None, None, None, None, False)
ALWAYS = Span()


@dataclass
class Newsroom:
    """`give` lets a reader come from an article and pay; `read` is the report of the newsroom's one campaign."""

    desk: Desk
    numbers: list[int] = field(default_factory=list)

    def give(
        self,
        source: str | None,
        amount: int,
        *,
        email: str | None = "ada@example.org",
        ago: int = 0,
        slug: str = "newsroom",
    ) -> str:
        """The charge's id. `source` None: paid without any page of ours."""
        number = len(self.numbers)
        self.numbers.append(number)
        named = {"campaign": slug}
        if source is not None:
            named["intent"] = self.begin(source, slug)
        self.pay(f"ch_{number}", amount, named, email=email, ago=ago)
        return f"ch_{number}"

    def begin(self, source: str, slug: str = "newsroom") -> str:
        """An intent that is begun on `source`; its key."""
        with self.desk.database.writing() as session:
            campaign, _ = lifecycle.find(session, slug)
            told = sites.attribute(session, source)
            way = Way("stripe", "Card", "checkout", "stripe", ("once",), 50)
            wish = intents.Wish(GIFT, way, f"click {len(self.numbers)} {source}", "en", told.site_id, told.source)
            return intents.begin(session, campaign, wish, now=self.desk.now)[0].key

    def pay(self, charge_id: str, amount: int, named: dict[str, str], *, email: str | None, ago: int) -> None:
        """A charge that succeeded `ago` seconds before it is CREATED."""
        body = charge(charge_id, amount, created=CREATED - ago, email=email, metadata=named)
        assert self.desk.send(event("charge.succeeded", body, created=CREATED)) == "processed"

    def take_back(self, charge_id: str, amount: int) -> None:
        """A refund."""
        body = refund(f"re_{charge_id}", charge_id, amount, created=CREATED)
        self.desk.send(event("refund.created", body, created=CREATED))

    def note(self, source: str, on: date, slug: str = "newsroom", **sums: int) -> None:
        """What the page counted."""
        with self.desk.database.writing() as session:
            campaign, _ = lifecycle.find(session, slug)
            told = sites.attribute(session, source)
            counting.count(session, campaign.id, on, told.source, told.site_id, **sums)

    def reports(self, span: Span = ALWAYS, **options: Any) -> list[Report]:
        with self.desk.database.reading() as session:
            return articles.reports(session, lifecycle.list_campaigns(session), span, **options)

    def read(self, span: Span = ALWAYS, **options: Any) -> dict[str, tuple[int, int, int, int, int, int]]:
        """By source: seen, opened, begun, gifts, readers, raised; the total under "total"."""
        (report,) = self.reports(span, **options)
        rest = {"rest": told(report.rest)} if report.rest else {}
        return {line.source: told(line) for line in report.lines} | rest | {"total": told(report.total)}


def told(line: Line) -> tuple[int, int, int, int, int, int]:
    return (line.seen, line.opened, line.begun, line.gifts, line.readers, line.raised_minor)
