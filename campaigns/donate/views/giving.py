"""The donation page: amounts, frequency, ways and a few words, complete without JavaScript and without a cookie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.campaign.presets import presets
from campaigns.crypto import Sealer
from campaigns.donate import checkout, intents, ways
from campaigns.donate.gift import Gift, Unfit, cover, gift
from campaigns.donate.limits import ProofWanted, TooMany
from campaigns.donate.models import DonationIntent
from campaigns.donate.views import gate
from campaigns.donate.views._shared import fragment_of, private, snapshot_of
from campaigns.donate.ways import Way
from campaigns.errors import Invalid
from campaigns.inbox import endpoints
from campaigns.keys import new_key
from campaigns.money import exponent, major_text, parse_major
from campaigns.site import counting, sites
from campaigns.site.places import place
from campaigns.web import headers, redirects, tokens, tongue
from campaigns.web import session as web
from campaigns.web.errors import sentence
from campaigns.web.tongue import Tongue
from campaigns.widget.snapshot import Snapshot

ASKED = ("amount", "own_amount", "frequency", "source", "lang")  # what a link to the donation page may say
CLICK_MAX = 40

blueprint = Blueprint("donate", __name__)


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Why the form comes back: what to mend by field, or one sentence about the whole."""

    status: int = 200
    mends: Mapping[str, str] | None = None
    told: str = ""
    is_stale: bool = False
    proof: ProofWanted | None = None
    retry_after: int | None = None


class _NotSent(Exception):
    """The form comes back, with all that was typed in it."""

    def __init__(self, why: _Wrong) -> None:
        super().__init__(why.told)
        self.why = why


@blueprint.get("/c/<slug>/donate")
def donate(slug: str) -> Response:
    """Amounts to choose from and every way to give that staff offer."""
    snapshot = snapshot_of(slug)
    if snapshot.alias_of:
        asked: dict[str, Any] = {name: request.args[name] for name in ASKED if name in request.args}
        told = place(asked.pop("source", ""))
        asked |= {"source": told.url} if told else {}
        return redirect(url_for("donate.donate", slug=snapshot.slug, **asked), 301)
    typed = {name: request.args.get(name, "") for name in ("amount", "own_amount", "frequency")}
    with suppress(Invalid):  # `200.00` is the `200` of the buttons
        typed["amount"] = major_text(parse_major(typed["amount"], snapshot.currency), snapshot.currency)
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        _count_opening(snapshot)
    with tongue.speaking_to(snapshot) as spoken:
        return _page(snapshot, typed, _Wrong(), spoken)


@blueprint.post("/c/<slug>/donate")
def give(slug: str) -> Response:
    """Opens a checkout of the amount that the server checked, and leads to it. Nothing is charged here."""
    snapshot = snapshot_of(slug)  # reading, so that what is refused never waits for a writer
    with tongue.speaking_to(snapshot) as spoken:
        try:
            return redirect(_next(snapshot, spoken), 303)
        except _NotSent as wrong:
            return _page(snapshot, request.form, wrong.why, spoken)


def _next(snapshot: Snapshot, spoken: Tongue) -> str:
    """Where the donor goes now. Raises _NotSent: the form comes back with all that was typed."""
    settings = web.settings()
    with web.database().reading() as session:
        campaign, _alias = lifecycle.find(session, snapshot.slug)
        offered = ways.offered(session, campaign, settings)
    if snapshot.status != "live" or not offered:
        raise _NotSent(_Wrong(409))
    try:
        tokens.check(settings, f"donate:{snapshot.slug}", request.form.get("csrf_token"))
        wanted, way = gift(request.form, snapshot.currency, offered, spoken.language)
    except tokens.StaleForm as stale:
        raise _NotSent(_Wrong(stale.status, is_stale=True)) from stale
    except Unfit as unfit:
        raise _NotSent(_Wrong(unfit.status, mends=unfit.mends)) from unfit
    try:
        intent, way = _begin(snapshot, campaign, way, wanted, spoken.language)
    except ProofWanted as proof:
        raise _NotSent(_Wrong(proof.status, proof=proof)) from proof
    except TooMany as many:
        raise _NotSent(_Wrong(many.status, told=many.message, retry_after=many.retry_after)) from many
    if way.kind == "bank":
        return url_for("thanks.thanks", slug=snapshot.slug, gift=intent.key, lang=request.args.get("lang"))
    try:
        return _checkout_url(campaign, intent, way, wanted)
    except checkout.NotOpened as failed:
        raise _NotSent(_Wrong(503 if failed.again else 409, told=failed.message)) from failed


