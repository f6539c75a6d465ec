"""From an intent to money: charges succeed at once, later or never, are held, captured, let go, or bounce."""

from __future__ import annotations

from typing import Any

from tests.fakes.stripe import shapes
from tests.fakes.stripe.shapes import Capture
from tests.fakes.stripe.state import Json, Method, State, StripeError

CONVERSION = (9, 10)  # units of the settlement currency for one of any other
FEE_PER_MILLE, FEE_FIXED = 29, 30
DISPUTE_FEE = 1500


class Charging(State):
    """What happens to single payments."""

    def pay(
        self,
        *,
        amount: int,
        currency: str = "usd",
        campaign: str | None = None,
        method: Method = "card",
        capture: Capture = "automatic",
        email: str | None = "ada@example.org",
        name: str | None = "Ada Reader",
        presentment: tuple[int, str] | None = None,
    ) -> str:
        """A payment by an intent alone, without a session. Returns its charge."""
        metadata = {"campaign": campaign} if campaign is not None else {}
        intent = self.create_intent(amount=amount, currency=currency, metadata=metadata, capture=capture)
        return self.confirm_intent(intent["id"], method=method, name=name, email=email, presentment=presentment)

    def create_intent(
        self, *, amount: int, currency: str, metadata: Json, capture: str = "automatic", **about: Any
    ) -> Json:
        """An intent that waits for a way to pay."""
        if amount <= 0:
            raise StripeError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
        intent = shapes.intent(
            self.new_id("pi"),
            amount=amount,
            currency=currency.lower(),
            now=self.now,
            livemode=self.livemode,
            metadata=metadata,
            capture=capture,
            **about,
        )
        self.keep(intent)
        self.note_label(intent)
        self.emit("payment_intent.created", intent)
        return intent

    def confirm_intent(
        self,
        intent_id: str,
        *,
        method: Method = "card",
        name: str | None = None,
        email: str | None = None,
        presentment: tuple[int, str] | None = None,
    ) -> str:
        """The donor pays: the charge succeeds, is held for capture, or is pending. Returns its id."""
        intent, charge = self._attempt(intent_id, method, name, email, presentment)
        if method == "debit":
            intent |= {"status": "processing"}
            self.note("pending", charge, amount=charge["amount"], thing=intent_id)
            self.emit("payment_intent.processing", intent)
            self.emit("charge.pending", charge)
        elif intent["capture_method"] == "manual":
            intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
            self.note("authorised", charge, amount=charge["amount"], thing=intent_id)
            self.emit("charge.succeeded", charge)
            self.emit("payment_intent.amount_capturable_updated", intent)
        else:
            self._succeeded("charge.succeeded", charge)
        return str(charge["id"])

    def decline_intent(
        self, intent_id: str, *, method: Method = "card", name: str | None = None, email: str | None = None
    ) -> str:
        """The donor's bank says no at once. The intent can be tried again. Returns the failed charge's id."""
        intent, charge = self._attempt(intent_id, method, name, email, None)
        self._failed(intent, charge, "card_declined")
        return str(charge["id"])

    def settle(self, charge_id: str) -> None:
        """A delayed charge succeeds."""
        charge = self._pending(charge_id)
        charge |= {"status": "succeeded", "paid": True}
        self._succeeded("charge.succeeded", charge)

    def fail(self, charge_id: str) -> None:
        """A delayed charge fails."""
        charge = self._pending(charge_id)
        self._failed(self.get(charge["payment_intent"]), charge, "insufficient_funds")

    def bounce(self, charge_id: str) -> str:
        """A debit that had succeeded comes back. Returns the balance transaction that took the money.

        That the charge then reads as failed, beside its `failure_balance_transaction`, was not confirmed with a real
        account.
        """
        charge = self.get(charge_id, "charge")
        if (
            charge["status"] != "succeeded"
            or not charge["captured"]
            or charge["payment_method_details"]["type"] == "card"
        ):
            raise StripeError("Only a debit that has succeeded can come back", code="charge_not_reversible")
        taken = charge["amount_captured"]
        kind = "payment_failure_refund"
        txn = self.move(kind, kind, charge_id, amount=-taken, currency=charge["currency"])
        charge["failure_balance_transaction"] = txn["id"]
        self.note("bounced", charge, amount=taken, thing=txn["id"])
        self._tell_failure(self.get(charge["payment_intent"]), charge, "debit_not_authorized")
        return str(txn["id"])

    def capture(self, charge_id: str, amount: int | None = None) -> None:
        """Takes an authorised amount, or part of it; the rest is let go without a refund."""
        charge = self._held(charge_id)
        intent = self.get(charge["payment_intent"])
        taken = charge["amount"] if amount is None else amount
        if not 0 < taken <= charge["amount"]:
            raise StripeError(
                f"The amount to capture ({taken}) is not within the authorised {charge['amount']}",
                code="amount_too_large",
                param="amount_to_capture",
            )
        charge |= {"captured": True, "amount_captured": taken}
        intent["amount_capturable"] = 0
        self._succeeded("charge.captured", charge)

    def release(self, charge_id: str, reason: str | None = "automatic") -> None:
        """An authorisation expires, or is cancelled."""
        charge = self._held(charge_id)
        intent = self.get(charge["payment_intent"])
        intent |= {"status": "canceled", "amount_capturable": 0, "canceled_at": self.now}
        intent["cancellation_reason"] = reason
        self._released.add(charge_id)
        self.note("released", charge, amount=charge["amount"], thing=intent["id"])
        self.emit("charge.expired", charge)
        self.emit("payment_intent.canceled", intent)

    def cancel_intent(self, intent_id: str, reason: str | None = None) -> None:
        """Gives up an intent that nobody paid, or lets go of what it holds."""
        intent = self.get(intent_id, "payment_intent")
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise StripeError(
                f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
                code="payment_intent_unexpected_state",
            )
        if intent["status"] == "requires_capture":
            self.release(intent["latest_charge"], reason)
        else:
            intent |= {"status": "canceled", "canceled_at": self.now, "cancellation_reason": reason}
            self.emit("payment_intent.canceled", intent)

    def set_balance_transaction(self, charge_id: str) -> str:
        """The fee of a captured charge becomes known. Once; asked again it only tells the transaction's id."""
        charge = self.get(charge_id, "charge")
        if charge["balance_transaction"] is None:
            if charge["status"] != "succeeded" or not charge["captured"]:
                raise StripeError("The charge has moved no money yet", code="charge_not_captured")
            kind = "charge" if charge["payment_method_details"]["type"] == "card" else "payment"
            txn = self.move(
                kind, "charge", charge_id, amount=charge["amount_captured"], currency=charge["currency"], fee=True
            )
            charge["balance_transaction"] = txn["id"]
            self._without_fee.pop(charge_id, None)
            self.emit("charge.updated", charge, {"balance_transaction": None})
        return str(charge["balance_transaction"])

    def move(
        self, kind: str, category: str, source: str, *, amount: int, currency: str, fee: bool | int = False
    ) -> Json:
        """Keeps a balance transaction, converted where the account settles in another currency."""
        settled, rate = amount, None
        if self.settlement_currency not in (None, currency):
            above, below = CONVERSION
            converted = max(1, abs(amount) * above // below)  # no movement is rounded to nothing
            settled, rate = converted * (1 if amount > 0 else -1), above / below
        cost = fee if fee is not True else abs(settled) * FEE_PER_MILLE // 1000 + FEE_FIXED
        return self.keep(
            shapes.transaction(
                self.new_id("txn"),
                kind,
                category,
                source,
                now=self.now,
                currency=self.settlement_currency or currency,
                amount=settled,
                fee=int(cost),
                exchange_rate=rate,
            )
        )

    def _attempt(
        self, intent_id: str, method: Method, name: str | None, email: str | None, seen: tuple[int, str] | None
    ) -> tuple[Json, Json]:
        intent = self.get(intent_id, "payment_intent")
        if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
            raise StripeError(
                f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}.",
                code="payment_intent_unexpected_state",
            )
        intent |= {"payment_method": self.new_id("pm")} | shapes.presentment(seen)
        charge = shapes.charge(
            self.new_id("ch" if method == "card" else "py"), intent, now=self.now, method=method, name=name, email=email
        )
        self.keep(charge | shapes.presentment(seen))
        charge = self.objects[charge["id"]]
        intent["latest_charge"] = charge["id"]
        self.note_label(charge)
        return intent, charge

    def _succeeded(self, kind: str, charge: Json) -> None:
        intent = self.get(charge["payment_intent"])
        intent |= {"status": "succeeded", "amount_received": charge["amount_captured"]}
        self._without_fee[charge["id"]] = None
        self.note("captured", charge, amount=charge["amount_captured"], thing=intent["id"])
        self.emit(kind, charge)
        self.emit("payment_intent.succeeded", intent)
        self.intent_paid(intent)

    def _failed(self, intent: Json, charge: Json, code: str) -> None:
        self.note("failed", charge, amount=charge["amount"], thing=intent["id"])
        charge |= {"captured": False, "amount_captured": 0}
        self._tell_failure(intent, charge, code)
        self.intent_failed(intent)

    def _tell_failure(self, intent: Json, charge: Json, code: str) -> None:
        said = {"failure_code": code, "failure_message": "The payment did not go through."}
        charge |= {"status": "failed", "paid": False} | said
        intent |= {"status": "requires_payment_method", "payment_method": None, "amount_received": 0}
        kind = "card_error" if code == "card_declined" else "invalid_request_error"
        intent["last_payment_error"] = {"charge": charge["id"], "code": code, "message": said["failure_message"]}
        intent["last_payment_error"]["type"] = kind
        self.emit("charge.failed", charge)
        self.emit("payment_intent.payment_failed", intent)

    def intent_paid(self, intent: Json) -> None:
        """What else an intent's success settles: its invoice, its session."""

    def intent_failed(self, intent: Json) -> None:
        """What else an intent's failure fails."""

    def _pending(self, charge_id: str) -> Json:
        charge = self.get(charge_id, "charge")
        if charge["status"] != "pending":
            raise StripeError(f"Charge {charge_id} is not pending", code="charge_not_pending")
        return charge

    def _held(self, charge_id: str) -> Json:
        charge = self.get(charge_id, "charge")
        if charge["captured"] or charge["status"] != "succeeded" or charge_id in self._released:
            raise StripeError(f"Charge {charge_id} is not held for capture", code="charge_already_captured")
        return charge
