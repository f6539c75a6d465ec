"""What the forms that assign donations share: the campaign that was chosen, and the act that each move rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.errors import Invalid
from campaigns.ledger import home
from campaigns.ledger.models import Donation
from campaigns.ledger.statement import Evidence
from campaigns.web.auth import current_staff
from campaigns.web.session import session


def chosen_campaign(reading: Session, form: Mapping[str, str]) -> Campaign | None:
    """What the form says; None to set aside. Raises Invalid where nothing was chosen."""
    if "set_aside" in form:
        return None
    campaign = lifecycle.by_slug(reading, form.get("campaign", ""))
    if campaign is None:
        raise Invalid("choose a campaign first")
    return campaign


def acts_of(chosen: Sequence[Donation], slug: str) -> list[tuple[Donation, Evidence]]:
    """Each donation with an act of its own, which is the evidence of its move to `slug`."""
    action, staff_id = "set_aside" if slug == home.SET_ASIDE else "assign", current_staff().id
    found: list[tuple[Donation, Evidence]] = []
    for donation in chosen:
        act = audit.record(
            session(),
            staff_id=staff_id,
            action=action,
            thing="donation",
            thing_id=donation.id,
            donation=donation.key,
            to=slug,
        )
        found.append((donation, Evidence("staff", act.id, act.detail_sha256)))
    return found
