"""What a donor typed on our own page stands before what a payment service says, and a receipt is promised once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from campaigns.keys import new_key
from campaigns.ledger.announcing import announce
from campaigns.ledger.models import PaymentDonor, PaymentRef
from campaigns.outbox.models import OutboxMessage
from campaigns.providers.contract import Donor, intent_ref
from tests.bed.desk import CREATED, Desk
from tests.bed.stripe_events import Json, charge, dispute, event


def announced(desk: Desk, key: str, **over: Any) -> int:
    """Someone means to give; `over` is what was typed."""
    typed = {"name": "Ada Typed", "email": "ada@typed.example", "message": "Go on", "show_name": True, **over}
    with desk.database.writing() as session:
        return announce(session, provider="stripe", scope="", donor=Donor(intent_ref(key), **typed))


def paid(key: str, charge_id: str = "ch_1") -> Json:
    body = charge(charge_id, 900, created=CREATED, metadata={"campaign": "newsroom", "intent": key})
    return event("charge.succeeded", body, created=CREATED)


def receipts(desk: Desk) -> list[OutboxMessage]:
    with desk.database.reading() as session:
        return list(session.scalars(select(OutboxMessage).filter_by(type="receipt")))


def test_what_was_typed_here_goes_before_what_the_service_tells(desk):
    key = new_key()
    ref_id = announced(desk, key)
    desk.send(paid(key))
    made = desk.donation("ch_1")
    assert (made.donor_name, made.donor_email, made.donor_message) == ("Ada Typed", "ada@typed.example", "Go on")
    assert (made.show_name, made.intent_ref_id) == (True, ref_id)


def test_what_was_left_empty_here_is_taken_from_the_service(desk):
    key = new_key()
    announced(desk, key, name=None, email=None, message=None, show_name=False)
    desk.send(paid(key))
    made = desk.donation("ch_1")
    assert (made.donor_name, made.donor_email, made.show_name) == ("Ada Reader", "ada@example.org", False)


def test_who_was_announced_is_kept_as_typed_under_the_intent_of_its_service_and_moves_nothing(desk):
    key = new_key()
    ref_id = announced(desk, key)
    assert announced(desk, key, name="Somebody Else", email=None, message=None, show_name=False) == ref_id
    with desk.database.reading() as session:
        ref, person = session.get_one(PaymentRef, ref_id), session.get_one(PaymentDonor, ref_id)
    assert (ref.provider, ref.scope, ref.ref) == ("stripe", "", f"intent:{key}")
    assert (person.name, person.email, person.message) == ("Ada Typed", "ada@typed.example", "Go on")
    assert (person.show_name, person.typed_here) == (True, True)
    assert desk.totals() == []


def test_a_gift_of_our_page_has_a_receipt_promised_when_it_first_counts(desk):
    key = new_key()
    announced(desk, key)
    desk.send(paid(key))
    (promised,) = receipts(desk)
    donation = desk.donation("ch_1")
    assert (promised.key, promised.payload) == (f"receipt:{donation.key}", {"donation": donation.key})
    assert (promised.created_at, promised.due_at) == (desk.now, desk.now)


def test_money_that_comes_back_is_no_second_gift(desk):
    key = new_key()
    announced(desk, key)
    desk.send(paid(key))
    taken = dispute("dp_1", "ch_1", 900, "needs_response", {"txn_1": -900}, created=CREATED)
    desk.send(event("charge.dispute.created", taken, created=CREATED))
    assert desk.raised() == 0
    won = dispute("dp_1", "ch_1", 900, "won", {"txn_1": -900, "txn_2": 900}, created=CREATED)
    desk.send(event("charge.dispute.closed", won, created=CREATED))
    assert desk.raised() == 900
    assert len(receipts(desk)) == 1


def test_a_gift_of_another_page_has_none(desk):
    desk.send(paid("no intent of ours"))
    assert desk.raised() == 900
    assert desk.donation("ch_1").intent_ref_id is None
    assert receipts(desk) == []


def test_a_service_that_tells_more_of_a_donor_adds_to_what_it_told(desk):
    body = charge("ch_1", 900, created=CREATED, campaign="newsroom", email=None)
    desk.send(event("charge.succeeded", body, created=CREATED))
    assert desk.donation("ch_1").donor_email is None
    told = charge("ch_1", 900, created=CREATED, campaign="newsroom", email="ada@example.org")
    told["billing_details"]["name"] = "Another Name"
    desk.send(event("charge.updated", told, created=CREATED))
    made = desk.donation("ch_1")
    assert (made.donor_name, made.donor_email) == ("Ada Reader", "ada@example.org")
    with desk.database.reading() as session:
        (person,) = session.scalars(select(PaymentDonor)).all()
    assert (person.name, person.email, person.typed_here) == ("Ada Reader", "ada@example.org", False)
