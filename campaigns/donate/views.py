"""The donation page and the thank-you, both complete without JavaScript and without a cookie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.donate.arrival import Arrival, arrival
from campaigns.donate.gift import Unfit, gift, presets
from campaigns.money import known_language, parse_major, text_direction
from campaigns.sandbox import payments
from campaigns.web import session as web
from campaigns.web import tokens
from campaigns.web.errors import sentence
from campaigns.web.limits import limiter
from campaigns.widget.kinds import Look, draw
from campaigns.widget.look import WRITTEN_LANGUAGE
from campaigns.widget.snapshot import Snapshot, read

PAYMENTS_A_MINUTE_MAX = "60 per minute"
LOOKS_MAX = 40  # how often the thank-you looks for the gift before it says that this takes longer
ASKED = ("amount", "frequency", "source", "lang")  # what a link to the donation page may say

blueprint = Blueprint("donate", __name__)


@blueprint.get("/c/<slug>/donate")
def donate(slug: str) -> Response:
    """Amounts to choose from and every way to give that staff offer."""
    snapshot = _snapshot(slug)
    if snapshot.alias_of:
        asked: dict[str, Any] = {name: request.args[name] for name in ASKED if name in request.args}
        return redirect(url_for("donate.donate", slug=snapshot.slug, **asked), 301)
    return _page(snapshot, {name: request.args.get(name, "") for name in ("amount", "frequency")})


@blueprint.post("/c/<slug>/donate")
@limiter.limit(PAYMENTS_A_MINUTE_MAX)
def give(slug: str) -> Response:
    """Opens a payment of the amount that the server checked, and leads to where it is paid."""
    with web.database().reading() as reading:  # so that what is refused never waits for a writer
        snapshot = read(reading, slug, now=clock.now(), mode=web.settings().mode)
    if snapshot.status != "live" or web.settings().mode == "live":
        return _page(snapshot, request.form, status=409)
    try:
        tokens.check(web.settings(), f"donate:{snapshot.slug}", request.form.get("csrf_token"))
        wanted = gift(request.form, snapshot.currency)
    except tokens.StaleForm as stale:
        return _page(snapshot, request.form, status=stale.status, stale=True)
    except Unfit as unfit:
        return _page(snapshot, request.form, mends=unfit.mends, status=unfit.status)
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
    return redirect(url_for("sandbox.checkout", key=payment.key, lang=request.args.get("lang")), 303)


@blueprint.get("/c/<slug>/thanks")
def thanks(slug: str) -> Response:
    """Thanks once the ledger has the gift: coming back from the checkout proves nothing."""
    snapshot, key = _snapshot(slug), request.args.get("payment", "")
    state, found = _state(snapshot, key)
    looks = max(request.args.get("looks", 0, type=int), 0) + 1
    page = render_template(
        "donate/thanks.html",
        snapshot=snapshot,
        state="late" if state == "waiting" and looks > LOOKS_MAX else state,
        gift=found,
        key=key,
        again=url_for("donate.thanks", slug=snapshot.slug, payment=key, looks=looks, lang=request.args.get("lang")),
        fragment=_fragment(snapshot),
        **_tongue(snapshot),
    )
    return _private(make_response(page))


def _page(
    snapshot: Snapshot,
    typed: Mapping[str, str],
    *,
    mends: Mapping[str, str] | None = None,
    status: int = 200,
    stale: bool = False,
) -> Response:
    settings, amounts = web.settings(), presets(snapshot.currency, typed.get("amount"))
    page = render_template(
        "donate/donate.html",
        snapshot=snapshot,
        presets=[(text, parse_major(text, snapshot.currency)) for text in amounts],
        chosen=_chosen(amounts, typed),
        typed=typed,
        mends={field: sentence(message) for field, message in (mends or {}).items()},
        stale=stale,
        checkout=settings.mode != "live",
        csrf_token=tokens.token(settings, f"donate:{snapshot.slug}"),
        fragment=_fragment(snapshot),
        **_tongue(snapshot),
    )
    return _private(make_response(page, status))


def _chosen(amounts: list[str], typed: Mapping[str, str]) -> str | None:
    """The amount that stands chosen: the one asked for, none beside one that was typed, else the second."""
    if typed.get("amount") in amounts:
        return typed["amount"]
    return None if typed.get("own_amount") else amounts[1]


def _state(snapshot: Snapshot, key: str) -> tuple[str, Arrival | None]:
    """What to say about the payment named `key`, and its arrival in the ledger, where it has arrived."""
    payment = payments.seek(web.session(), key)
    if payment is None or payment.campaign_slug != snapshot.slug:
        return "plain", None
    found = arrival(web.session(), provider="sandbox", ref=key, slug=snapshot.slug, starts_at=snapshot.starts_at)
    if found is not None:
        return found.state, found
    return {"open": "unpaid", "failed": "over"}.get(payment.status, "waiting"), None


def _snapshot(slug: str) -> Snapshot:
    return read(web.session(), slug, now=clock.now(), mode=web.settings().mode)


def _fragment(snapshot: Snapshot) -> str:
    return draw(snapshot, Look(language=_reader(snapshot)), web.settings().public_url)


def _tongue(snapshot: Snapshot) -> dict[str, str]:
    """The page's own language is that of its words; amounts are written as the reader writes them."""
    page = {"language": WRITTEN_LANGUAGE, "direction": text_direction(WRITTEN_LANGUAGE)}
    return page | {"amounts_in": _reader(snapshot)}


def _reader(snapshot: Snapshot) -> str:
    return known_language(request.args.get("lang"), snapshot.language)


def _private(response: Response) -> Response:
    """Forms and thank-yous are nobody else's to keep."""
    response.headers["Cache-Control"] = "no-store"
    return response
