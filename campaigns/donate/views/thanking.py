"""The thank-you: waits for the ledger and then shows the bar with the gift in it. Coming back proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import segno.helpers
from flask import Blueprint, make_response, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.donate import finishing, intents, ways
from campaigns.donate.arrival import Arrival, arrival
from campaigns.donate.models import DonationIntent
from campaigns.donate.views._shared import fragment_of, private, snapshot_of
from campaigns.donate.ways import Way
from campaigns.money import to_major
from campaigns.web import session as web
from campaigns.web import tongue
from campaigns.widget.look import Look
from campaigns.widget.sharing import sharing
from campaigns.widget.snapshot import Snapshot

LOOKS_MAX = 40  # how often the thank-you looks for the gift before it says that this takes longer
QR_SCALE = 5

State = Literal["plain", "waiting", "late", "transfer", "counted", "pending", "returned", "over", "kept"]

blueprint = Blueprint("thanks", __name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    """How the gift of a link stands: its intent, where there is one, and what the ledger knows."""

    state: State
    intent: DonationIntent | None = None
    found: Arrival | None = None
    bank: Way | None = None


@blueprint.get("/c/<slug>/thanks")
def thanks(slug: str) -> Response:
    """Thanks once the ledger has the gift; how to transfer it, where it comes by a bank."""
    snapshot, key = snapshot_of(slug), request.args.get("gift", "")
    with web.database().reading() as session:
        seen = _seen(session, snapshot, key)
    looks = max(request.args.get("looks", 0, type=int), 0) + 1
    if looks == 1 and seen.state == "waiting" and seen.intent is not None:  # the donor is just back
        finishing.finish(web.database(), web.settings(), seen.intent, now=clock.now())
    with tongue.speaking_to(snapshot) as spoken:
        page = render_template(
            "donate/thanks.html",
            snapshot=snapshot,
            state="late" if seen.state == "waiting" and looks > LOOKS_MAX else seen.state,
            gift=seen.found,
            intent=seen.intent,
            bank=seen.bank,
            qr=_qr(seen),
            again=url_for("thanks.thanks", slug=snapshot.slug, gift=key, looks=looks, lang=request.args.get("lang")),
            checkout_url=seen.intent.checkout_url if seen.intent and not seen.found else None,
            sharing=sharing(snapshot, Look.of({"lang": request.args.get("lang", "")}), web.settings().public_url),
            page_url=f"{web.settings().public_url}/c/{snapshot.slug}",
            fragment=fragment_of(snapshot, spoken.language),
            language=spoken.language,
            direction=spoken.direction,
        )
    return private(make_response(page))


def _seen(session: Session, snapshot: Snapshot, key: str) -> _Seen:
    """Only what the key of an intent of this very campaign leads to; nothing of it names the donor."""
    intent, campaign = intents.find(session, key), lifecycle.by_slug(session, snapshot.slug)
    if intent is None or campaign is None or intent.campaign_id != campaign.id:
        return _Seen("plain")
    found = arrival(session, intent_ref_id=intent.ref_id, slug=snapshot.slug, starts_at=snapshot.starts_at)
    if found is not None:
        return _Seen(found.state, intent, found)
    if intent.way == ways.BANK:
        offered = ways.offered(session, campaign, web.settings())
        return _Seen("transfer", intent, bank=next((way for way in offered if way.key == ways.BANK), None))
    return _Seen("waiting", intent)


def _qr(seen: _Seen) -> Markup | None:
    """What a banking app scans (EPC 069-12), which exists for euros only."""
    if seen.intent is None or seen.bank is None or seen.bank.account is None or seen.intent.currency != "EUR":
        return None
    account = seen.bank.account
    code = segno.helpers.make_epc_qr(
        name=account.holder,
        iban=account.iban,
        amount=to_major(seen.intent.amount_minor, "EUR"),
        text=seen.intent.reference,
        bic=account.bic or None,
    )
    return Markup(code.svg_inline(scale=QR_SCALE, border=4, dark="#000", light="#fff", omitsize=True))  # noqa: S704
