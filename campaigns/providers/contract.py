"""What every payment service must be able to do, and the plain values in which it says what happened.

A provider states *entries that must exist*, never changes: its Movements carry the keys of the provider's own
money objects, so that the union of all readings is the ledger whatever the order, the duplicates and the
twins. What it says is either true for ever (Movement, Link), the latest word (Pending, Hint, Donor), or only
a check (RefundedSoFar).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Literal, Protocol

OBJECT_ID_MAX = 200  # an id of the provider's; leaves room for a suffix such as ":failed" in a key of 255
TYPE_MAX = 128
NAME_MAX = 200
EMAIL_MAX = 254  # RFC 5321
MESSAGE_MAX = 2_000
CAMPAIGN_MAX = 200  # longer than any slug, so that a cut name can never become the name of another campaign
SECRET_BYTES_MIN = 16
SIGNED_TIME_TOLERANCE = timedelta(seconds=300)

Kind = Literal[
    "donation",
    "refund",
    "refund_failed",
    "dispute",
    "dispute_reversal",
    "transfer",
    "adjustment",
    "match",
    "fee",
]


class NotAuthentic(Exception):
    """Nothing shows that the provider sent this: 400, not stored. The message is for the log only."""


class Malformed(NotAuthentic):
    """Signed or not, no provider sends this: broken JSON, a bomb, no id to store it by. 400, not stored."""


class CannotVerifyNow(Exception):
    """It may be authentic, but what is needed to tell does not answer: 503, so that it is sent again."""


class Unreadable(Exception):
    """A stored event that no retry can mend; it waits for a person. The message says what is wrong where."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One `--setting NAME=…` of an endpoint; `choices` are all the values it takes, the first where it is not set.

    `lasting`: stored messages are read by it, so that it stays as it is once any of them has moved money.
    """

    name: str
    label: str
    secret: bool = False
    required: bool = False
    not_in_live: bool = False
    choices: tuple[str, ...] = ()
    lasting: bool = False


API_BASE = Setting("api_base", "Address of a stand-in for the provider's API", not_in_live=True)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a provider must know of a webhook endpoint; `secrets` are the signing secrets in force, opened."""

    name: str
    mode: str
    secrets: tuple[str, ...]
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Verified:
    """The envelope of an authentic message. `live` is None where the provider tells no test from live.

    `delivery` is the name of this one sending, where the provider gives it one: it belongs to one body only.
    """

    remote_id: str
    type: str
    live: bool | None
    occurred_at: datetime | None
    account: str | None
    delivery: str | None = None


class HintRank(IntEnum):
    """Who says which campaign a payment is for; the lower rank wins."""

    STAFF = 1
    MONEY = 2
    CHECKOUT = 3
    RULE = 4
    DEFAULT = 5


@dataclass(frozen=True, slots=True)
class Movement:
    """A ledger entry that must exist. `ref` is the payment it belongs to, `key` is its own name for ever.

    `amount_minor` is signed (refunds and disputes are negative) and in ISO 4217 minor units of `currency`.
    """

    ref: str
    key: str
    kind: Kind
    amount_minor: int
    currency: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """Promised money of `ref` that has not arrived; `over` says that it never will."""

    ref: str
    amount_minor: int
    currency: str
    occurred_at: datetime
    over: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """`campaign` is what was named, whether or not such a campaign exists."""

    ref: str
    rank: HintRank
    campaign: str
    stated_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """What is said of `parent` is said of `child` too: a charge's parent is its intent. Never a circle."""

    child: str
    parent: str


@dataclass(frozen=True, slots=True)
class Donor:
    """Who gave, as told on `ref`: the payment or something it is linked to. Any of it may be missing.

    `typed_here`: on our own donation page, by the donor, so that `ref` is an intent of ours; no provider says so.
    """

    ref: str
    name: str | None
    email: str | None
    message: str | None
    show_name: bool
    typed_here: bool = False


@dataclass(frozen=True, slots=True)
class RefundedSoFar:
    """A running total of refunds of `ref`, as it was `at`. Never booked; if the refunds made until then sum to less,
    some are missing.

    That they sum to more is no fault: the total leaves out what failed.
    """

    ref: str
    amount_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """Money has come of `ref` (an intent, an invoice): a payment of it must be in the ledger. Never booked itself."""

    ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something for a person to look at, once for each kind and subject. `kind` is one of the attention list's."""

    kind: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Needs:
    """Something known to be missing from what was read, in words for staff, and what to ask the provider for it."""

    reason: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is good to know of the payment `ref`, and what to ask the provider for it. Nothing waits for it.

    `home` is asked only while nothing better than a routing rule says where the payment belongs.
    """

    ref: str
    purpose: Literal["home", "fee"]
    subject: str


@dataclass(frozen=True, slots=True)
class Trait:
    """A fact about the payment `ref` that staff's routing rules may go by, such as `product` = `prod_1`."""

    ref: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Level:
    """All that somebody (`ref`) has given so far, where a service tells nothing else. Its differences are the money.

    A snapshot may be old, so what it says is only sure to have been so once: a rise is booked, a fall is not.
    `confirmed_at`: it was so at that instant, since the service itself was asked then. `charged_at` is when the last
    gift of it was paid. `base_minor` is what had been given before counting began, None where that is not known.
    `counts_from`: what was charged before is none of ours. `gifts`: the levels since then, each with when it was
    reached, for whom nothing was told of before.
    """

    ref: str
    amount_minor: int
    currency: str
    charged_at: datetime | None
    confirmed_at: datetime | None
    base_minor: int | None
    is_refunded: bool = False
    counts_from: datetime | None = None
    traits: tuple[tuple[str, str], ...] = ()
    gifts: tuple[tuple[int, datetime], ...] = ()


