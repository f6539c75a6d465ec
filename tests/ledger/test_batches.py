"""Posting several statements at once is the same as posting each; what moves points at who spoke of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from campaigns.crypto import sha256_hex
from campaigns.ledger import posting
from campaigns.ledger.models import Attention, Donation, LedgerEntry, PaymentDonor, PaymentRef
from campaigns.ledger.statement import Evidence, Statement
from campaigns.providers.contract import Donor, Hint, HintRank, Movement, Pending, Reading
from tests.bed.desk import CREATED, Desk

AT = datetime.fromtimestamp(CREATED, UTC)


def evidence(number: int) -> Evidence:
    return Evidence("event", number, sha256_hex(str(number).encode()))


def says(number: int, *said: Any, provider: str = "stripe", scope: str = "") -> Statement:
    return Statement(provider, scope, Reading.of(said), evidence(number))


def gave(ref: str, amount_minor: int) -> Movement:
    return Movement(ref, ref, "donation", amount_minor, "USD", AT)


def back(ref: str, key: str, amount_minor: int) -> Movement:
    return Movement(ref, key, "refund", -amount_minor, "USD", AT)


def names(ref: str, campaign: str = "newsroom", rank: HintRank = HintRank.MONEY) -> Hint:
    return Hint(ref, rank, campaign, AT)


def post(desk: Desk, *statements: Statement) -> posting.Outcome:
    with desk.database.writing() as session:
        return posting.post(session, statements, now=desk.now, secret_key=desk.settings.secret_key)


def entries(desk: Desk, ref: str, provider: str = "stripe") -> list[LedgerEntry]:
    with desk.database.reading() as session:
        wanted = select(LedgerEntry).join(Donation, Donation.id == LedgerEntry.donation_id).join(Donation.ref)
        named = wanted.where(PaymentRef.ref == ref, PaymentRef.provider == provider)
        return list(session.scalars(named.order_by(LedgerEntry.id)))


def test_payments_of_two_services_are_posted_in_one_batch_and_again(desk):
    batch = (says(1, gave("ch_1", 900), names("ch_1")), says(2, gave("pay_1", 50), names("pay_1"), provider="sandbox"))
    assert post(desk, *batch).entry_count == 2
    assert desk.raised() == 950
    outcome = post(desk, *batch, says(3, back("ch_1", "re_1", 100)))
    assert (outcome.entry_count, len(outcome.donation_ids)) == (1, 2)
    assert desk.raised() == 850
    assert [entry.key for entry in entries(desk, "ch_1")] == ["ch_1", "re_1"]
    assert [entry.key for entry in entries(desk, "pay_1", "sandbox")] == ["pay_1"]


def test_the_same_id_of_two_services_or_two_accounts_names_two_payments(desk):
    post(desk, says(1, gave("x_1", 900), names("x_1")), says(2, gave("x_1", 50), names("x_1"), provider="sandbox"))
    post(desk, says(3, gave("x_1", 7), names("x_1"), provider="sandbox", scope="other"))
    assert desk.raised() == 957


def test_a_payment_that_two_statements_of_a_batch_tell_is_entered_once(desk):
    assert post(desk, says(1, gave("ch_1", 900)), says(2, gave("ch_1", 900), names("ch_1"))).entry_count == 1
    assert [entry.evidence_id for entry in entries(desk, "ch_1")] == [1]
    assert desk.raised() == 900


def test_a_move_points_at_the_statement_of_the_batch_that_speaks_of_the_payment(desk):
    post(desk, says(1, gave("ch_1", 900)))
    post(desk, says(2, gave("ch_2", 50), names("ch_2")), says(3, names("ch_1")), says(4, names("ch_1")))
    moved = [entry for entry in entries(desk, "ch_1") if entry.kind == "transfer"]
    assert [(one.evidence_id, one.evidence_sha256) for one in moved] == [(3, evidence(3).sha256)] * 2
    assert [one.amount_minor for one in moved] == [-900, 900]


def test_a_promise_of_nothing_dates_nothing(desk):
    post(desk, says(1, Pending("ch_1", 0, "USD", AT, over=True), names("ch_1")))
    (donation,) = _donations(desk)
    assert (donation.occurred_at, donation.currency, donation.pending_over) == (None, "USD", True)
    assert (donation.campaign_id, donation.unassigned_reason) == (None, "no_payment")


def _donations(desk: Desk) -> list[Donation]:
    with desk.database.reading() as session:
        return list(session.scalars(select(Donation)))


def test_a_move_is_a_pair_of_entries_of_our_own_numbered_for_each_move(desk):
    desk.campaign("roof")
    post(desk, says(1, gave("ch_1", 900)))
    post(desk, says(2, names("ch_1", rank=HintRank.CHECKOUT)))
    post(desk, says(3, names("ch_1", "roof")))
    key = desk.donation("ch_1").key
    moved = [entry for entry in entries(desk, "ch_1") if entry.kind == "transfer"]
    assert {(one.provider, one.scope, one.currency) for one in moved} == {("tidemark", "", "USD")}
    assert [(one.key, one.amount_minor, one.campaign_id, one.occurred_at, one.posted_at) for one in moved] == [
        (f"transfer:{key}:1:out", -900, None, desk.now, desk.now),
        (f"transfer:{key}:1:in", 900, 1, desk.now, desk.now),
        (f"transfer:{key}:2:out", -900, 1, desk.now, desk.now),
        (f"transfer:{key}:2:in", 900, 2, desk.now, desk.now),
    ]
    assert desk.donation("ch_1").transfer_count == 2
    assert [total.raised_minor for total in desk.totals("newsroom")] == [0]
    assert [(total.period_id, total.raised_minor) for total in desk.totals("roof")] == [(moved[-1].period_id, 900)]
    assert moved[0].period_id is None


def test_a_payment_told_with_other_money_is_shown_to_a_person_beside_its_donation(desk):
    post(desk, says(1, gave("ch_1", 900), names("ch_1")))
    post(desk, says(2, gave("ch_1", 800)))
    with desk.database.reading() as session:
        (row,) = session.scalars(select(Attention)).all()
    assert (row.kind, row.subject, row.donation_id) == (
        "entry_conflict",
        "stripe:ch_1:800:USD",
        desk.donation("ch_1").id,
    )
    assert row.detail == "ch_1 stands in the ledger as donation of $9; now it is told as donation of $8"
    assert (row.created_at, row.resolved_at) == (desk.now, None)


def test_people_are_counted_once_each_however_many_move_at_once(desk):
    people = [Donor(f"ch_{n}", None, f"{n}@example.org", None, show_name=False) for n in range(6)]
    gifts = [(gave(f"ch_{n}", 100), names(f"ch_{n}"), people[n]) for n in range(6)]
    post(desk, *(says(n + 1, *said) for n, said in enumerate(gifts[:3])))
    assert desk.totals()[0].donor_count == 3
    less = [back(f"ch_{n}", f"re_{n}", 40) for n in range(3)]
    post(desk, says(7, *less), *(says(n + 8, *said) for n, said in enumerate(gifts[3:])))
    (total,) = desk.totals()
    assert (total.donor_count, total.donation_count, total.raised_minor) == (6, 6, 480)
    gone = [back(f"ch_{n}", f"re_{n}:rest", 60) for n in range(3)]
    post(desk, says(12, *gone))
    (total,) = desk.totals()
    assert (total.donor_count, total.donation_count, total.raised_minor) == (3, 3, 300)


def test_what_is_told_of_a_donor_in_parts_adds_up_and_the_first_word_stays(desk):
    post(desk, says(1, Donor("ch_1", None, "ada@example.org", None, show_name=False)))
    post(desk, says(2, Donor("ch_1", "Ada", None, "Go on", show_name=True)))
    post(desk, says(3, Donor("ch_1", "Bob", "bob@example.org", "Stop", show_name=False), gave("ch_1", 900)))
    with desk.database.reading() as session:
        (kept,) = session.scalars(select(PaymentDonor)).all()
    assert (kept.name, kept.email, kept.message, kept.show_name) == ("Ada", "ada@example.org", "Go on", True)
    assert kept.typed_here is False
    donation = desk.donation("ch_1")
    told = (donation.donor_name, donation.donor_email, donation.donor_message, donation.show_name)
    assert told == ("Ada", "ada@example.org", "Go on", True)


def test_what_two_statements_of_a_batch_tell_of_a_donor_adds_up_too(desk):
    by_name = Donor("ch_1", "Ada", None, None, show_name=False)
    by_word = Donor("ch_1", None, None, "Go on", show_name=True, typed_here=True)
    post(desk, says(1, gave("ch_1", 900), by_name), says(2, by_word))
    donation = desk.donation("ch_1")
    assert (donation.donor_name, donation.donor_message, donation.show_name) == ("Ada", "Go on", True)
    assert donation.intent_ref_id == donation.ref_id
