"""The pretend service's own pages: its checkout, the list of its payments, and the demo's article."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.crypto import Sealer
from campaigns.errors import Conflict, DomainError, Invalid, NotFound
from campaigns.inbox import endpoints
from campaigns.inbox.models import WebhookEndpoint
from campaigns.money import major_text, parse_major
from campaigns.providers import sandbox
from campaigns.providers.contract import NotAuthentic
from campaigns.sandbox import payments, sending
from campaigns.sandbox.models import SandboxPayment
from campaigns.web import session as web
from campaigns.web import tokens
from campaigns.web.errors import sentence
from campaigns.web.limits import limiter
from campaigns.widget.snippet import snippet

MODES = ("demo", "test")
ENDPOINT = "sandbox"
DEMO_CAMPAIGN = "newsroom"
ACTS_A_MINUTE_MAX = "120 per minute"

# What a strict newspaper would allow on its articles: its own sheet, Tidemark for the bar, and nothing besides.
ARTICLE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src {origin}; connect-src {origin}; img-src {origin}; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)

blueprint = Blueprint("sandbox", __name__)

AT_THE_CHECKOUT = ("pay", "pay_later", "fail")
ACTS: dict[str, Callable[[SandboxPayment], str]] = {
    "pay": payments.pay,
    "settle": payments.pay,
    "pay_later": payments.pay_later,
    "fail": payments.fail,
    "refund": lambda payment: payments.refund(payment, _amount(payment), now=clock.now()),
    "fail_refund": payments.fail_refund,
    "dispute": lambda payment: payments.dispute(payment, now=clock.now()),
    "win_dispute": payments.win_dispute,
    "send_again": payments.send_again,
    "renew": payments.send_again,  # of the payment that it made
}


@blueprint.get("/sandbox/checkout/<key>")
def checkout(key: str) -> Response:
    """The pretend checkout: no card is asked for."""
    payment, order = _asked(key)
    campaign, _ = lifecycle.find(web.session(), payment.campaign_slug)
    page = render_template(
        "sandbox/checkout.html",
        payment=payment,
        campaign=campaign,
        back_url=order["back_url"] if order else url_for("donate.donate", slug=campaign.slug),
        thanks_url=_thanks(payment, order),
        csrf_token=tokens.token(web.settings(), _form(payment.key)),
        language=payments.LANGUAGE,
    )
    return _private(make_response(page))


@blueprint.post("/sandbox/checkout/<key>")
@limiter.limit(ACTS_A_MINUTE_MAX)
def decide(key: str) -> Response:
    """Pay, pay later or decline; then back to where the donor came from, while the message is on its way."""
    act = request.form.get("act", "")
    if act not in AT_THE_CHECKOUT:
        raise Invalid("choose one of the buttons", "act")
    payment, order = _asked(key)
    if order:
        payments.ensure(web.session(), payment)
    try:
        payment = _act(payment.key, act)
    except Conflict:  # it is over already; its page says how it ended
        return redirect(url_for("sandbox.checkout", key=key), 303)
    if act == "fail":
        return redirect(url_for("sandbox.checkout", key=key), 303)
    return redirect(_thanks(payment, order), 303)


@blueprint.get("/sandbox/payments")
def index() -> Response:
    """The pretend service's payments, with everything that can happen to one."""
    return _list(None, None, 200)


@blueprint.post("/sandbox/payments/<key>")
@limiter.limit(ACTS_A_MINUTE_MAX)
def change(key: str) -> Response:
    """Lets something happen to a payment, and sends the message about it."""
    act = request.form.get("act", "")
    try:
        if act not in ACTS:
            raise Invalid("choose one of the buttons", "act")
        payment = _act(key, act)
    except (Invalid, Conflict) as error:
        web.session().rollback()
        return _list(key, error, error.status)
    return redirect(url_for("sandbox.index", _anchor=payment.key), 303)


@blueprint.get("/demo/article")
def article() -> Response:
    """An article of a made-up newspaper, with the snippet exactly as a site would paste it."""
    public_url = web.settings().public_url
    if web.settings().mode != "demo":
        raise NotFound("the article is part of the demo")
    campaign, _ = lifecycle.find(web.session(), DEMO_CAMPAIGN)
    pasted = snippet(campaign.slug, campaign.title, public_url, tells_page=True)
    response = make_response(render_template("demo/article.html", snippet=pasted))
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(public_url))
    response.headers["Content-Security-Policy"] = ARTICLE_POLICY.format(origin=origin)
    return response


def _asked(key: str) -> tuple[SandboxPayment, dict[str, Any] | None]:
    """The payment of a checkout's address, and the order where the address is one; that one need not be kept yet."""
    if payments.seek(web.session(), key) is not None or "." not in key:
        return payments.find(web.session(), key), None
    endpoint = endpoints.opened(_endpoint(), Sealer(web.settings().secret_key), web.settings().mode)
    try:
        order = sandbox.read_order(endpoint, key)
    except NotAuthentic as error:
        raise NotFound("there is no such pretend checkout") from error
    known = payments.seek(web.session(), f"pay_{order['intent']}")
    return known or payments.of_order(order, now=clock.now()), order


def _thanks(payment: SandboxPayment, order: dict[str, Any] | None) -> str:
    if order:
        return str(order["thanks_url"])
    return url_for("thanks.thanks", slug=payment.campaign_slug, gift=payment.intent)


def _endpoint() -> WebhookEndpoint:
    return endpoints.find(web.session(), "sandbox", ENDPOINT)


def _act(key: str, act: str) -> SandboxPayment:
    tokens.check(web.settings(), _form(key), request.form.get("csrf_token"))
    session, settings, now = web.session(), web.settings(), clock.now()
    payment = payments.hold(session, key)
    if act == "renew":
        payment = payments.renew(session, payment, now=now)
    kind = ACTS[act](payment)
    sealer = Sealer(settings.secret_key)
    endpoint = endpoints.ensure(session, provider="sandbox", name=ENDPOINT, sealer=sealer, mode=settings.mode, now=now)
    secret = endpoints.opened(endpoint, sealer, settings.mode).secrets[0]
    what = sending.message(payment, kind, secret=secret, now=now)
    web.commit()
    sending.send(endpoints.url_of(endpoint, settings.public_url), what)
    return payment


def _list(wrong_key: str | None, error: DomainError | None, status: int) -> Response:
    listed = payments.latest(web.session())
    page = render_template(
        "sandbox/payments.html",
        listed=[(payment, payments.left(payment)) for payment in listed],
        tokens={payment.key: tokens.token(web.settings(), _form(payment.key)) for payment in listed},
        wrong_key=wrong_key,
        problem=sentence(error.message) if error else None,
        typed_amount=request.form.get("amount", ""),
        major_text=major_text,
        language=payments.LANGUAGE,
    )
    return _private(make_response(page, status))


def _form(key: str) -> str:
    return f"sandbox:{key}"


def _amount(payment: SandboxPayment) -> int:
    try:
        return parse_major(request.form.get("amount", ""), payment.currency)
    except Invalid as error:
        raise Invalid(error.message, "amount") from error


def _private(response: Response) -> Response:
    """Each form carries its own token; nobody else is to keep it."""
    response.headers["Cache-Control"] = "no-store"
    return response
