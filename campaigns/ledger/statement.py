"""What is handed to posting: the reading of one piece of evidence, and the evidence."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.ledger.refs import RefName
from campaigns.providers.contract import Reading


@dataclass(frozen=True, slots=True)
class Evidence:
    """What entries point at: the kind (`event`, `lookup`, `import`, `staff`) and id of the stored thing, and the
    SHA-256 of its bytes as received."""

    kind: str
    id: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What one piece of evidence says. `scope` is empty where the provider's ids are unique everywhere."""

    provider: str
    scope: str
    reading: Reading
    evidence: Evidence

    def name(self, ref: str) -> RefName:
        """The full name of one of its refs."""
        return (self.provider, self.scope, ref)

    def names(self) -> set[RefName]:
        """The full names of every ref it speaks of."""
        said = self.reading
        refs = {one.ref for one in said.movements} | {one.ref for one in said.pendings}
        refs |= {one.ref for one in said.hints} | {one.ref for one in said.donors} | {one.ref for one in said.refunded}
        refs |= {one.ref for one in said.settled} | {one.ref for one in said.traits} | {one.ref for one in said.levels}
        refs |= {link.child for link in said.links} | {link.parent for link in said.links}
        return {self.name(ref) for ref in refs}
