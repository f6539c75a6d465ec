"""The pretend service's own pages: its checkout, the list of its payments, and the demo's article."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.crypto import Sealer
from campaigns.errors import Invalid, NotFound
from campaigns.inbox import endpoints
from campaigns.money import major_text, parse_major
from campaigns.sandbox import payments, sending
from campaigns.sandbox.models import SandboxPayment
from campaigns.web import session as web
from campaigns.web import tokens
from campaigns.widget.snippet import snippet

MODES = ("demo", "test")
ENDPOINT = "sandbox"
DEMO_CAMPAIGN = "newsroom"

blueprint = Blueprint("sandbox", __name__)

ACTS: dict[str, Callable[[SandboxPayment], str]] = {
    "pay": payments.pay,
    "settle": payments.pay,
    "pay_late": payments.pay_late,
    "fail": payments.fail,
    "refund": lambda payment: payments.refund(payment, _amount(payment), now=clock.now()),
    "fail_refund": payments.fail_refund,
    "dispute": lambda payment: payments.dispute(payment, now=clock.now()),
    "win_dispute": payments.win_dispute,
}


@blueprint.get("/sandbox/checkout/<key>")
def checkout(key: str) -> str:
    """The pretend checkout: no card is asked for."""
    payment = payments.find(web.session(), key)
    campaign, _ = lifecycle.find(web.session(), payment.campaign_slug)
    csrf_token = tokens.token(web.settings(), f"sandbox:{key}")
    return render_template("sandbox/checkout.html", payment=payment, campaign=campaign, csrf_token=csrf_token)


@blueprint.post("/sandbox/checkout/<key>")
def decide(key: str) -> Response:
    """Pay, pay late or decline; then back to where the donor came from, while the message is on its way."""
    act = request.form.get("act", "")
    if act not in ("pay", "pay_late", "fail"):
        raise Invalid("choose one of the buttons", "act")
    payment = _act(key, act)
    if act == "fail":
        return redirect(f"/c/{payment.campaign_slug}/donate", 303)
    return redirect(f"/c/{payment.campaign_slug}/thanks?payment={payment.key}", 303)


@blueprint.get("/sandbox/payments")
def index() -> str:
    """The pretend service's payments, with everything that can happen to one."""
    listed = [(payment, payments.left(payment)) for payment in payments.latest(web.session())]
    made = {payment.key: tokens.token(web.settings(), f"sandbox:{payment.key}") for payment, _ in listed}
    return render_template("sandbox/payments.html", listed=listed, tokens=made, major_text=major_text)


@blueprint.post("/sandbox/payments/<key>")
def change(key: str) -> Response:
    """Lets something happen to a payment, and sends the message about it."""
    act = request.form.get("act", "")
    if act not in ACTS:
        raise Invalid("choose one of the buttons", "act")
    _act(key, act)
    return redirect(url_for("sandbox.index"), 303)


@blueprint.get("/demo/article")
def article() -> str:
    """An article of a made-up newspaper, with the snippet exactly as a site would paste it."""
    if web.settings().mode != "demo":
        raise NotFound("the article is part of the demo")
    campaign, _ = lifecycle.find(web.session(), DEMO_CAMPAIGN)
    pasted = snippet(campaign.slug, campaign.title, web.settings().public_url)
    return render_template("demo/article.html", snippet=pasted)


def _act(key: str, act: str) -> SandboxPayment:
    tokens.check(web.settings(), f"sandbox:{key}", request.form.get("csrf_token"))
    session, settings, now = web.session(), web.settings(), clock.now()
    payment = payments.find(session, key)
    kind = ACTS[act](payment)
    endpoint = endpoints.find(session, "sandbox", ENDPOINT)
    (secret, *_) = endpoints.opened(endpoint, Sealer(settings.secret_key), settings.mode).secrets
    what = sending.message(payment, kind, secret=secret, now=now)
    web.commit()
    sending.send(endpoints.url_of(endpoint, settings.public_url), what)
    return payment


def _amount(payment: SandboxPayment) -> int:
    return parse_major(request.form.get("amount", ""), payment.currency)
