"""Every state in which a reader can meet us, made once: campaigns, gifts, and the addresses that show them.

What is new to a reader gets a row in `PAGES` or `BARS`; whoever looks at all of them (axe does) then looks at it too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from campaigns.campaign import lifecycle
from campaigns.donate import intents, managing, offering, wall, ways
from campaigns.donate.gift import Gift
from campaigns.donate.models import DonationIntent
from campaigns.ledger.models import Donation
from campaigns.sandbox import payments
from campaigns.settings import Settings
from tests.bed.desk import Desk
from tests.donate.test_thanks import arrives, happens, of_wish, opened

# What it shows: its address. `{names}` are what `make` gives.
PAGES: Mapping[str, str] = {
    "a campaign": "/c/newsroom",
    "a campaign, read from the right": "/c/newsroom?lang=ar",
    "a campaign with everything in it": "/c/full",
    "a campaign without gifts": "/c/early",
    "a campaign that has not begun": "/c/scheduled",
    "a campaign that is paused": "/c/paused",
    "a campaign that has ended": "/c/ended",
    "a campaign in the archive": "/c/archived",
    "the donation page": "/c/newsroom/donate",
    "for a monthly gift": "/c/newsroom/donate?lang=de&frequency=monthly&amount=75",
    "read from the right": "/c/newsroom/donate?lang=ar",
    "with a bank transfer": "/c/euro/donate",
    "before it has begun": "/c/scheduled/donate",
    "while it is paused": "/c/paused/donate",
    "after the end": "/c/ended/donate",
    "thanks for nothing known": "/c/newsroom/thanks",
    "waiting for the ledger": "/c/newsroom/thanks?gift={waiting}",
    "waiting for long": "/c/newsroom/thanks?gift={waiting}&looks=40",
    "how to transfer it": "/c/euro/thanks?gift={transfer}",
    "counted": "/c/newsroom/thanks?gift={counted}",
    "counted, read from the right": "/c/newsroom/thanks?gift={counted}&lang=ar",
    "on its way": "/c/newsroom/thanks?gift={pending}",
    "given back": "/c/newsroom/thanks?gift={returned}",
    "declined": "/c/newsroom/thanks?gift={over}",
    "counted nowhere": "/c/newsroom/thanks?gift={kept}",
    "a monthly gift": "/manage/{token}",
    "a monthly gift whose link is too old": "/manage/nonsense",
    "the pretend checkout": "/sandbox/checkout/{open_payment}",
    "the pretend checkout, paid": "/sandbox/checkout/{paid_payment}",
    "the pretend payments": "/sandbox/payments",
    "an address with a slip in it": "/c/nowhere",
}
BARS: Mapping[str, str] = {
    "a bar": "/embed/newsroom",
    "dark on a light page": "/embed/newsroom?theme=dark",
    "light on a dark page": "/embed/newsroom?theme=light",
    "read from the right": "/embed/newsroom?lang=ar",
    "in a pale accent": "/embed/newsroom?accent=ffee00",
    "in a dark accent": "/embed/newsroom?accent=101010",
    "at nothing": "/embed/early",
    "at the goal": "/embed/over",
    "with everything in it": "/embed/full",
    "not begun": "/embed/scheduled",
    "paused": "/embed/paused",
    "ended": "/embed/ended",
    "in the archive": "/embed/archived",
}
LONG = "Abonnementverwaltungsgebührenerstattungsverordnung "
STORY = """\
We are eleven people. **Nobody buys a line of what we write**, and [nobody ever did](https://herald.example/).

## What a month costs

- 2,500: the servers
- 5,000: *two reporters*

> That is slow work.

1. First `this`,
2. then that.
"""


def make(desk: Desk, settings: Settings, give: Callable[..., None]) -> dict[str, str]:
    """All of it, in an installation that has the campaign `newsroom`; what the addresses ask for."""
    _campaigns(desk, give)
    found = _gifts(desk)
    found["transfer"] = _transfer(desk, settings)
    with desk.database.writing() as session:
        monthly = intents.find(session, found["monthly"])
        assert monthly is not None
        monthly.frequency, monthly.remote_ref = "monthly", "pay_1"
        found["token"] = managing.manage_link(settings, monthly, now=desk.now).rsplit("/", 1)[1]
        found["open_payment"] = of_wish(session, found["waiting"])
        found["paid_payment"] = of_wish(session, found["counted"])
    return found


def _campaigns(desk: Desk, give: Callable[..., None]) -> None:
    later = desk.now + timedelta(days=9)
    desk.campaign("early", milestones=[(2_000, "Coffee"), (500_000, "Two reporters")])
    desk.campaign("over", milestones=[(50_000, "Servers paid"), (100_000, "Two reporters")])
    desk.campaign("scheduled", repeat="none", starts_at=later)
    steps = [(n * 50_000, f"{LONG}{n}") for n in range(1, 11)]
    many = [(f"{LONG}{n}", f"https://pay.example/{n}") for n in range(4)]
    desk.campaign("full", milestones=steps, ways=many, story=STORY, accent="#ffee00", language="de")
    acts = {"paused": [lifecycle.pause], "ended": [lifecycle.end], "archived": [lifecycle.end, lifecycle.archive]}
    for slug, done in acts.items():
        desk.campaign(slug)
        give(f"ch_{slug}", 40_000, campaign=slug)
        with desk.database.writing() as session:
            campaign, _ = lifecycle.find(session, slug)
            for act in done:
                act(session, campaign, now=desk.now)
    give("ch_over", 235_550, campaign="over")
    for number in range(wall.SHOWN_MAX + 3):
        give(f"ch_full{number}", 12_345 + number, campaign="full")
    _words(desk)


def _words(desk: Desk) -> None:
    """Every second gift is named, and staff have let its words stand."""
    with desk.database.writing() as session:
        said: dict[str, Any] = {"donor_name": "Ada " + LONG.strip(), "show_name": True, "donor_message": "Go on!\n" * 9}
        session.execute(update(Donation).where(Donation.id % 2 == 1).values(**said, wall_status=wall.SHOWN))


def _gifts(desk: Desk) -> dict[str, str]:
    """A gift in each state that the thank-you knows, by its name; their keys."""
    settled: dict[str, tuple[Callable[..., str], ...]] = {
        "counted": (payments.pay,),
        "monthly": (payments.pay,),
        "pending": (payments.pay_later,),
        "over": (payments.pay_later, payments.fail),
        "returned": (payments.pay, lambda payment: payments.refund(payment, 5_000, now=desk.now)),
    }
    found = {"waiting": opened(desk), "kept": opened(desk, currency="EUR")}
    arrives(desk, found["kept"], happens(desk, found["kept"], payments.pay))
    for state, acts in settled.items():
        found[state] = opened(desk)
        arrives(desk, found[state], happens(desk, found[state], *acts))
    return found


def _transfer(desk: Desk, settings: Settings) -> str:
    """A wish to give by a bank, in a campaign that shows the code for banking apps."""
    desk.campaign("euro", currency="EUR")
    with desk.database.writing() as session:
        campaign, _ = lifecycle.find(session, "euro")
        bank = offering.Bank("Herald e.V.", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX")
        offering.offer(session, campaign, settings, endpoint_ids=[], bank=bank)
        way = next(one for one in ways.offered(session, campaign, settings) if one.key == ways.BANK)
        gift = Gift(5_000, 0, "once", None, None, None, None, False)
        intent: DonationIntent = intents.begin(session, campaign, intents.Wish(gift, way, "", "en"), now=desk.now)[0]
        return intent.key
