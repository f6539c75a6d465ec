"""Announcing a gift before it is made: what the donor typed on our own page is there when the money comes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from campaigns.db import insert_or_ignore
from campaigns.ledger import refs
from campaigns.ledger.models import PaymentDonor
from campaigns.providers.contract import Donor


def announce(session: Session, *, provider: str, scope: str, donor: Donor) -> int:
    """Keeps who means to give under `donor.ref`, an intent of ours; the id of that ref. Moves nothing."""
    name = (provider, scope, donor.ref)
    ref_id = refs.lock(session, [name]).ids[name]
    row = {"ref_id": ref_id, "name": donor.name, "email": donor.email, "message": donor.message}
    insert_or_ignore(session, PaymentDonor, [row | {"show_name": donor.show_name, "typed_here": True}])
    return ref_id
