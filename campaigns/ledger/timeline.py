"""The life of one donation in plain steps, the oldest first: what happened, when, by which evidence, and what it was
worth afterwards. Made of the entries; only what is promised, which has no entry, is read from the evidence again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.ledger.models import Donation, HomeHint, LedgerEntry
from campaigns.ledger.tally import NET_KINDS
from campaigns.providers.contract import HintRank, Pending, Reading

# Why a donation was moved, by the rank of the hint that came with the evidence of the move.
MOVED_BECAUSE = {
    HintRank.STAFF: "Staff decided it.",
    HintRank.MONEY: "The payment itself names it.",
    HintRank.CHECKOUT: "The checkout, invoice or subscription it came from names it.",
    HintRank.RULE: "A routing rule of yours sends it there.",
    HintRank.DEFAULT: "It is the default of the endpoint.",
}
CAME_TO_LIGHT = "It became known what the payment came from."
CAMPAIGN_MADE = "The campaign that it names was made, or got this name."

Evidence = tuple[str, int]  # kind and id


@dataclass(frozen=True, slots=True)
class Telling:
    """A message or an answer that speaks of a donation; `reading` is None where it cannot be read (any more)."""

    kind: str
    id: int
    name: str
    status: str
    received_at: datetime
    occurred_at: datetime | None
    reading: Reading | None

    @property
    def evidence(self) -> Evidence:
        """How entries point at it."""
        return (self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. `kind` is that of an entry, or `promised`, `gone` (it will never arrive) or `moved`.

    `net_minor` is what the donation was worth after it; None where the step did not change that.
    """

    kind: str
    at: datetime
    told_at: datetime
    amount_minor: int
    currency: str
    evidence: Evidence
    key: str | None = None
    net_minor: int | None = None
    from_id: int | None = None
    to_id: int | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps, and the messages that changed nothing."""

    steps: list[Step]
    idle: list[Telling]


def timeline(
    donation: Donation,
    entries: Sequence[LedgerEntry],
    tellings: Sequence[Telling],
    hints: Iterable[HomeHint],
    slugs: Mapping[int, str],
    campaign_acts: frozenset[int],
) -> Timeline:
    """The life of `donation`. `slugs` are those of the campaigns it was in; `campaign_acts` the acts of staff among
    its evidence that were about a campaign, and not about it."""
    by_evidence = {telling.evidence: telling for telling in tellings}
    reasons = _Reasons(by_evidence, list(hints), slugs, campaign_acts)
    steps = [*_promises(donation, tellings), *_of_entries(entries, reasons)]
    steps.sort(key=lambda step: step.at)  # stable: what happened at once stays in the order it was written
    used = {step.evidence for step in steps}
    idle = [telling for telling in tellings if telling.evidence not in used and telling.kind == "event"]
    return Timeline(_with_net(steps, donation.currency), idle)


@dataclass(frozen=True, slots=True)
class _Reasons:
    by_evidence: Mapping[Evidence, Telling]
    hints: Sequence[HomeHint]
    slugs: Mapping[int, str]
    campaign_acts: frozenset[int]

    def why(self, entry: LedgerEntry) -> str | None:
        """Why the donation came to where `entry` stands."""
        if entry.evidence_kind == "staff":
            return CAMPAIGN_MADE if entry.evidence_id in self.campaign_acts else MOVED_BECAUSE[HintRank.STAFF]
        evidence = (entry.evidence_kind, entry.evidence_id)
        slug = self.slugs.get(entry.campaign_id or 0)
        ranks = [h.rank for h in self.hints if (h.evidence_kind, h.evidence_id) == evidence and h.campaign_slug == slug]
        telling = self.by_evidence.get(evidence)
        reading = telling.reading if telling else None
        if reading is not None:
            ranks += [int(hint.rank) for hint in reading.hints if hint.campaign == slug]
        if ranks:
            return MOVED_BECAUSE[HintRank(min(ranks))]
        return CAME_TO_LIGHT if reading is not None and reading.links else None


def _promises(donation: Donation, tellings: Sequence[Telling]) -> Iterable[Step]:
    """Money that was announced, each time it was more than before, and its end where it never came."""
    promised, over = 0, False
    for telling in tellings:
        for pending in telling.reading.pendings if telling.reading else ():
            if pending.ref != donation.ref.ref:
                continue
            if pending.amount_minor > promised:
                promised = pending.amount_minor
                yield _promise("promised", pending, pending.occurred_at, telling)
            if pending.over and not over:
                over = True
                yield _promise("gone", pending, telling.occurred_at or telling.received_at, telling)


def _promise(kind: str, pending: Pending, at: datetime, telling: Telling) -> Step:
    return Step(kind, at, telling.received_at, pending.amount_minor, pending.currency, telling.evidence)


def _of_entries(entries: Sequence[LedgerEntry], reasons: _Reasons) -> Iterable[Step]:
    """A step for each entry; the two of a transfer are one. The first says into which campaign it came."""
    left: LedgerEntry | None = None
    for place, entry in enumerate(entries):
        if entry.kind == "transfer" and left is None:
            left = entry
            continue
        is_first = place == 0 and entry.kind == "donation"
        yield Step(
            kind="moved" if entry.kind == "transfer" else entry.kind,
            at=entry.occurred_at,
            told_at=entry.posted_at,
            amount_minor=entry.amount_minor,
            currency=entry.currency,
            evidence=(entry.evidence_kind, entry.evidence_id),
            key=entry.key if entry.kind != "transfer" else None,
            from_id=left.campaign_id if left else None,
            to_id=entry.campaign_id,
            why=reasons.why(entry) if entry.kind == "transfer" or is_first else None,
        )
        left = None


def _with_net(steps: Iterable[Step], currency: str | None) -> list[Step]:
    told: list[Step] = []
    net = 0
    for step in steps:
        if step.kind in NET_KINDS and step.currency == currency:
            net += step.amount_minor
            told.append(replace(step, net_minor=net))
        else:
            told.append(step)
    return told
