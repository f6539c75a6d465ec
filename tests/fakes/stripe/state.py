"""What the fake's deeds stand on: ids, the clock, the journal, the events and the present objects."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

NEWEST = "2026-10-28.endive"

Json = dict[str, Any]
Method = Literal["card", "debit"]
T = TypeVar("T")


class StripeError(Exception):
    """A refusal as Stripe words it; the HTTP layer turns it into an error body."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 400,
        kind: str = "invalid_request_error",
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.type = kind
        self.param = param


@dataclass(frozen=True)
class Deed:
    """One thing the fake did, told without payloads."""

    kind: str
    at: int
    charge: str | None
    amount: int
    currency: str
    thing: str | None
    campaign: str | None


class Event(dict[str, Any]):
    """An Event in the newest shape, with what older shapes would have told beside it.

    `lore` is what Stripe left out of later versions and `in_version` puts back: a charge's invoice, its written-out
    refunds, an intent's charges. It is no part of the message.
    """

    lore: Json


def copied(value: T) -> T:
    """A deep copy of JSON, several times quicker than the general one."""
    return cast("T", _copied(value))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_copied(inner) for inner in value]
    return value


class State:
    """Stripe's memory. The deeds of `World` are the only writers."""

    def __init__(
        self,
        *,
        seed: int = 0,
        now: int = 1_795_000_000,
        livemode: bool = False,
        account: str = "acct_fake",
        connected: bool = False,
    ) -> None:
        self.now = now
        self.livemode = livemode
        self.account = account
        self.connected = connected  # events then name the account, as a platform's endpoints for Connect see them
        self.journal: list[Deed] = []
        self.events: list[Json] = []
        self.event_by_id: dict[str, Json] = {}
        self.objects: dict[str, Json] = {}
        self.idempotency_key: str | None = None  # of the request being answered, if one is
        self.leave_metadata_off_renewals = False
        self.settlement_currency: str | None = None
        self._random = random.Random(f"{account}/{seed}/{livemode}")
        self._session_of_intent: dict[str, str] = {}
        self._invoice_of_intent: dict[str, str] = {}
        self._intent_of_invoice: dict[str, str] = {}
        self._session_of_subscription: dict[str, str] = {}
        self._refunds_of: dict[str, list[str]] = {}
        self._disputes_of: dict[str, list[str]] = {}
        self._withdrawn: dict[str, int] = {}  # dispute → what of it is not reinstated
        self._plans: dict[str, Json] = {}  # open session → what will be made when the donor pays
        self._released: set[str] = set()
        self._method_of: dict[str, Method] = {}  # subscription → how it is paid
        self._payment_of_invoice: dict[str, str] = {}
        self._by_hand: set[str] = set()  # invoices marked as paid out of band
        self._without_fee: dict[str, None] = {}  # charges whose balance transaction is not known yet, in order

    # -- ids and objects -----------------------------------------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        """`prefix_…`, never used before and the same at every run with the same seed."""
        return f"{prefix}_{self._random.getrandbits(96):024x}"

    def get(self, object_id: str, *nouns: str) -> Json:
        """The present object; refuses what does not exist or is of another kind."""
        found = self.objects.get(object_id)
        if found is None or (nouns and found["object"] not in nouns):
            noun = nouns[0] if nouns else "object"
            raise StripeError(
                f"No such {noun}: '{object_id}'", code="resource_missing", status=404, param=noun.rsplit(".")[-1]
            )
        return found

    def keep(self, thing: Json) -> Json:
        """Remembers a new object."""
        self.objects[thing["id"]] = thing
        return thing

    # -- telling -------------------------------------------------------------------------------------------------------

    def emit(self, kind: str, thing: Json, previous: Json | None = None) -> Json:
        """Makes the Event that tells of `thing` as it is now."""
        data: Json = {"object": copied(thing)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = Event(
            id=self.new_id("evt"),
            object="event",
            api_version=NEWEST,
            context=None,
            created=self.now,
            data=data,
            livemode=self.livemode,
            pending_webhooks=1,
            request={"id": None, "idempotency_key": self.idempotency_key},
            type=kind,
        )
        if self.connected:
            event["account"] = self.account
        event.lore = self.lore_of(thing)
        self.events.append(event)
        self.event_by_id[event["id"]] = event
        return event

    def note(
        self,
        kind: str,
        charge: Json | None = None,
        *,
        amount: int = 0,
        currency: str = "",
        thing: str | None = None,
        campaign: str | None = None,
    ) -> None:
        """Writes a deed into the journal. Of a charge: its id, its currency and the campaign it names itself."""
        charge_id = None
        if charge is not None:
            charge_id, currency = charge["id"], charge["currency"]
            campaign = charge["metadata"].get("campaign")
        self.journal.append(Deed(kind, self.now, charge_id, amount, currency, thing, campaign))

    def note_label(self, thing: Json) -> None:
        """Writes down that `thing` names a campaign, if it does."""
        named = (thing.get("metadata") or {}).get("campaign")
        if named is not None:
            self.note("labelled", thing=thing["id"], campaign=named)

    # -- who belongs to whom -------------------------------------------------------------------------------------------

    def intent_of(self, charge_id: str) -> str | None:
        """The intent that the charge paid."""
        intent: str | None = self.get(charge_id, "charge")["payment_intent"]
        return intent

    def invoice_of(self, charge_id: str) -> str | None:
        """The invoice that the charge paid."""
        return self._invoice_of_intent.get(self.intent_of(charge_id) or "")

    def subscription_of(self, charge_id: str) -> str | None:
        """The subscription whose invoice the charge paid."""
        invoice = self.objects.get(self.invoice_of(charge_id) or "")
        return str(invoice["parent"]["subscription_details"]["subscription"]) if invoice else None

    def session_of(self, charge_id: str) -> str | None:
        """The Checkout Session that made the charge, or the subscription it belongs to."""
        session = self._session_of_intent.get(self.intent_of(charge_id) or "")
        return session or self._session_of_subscription.get(self.subscription_of(charge_id) or "")

    # Not in the objects: Stripe adds refunds and payments only where a request asks for them by `expand`.

    def refunds_of(self, charge_id: str) -> list[Json]:
        """A charge's refunds, newest first."""
        return [self.objects[refund] for refund in reversed(self._refunds_of.get(charge_id, []))]

    def disputes_of(self, charge_id: str) -> list[Json]:
        """A charge's disputes, oldest first."""
        return [self.objects[dispute] for dispute in self._disputes_of.get(charge_id, [])]

    def payments_of(self, invoice_id: str) -> list[Json]:
        """An invoice's payments."""
        payment = self._payment_of_invoice.get(invoice_id)
        return [self.objects[payment]] if payment else []

    def lore_of(self, thing: Json) -> Json:
        """What older versions told of `thing` and the newest does not."""
        if thing["object"] == "charge":
            return self._lore_of_charge(thing)
        if thing["object"] == "payment_intent":
            charge = self.objects.get(thing["latest_charge"] or "")
            charges = [copied(charge) | self._lore_of_charge(charge)] if charge else []
            return {"invoice": self._invoice_of_intent.get(thing["id"]), "charges": charges}
        if thing["object"] == "invoice":
            intent = self._intent_of_invoice.get(thing["id"])
            charge_id = self.objects[intent]["latest_charge"] if intent else None
            return {"payment_intent": intent, "charge": charge_id, "by_hand": thing["id"] in self._by_hand}
        return {}

    def _lore_of_charge(self, charge: Json) -> Json:
        refunds = [copied(refund) for refund in self.refunds_of(charge["id"])]
        return {"invoice": self._invoice_of_intent.get(charge["payment_intent"] or ""), "refunds": refunds}
