"""Adding up the entries of one donation: what each kind adds to, in which currency, and where it stands."""

from __future__ import annotations

from campaigns.ledger.models import LedgerEntry
from campaigns.ledger.tally import refunds, tally


def entry(kind: str, amount_minor: int, currency: str = "USD", *, key: str = "", home: tuple[int, int] | None = None):
    campaign_id, period_id = home or (None, None)
    return LedgerEntry(
        kind=kind, key=key, amount_minor=amount_minor, currency=currency, campaign_id=campaign_id, period_id=period_id
    )


def test_without_entries_there_is_nothing_and_no_currency():
    made = tally([])
    assert (made.amount_minor, made.net_minor, made.fee_minor, made.matched_minor) == (None, 0, 0, 0)
    assert (made.currency, made.home, made.other_currencies) == (None, None, frozenset())


def test_each_kind_adds_to_its_own_sum():
    made = tally(
        [
            entry("donation", 5_000),
            entry("refund", -1_000),
            entry("refund_failed", 1_000),
            entry("dispute", -2_000),
            entry("dispute_reversal", 500),
            entry("adjustment", -70),
            entry("match", 300),
            entry("match", 200),
            entry("fee", -175),
            entry("fee", 25),
        ]
    )
    assert made.amount_minor == 5_000
    assert made.net_minor == 5_000 - 1_000 + 1_000 - 2_000 + 500 - 70
    assert made.fee_minor == 150
    assert made.matched_minor == 500


def test_the_payment_decides_the_currency_whatever_came_first():
    made = tally([entry("refund", -100, "EUR"), entry("fee", -9, "GBP"), entry("donation", 5_000, "USD")])
    assert (made.currency, made.amount_minor, made.net_minor) == ("USD", 5_000, 5_000)
    assert made.other_currencies == frozenset({"EUR"})


def test_a_fee_decides_no_currency_and_conflicts_with_none():
    made = tally([entry("fee", -9, "GBP"), entry("refund", -100, "EUR")])
    assert (made.currency, made.net_minor, made.fee_minor) == ("EUR", -100, 0)
    assert made.other_currencies == frozenset()
    assert tally([entry("fee", -9, "GBP")]).currency is None


def test_the_last_entry_says_where_it_stands():
    first, second = (1, 10), (2, 20)
    assert tally([entry("donation", 5_000, home=first)]).home == first
    assert tally([entry("donation", 5_000, home=first), entry("transfer", 5_000, home=second)]).home == second
    assert tally([entry("donation", 5_000, home=first), entry("transfer", -5_000)]).home is None


def test_what_counts_is_never_less_than_nothing_and_nothing_without_the_payment():
    assert tally([entry("donation", 500), entry("refund", -700)]).countable_minor == 0
    assert tally([entry("donation", 500), entry("refund", -200)]).countable_minor == 300
    assert tally([entry("refund_failed", 500)]).countable_minor == 0


def test_refunds_are_summed_apart_from_their_failures_and_from_all_else():
    made, failed = refunds(
        [
            entry("donation", 5_000),
            entry("refund", -700),
            entry("refund", -300),
            entry("refund_failed", 300),
            entry("dispute", -900),
            entry("fee", -50),
        ]
    )
    assert (made, failed) == (1_000, 300)
