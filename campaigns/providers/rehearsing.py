"""What a provider may add so that staff can try an endpoint out before the first gift.

A rehearsal is a message that is genuine in all but its sender: signed with the endpoint's own secret, verified and
stored like any other, and about no money, so that it counts nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from campaigns.providers.contract import Endpoint, Provider


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A message to post to the endpoint's own URL."""

    headers: dict[str, str]
    body: bytes


class Rehearses(Protocol):
    """What a provider adds whose messages can be signed with what the endpoint holds."""

    def rehearse(self, endpoint: Endpoint, now: datetime) -> Rehearsal:
        """A message that is taken and moves nothing."""


def rehearses(provider: Provider) -> Rehearses | None:
    """`provider` as one whose endpoints can be tried out, or None."""
    return cast(Rehearses, provider) if hasattr(provider, "rehearse") else None
