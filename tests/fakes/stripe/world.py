"""Stripe's state in memory, and all that can happen in it: deterministic by seed, without HTTP, threads or sockets.

Objects have the shape of API version 2026-10-28.endive, nothing expanded; every deed emits the events that Stripe
sends for it and is written into `journal`, the ground truth that tests compare with. Metadata travels as at Stripe: an
intent's is copied to its charge when that is made, a session's nowhere, a subscription's into its invoices (frozen when
they are finalised), and the charge of an invoice has none.
"""

from __future__ import annotations

from typing import Literal

from tests.fakes.stripe import shapes_checkout as shapes
from tests.fakes.stripe.messages import sign, thin, twin
from tests.fakes.stripe.shapes import Capture, presentment
from tests.fakes.stripe.state import Deed, Json, Method, StripeError
from tests.fakes.stripe.subscribing import Subscribing
from tests.fakes.stripe.versions import in_version

__all__ = ["Deed", "StripeError", "World", "in_version", "sign", "thin", "twin"]

Label = Literal["session", "intent", "both", "none"]


class World(Subscribing):
    """One Stripe account in one mode."""

    def advance(self, seconds: int) -> None:
        """Moves the clock. Subscriptions that fall due renew, fees become known, unpaid sessions expire."""
        self.now += seconds
        self.renew_due()
        for charge_id in list(self._without_fee):
            if self.objects[charge_id]["status"] == "succeeded":
                self.set_balance_transaction(charge_id)
        for session_id in [name for name in self._plans if self.objects[name]["expires_at"] <= self.now]:
            self.expire_session(session_id)

    def create_session(
        self,
        *,
        amount: int,
        currency: str = "usd",
        campaign: str | None = None,
        label: Label = "both",
        mode: Literal["payment", "subscription"] = "payment",
        method: Method = "card",
        capture: Capture = "automatic",
        email: str | None = "ada@example.org",
        name: str | None = "Ada Reader",
        payment_link: str | None = None,
        trial_days: int = 0,
        presentment: tuple[int, str] | None = None,
    ) -> str:
        """An open Checkout Session; `label` says which metadata names the campaign. Returns its cs_ id."""
        named = {"campaign": campaign} if campaign is not None else {}
        plan: Json = {"method": method, "capture": capture, "email": email, "name": name, "presentment": presentment}
        plan |= {"trial_days": trial_days, "metadata": named if label in ("intent", "both") else {}}
        session = self.open_session(amount=amount, currency=currency, mode=mode, plan=plan)
        session |= {"payment_link": payment_link, "metadata": named if label in ("session", "both") else {}}
        self.note_label(session)
        return str(session["id"])

    def open_session(self, *, amount: int, currency: str, mode: str, plan: Json) -> Json:
        """An open session with nothing said about it yet; `plan` is what will be made when the donor pays."""
        if amount < 0:
            raise StripeError("Invalid non-negative integer", code="parameter_invalid_integer", param="amount")
        prefix = "cs_live" if self.livemode else "cs_test"
        session = self.keep(
            shapes.session(
                self.new_id(prefix),
                amount=amount,
                currency=currency.lower(),
                mode=mode,
                now=self.now,
                livemode=self.livemode,
            )
        )
        self._plans[session["id"]] = plan | {"amount": amount}
        if plan["trial_days"]:
            session |= {"amount_subtotal": 0, "amount_total": 0}
        return session

    def complete_session(self, session_id: str) -> str | None:
        """The donor pays on the hosted page. Returns the charge, or None where there is nothing to pay."""
        session, plan = self._open(session_id)
        session |= presentment(plan["presentment"])
        session["customer_details"] = shapes.customer_details(plan["name"], plan["email"])
        charge_id = self._subscribed(session, plan) if session["mode"] == "subscription" else self._paid(session, plan)
        if session["amount_total"] == 0:
            session["payment_status"] = "no_payment_required"
        else:
            charge = self.objects[charge_id or ""]
            session["payment_status"] = "paid" if charge["paid"] and charge["captured"] else "unpaid"
        session |= {"status": "complete", "url": None}
        del self._plans[session_id]
        self.emit("checkout.session.completed", session)
        return charge_id

    def choose(self, session_id: str, *, method: Method, name: str | None, email: str | None) -> None:
        """What the donor enters on the hosted page before she pays."""
        _, plan = self._open(session_id)
        plan |= {"method": method, "name": name, "email": email}

    def decline_session(self, session_id: str) -> str | None:
        """The donor's card is refused; the session stays open for another try."""
        session, plan = self._open(session_id)
        if session["mode"] == "subscription":
            return None  # the subscription is made only after a payment
        intent_id = self._intent_for(session, plan)
        return self.decline_intent(intent_id, method=plan["method"], name=plan["name"], email=plan["email"])

    def expire_session(self, session_id: str) -> None:
        """Nobody paid in time."""
        session, _ = self._open(session_id)
        session |= {"status": "expired", "url": None}
        del self._plans[session_id]
        if session["payment_intent"]:
            self.cancel_intent(session["payment_intent"])
        self.emit("checkout.session.expired", session)

    def label(self, object_id: str, campaign: str | None) -> None:
        """Metadata set later, by hand or by the API. Stripe tells of it for charges and subscriptions only."""
        thing = self.get(object_id, "charge", "payment_intent", "checkout.session", "subscription")
        before = {"metadata": {"campaign": thing["metadata"].get("campaign")}}
        if campaign is None:
            thing["metadata"].pop("campaign", None)
        else:
            thing["metadata"]["campaign"] = campaign
        self.note("labelled", thing=object_id, campaign=campaign)
        self.tell_update(thing, before)

    def tell_update(self, thing: Json, before: Json) -> None:
        """The event of an update by hand, where Stripe has one."""
        if thing["object"] == "charge":
            self.emit("charge.updated", thing, before)
        elif thing["object"] == "subscription":
            self.emit("customer.subscription.updated", thing, before)

    def intent_paid(self, intent: Json) -> None:
        """The session is paid with it; where the payment was delayed, an event says so."""
        super().intent_paid(intent)
        self._end_delayed(intent, "async_payment_succeeded", "paid")

    def intent_failed(self, intent: Json) -> None:
        """The session of a delayed payment that failed says so."""
        super().intent_failed(intent)
        self._end_delayed(intent, "async_payment_failed", "unpaid")

    def _end_delayed(self, intent: Json, kind: str, status: str) -> None:
        session = self.objects.get(self._session_of_intent.get(intent["id"], ""))
        if session is None or session["status"] != "complete" or session["payment_status"] == "paid":
            return
        session["payment_status"] = status
        if intent["capture_method"] != "manual":
            self.emit(f"checkout.session.{kind}", session)

    def _paid(self, session: Json, plan: Json) -> str | None:
        if session["amount_total"] == 0:
            return None
        return self.confirm_intent(
            self._intent_for(session, plan),
            method=plan["method"],
            name=plan["name"],
            email=plan["email"],
            presentment=plan["presentment"],
        )

    def _intent_for(self, session: Json, plan: Json) -> str:
        if session["payment_intent"] is None:
            intent = self.create_intent(
                amount=session["amount_total"],
                currency=session["currency"],
                metadata=plan["metadata"],
                capture=plan["capture"],
                description=plan.get("description"),
                customer=session["customer"],
            )
            session["payment_intent"] = intent["id"]
            self._session_of_intent[intent["id"]] = session["id"]
        return str(session["payment_intent"])

    def _subscribed(self, session: Json, plan: Json) -> str | None:
        about, invoice = self.subscribe(
            amount=plan["amount"],
            currency=session["currency"],
            metadata=plan["metadata"],
            method=plan["method"],
            name=plan["name"],
            email=plan["email"],
            trial_days=plan["trial_days"],
            interval=plan.get("interval", "month"),
            customer=session["customer"],
        )
        session |= {"subscription": about["id"], "invoice": invoice["id"], "customer": about["customer"]}
        self._session_of_subscription[about["id"]] = session["id"]
        charge_id = self.pay_first(about, invoice)
        if charge_id:
            self._session_of_intent[self.objects[charge_id]["payment_intent"]] = session["id"]
        return charge_id

    def _open(self, session_id: str) -> tuple[Json, Json]:
        session = self.get(session_id, "checkout.session")
        if session["status"] != "open":
            raise StripeError(
                f"Only open sessions can be paid or expired; this one is {session['status']}.",
                code="checkout_session_unexpected_state",
            )
        return session, self._plans[session_id]
