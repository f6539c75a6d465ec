"""Keeping what is said around a payment: whose home it is, what it is linked to, who gave it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.db import insert_or_ignore
from campaigns.ledger import refs
from campaigns.ledger.models import Donation, HomeHint, PaymentDonor, PaymentLink
from campaigns.ledger.refs import RefName
from campaigns.ledger.statement import Statement
from campaigns.providers.contract import Donor, Hint, HintRank


def store(session: Session, statement: Statement, ids: Mapping[RefName, int]) -> set[int]:
    """Stores the hints, links and donor details of `statement`; the ids of the refs they are about."""
    said = statement.reading
    for link in said.links:
        row = {"child_id": ids[statement.name(link.child)], "parent_id": ids[statement.name(link.parent)]}
        if row["child_id"] != row["parent_id"]:
            insert_or_ignore(session, PaymentLink, [row])
    for hint in said.hints:
        _store_hint(session, ids[statement.name(hint.ref)], hint, statement)
    for donor in said.donors:
        _store_donor(session, ids[statement.name(donor.ref)], donor)
    about = {*(h.ref for h in said.hints), *(d.ref for d in said.donors), *(link.child for link in said.links)}
    return {ids[statement.name(ref)] for ref in about}


def describe_donor(session: Session, donation: Donation) -> None:
    """Fills what is still empty of the donation's donor: from its own object first, then from those it is linked to."""
    reachable = refs.upward(session, donation.ref_id)
    told = list(session.scalars(select(PaymentDonor).where(PaymentDonor.ref_id.in_(reachable))))
    for donor in sorted(told, key=lambda d: (d.ref_id != donation.ref_id, d.ref_id)):
        donation.donor_name = donation.donor_name or donor.name
        donation.donor_email = donation.donor_email or donor.email
        donation.donor_message = donation.donor_message or donor.message
        donation.show_name = donation.show_name or donor.show_name


def _store_hint(session: Session, ref_id: int, hint: Hint, statement: Statement) -> None:
    """Once for each rank and name, at the latest instant it was said: the same in every order.

    A default is kept as it was when the payment was first heard of: staff who change it speak of what arrives from
    then on, and a late refund must not carry old money into another campaign.
    """
    if hint.rank == HintRank.DEFAULT:
        had = select(HomeHint.id).where(HomeHint.ref_id == ref_id, HomeHint.rank == int(HintRank.DEFAULT))
        if session.scalars(had.limit(1)).first() is not None:
            return
    row = {
        "ref_id": ref_id,
        "rank": int(hint.rank),
        "campaign_slug": hint.campaign,
        "stated_at": hint.stated_at,
        "evidence_kind": statement.evidence.kind,
        "evidence_id": statement.evidence.id,
    }
    if insert_or_ignore(session, HomeHint, [row]):
        return
    same = (HomeHint.ref_id == ref_id, HomeHint.rank == int(hint.rank), HomeHint.campaign_slug == hint.campaign)
    session.execute(
        update(HomeHint)
        .where(*same, HomeHint.stated_at < hint.stated_at)
        .values(
            stated_at=hint.stated_at,
            evidence_kind=statement.evidence.kind,
            evidence_id=statement.evidence.id,
        )
    )


def _store_donor(session: Session, ref_id: int, donor: Donor) -> None:
    row = {"ref_id": ref_id, "name": donor.name, "email": donor.email, "message": donor.message}
    if insert_or_ignore(session, PaymentDonor, [{**row, "show_name": donor.show_name}]):
        return
    known = session.get_one(PaymentDonor, ref_id, populate_existing=True)
    known.name = known.name or donor.name
    known.email = known.email or donor.email
    known.message = known.message or donor.message
    known.show_name = known.show_name or donor.show_name