def _begin(snapshot: Snapshot, campaign: Campaign, way: Way, wanted: Gift, language: str) -> tuple[DonationIntent, Way]:
    """The intent, kept before anybody is asked for a checkout. A press that is new must pass the gate."""
    now, click = clock.now(), request.form.get("click", "")[:CLICK_MAX]
    source = request.args.get("source") or request.form.get("source")
    with web.database().reading() as session:
        told = sites.attribute(session, source)
        wish = intents.Wish(wanted, way, click, language, told.site_id, told.source)
        passed = None if intents.known(session, campaign, wish, now=now) else gate.judge(session, campaign.id)
    with web.database().writing() as session:
        if way.endpoint is None and way.kind == "checkout":
            wish = replace(wish, way=_with_account(session, campaign, way))
        intent, is_new = intents.begin(session, campaign, wish, now=now)
        if is_new:
            gate.admit(session, passed or gate.judge(session, campaign.id))
            on = counting.day(now, snapshot.timezone)
            counting.count(session, campaign.id, on, told.source, told.site_id, checkouts=1)
    return intent, wish.way


def _with_account(session: Session, campaign: Campaign, way: Way) -> Way:
    """The sandbox's account is made with its first gift."""
    settings = web.settings()
    sealing: dict[str, Any] = {"sealer": Sealer(settings.secret_key), "mode": settings.mode, "now": clock.now()}
    endpoints.ensure(session, provider=ways.SANDBOX, name=ways.SANDBOX_ENDPOINT, **sealing)
    return next(one for one in ways.offered(session, campaign, settings) if one.key == way.key)


def _checkout_url(campaign: Campaign, intent: DonationIntent, way: Way, wanted: Gift) -> str:
    asked: dict[str, Any] = {"lang": request.args["lang"]} if "lang" in request.args else {}
    if intent.source:  # as it was cleaned: what else a link said is nothing to the payment service
        asked["source"] = intent.source
    asked["amount"] = major_text(intent.amount_minor - intent.cover_minor, intent.currency)
    asked["frequency"] = intent.frequency
    base = web.settings().public_url
    back_url = base + url_for("donate.donate", slug=campaign.slug, **asked)
    order = checkout.order_of(intent, campaign, email=wanted.email, base=base, back_url=back_url)
    url = checkout.open_for(web.database(), intent, way, order, now=clock.now())
    return redirects.check_checkout(url, allowed=way.origins, base=base)


def _page(snapshot: Snapshot, typed: Mapping[str, str], wrong: _Wrong, spoken: Tongue) -> Response:
    with web.database().reading() as session:
        campaign, _alias = lifecycle.find(session, snapshot.slug)
        offered = ways.offered(session, campaign, web.settings())
    least = min((way.minimum_minor for way in offered), default=1)
    amounts = presets(snapshot.currency, typed.get("amount"), minimum_minor=least)
    page = render_template(
        "donate/donate.html",
        snapshot=snapshot,
        presets=[(text, parse_major(text, snapshot.currency)) for text in amounts],
        chosen=_chosen(amounts, typed),
        typed=typed,
        mends={field: sentence(message) for field, message in (wrong.mends or {}).items()},
        stale=wrong.is_stale,
        told=wrong.told,
        proof=wrong.proof,
        proof_url=url_for("gate.challenge", slug=snapshot.slug, lang=request.args.get("lang")),
        ways=offered,
        chosen_way=next(
            (way.key for way in offered if way.key == typed.get("method")), offered[0].key if offered else ""
        ),
        digits=exponent(snapshot.currency),
        monthly=any("monthly" in way.frequencies for way in offered),
        covers=_covers(offered, amounts, typed, snapshot.currency),
        pretended=web.settings().mode != "live",
        csrf_token=tokens.token(web.settings(), f"donate:{snapshot.slug}"),
        click=typed.get("click") or new_key(),
        fragment=fragment_of(snapshot, spoken.language),
        language=spoken.language,
        direction=spoken.direction,
    )
    response = private(make_response(page, wrong.status))
    if wrong.retry_after is not None:
        response.headers["Retry-After"] = str(wrong.retry_after)
    return headers.donation(response, leads_to=dict.fromkeys(origin for way in offered for origin in way.origins))


def _count_opening(snapshot: Snapshot) -> None:
    with web.database().reading() as session:
        campaign, _alias = lifecycle.find(session, snapshot.slug)
    told, now = request.args.get("source"), clock.now()
    counting.note(web.database(), campaign.id, snapshot.timezone, told, now=now, opens=1)


def _covers(offered: Sequence[Way], amounts: Sequence[str], typed: Mapping[str, str], currency: str) -> dict[str, int]:
    """By way, what covering the fees adds to the chosen amount; 0 where nobody knows."""
    text = typed.get("own_amount") or _chosen(list(amounts), typed) or amounts[0]
    try:
        chosen_minor = parse_major(text, currency)
    except Invalid:
        chosen_minor = parse_major(amounts[0], currency)
    return {way.key: cover(chosen_minor, way.fees, currency) for way in offered}


def _chosen(amounts: list[str], typed: Mapping[str, str]) -> str | None:
    """The amount that stands chosen: the one asked for, none beside one that was typed, else the second."""
    asked = typed.get("amount", "")
    if asked in amounts:
        return asked
    return None if typed.get("own_amount") else amounts[min(1, len(amounts) - 1)]
