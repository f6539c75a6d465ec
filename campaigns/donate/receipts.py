"""The receipt: once for each gift that was made on our own page and counts, in the donor's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.campaign import lifecycle, wording
from campaigns.campaign.models import Campaign
from campaigns.campaign.periods import rule_at
from campaigns.db import Database
from campaigns.donate import managing
from campaigns.donate.managing import manage_link
from campaigns.donate.models import DonationIntent
from campaigns.installation import Installation
from campaigns.language import install, nearest, speaking
from campaigns.language import say as _
from campaigns.ledger.models import Donation
from campaigns.money import format_money, locale_of, text_direction
from campaigns.outbox import mail
from campaigns.outbox.delivery import Promise
from campaigns.settings import Settings
from campaigns.shipped import shipped


@dataclass(frozen=True, slots=True)
class Receipt:
    """All that a receipt tells. Amounts and dates are written in its language."""

    language: str
    direction: str
    to: str
    name: str | None
    amount: str
    cover: str | None
    given_on: str
    reference: str
    title: str
    page_url: str
    tribute: str | None
    is_monthly: bool
    manage_url: str | None
    organisation: str
    legal_footer: str | None
    is_pretended: bool


def deliver(database: Database, settings: Settings, promise: Promise, now: datetime) -> str | None:
    """Sends the receipt of the donation in `promise`; why not, where none is due any more."""
    with database.reading() as session:
        found = _found(session, str(promise.payload["donation"]))
        if found is None:
            return "the donation was not made on our page"
        donation, intent, campaign = found
        if not donation.donor_email:
            return "the donor gave no address"
        if donation.counted_minor <= 0:
            return "the gift was given back before its receipt was sent"
        language = nearest(intent.language, campaign.language)
        with speaking(language, wording.of(session, campaign.id, language)):
            letter = _letter(promise.key, _receipt(session, donation, intent, campaign, language, settings, now))
    mail.send(letter, settings)
    return None


def deliver_links(database: Database, settings: Settings, promise: Promise, now: datetime) -> str | None:
    """Sends fresh links for every monthly gift that was given with the address of the intent in `promise`."""
    with database.reading() as session:
        found = managing.links_of(session, settings, int(promise.payload["intent"]), now=now)
        if found is None:
            return "the donor gave no address"
        to, gifts = found
        first = gifts[0]
        language = nearest(first.intent.language, first.campaign.language)
        with speaking(language, wording.of(session, first.campaign.id, language)):
            letter = mail.Letter(
                key=promise.key,
                to=to,
                subject=_("Your monthly gift"),
                text=_templates().get_template("mail/manage.txt").render(gifts=gifts, language=language),
                html=_templates().get_template("mail/manage.html").render(gifts=gifts, language=language),
                language=language,
            )
    mail.send(letter, settings)
    return None


def _found(session: Session, key: str) -> tuple[Donation, DonationIntent, Campaign] | None:
    wanted = (
        select(Donation, DonationIntent, Campaign)
        .join(DonationIntent, DonationIntent.ref_id == Donation.intent_ref_id)
        .join(Campaign, Campaign.id == DonationIntent.campaign_id)
        .where(Donation.key == key)
    )
    row = session.execute(wanted).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def _receipt(
    session: Session,
    donation: Donation,
    intent: DonationIntent,
    campaign: Campaign,
    language: str,
    settings: Settings,
    now: datetime,
) -> Receipt:
    said = session.scalars(select(Installation)).one()
    zone = ZoneInfo(rule_at(lifecycle.schedule_of(campaign), now).timezone)
    given_at = (donation.occurred_at or donation.created_at).astimezone(zone)
    currency = donation.currency or intent.currency
    return Receipt(
        language=language,
        direction=text_direction(language),
        to=donation.donor_email or "",
        name=donation.donor_name,
        amount=format_money(donation.amount_minor or 0, currency, language),
        cover=format_money(intent.cover_minor, intent.currency, language) if intent.cover_minor else None,
        given_on=format_date(given_at.date(), "long", locale=locale_of(language)),
        reference=donation.key,
        title=campaign.title,
        page_url=f"{settings.public_url}/c/{campaign.slug}",
        tribute=intent.tribute,
        is_monthly=intent.frequency == "monthly",
        manage_url=manage_link(settings, intent, now=now) if intent.frequency == "monthly" else None,
        organisation=said.organisation_name or campaign.title,
        legal_footer=said.legal_footer,
        is_pretended=settings.mode != "live",
    )


def _letter(key: str, receipt: Receipt) -> mail.Letter:
    return mail.Letter(
        key=key,
        to=receipt.to,
        subject=_("Thank you for your gift to %(title)s", title=receipt.title),
        text=_templates().get_template("mail/receipt.txt").render(receipt=receipt).strip() + "\n",
        html=_templates().get_template("mail/receipt.html").render(receipt=receipt),
        language=receipt.language,
    )


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(shipped("templates")),
        autoescape=select_autoescape(["html"]),  # text needs none
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.filters.update(money=format_money, direction=text_direction)
    install(made)
    return made
