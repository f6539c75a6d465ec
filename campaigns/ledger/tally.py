"""Pure sums over a donation's entries: the one definition of net, counted and home, used to post, check and rebuild."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.ledger.models import LedgerEntry

NET_KINDS = frozenset({"donation", "refund", "refund_failed", "dispute", "dispute_reversal", "adjustment"})


@dataclass(frozen=True, slots=True)
class Tally:
    """What a donation's entries add up to. Amounts in minor units of `currency`; `fee_minor` is what it cost."""

    currency: str | None
    amount_minor: int | None
    net_minor: int
    fee_minor: int
    matched_minor: int
    home: tuple[int, int] | None
    other_currencies: frozenset[str]

    @property
    def countable_minor(self) -> int:
        """What it adds to a campaign of its own currency: never below 0, and 0 without its `donation` entry."""
        return 0 if self.amount_minor is None else max(0, self.net_minor)


def tally(entries: Iterable[LedgerEntry]) -> Tally:
    """The tally of one donation's `entries`, given in the order they were posted.

    Its currency is that of its `donation` entry, else of its first that is no fee (fees come in the currency that the
    account is settled in); entries in another currency add nothing, and are told unless they are fees. Its home is that
    of its last entry, since a move posts a pair that ends in the new one.
    """
    listed = list(entries)
    root = next((e for e in listed if e.kind == "donation"), None)
    leading = root or next((e for e in listed if e.kind != "fee"), None)
    currency = leading.currency if leading else None
    own = [e for e in listed if e.currency == currency]
    last = listed[-1] if listed else None
    return Tally(
        currency=currency,
        amount_minor=root.amount_minor if root else None,
        net_minor=sum(e.amount_minor for e in own if e.kind in NET_KINDS),
        fee_minor=-sum(e.amount_minor for e in own if e.kind == "fee"),
        matched_minor=sum(e.amount_minor for e in own if e.kind == "match"),
        home=(last.campaign_id, last.period_id) if last and last.campaign_id and last.period_id else None,
        other_currencies=frozenset(e.currency for e in listed if e.currency != currency and e.kind != "fee"),
    )


def refunds(entries: Iterable[LedgerEntry]) -> tuple[int, int]:
    """(all refunds ever made, those of them that failed), both as positive minor units."""
    listed = list(entries)
    made = -sum(e.amount_minor for e in listed if e.kind == "refund")
    failed = sum(e.amount_minor for e in listed if e.kind == "refund_failed")
    return made, failed
