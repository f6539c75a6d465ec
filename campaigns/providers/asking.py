"""What a provider with an API adds to its module, so that what no event carries can be asked for.

Asking is the only thing here that may use the network. What came back is stored first and read afterwards, by a
function of the stored bytes alone, so that an answer is evidence as good as an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, cast

from campaigns.providers.contract import Endpoint, Provider, Reading


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a provider's API: what was asked (no secret in it), and the bytes that came back."""

    request: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back. `trouble`: why it is not all that was asked for; what is there is certain all the same."""

    rows: tuple[Answer, ...]
    trouble: CannotLookUpNow | None = None


class CannotLookUpNow(Exception):
    """The API did not answer, or not yet: ask again, not before `after` where it says so. The message is for staff."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class LookUpRefused(CannotLookUpNow):
    """The key is missing, wrong, or may not read this: nothing will be answered until staff give another."""


class TokenEnded(LookUpRefused):
    """The key was good for a time that is over; where the provider can `renew` it, that is done."""


class NothingThere(Exception):
    """The API knows no such thing, whenever it is asked. The message is for staff."""


class LooksUp(Protocol):
    """What a provider with an API to ask adds to its module. Asking is all that may use the network."""

    def key_lacking(self, endpoint: Endpoint) -> str | None:
        """The setting without which nothing can be asked ("api_key"), or None."""

    def subject_of(self, ref: str) -> str | None:
        """What to ask for all the parts of the payment `ref`, or None where it cannot be asked for."""

    def look_up(self, endpoint: Endpoint, subject: str) -> Answers:
        """Asks for `subject`. Raises CannotLookUpNow, LookUpRefused or NothingThere, and nothing else."""

    def read_answer(self, body: bytes, endpoint: Endpoint, at: datetime) -> Reading:
        """What a stored answer, received `at`, says; by its arguments alone. Raises Unreadable and nothing else."""


class Renews(Protocol):
    """What a provider adds whose keys end by themselves and are exchanged for others."""

    def renew(self, endpoint: Endpoint) -> Mapping[str, str]:
        """Secret settings by name, to be stored at once: the former ones are used up. Raises CannotLookUpNow only."""


def renews(provider: Provider) -> Renews | None:
    """`provider` as one whose keys can be renewed, or None."""
    return cast(Renews, provider) if hasattr(provider, "renew") else None


class BeginsWithBalance(Protocol):
    """What a provider adds that tells levels: where they stand when counting begins must be asked for."""

    def first_subject(self, endpoint: Endpoint) -> str | None:
        """What to ask for once, or None where all counts."""


def begins_with_balance(provider: Provider) -> BeginsWithBalance | None:
    """`provider` as one that must be asked at the beginning, or None."""
    return cast(BeginsWithBalance, provider) if hasattr(provider, "first_subject") else None


def looks_up(provider: Provider) -> LooksUp | None:
    """`provider` as one that can be asked, or None where it has no API to ask."""
    return cast(LooksUp, provider) if hasattr(provider, "look_up") else None
