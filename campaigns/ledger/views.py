"""Money in the console: the register of donations, one donation, what has no home, and what a person should look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign import lifecycle, zones
from campaigns.campaign.models import Campaign
from campaigns.errors import Conflict, DomainError, Invalid, NotFound
from campaigns.inbox import log
from campaigns.inbox.manual import titles
from campaigns.ledger import attention as attentions
from campaigns.ledger import dossier, home, register
from campaigns.ledger.assigning import ASSIGNED_AT_ONCE_MAX, assign
from campaigns.ledger.forms import AssignForm, FilterForm
from campaigns.ledger.models import Attention, Donation
from campaigns.ledger.statement import Evidence
from campaigns.money import format_money
from campaigns.web.auth import current_staff, may, requires
from campaigns.web.errors import sentence
from campaigns.web.filters import counted
from campaigns.web.session import commit, session, settings
from campaigns.web.trail import trail

TRAIL_MAX = 20
NAMED_REASONS = ("unknown_campaign", "currency")  # there is a name to show
FAILED_SHOWN_MAX = 50
ID = "<int(max=9223372036854775807):row_id>"  # what a database can hold

donations = Blueprint("donations", __name__, url_prefix="/console/donations")
unassigned = Blueprint("unassigned", __name__, url_prefix="/console/unassigned")
attention = Blueprint("attention", __name__, url_prefix="/console/attention")
blueprints = (donations, unassigned, attention)


@donations.get("")
@requires("viewer")
def index() -> str:
    """The register: donations of all campaigns or of one, the newest first."""
    campaigns = lifecycle.list_campaigns(session())
    form = FilterForm(request.args)
    form.offer(campaigns)
    wanted = form.wanted(campaigns, by_email=may("editor"))
    page = register.listed(session(), wanted, before=request.args.get("before"), after=request.args.get("after"))
    chosen = wanted.campaign
    asked = {"campaign": chosen.slug if chosen else None, "state": wanted.state, "q": wanted.text or None}
    return render_template(
        "ledger/donations.html",
        form=form,
        page=page,
        asked={name: value for name, value in asked.items() if value is not None},
        zone=zones.of(chosen) if chosen else zones.shared(session()),
        titles=titles(),
    )


@donations.get("/<key>")
@requires("viewer")
def show(key: str) -> str:
    """One donation: its numbers, where it belongs and why, who gave it, and everything that happened to it."""
    donation = _donation(key)
    found = dossier.dossier(session(), donation)
    campaigns = lifecycle.list_campaigns(session())
    form = AssignForm(formdata=None)
    form.offer(campaigns, currency=donation.currency, home_id=donation.campaign_id)
    return render_template(
        "ledger/donation.html",
        dossier=found,
        form=form,
        campaigns={campaign.slug: campaign for campaign in campaigns},
        REASONS=home.REASONS,
        events=log.of_donation(session(), donation),
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
        campaign = _chosen_campaign()
        if campaign is not None and donation.currency not in (None, campaign.currency):
            raise Invalid(f"{campaign.title} counts in {campaign.currency}, and this is in {donation.currency}")
        if (campaign.id if campaign else None) == donation.campaign_id and campaign is not None:
            raise Conflict(f"it is in {campaign.title} already")
        _assign([donation], campaign)
        commit()
        flash(f"Moved to {campaign.title}." if campaign else "Set aside. It counts nowhere.")
    except DomainError as error:
        session().rollback()
        flash(sentence(error.message), "error")
    return redirect(url_for("donations.show", key=key), 303)


@unassigned.get("", endpoint="index")
@requires("viewer")
def homeless() -> str:
    """Money that has no campaign, and why; what staff have set aside below."""
    page = register.homeless(session(), before=request.args.get("before"), after=request.args.get("after"))
    campaigns = lifecycle.list_campaigns(session())
    form = AssignForm(formdata=None)
    form.offer(campaigns)
    unclear = [line.donation for line in page.lines if line.donation.unassigned_reason in NAMED_REASONS]
    return render_template(
        "ledger/unassigned.html",
        page=page,
        form=form,
        sums=register.homeless_sums(session()),
        aside=register.set_aside(session()),
        unheard=register.unheard(session()),
        named=dossier.named(session(), unclear),
        campaigns={campaign.slug: campaign for campaign in campaigns},
        REASONS=home.REASONS,
        zone=zones.shared(session()),
        titles=titles(),
    )


@unassigned.post("/assign", endpoint="assign")
@requires("editor")
def assign_several() -> Response:
    """Puts the chosen donations into one campaign, or aside. Those that found a home meanwhile are left alone."""
    keys = request.form.getlist("donation")[:ASSIGNED_AT_ONCE_MAX]
    chosen = [donation for key in dict.fromkeys(keys) if (donation := register.by_key(session(), key)) is not None]
    waiting = [donation for donation in chosen if donation.campaign_id is None]
    try:
        if not chosen:
            raise Invalid("choose at least one donation first")
        campaign = _chosen_campaign()
        _assign(waiting, campaign)
        commit()
    except DomainError as error:
        session().rollback()
        flash(sentence(error.message), "error")
        return redirect(url_for("unassigned.index"), 303)
    _tell(waiting, len(chosen) - len(waiting), campaign)
    return redirect(url_for("unassigned.index"), 303)


@attention.get("", endpoint="index")
@requires("viewer")
def list_attention() -> str:
    """What a person should look at, each with what to do about it."""
    now = clock.now()
    return render_template(
        "ledger/attention.html",
        rows=attentions.unsettled(session()),
        settled=attentions.settled(session()),
        failed=log.of_status(session(), "failed", limit=FAILED_SHOWN_MAX),
        late=log.late(session(), now=now),
        astray=log.other_mode_only(session()),
        TITLES=attentions.TITLES,
        ADVICE=attentions.ADVICE,
        zone=zones.shared(session()),
        titles=titles(),
    )


@attention.post(f"/{ID}/resolve")
@requires("editor")
def resolve(row_id: int) -> Response:
    """Settles one row."""
    row = session().get(Attention, row_id)
    if row is None:
        raise NotFound("there is no such thing to settle")
    try:
        attentions.resolve(row, now=clock.now())
        _record("resolve", "attention", row.id, kind=row.kind, subject=row.subject)
        commit()
        flash("Settled.")
    except Conflict as error:
        flash(sentence(error.message), "warning")
    return redirect(url_for("attention.index"), 303)


def _donation(key: str) -> Donation:
    found = register.by_key(session(), key)
    if found is None:
        raise NotFound("there is no such donation")
    return found


def _chosen_campaign() -> Campaign | None:
    """What the form says; None to set aside. Raises Invalid where nothing was chosen."""
    if "set_aside" in request.form:
        return None
    campaign = lifecycle.by_slug(session(), request.form.get("campaign", ""))
    if campaign is None:
        raise Invalid("choose a campaign first")
    return campaign


def _assign(chosen: Sequence[Donation], campaign: Campaign | None) -> None:
    """Each donation by an act of its own, which is the evidence of its transfer."""
    slug = campaign.slug if campaign else home.SET_ASIDE
    assigned: list[tuple[Donation, Evidence]] = []
    for donation in chosen:
        act = _record("assign" if campaign else "set_aside", "donation", donation.id, donation=donation.key, to=slug)
        assigned.append((donation, Evidence("staff", act.id, act.detail_sha256)))
    assign(session(), assigned, slug, now=clock.now(), secret_key=settings().secret_key)


def _record(action: str, thing: str, thing_id: int, **detail: str) -> audit.AuditEntry:
    staff_id = current_staff().id
    return audit.record(session(), staff_id=staff_id, action=action, thing=thing, thing_id=thing_id, **detail)


def _tell(chosen: Sequence[Donation], left_alone: int, campaign: Campaign | None) -> None:
    """What came of an assignment, in words: what moved, what could not and why."""
    if campaign is None:
        flash(f"{counted(len(chosen), 'donation', 'donations')} set aside. What is set aside counts nowhere.")
    else:
        moved = [donation for donation in chosen if donation.campaign_id is not None]
        if moved:
            flash(f"{counted(len(moved), 'donation', 'donations')} moved to {campaign.title}.")
        stayed = [donation for donation in chosen if donation.campaign_id is None]
        if stayed:
            flash(_why_stayed(stayed, campaign), "warning")
    if left_alone:
        flash(f"{counted(left_alone, 'donation', 'donations')} had found a home meanwhile and stayed there.", "warning")


def _why_stayed(stayed: Sequence[Donation], campaign: Campaign) -> str:
    """The sum of each currency that could not be counted there; each donation's row says so too."""
    sums: dict[str, int] = defaultdict(int)
    for donation in stayed:
        sums[donation.currency or campaign.currency] += max(0, donation.net_minor)
    amounts = ", ".join(format_money(minor, currency, "en") for currency, minor in sorted(sums.items()))
    which = counted(len(stayed), "donation stays", "donations stay")
    return f"{which} unassigned ({amounts}): {campaign.title} counts in {campaign.currency} only."
