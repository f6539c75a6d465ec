"""What staff decide about the ways to give that we make ourselves: which accounts, and a bank account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import stdnum.bic
import stdnum.iban
from sqlalchemy import delete
from sqlalchemy.orm import Session
from stdnum.exceptions import ValidationError

from campaigns.campaign.models import Campaign, WayToGive
from campaigns.donate import ways
from campaigns.errors import Invalid
from campaigns.settings import Settings

HOLDER_MAX = 70  # what a European bank prints


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank account as staff typed it; all of it empty is none."""

    holder: str = ""
    iban: str = ""
    bic: str = ""


def offer(
    session: Session, campaign: Campaign, settings: Settings, *, endpoint_ids: Collection[int], bank: Bank
) -> None:
    """From now on exactly these accounts and this bank account are offered. Raises Invalid, naming the field."""
    account = _account(bank)
    able = {one.id for one in ways.able_endpoints(session, campaign, settings)}
    if not set(endpoint_ids) <= able:
        raise Invalid("one of these accounts cannot open a checkout any more; reload the page", "endpoints")
    session.execute(delete(WayToGive).where(WayToGive.campaign_id == campaign.id, WayToGive.kind != "link"))
    # None chosen is a decision too: without any row every able account is offered, those made later as well.
    chosen: list[int | None] = [*sorted(endpoint_ids)] or [None]
    if set(endpoint_ids) != able or not able:
        session.add_all(
            WayToGive(campaign_id=campaign.id, kind="checkout", position=place, label="", endpoint_id=endpoint_id)
            for place, endpoint_id in enumerate(chosen)
            if able
        )
    if account:
        session.add(WayToGive(campaign_id=campaign.id, kind="bank", position=100, label="", account=account))
    campaign.revision += 1
    session.flush()


def bank_of(session: Session, campaign: Campaign) -> Bank:
    """The bank account that takes gifts for the campaign."""
    kept = next((row.account for row in ways.decisions(session, campaign) if row.kind == "bank"), None) or {}
    return Bank(kept.get("holder", ""), kept.get("iban", ""), kept.get("bic", ""))


def _account(bank: Bank) -> dict[str, str] | None:
    holder, iban, bic = bank.holder.strip(), bank.iban.strip(), bank.bic.strip()
    if not (holder or iban or bic):
        return None
    if not holder or len(holder) > HOLDER_MAX or not holder.isprintable():
        raise Invalid(f"write whose account it is, in at most {HOLDER_MAX} characters", "holder")
    try:
        iban = stdnum.iban.format(stdnum.iban.validate(iban))
    except ValidationError as error:
        raise Invalid("this is no IBAN: its check digits do not fit; copy it whole", "iban") from error
    try:
        bic = stdnum.bic.validate(bic) if bic else ""
    except ValidationError as error:
        raise Invalid("this is no BIC: it has 8 or 11 letters and digits; it may be left empty", "bic") from error
    return {"holder": holder, "iban": iban, "bic": bic}
