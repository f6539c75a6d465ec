"""Lives of payments: what donors, banks and staff at Stripe do, each as a verb with two numbers.

Two integers pick everything (which payment, how much, how), so that a history is a plain list that can be printed,
shortened and played again, and hypothesis can draw it. A verb that does not apply does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from tests.fakes.stripe.shapes import Capture
from tests.fakes.stripe.state import Method
from tests.fakes.stripe.world import Label, StripeError, World

T = TypeVar("T")

AMOUNTS = (1, 99, 100, 819, 1_998, 5_000, 50_000, 0)
CAMPAIGNS = ("newsroom", "newsroom", "newsroom", "roof", "roof", None, None, "garden", "nowhere")
EMAILS = ("ada@example.org", " ADA@example.org", "grace@example.org", None)
CURRENCIES = ("usd", "usd", "usd", "eur")
LABELS: tuple[Label, ...] = ("both", "session", "intent", "none")
WAYS: tuple[tuple[Method, Capture], ...] = (
    ("card", "automatic"),
    ("card", "automatic"),
    ("debit", "automatic"),
    ("card", "manual"),  # only cards can be held
)
DAY = 86_400
TRIES_MAX = 8  # things that refuse a deed before it is given up


class Choices:
    """Draws choices out of one number."""

    def __init__(self, number: int) -> None:
        self._number = number

    def below(self, n: int) -> int:
        """0 to n-1."""
        self._number, drawn = divmod(self._number, n)
        return drawn

    def of(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[self.below(len(options))]

    def one_in(self, n: int) -> bool:
        """True once in n."""
        return self.below(n) == n - 1


class Lives:
    """A World with donors in it; `givers` remembers who paid what."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._emails: dict[str, str | None] = {}  # of a session, a subscription or a charge
        self._verbs: dict[str, Callable[[int, Choices], Any]] = {
            "open": self._open,
            "complete": self._complete,
            "decline": lambda n, _: self._on("checkout.session", n, world.decline_session),
            "expire": lambda n, _: self._on("checkout.session", n, world.expire_session),
            "pay": self._pay,
            "settle": lambda n, _: self._on("charge", n, world.settle),
            "fail": lambda n, _: self._on("charge", n, world.fail),
            "bounce": lambda n, _: self._on("charge", n, world.bounce),
            "capture": self._capture,
            "release": lambda n, _: self._on("charge", n, world.release),
            "fee": lambda n, _: self._on("charge", n, world.set_balance_transaction),
            "refund": self._refund,
            "settle_refund": lambda n, _: self._on("refund", n, world.settle_refund),
            "fail_refund": lambda n, _: self._on("refund", n, world.fail_refund),
            "cancel_refund": lambda n, _: self._on("refund", n, world.cancel_refund),
            "dispute": self._dispute,
            "escalate": lambda n, _: self._on("dispute", n, world.escalate),
            "close_inquiry": lambda n, _: self._on("dispute", n, world.close_inquiry),
            "win": lambda n, _: self._on("dispute", n, world.win),
            "lose": lambda n, _: self._on("dispute", n, world.lose),
            "reinstate": self._reinstate,
            "renew": lambda n, _: self._on("subscription", n, world.renew),
            "out_of_band": lambda n, _: self._on("subscription", n, world.pay_out_of_band),
            "unsubscribe": lambda n, _: self._on("subscription", n, world.cancel_subscription),
            "label": self._label,
            "advance": lambda _, choices: world.advance(choices.of((3_600, DAY, 9 * DAY, 31 * DAY))),
            "bare_renewals": lambda n, _: setattr(world, "leave_metadata_off_renewals", bool(n % 2)),
            "settle_abroad": lambda n, _: setattr(world, "settlement_currency", (None, "chf")[n % 2]),
        }

    @property
    def verbs(self) -> tuple[str, ...]:
        """Everything that may happen."""
        return tuple(self._verbs)

    def do(self, verb: str, n: int, more: int) -> bool:
        """Makes it happen a second later than the last; False where it does not apply."""
        self.world.advance(1)
        try:
            return self._verbs[verb](n, Choices(more)) is not False
        except StripeError:
            return False

    def end_unlinked(self) -> None:
        """Settles the delayed payments of subscriptions: until they are paid no event tells what they are for."""
        for charge in self._ids("charge"):
            if self.world.objects[charge]["status"] == "pending" and self.world.subscription_of(charge):
                self.world.advance(1)
                self.world.settle(charge)

    def givers(self) -> dict[str, str | None]:
        """Whose address each charge came with."""
        world = self.world
        return {
            charge: self._emails.get(charge) or self._emails.get(world.session_of(charge) or "")
            for charge in self._ids("charge")
        }

    def _open(self, _: int, choices: Choices) -> str:
        email = choices.of(EMAILS)
        subscribes, debit = choices.one_in(4), choices.one_in(4)
        session = self.world.create_session(
            amount=choices.of(AMOUNTS),
            campaign=choices.of(CAMPAIGNS),
            label=choices.of(LABELS),
            currency=choices.of(CURRENCIES),
            method="debit" if debit else "card",
            capture="manual" if choices.one_in(5) and not subscribes and not debit else "automatic",
            mode="subscription" if subscribes else "payment",
            trial_days=30 if choices.one_in(5) and subscribes else 0,
            presentment=(1_234, "gbp") if choices.one_in(6) else None,
            payment_link="plink_shop" if choices.one_in(6) else None,
            email=email,
            name=None if choices.one_in(5) else "Ada Reader",
        )
        self._emails[session] = email
        if choices.one_in(4):
            self.world.label(session, choices.of(CAMPAIGNS))  # what the money names is another thing
        if not choices.one_in(5):
            self.world.complete_session(session)
        return session

    def _complete(self, n: int, _: Choices) -> bool:
        return self._on("checkout.session", n, self.world.complete_session)

    def _pay(self, _: int, choices: Choices) -> str:
        email = choices.of(EMAILS)
        method, capture = choices.of(WAYS)
        charge = self.world.pay(
            amount=choices.of(AMOUNTS[:-1]),
            campaign=choices.of(CAMPAIGNS),
            currency=choices.of(CURRENCIES),
            method=method,
            capture=capture,
            email=email,
            name="Grace Reader",
        )
        self._emails[charge] = email
        return charge

    def _capture(self, n: int, choices: Choices) -> bool:
        def capture(charge: str) -> None:
            part = self._part(self.world.objects[charge]["amount"], choices)
            self.world.capture(charge, part)

        return self._on("charge", n, capture)

    def _refund(self, n: int, choices: Choices) -> bool:
        def refund(charge: str) -> None:
            thing = self.world.objects[charge]
            part = self._part(thing["amount_captured"] - thing["amount_refunded"], choices)
            self.world.refund(charge, part, status=choices.of(("succeeded", "succeeded", "pending", "requires_action")))

        return self._on("charge", n, refund)

    def _dispute(self, n: int, choices: Choices) -> bool:
        def dispute(charge: str) -> None:
            amount = self.world.objects[charge]["amount_captured"]
            asked = choices.of((None, None, max(1, amount // 2), amount + 7))
            how = choices.below(6)
            self.world.dispute(charge, asked, inquiry=how == 4, already_lost=how == 5)

        return self._on("charge", n, dispute)

    def _reinstate(self, n: int, choices: Choices) -> bool:
        def reinstate(dispute: str) -> None:
            whole = self.world.objects[dispute]["amount"]
            # Converted amounts only tell a sign, so part of a dispute cannot be told from the whole of it.
            part = None if self.world.settlement_currency else self._part(whole, choices)
            self.world.reinstate(dispute, part)

        return self._on("dispute", n, reinstate)

    def _label(self, n: int, choices: Choices) -> bool:
        """Stripe tells later labels of charges and subscriptions; those of a session only while it is open."""
        told = [*self._ids("charge"), *self._ids("subscription")]
        told += [one for one in self._ids("checkout.session") if self.world.objects[one]["status"] == "open"]
        if not told:
            return False
        self._until_still()
        self.world.label(told[n % len(told)], choices.of([one for one in CAMPAIGNS if one]))
        return True

    def _until_still(self) -> None:
        """Waits for a second in which nothing else is told: events count whole seconds, and two words in the same one
        have no order that anybody could know."""
        told = -1
        while told != len(self.world.events):
            told = len(self.world.events)
            self.world.advance(1)

    def _part(self, whole: int, choices: Choices) -> int | None:
        return choices.of((None, max(1, whole // 2), max(1, whole // 3), 1))

    def _ids(self, noun: str) -> list[str]:
        return [key for key, thing in self.world.objects.items() if thing["object"] == noun]

    def _on(self, noun: str, n: int, act: Callable[[str], Any]) -> bool:
        """`act` on the n-th newest thing of a kind, or else on the next older one that allows it."""
        found = self._ids(noun)[::-1]
        start = n % len(found) if found else 0
        for thing in [*found[start:], *found[:start]][:TRIES_MAX]:
            with suppress(StripeError):
                act(thing)
                return True
        return False


def strays(seed: int) -> list[dict[str, Any]]:
    """Genuine, signed, and none of ours: the other mode's events, and another account's."""
    told: list[dict[str, Any]] = []
    for world in (World(seed=seed, livemode=True), World(seed=seed, account="acct_other", connected=True)):
        charge = world.pay(amount=77_700, campaign="newsroom")
        world.refund(charge, 700)
        session = world.create_session(amount=8_800, campaign="roof")
        world.complete_session(session)
        told += world.events
    return told
