"""Donations in the console: the register, and one donation with its life and the form that moves it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign import lifecycle, zones
from campaigns.campaign.models import Campaign, Period
from campaigns.errors import Conflict, DomainError, NotFound
from campaigns.inbox import testimony
from campaigns.inbox.manual import titles
from campaigns.ledger import dossier, home, overview, register, standing
from campaigns.ledger.assigning import assign, fitting
from campaigns.ledger.forms import AssignForm, FilterForm
from campaigns.ledger.models import Donation
from campaigns.ledger.views.choosing import acts_of, chosen_campaign
from campaigns.money import CURRENCIES
from campaigns.web.auth import may, requires
from campaigns.web.errors import sentence
from campaigns.web.filters import last_day, on
from campaigns.web.session import commit, session, settings
from campaigns.web.trail import trail

TRAIL_MAX = 20
PERIODS_OFFERED_MAX = 60

donations = Blueprint("donations", __name__, url_prefix="/console/donations")


@donations.get("")
@requires("viewer")
def index() -> str:
    """The register: donations of all campaigns or of one, the newest first."""
    campaigns = lifecycle.list_campaigns(session())
    form = FilterForm(request.args)
    chosen = next((campaign for campaign in campaigns if campaign.slug == request.args.get("campaign")), None)
    zone = zones.of(chosen) if chosen else zones.shared(session())
    _offer(form, campaigns, chosen, zone)
    wanted = form.wanted(campaigns, zone, by_email=may("editor"))
    asked = form.asked()
    return render_template(
        "ledger/donations.html",
        form=form,
        page=register.listed(session(), wanted, before=request.args.get("before"), after=request.args.get("after")),
        sums=register.sums(session(), wanted) if asked else [],
        asked=asked,
        zone=zone,
        titles=titles(),
    )


@donations.get("/money")
@requires("viewer")
def money() -> str:
    """All money by what became of it: each figure leads to the donations that make it up."""
    return render_template("ledger/money.html", overviews=overview.overviews(session()))


@donations.get("/<key>")
@requires("viewer")
def show(key: str) -> str:
    """One donation: its numbers, where it belongs and why, who gave it, and everything that happened to it."""
    donation = _donation(key)
    tellings = testimony.about(session(), donation, settings())
    found = dossier.dossier(session(), donation, tellings)
    campaigns = lifecycle.list_campaigns(session())
    form = AssignForm(formdata=None)
    form.offer(campaigns, currency=donation.currency, home_id=donation.campaign_id)
    return render_template(
        "ledger/donation.html",
        dossier=found,
        form=form,
        campaigns={campaign.slug: campaign for campaign in campaigns},
        REASONS=home.REASONS,
        tellings={telling.evidence: telling for telling in tellings},
        look_ups=testimony.look_ups(session(), donation),
        trail=trail(session(), "donation", donation.id, limit=TRAIL_MAX),
        zone=zones.of(found.line.campaign) if found.line.campaign else zones.shared(session()),
        titles=titles(),
    )


@donations.post("/<key>/assign", endpoint="assign")
@requires("editor")
def assign_one(key: str) -> Response:
    """Moves a donation to another campaign, or sets it aside."""
    donation = _donation(key)
    try:
        campaign = chosen_campaign(session(), request.form)
        if campaign is not None:
            fitting(donation, campaign)
        if (campaign.id if campaign else None) == donation.campaign_id and campaign is not None:
            raise Conflict(f"it is in {campaign.title} already")
        slug = campaign.slug if campaign else home.SET_ASIDE
        assign(session(), acts_of([donation], slug), slug, now=clock.now(), secret_key=settings().secret_key)
        commit()
        flash(f"Moved to {campaign.title}." if campaign else "Set aside. It counts nowhere.")
    except DomainError as error:
        session().rollback()
        flash(sentence(error.message), "error")
    return redirect(url_for("donations.show", key=key), 303)


def _offer(form: FilterForm, campaigns: list[Campaign], chosen: Campaign | None, zone: str) -> None:
    periods = standing.periods(session(), chosen, limit=PERIODS_OFFERED_MAX) if chosen else []
    form.offer(
        campaigns,
        periods=[(period.id, _words(period, zone)) for period in periods],
        providers=titles(),
        currencies=_currencies(campaigns),
    )


def _currencies(campaigns: list[Campaign]) -> list[str]:
    """Those that campaigns count in, those of money without a campaign, and the one that was asked for."""
    found = {campaign.currency for campaign in campaigns}
    found |= {currency for currency, _, _ in register.homeless_sums(session())}
    return sorted(found | ({request.args.get("currency", "")} & set(CURRENCIES)))


def _words(period: Period, zone: str) -> str:
    begins = on(period.starts_at, zone).striptags() if period.starts_at else "the beginning"
    ends = last_day(period.ends_at, zone).striptags() if period.ends_at else "now on"
    return f"{begins} – {ends}"


def _donation(key: str) -> Donation:
    found = register.by_key(session(), key)
    if found is None:
        raise NotFound("there is no such donation")
    return found
