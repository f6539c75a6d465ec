"""Stripe's own pages, as plain as can be and without scripts: pay, a Payment Link, and the donor's portal."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from tests.fakes.stripe.api import Api
from tests.fakes.stripe.api_checkout import visit_link
from tests.fakes.stripe.delivery import Courier
from tests.fakes.stripe.state import Json

SESSION_PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
CHECKOUT_WAITS_SECONDS = 10
SEE_OTHER = 303

pages = Blueprint("hosted", __name__)


@pages.get("/c/pay/<session_id>")
def pay(session_id: str) -> str:
    """The page to pay on."""
    with _api().lock:
        session = _api().world.get(session_id, "checkout.session")
        declined = request.args.get("declined") is not None
        return render_template("pay.html", session=session, declined=declined, cancel_url=session["cancel_url"])


@pages.post("/c/pay/<session_id>")
def paid(session_id: str) -> Redirect:
    """The donor chose how to pay. The webhooks are sent before she is sent back, as Stripe waits for them too."""
    choice = request.form.get("choice", "success")
    if choice not in ("success", "decline", "debit"):
        abort(400)
    with _api().lock:
        world = _api().world
        session = world.get(session_id, "checkout.session")
        email = session["customer_email"] or request.form.get("email") or None
        world.choose(
            session_id, method="debit" if choice == "debit" else "card", name=request.form.get("name"), email=email
        )
        if choice == "decline":
            world.decline_session(session_id)
        else:
            world.complete_session(session_id)
    _courier().after_payment(CHECKOUT_WAITS_SECONDS)
    if choice == "decline":
        return redirect(url_for("hosted.pay", session_id=session_id, declined=""), SEE_OTHER)
    back = session["success_url"] or url_for("hosted.thanks", _external=True)
    return redirect(back.replace(SESSION_PLACEHOLDER, session_id), SEE_OTHER)


@pages.get("/thanks")
def thanks() -> str:
    """Where a Payment Link ends."""
    return render_template("thanks.html")


@pages.get("/b/<link_id>")
def link(link_id: str) -> Redirect:
    """A Payment Link: every visit makes a session."""
    with _api().lock:
        reference, email = request.args.get("client_reference_id"), request.args.get("prefilled_email")
        session = visit_link(_api(), link_id, reference, email)
    return redirect(session["url"], SEE_OTHER)


@pages.get("/p/session/<portal_id>")
def portal(portal_id: str) -> str:
    """The donor's own subscriptions."""
    with _api().lock:
        session = _api().world.get(portal_id, "billing_portal.session")
        return render_template("portal.html", session=session, subscriptions=_subscriptions_of(session["customer"]))


@pages.post("/p/session/<portal_id>/cancel")
def cancel(portal_id: str) -> Redirect:
    """The donor ends one of her own subscriptions: nobody else's."""
    with _api().lock:
        session = _api().world.get(portal_id, "billing_portal.session")
        wanted = request.form.get("subscription", "")
        if wanted not in [about["id"] for about in _subscriptions_of(session["customer"])]:
            abort(404)
        _api().world.cancel_later(wanted, True)
    return redirect(url_for("hosted.portal", portal_id=portal_id), SEE_OTHER)


def _subscriptions_of(customer_id: str) -> list[Json]:
    things = _api().world.objects.values()
    return [one for one in things if one["object"] == "subscription" and one["customer"] == customer_id]


def _api() -> Api:
    api: Api = current_app.extensions["fake"][0]
    return api


def _courier() -> Courier:
    courier: Courier = current_app.extensions["fake"][1]
    return courier
