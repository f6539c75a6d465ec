"""The gate before every checkout: what a press brings along is read from the form, and judged by `donate/limits`."""

from __future__ import annotations

from flask import Blueprint, jsonify, make_response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.donate import limits, proof
from campaigns.donate.attack import is_under_attack
from campaigns.donate.limits import Pass, Press
from campaigns.donate.views._shared import snapshot_of
from campaigns.web import session as web
from campaigns.web.limits import address_block, counters, limiter

CHALLENGES_A_MINUTE_MAX = "240 per minute"  # by address block: making one costs 1.5 ms, and a school is one block
ASKED_FOR = "wanted"

blueprint = Blueprint("gate", __name__)


def _block() -> str:
    return address_block() or request.remote_addr or ""


@blueprint.get("/c/<slug>/proof")
@limiter.limit(CHALLENGES_A_MINUTE_MAX, key_func=_block)
def challenge(slug: str) -> Response:
    """A challenge where a press on the campaign's form would need a proof now, or was told so; else none."""
    settings, now = web.settings(), clock.now()
    known = snapshot_of(slug)  # a draft is nobody's to know of
    with web.database().reading() as session:
        campaign, _alias = lifecycle.find(session, known.slug)
        attacked = is_under_attack(session)
        wanted = ASKED_FOR in request.args or limits.wants_proof(counters(), session, address_block(), campaign.id)
    made = proof.challenge(campaign.id, attacked=attacked, secret_key=settings.secret_key, now=now) if wanted else None
    response = make_response(jsonify({"challenge": made}))
    response.headers["Cache-Control"] = "no-store"
    return response


def judge(session: Session, campaign_id: int) -> Pass:
    """Whether this request may open a checkout. It reads only. Raises limits.ProofWanted or limits.TooMany."""
    press = Press(address_block(), campaign_id, request.form.get("proof", ""), request.form.get("ticket", ""))
    return limits.judge(counters(), session, press, secret_key=web.settings().secret_key, now=clock.now())


def admit(session: Session, passed: Pass) -> None:
    """Takes its place, after the intent was written in `session`. What it raises (see `judge`) must be rolled back."""
    limits.admit(counters(), session, passed, secret_key=web.settings().secret_key, now=clock.now())
