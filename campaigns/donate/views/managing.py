"""Where the link in a monthly donor's mail leads: one press further to the payment service's own page."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign.models import Campaign
from campaigns.donate import managing
from campaigns.donate.models import DonationIntent
from campaigns.donate.views._shared import private
from campaigns.language import say as _
from campaigns.language import speaking
from campaigns.money import text_direction
from campaigns.providers.checkout import CannotOpenNow, OpeningRefused
from campaigns.web import headers, redirects, tokens
from campaigns.web import session as web
from campaigns.web.limits import limiter
from campaigns.web.tongue import speaking_to_a_stranger

TRIES_MAX = "20 per hour"
EMAIL_MAX = 254
FORM = "manage"

blueprint = Blueprint("manage", __name__)


@blueprint.get("/manage/<token>")
@blueprint.get("/manage", defaults={"token": ""})
def show(token: str) -> Response:
    """The gift that the link is about; for a link that is none any more, a way to get another."""
    return _page(token)


@blueprint.post("/manage/<token>")
@limiter.limit(TRIES_MAX)
def go(token: str) -> Response:
    """On to the payment service, to an address that is good for minutes and for this donor only."""
    settings = web.settings()
    tokens.check(settings, FORM, request.form.get("csrf_token"))
    with web.database().reading() as session:
        intent = managing.intent_of(session, settings, token, now=clock.now())
        campaign = session.get(Campaign, intent.campaign_id) if intent else None
        if intent is None or campaign is None:
            return _page(token)
        try:
            opener, endpoint = managing.opener_of(session, settings, intent)
        except OpeningRefused:
            return _page(token, told=_("This gift can no longer be managed here. Please write to us."))
    try:
        url = opener.manage_url(endpoint, intent.remote_ref or "", f"{settings.public_url}/c/{campaign.slug}")
    except (CannotOpenNow, OpeningRefused):
        return _page(token, told=_("The payment service does not answer just now. Please try again."))
    allowed = opener.checkout_origins(endpoint)
    return redirect(redirects.check_checkout(url, allowed=allowed, base=settings.public_url), 303)


@blueprint.post("/manage")
@limiter.limit(TRIES_MAX)
def ask() -> Response:
    """Sends fresh links to an address that gave monthly; the answer is the same for every address."""
    tokens.check(web.settings(), FORM, request.form.get("csrf_token"))
    email = request.form.get("email", "")[:EMAIL_MAX]
    with web.database().writing() as session:
        managing.ask_again(session, email, now=clock.now())
    return _page("", asked=True)


def _page(token: str, *, told: str = "", asked: bool = False) -> Response:
    settings = web.settings()
    with web.database().reading() as session:
        intent = managing.intent_of(session, settings, token, now=clock.now()) if token else None
        campaign = session.get(Campaign, intent.campaign_id) if intent else None
        origins = _origins(session, intent)
    with speaking_to_a_stranger() as stranger:
        language = intent.language if intent else stranger.language
    with speaking(language):
        page = render_template(
            "donate/manage.html",
            intent=intent,
            campaign=campaign,
            told=told,
            asked=asked,
            csrf_token=tokens.token(settings, FORM),
            language=language,
            direction=text_direction(language),
        )
    response = private(make_response(page, 503 if told else 200))
    response.headers["Referrer-Policy"] = "no-referrer"
    return headers.donation(response, leads_to=origins)


def _origins(session: Session, intent: DonationIntent | None) -> tuple[str, ...]:
    if intent is None:
        return ()
    try:
        opener, endpoint = managing.opener_of(session, web.settings(), intent)
    except OpeningRefused:
        return ()
    return opener.checkout_origins(endpoint)
