"""Typing in a gift, and correcting any gift."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign import lifecycle, zones
from campaigns.errors import Conflict, DomainError, Invalid, NotFound
from campaigns.keys import new_key
from campaigns.ledger import register
from campaigns.ledger.models import Donation
from campaigns.ledger.statement import Evidence
from campaigns.money import format_money
from campaigns.offline import entering, reading
from campaigns.offline.forms import CorrectForm, GiftForm
from campaigns.offline.reading import Gift
from campaigns.providers.contract import Movement
from campaigns.web.auth import current_staff, requires
from campaigns.web.errors import sentence
from campaigns.web.session import commit, session, settings

gifts = Blueprint("gifts", __name__, url_prefix="/console/gifts")


@gifts.route("/create", methods=["GET", "POST"])
@requires("editor")
def create() -> str | Response | tuple[str, int]:
    """A gift of its own date. The same press of the button makes one gift, however often it arrives."""
    campaigns = lifecycle.list_campaigns(session())
    form = GiftForm(request.form if request.method == "POST" else None)
    form.offer(campaigns)
    if request.method == "GET":
        form.click.data = new_key()
        form.campaign.data = request.args.get("campaign", "")
        return render_template("offline/gift.html", form=form, refusal=None)
    if not form.validate():
        return render_template("offline/gift.html", form=form, refusal=None), 422
    try:
        return _enter(form)
    except DomainError as error:
        session().rollback()
        told = isinstance(error, Invalid) and form.blame(error)
        refusal = None if told else sentence(error.message)
        return render_template("offline/gift.html", form=form, refusal=refusal), error.status


@gifts.route("/<key>/correct", methods=["GET", "POST"])
@requires("editor")
def correct(key: str) -> str | Response | tuple[str, int]:
    """Takes something off a gift of any service, by an entry that says so, or adds again what was taken off by hand."""
    donation = register.by_key(session(), key)
    if donation is None:
        raise NotFound("there is no such donation")
    form = CorrectForm(request.form if request.method == "POST" else None)
    form.offer(donation.currency or "")
    if request.method == "GET":
        return render_template("offline/correct.html", form=form, donation=donation, refusal=None)
    refusal, status = None, 422
    if form.validate():
        try:
            return _correct(form, donation)
        except DomainError as error:
            session().rollback()
            told = isinstance(error, Invalid) and form.blame(error)
            refusal, status = None if told else sentence(error.message), error.status
            donation = register.by_key(session(), key)
    return render_template("offline/correct.html", form=form, donation=donation, refusal=refusal), status


def _enter(form: GiftForm) -> Response:
    campaign = lifecycle.find(session(), form.campaign.data)[0]
    now, ref = clock.now(), f"gift:{form.click.data or new_key()}"
    if form.amount.minor is None or form.amount.minor <= 0:
        raise Invalid("write more than nothing", "amount")
    try:
        given_at = reading.day(form.day.data or "", "ymd", zones.of(campaign), now=now)
    except Invalid as error:
        raise Invalid(error.message, "day") from error
    gift = Gift(
        0,
        form.amount.minor,
        campaign.currency,
        given_at,
        name=reading.words(form.name.data or "", reading.NAME_MAX),
        email=reading.address((form.email.data or "").strip()),
        message=reading.words(form.message.data or "", reading.MESSAGE_MAX),
        external_id=reading.words(form.reference.data or "", reading.ID_MAX),
    )
    if entering.known(session(), ref):
        raise Conflict("this gift was entered already; open the form again for another one")
    movement = Movement(ref, ref, "donation", gift.amount_minor, gift.currency, given_at)
    act = audit.record(
        session(),
        staff_id=current_staff().id,
        action="enter",
        thing="gift",
        thing_id=campaign.id,
        to=campaign.slug,
        given_at=given_at.isoformat(),
        reference=gift.external_id,
        movements=entering.stated([movement]),
    )
    evidence = Evidence("staff", act.id, act.detail_sha256)
    entering.enter(session(), campaign, [(ref, gift, evidence)], now=now, secret_key=settings().secret_key)
    commit()
    flash(f"{format_money(gift.amount_minor, gift.currency, 'en')} entered for {campaign.title}.")
    made = register.by_ref(session(), entering.PROVIDER, ref)
    return redirect(url_for("donations.show", key=made.key) if made else url_for("donations.index"), 303)


def _correct(form: CorrectForm, donation: Donation) -> Response:
    now, secret_key = clock.now(), settings().secret_key
    if form.way.data != "all" and not form.amount.minor:
        raise Invalid("write how much", "amount")
    amount = donation.net_minor if form.way.data == "all" else form.amount.minor or 0
    movement = entering.correction(session(), donation, amount if form.way.data == "on" else -amount, now=now)
    act = audit.record(
        session(),
        staff_id=current_staff().id,
        action="correct",
        thing="donation",
        thing_id=donation.id,
        donation=donation.key,
        reason=form.reason.data,
        movements=entering.stated([movement]),
    )
    entering.correct(session(), donation, movement, act, now=now, secret_key=secret_key)
    commit()
    flash("Corrected. The entry that says so stands below.")
    return redirect(url_for("donations.show", key=donation.key), 303)
