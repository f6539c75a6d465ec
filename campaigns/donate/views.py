"""The donation page and the thank-you, both complete without JavaScript and without a cookie."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, make_response, redirect, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.donate.gift import gift, presets
from campaigns.errors import Conflict, Invalid
from campaigns.ledger.models import Donation, PaymentRef
from campaigns.money import known_language, parse_major, text_direction
from campaigns.sandbox import payments
from campaigns.web import session as web
from campaigns.web import tokens
from campaigns.web.limits import limiter
from campaigns.widget.kinds import Look, draw
from campaigns.widget.snapshot import Snapshot, read

PAYMENTS_A_MINUTE_MAX = "60 per minute"

blueprint = Blueprint("donate", __name__)


@blueprint.get("/c/<slug>/donate")
def donate(slug: str) -> Response:
    """Amounts to choose from and every way to give that staff offer."""
    snapshot = _snapshot(slug)
    return _page(snapshot, {"amount": request.args.get("amount", "")}, None, 200)


@blueprint.post("/c/<slug>/donate")
@limiter.limit(PAYMENTS_A_MINUTE_MAX)
def give(slug: str) -> Response:
    """Opens a payment of the amount that the server checked, and leads to where it is paid."""
    snapshot, settings = _snapshot(slug), web.settings()
    tokens.check(settings, f"donate:{snapshot.slug}", request.form.get("csrf_token"))
    if snapshot.status != "live":
        raise Conflict("this fundraiser takes no gifts at the moment")
    if settings.mode == "live":
        raise Conflict("choose one of the ways to give on the page")
    try:
        wanted = gift(request.form, snapshot.currency)
    except Invalid as error:
        return _page(snapshot, request.form, error, 422)
    payment = payments.open_payment(
        web.session(),
        campaign_slug=snapshot.slug,
        amount_minor=wanted.amount_minor,
        currency=snapshot.currency,
        name=wanted.name,
        email=wanted.email,
        message=wanted.message,
        show_name=wanted.show_name,
        now=clock.now(),
    )
    web.commit()
    return redirect(f"/sandbox/checkout/{payment.key}", 303)


@blueprint.get("/c/<slug>/thanks")
def thanks(slug: str) -> Response:
    """Thanks once the ledger has the gift: coming back from the checkout proves nothing."""
    snapshot = _snapshot(slug)
    state = _state_of(request.args.get("payment"))
    language = known_language(request.args.get("lang"), snapshot.language)
    page = render_template(
        "donate/thanks.html",
        snapshot=snapshot,
        state=state,
        fragment=draw(snapshot, Look(language=language), web.settings().public_url),
        language=language,
        direction=text_direction(language),
    )
    return _private(make_response(page))


def _page(snapshot: Snapshot, typed: Mapping[str, str], error: Invalid | None, status: int) -> Response:
    settings = web.settings()
    language = known_language(request.args.get("lang"), snapshot.language)
    chosen = [(text, parse_major(text, snapshot.currency)) for text in presets(snapshot.currency, typed.get("amount"))]
    page = render_template(
        "donate/donate.html",
        snapshot=snapshot,
        presets=chosen,
        typed=typed,
        error=error,
        checkout=settings.mode != "live",
        csrf_token=tokens.token(settings, f"donate:{snapshot.slug}"),
        fragment=draw(snapshot, Look(language=language), settings.public_url),
        language=language,
        direction=text_direction(language),
    )
    return _private(make_response(page, status))


def _state_of(payment: str | None) -> str:
    """`counted`, `pending`, `waiting` (the ledger has not heard of it yet) or `unknown` (no payment was named)."""
    if not payment:
        return "unknown"
    named = select(Donation).join(PaymentRef).where(PaymentRef.provider == "sandbox", PaymentRef.ref == payment[:255])
    donation = web.session().scalars(named).one_or_none()
    if donation is None:
        return "waiting"
    if donation.counted_minor > 0:
        return "counted"
    return "pending" if donation.pending_minor > 0 else "waiting"


def _snapshot(slug: str) -> Snapshot:
    return read(web.session(), slug, now=clock.now(), mode=web.settings().mode)


def _private(response: Response) -> Response:
    """Forms and thank-yous are nobody else's to keep."""
    response.headers["Cache-Control"] = "no-store"
    return response
