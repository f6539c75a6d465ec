"""Money without a campaign in the console: why it has none, and putting many donations into one at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign import lifecycle, zones
from campaigns.campaign.models import Campaign
from campaigns.errors import DomainError, Invalid
from campaigns.inbox.manual import titles
from campaigns.ledger import dossier, home, register
from campaigns.ledger.assigning import ASSIGNED_AT_ONCE_MAX, assign, fits
from campaigns.ledger.forms import AssignForm
from campaigns.ledger.models import Donation
from campaigns.ledger.views.choosing import acts_of, chosen_campaign
from campaigns.money import format_money
from campaigns.web.auth import requires
from campaigns.web.errors import sentence
from campaigns.web.filters import counted
from campaigns.web.session import commit, session, settings

NAMED_REASONS = ("unknown_campaign", "currency")  # there is a name to show

unassigned = Blueprint("unassigned", __name__, url_prefix="/console/unassigned")


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
    """Puts the chosen donations into one campaign, or aside. Those that found a home meanwhile are left alone, and
    those that the campaign cannot count are not touched at all."""
    keys = request.form.getlist("donation")[:ASSIGNED_AT_ONCE_MAX]
    chosen = [donation for key in dict.fromkeys(keys) if (donation := register.by_key(session(), key)) is not None]
    waiting = [donation for donation in chosen if donation.campaign_id is None]
    try:
        if not chosen:
            raise Invalid("choose at least one donation first")
        campaign = chosen_campaign(session(), request.form)
        moving = [donation for donation in waiting if campaign is None or fits(donation, campaign)]
        slug = campaign.slug if campaign else home.SET_ASIDE
        assign(session(), acts_of(moving, slug), slug, now=clock.now(), secret_key=settings().secret_key)
        commit()
    except DomainError as error:
        session().rollback()
        flash(sentence(error.message), "error")
        return redirect(url_for("unassigned.index"), 303)
    _tell(moving, [one for one in waiting if one not in moving], len(chosen) - len(waiting), campaign)
    return redirect(url_for("unassigned.index"), 303)


def _tell(moved: Sequence[Donation], stayed: Sequence[Donation], left_alone: int, campaign: Campaign | None) -> None:
    """What came of an assignment, in words: what moved, what could not and why."""
    if campaign is None:
        flash(f"{counted(len(moved), 'donation', 'donations')} set aside. What is set aside counts nowhere.")
    elif moved:
        flash(f"{counted(len(moved), 'donation', 'donations')} moved to {campaign.title}.")
    if stayed and campaign is not None:
        flash(_why_stayed(stayed, campaign), "warning")
    if left_alone:
        flash(f"{counted(left_alone, 'donation', 'donations')} had found a home meanwhile and stayed there.", "warning")


def _why_stayed(stayed: Sequence[Donation], campaign: Campaign) -> str:
    """The sum of each currency that could not be counted there."""
    sums: dict[str, int] = defaultdict(int)
    for donation in stayed:
        sums[donation.currency or campaign.currency] += max(0, donation.net_minor)
    amounts = ", ".join(format_money(minor, currency, "en") for currency, minor in sorted(sums.items()))
    which = counted(len(stayed), "donation stays", "donations stay")
    return f"{which} unassigned ({amounts}): {campaign.title} counts in {campaign.currency} only."