Statement = Movement | Pending | Hint | Link | Donor | RefundedSoFar | Settled | Notice | Needs | Wish | Trait | Level


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one event says. All of it may be posted at once, also beside `needs`.

    `ignored`: a reason why nothing in it concerns us. `needs`: what is known to be missing, so that the event waits
    for a look-up; what is stated beside it is certain, and stating it again changes nothing.
    """

    movements: tuple[Movement, ...] = ()
    pendings: tuple[Pending, ...] = ()
    hints: tuple[Hint, ...] = ()
    links: tuple[Link, ...] = ()
    donors: tuple[Donor, ...] = ()
    refunded: tuple[RefundedSoFar, ...] = ()
    settled: tuple[Settled, ...] = ()
    notices: tuple[Notice, ...] = ()
    needs: tuple[Needs, ...] = ()
    wishes: tuple[Wish, ...] = ()
    traits: tuple[Trait, ...] = ()
    levels: tuple[Level, ...] = ()
    ignored: str | None = None

    @classmethod
    def of(cls, statements: Iterable[Statement]) -> Reading:
        """The statements sorted by what they are, each once."""
        said = tuple(dict.fromkeys(statements))
        return cls(
            movements=tuple(one for one in said if isinstance(one, Movement)),
            pendings=tuple(one for one in said if isinstance(one, Pending)),
            hints=tuple(one for one in said if isinstance(one, Hint)),
            links=tuple(one for one in said if isinstance(one, Link)),
            donors=tuple(one for one in said if isinstance(one, Donor)),
            refunded=tuple(one for one in said if isinstance(one, RefundedSoFar)),
            settled=tuple(one for one in said if isinstance(one, Settled)),
            notices=tuple(one for one in said if isinstance(one, Notice)),
            needs=tuple(one for one in said if isinstance(one, Needs)),
            wishes=tuple(one for one in said if isinstance(one, Wish)),
            traits=tuple(one for one in said if isinstance(one, Trait)),
            levels=tuple(one for one in said if isinstance(one, Level)),
        )


def intent_ref(key: str) -> str:
    """The ref of a wish to give that was made on our own page; no provider's id holds a colon."""
    return f"intent:{key}"


class Provider(Protocol):
    """The shape of a module on the shelf. Its docstring is its set-up manual, shown in the console."""

    KIND: str
    TITLE: str
    SECRET_LABEL: str | None  # what it calls the secret it signs with; None where there is none to give
    SETTINGS: tuple[Setting, ...]
    CONTENT_TYPES: tuple[str, ...]
    MODES: tuple[str, ...]  # of an installation in which it exists
    SCOPE: Literal["", "endpoint"]  # a key is unique over all endpoints of this kind (""), or within one
    EVENTS: tuple[str, ...]  # the types to subscribe to, as the provider spells them
    SIGNS: Literal["body and time", "body", "nothing"]  # what its signature covers; "nothing": a password comes along

    def lacks(self, endpoint: Endpoint) -> str | None:
        """What the endpoint is missing to verify anything at all (its URL then answers 404), or None."""

    def verify(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
        """The envelope of an authentic message; header names come in lower case.

        Raises NotAuthentic (or Malformed), CannotVerifyNow, and nothing else, whatever a stranger sends.
        """

    def redact(self, body: bytes) -> bytes:
        """The body as it may be stored: without secrets that travel in it, and still readable by `read`."""

    def read(self, body: bytes, endpoint: Endpoint) -> Reading:
        """What a stored body says, by its arguments alone. Raises Unreadable and nothing else."""


def foreign(verified: Verified, endpoint: Endpoint) -> str | None:
    """Why an authentic event is not about this endpoint's money (another mode, another account), or None.

    The inbox asks before it processes, to show the endpoint as reached; `read` asks again, so that a replay
    by any other way cannot count it. Mode `demo` takes test events. An event that names no account is the
    endpoint's own.
    """
    if verified.live is not None and verified.live != (endpoint.mode == "live"):
        return f"mode {'live' if verified.live else 'test'}"
    if verified.account and verified.account != endpoint.settings.get("account"):
        return f"account {verified.account}"
    return None


def strong(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """The secrets that are printable and long enough; with a blank or toy secret anybody could sign."""
    printable = (secret for secret in secrets if secret.isprintable())
    return tuple(secret for secret in printable if len(secret.strip().encode()) >= SECRET_BYTES_MIN)


def timely(signed_at: int, now: datetime) -> bool:
    """Whether a signed Unix time lies within 300 seconds of `now`, on either side."""
    return abs(now.timestamp() - signed_at) <= SIGNED_TIME_TOLERANCE.total_seconds()
