"""Monthly giving: subscriptions, the invoices they make, and how those are paid."""

from __future__ import annotations

from tests.fakes.stripe import shapes_billing as shapes
from tests.fakes.stripe import shapes_checkout
from tests.fakes.stripe.reversing import Reversing
from tests.fakes.stripe.state import Json, Method, StripeError

DAY = 86_400


class Subscribing(Reversing):
    """Subscriptions, invoices and invoice payments."""

    def renew(self, subscription_id: str) -> str | None:
        """The next invoice falls due now. Returns its charge, or None where there is nothing to pay."""
        about = self._running(subscription_id)
        self._next_period(about)
        invoice = self._invoice(about, "subscription_cycle")
        self.emit("customer.subscription.updated", about, {"latest_invoice": None})
        return self._pay(invoice, about)

    def pay_out_of_band(self, subscription_id: str) -> str:
        """The next invoice is marked as paid by hand: money that never went through Stripe. Returns the invoice."""
        about = self._running(subscription_id)
        self._next_period(about)
        invoice = self._invoice(about, "subscription_cycle")
        invoice |= {"status": "paid", "amount_paid_off_stripe": invoice["amount_due"], "amount_remaining": 0}
        invoice["amount_paid"] = invoice["amount_due"]
        invoice["status_transitions"]["paid_at"] = self.now
        self._by_hand.add(invoice["id"])
        self.note("out_of_band", amount=invoice["amount_due"], currency=invoice["currency"], thing=invoice["id"])
        self.emit("customer.subscription.updated", about, {"latest_invoice": None})
        self.emit("invoice.paid", invoice)
        return str(invoice["id"])

    def cancel_later(self, subscription_id: str, wanted: bool) -> None:
        """It runs to the end of the paid period, or goes on after all."""
        about = self._running(subscription_id)
        before = {name: about[name] for name in ("cancel_at_period_end", "cancel_at", "canceled_at")}
        end = about["items"]["data"][0]["current_period_end"]
        about |= {"cancel_at_period_end": wanted, "cancel_at": end if wanted else None}
        about["canceled_at"] = self.now if wanted else None
        self.emit("customer.subscription.updated", about, before)

    def cancel_subscription(self, subscription_id: str) -> None:
        """Ends it now; what was paid stays paid."""
        about = self._running(subscription_id)
        about |= {"status": "canceled", "canceled_at": self.now, "ended_at": self.now}
        about["cancellation_details"]["reason"] = "cancellation_requested"
        self.note("unsubscribed", thing=subscription_id)
        self.emit("customer.subscription.deleted", about)

    def subscribe(
        self,
        *,
        amount: int,
        currency: str,
        metadata: Json,
        method: Method,
        name: str | None,
        email: str | None,
        trial_days: int = 0,
        interval: str = "month",
        customer: str | None = None,
    ) -> tuple[Json, Json]:
        """A subscription and its first invoice, not paid yet."""
        donor = self.get(customer, "customer") if customer else self.create_customer(name=name, email=email)
        kinds = ("sub", "si", "pm", "price", "prod")
        ids = {kind: self.new_id(kind) for kind in kinds} | {"cus": donor["id"]}
        ends = self.now + trial_days * DAY if trial_days else shapes.later(self.now, interval)
        period = {"start": self.now, "end": ends, "interval": interval, "trial": trial_days > 0}
        about = self.keep(
            shapes.subscription(
                ids, amount=amount, currency=currency, now=self.now, livemode=self.livemode, period=period
            )
        )
        about["metadata"] = dict(metadata)
        self._method_of[about["id"]] = method
        self.note("subscribed", amount=amount, currency=currency, thing=about["id"])
        self.note_label(about)
        self.emit("customer.subscription.created", about)
        return about, self._invoice(about, "subscription_create")

    def create_customer(
        self, *, name: str | None = None, email: str | None = None, metadata: Json | None = None
    ) -> Json:
        """Somebody Stripe knows by an id."""
        made = shapes_checkout.customer(
            self.new_id("cus"), name=name, email=email, now=self.now, livemode=self.livemode
        )
        made["metadata"] = dict(metadata or {})
        return self.keep(made)

    def intent_paid(self, intent: Json) -> None:
        """The invoice is paid with it."""
        super().intent_paid(intent)
        invoice = self.objects.get(self._invoice_of_intent.get(intent["id"], ""))
        if invoice is None or invoice["status"] == "paid":
            return
        payment = self.objects[self._payment_of_invoice[invoice["id"]]]
        payment |= {"status": "paid", "amount_paid": intent["amount_received"]}
        payment["status_transitions"]["paid_at"] = self.now
        invoice["amount_paid"] = intent["amount_received"]
        self.emit("invoice_payment.paid", payment)
        self._tell_paid(invoice)

    def intent_failed(self, intent: Json) -> None:
        """The invoice stays open, and the subscription is behind."""
        super().intent_failed(intent)
        invoice = self.objects.get(self._invoice_of_intent.get(intent["id"], ""))
        if invoice is None:
            return
        invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
        self.emit("invoice.payment_failed", invoice)
        about = self.objects[invoice["parent"]["subscription_details"]["subscription"]]
        if about["status"] == "active":
            about["status"] = "past_due"
            self.emit("customer.subscription.updated", about, {"status": "active"})

    def pay_first(self, about: Json, invoice: Json) -> str | None:
        """The first invoice is paid on the hosted page."""
        return self._pay(invoice, about)

    def renew_due(self) -> None:
        """Renews what has fallen due by now, each at its own time and in order."""
        until = self.now
        while due := self._next_due(until):
            self.now, subscription_id = due
            if self.objects[subscription_id]["cancel_at_period_end"]:
                self.cancel_subscription(subscription_id)
            else:
                self.renew(subscription_id)
        self.now = until

    def _next_due(self, until: int) -> tuple[int, str] | None:
        running = ((name, self.objects[name]) for name in self._method_of)
        dated = (
            (about["items"]["data"][0]["current_period_end"], name)
            for name, about in running
            if about["status"] in ("active", "trialing", "past_due")
        )
        return min((due for due in dated if due[0] <= until), default=None)

    def _pay(self, invoice: Json, about: Json) -> str | None:
        if invoice["amount_due"] == 0:
            self.note("zero_invoice", currency=invoice["currency"], thing=invoice["id"])
            self._tell_paid(invoice)
            return None
        intent = self.create_intent(
            amount=invoice["amount_due"],
            currency=invoice["currency"],
            metadata={},
            customer=about["customer"],
            description="Subscription",
        )
        self._invoice_of_intent[intent["id"]] = invoice["id"]
        self._intent_of_invoice[invoice["id"]] = intent["id"]
        payment = shapes.invoice_payment(self.new_id("inpay"), invoice, intent["id"], now=self.now)
        self._payment_of_invoice[invoice["id"]] = self.keep(payment)["id"]
        invoice["attempted"] = True
        donor = self.objects[about["customer"]]
        method = self._method_of[about["id"]]
        return self.confirm_intent(intent["id"], method=method, name=donor["name"], email=donor["email"])

    def _tell_paid(self, invoice: Json) -> None:
        invoice |= {"status": "paid", "amount_remaining": 0, "attempted": True}
        invoice["status_transitions"]["paid_at"] = self.now
        self.emit("invoice.paid", invoice)
        self.emit("invoice.payment_succeeded", invoice)

    def _invoice(self, about: Json, reason: str) -> Json:
        trial = about["status"] == "trialing"
        amount = 0 if trial else about["items"]["data"][0]["price"]["unit_amount"]
        silent = self.leave_metadata_off_renewals and reason == "subscription_cycle"
        metadata = {} if silent else about["metadata"]
        invoice = self.keep(
            shapes.invoice(
                self.new_id("in"),
                about,
                self.objects[about["customer"]],
                amount=amount,
                now=self.now,
                reason=reason,
                metadata=metadata,
            )
        )
        about["latest_invoice"] = invoice["id"]
        if metadata.get("campaign") is not None:
            self.note("labelled", thing=invoice["id"], campaign=metadata["campaign"])
        self.emit("invoice.created", invoice)
        self.emit("invoice.finalized", invoice)
        return invoice

    def _next_period(self, about: Json) -> None:
        item = about["items"]["data"][0]
        about["status"] = "active"
        start = max(item["current_period_start"], min(self.now, item["current_period_end"]))
        end = shapes.later(start, item["plan"]["interval"])
        item |= {"current_period_start": start, "current_period_end": end}

    def _running(self, subscription_id: str) -> Json:
        about = self.get(subscription_id, "subscription")
        if about["status"] == "canceled":
            raise StripeError(
                f"No such subscription: '{subscription_id}'", code="resource_missing", status=404, param="id"
            )
        return about
