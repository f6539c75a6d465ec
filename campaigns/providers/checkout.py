"""What a provider adds to its module so that a gift can be paid on a page of its own, to which we send the donor.

Opening a checkout may use the network, and is repeated safely: the same order opens the same checkout. It moves no
money and counts for nothing; what comes of it is told by webhooks, like everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

from campaigns.providers.contract import Endpoint, Provider

FREQUENCIES = ("once", "monthly")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid. `intent` is our own key of it, which the provider must carry on everything that comes of it
    (as `metadata.intent`, beside `metadata.campaign`); `amount_minor` in ISO minor units, the cover included.

    `failure_count` is another one after each answer that was a failure, so that the question is a new one.
    `back_url` is where a donor who gives up lands, `thanks_url` one who has paid; both are ours.
    """

    intent: str
    campaign: str
    title: str
    amount_minor: int
    cover_minor: int
    currency: str
    frequency: str
    email: str | None
    language: str
    thanks_url: str
    back_url: str
    failure_count: int = 0


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where the donor pays. `ref` is the provider's own name for it."""

    ref: str
    url: str


@dataclass(frozen=True, slots=True)
class Fees:
    """What a payment costs, as far as it is known before: a part per ten thousand, and a fixed sum in minor units."""

    per_ten_thousand: int
    fixed_minor: int


class CannotOpenNow(Exception):
    """The provider did not answer, or is overloaded: the donor may try again. The message is for staff.

    `was_answered`: it did answer, with a failure that it would repeat to the same question.
    """

    def __init__(self, reason: str, *, was_answered: bool = False) -> None:
        super().__init__(reason)
        self.was_answered = was_answered


class OpeningRefused(Exception):
    """This order will never be opened as it is (an amount it does not take, a wrong key). The message is for staff."""


class OpensCheckout(Protocol):
    """What a provider with a checkout adds to its module."""

    WAY_TITLE: str  # what the button says: "Card or wallet" (a sentence of the source, translated like all others)

    def checkout_lacks(self, endpoint: Endpoint) -> str | None:
        """The setting without which no checkout can be opened ("api_key"), or None."""

    def checkout_origins(self, endpoint: Endpoint) -> tuple[str, ...]:
        """Where its checkouts are, as `https://pay.example`; nobody is led anywhere else. Empty: on our own pages."""

    def takes(self, currency: str) -> bool:
        """Whether anything can be paid in `currency` at all."""

    def frequencies(self, endpoint: Endpoint) -> tuple[str, ...]:
        """Of FREQUENCIES, those it can do."""

    def minimum_minor(self, currency: str) -> int:
        """The least that can be paid, in ISO minor units."""

    def fees(self, endpoint: Endpoint, currency: str) -> Fees | None:
        """What a gift will cost, where staff said it or the provider publishes it; None where nobody knows."""

    def open_checkout(self, endpoint: Endpoint, order: Order) -> Checkout:
        """Opens it, or finds the one that was opened for this order. Raises CannotOpenNow or OpeningRefused only."""

    def manage_url(self, endpoint: Endpoint, ref: str, back_url: str) -> str:
        """A short-lived address where the donor of the monthly checkout `ref` changes or ends it. Raises likewise."""


class FinishesCheckout(Protocol):
    """What a provider adds whose checkouts the donor only approves, so that it is for us to take the money."""

    def finish_checkout(self, endpoint: Endpoint, ref: str) -> None:
        """Takes what was approved, as often as it is called. Raises CannotOpenNow or OpeningRefused."""

    def checkout_subject(self, ref: str) -> str:
        """What to ask (`asking`) for what became of the checkout `ref`."""


def finishes_checkout(provider: Provider | None) -> FinishesCheckout | None:
    """`provider` as one whose checkouts are to be finished, or None."""
    return cast(FinishesCheckout, provider) if hasattr(provider, "finish_checkout") else None


def opens_checkout(provider: Provider | None) -> OpensCheckout | None:
    """`provider` as one that can open a checkout, or None."""
    return cast(OpensCheckout, provider) if hasattr(provider, "open_checkout") else None
