"""What the pretend PayPal keeps, and what can be done to it. Every act leaves its message in `outbox`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.fakes.paypal.messages import amount as money
from tests.fakes.paypal.messages import event, written

Document = dict[str, Any]


class Bank:
    """Documents by id, as the API shows them."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        self.orders: dict[str, Document] = {}
        self.captures: dict[str, Document] = {}
        self.refunds: dict[str, Document] = {}
        self.sales: dict[str, Document] = {}
        self.sale_refunds: dict[str, Document] = {}
        self.subscriptions: dict[str, Document] = {}
        self.disputes: dict[str, Document] = {}
        self.plans: dict[str, Document] = {}
        self.products: dict[str, Document] = {}
        self.outbox: list[Document] = []
        self.declines = False  # no card is good today
        self.pends = ""  # the reason why captures are pending today
        self._numbers = itertools.count(1)

    # -- orders -----------------------------------------------

    def make_order(self, sent: Document, page: Callable[[str], str]) -> Document:
        """An order that waits for its payer."""
        name = self._name("5O")
        order = {**sent, "id": name, "status": "PAYER_ACTION_REQUIRED", "create_time": self._tick()}
        order["links"] = [{"rel": "payer-action", "href": page(name), "method": "GET"}]
        self.orders[name] = order
        return self._shown_order(order)

    def approve(self, order_id: str) -> Document:
        """The payer agrees; no money yet."""
        order = self.orders[order_id]
        order["status"] = "APPROVED"
        order["payer"] = {
            "name": {"given_name": "Rosa", "surname": "Mayreder"},
            "email_address": "rosa@example.org",
            "payer_id": "QYR5Z8XDVJNXQ",
        }
        return self._say("CHECKOUT.ORDER.APPROVED", "checkout-order", self._shown_order(order))

    def take(self, order: Document) -> Document:
        """The order is captured; the message of it."""
        unit = order["purchase_units"][0]
        amount, name = Decimal(unit["amount"]["value"]), self._name("9X")
        order["status"] = "COMPLETED"
        made_at = self._tick()
        capture: Document = {
            "id": name,
            "status": "PENDING" if self.pends else "COMPLETED",
            "amount": unit["amount"],
            "final_capture": True,
            "create_time": made_at,
            "update_time": made_at,
            "supplementary_data": {"related_ids": {"order_id": order["id"]}},
            "links": [
                {"rel": "self", "href": f"https://api.sandbox.paypal.com/v2/payments/captures/{name}"},
                {"rel": "up", "href": f"https://api.sandbox.paypal.com/v2/checkout/orders/{order['id']}"},
            ],
        }
        capture |= {key: unit[key] for key in ("custom_id", "invoice_id") if key in unit}
        if self.pends:
            capture["status_details"] = {"reason": self.pends}
        else:
            self._break_down(capture, amount)
        self.captures[name] = capture
        return self._say(f"PAYMENT.CAPTURE.{capture['status']}", "capture", capture)

    def pay(self, amount: str, custom_id: str | None = "newsroom", currency: str = "USD") -> Document:
        """An order that is made, approved and captured at once; the message of the capture."""
        unit: Document = {"amount": money(amount, currency)}
        if custom_id is not None:
            unit["custom_id"] = custom_id
        made = self.make_order({"intent": "CAPTURE", "purchase_units": [unit]}, lambda name: name)
        self.approve(made["id"])
        return self.take(self.orders[made["id"]])

    def settle(self, capture_id: str) -> Document:
        """What was pending has come."""
        capture = self.captures[capture_id]
        capture["status"], capture["update_time"] = "COMPLETED", self._tick()
        capture.pop("status_details", None)
        self._break_down(capture, Decimal(capture["amount"]["value"]))
        return self._say("PAYMENT.CAPTURE.COMPLETED", "capture", capture)

    def deny(self, capture_id: str) -> Document:
        """What was pending never comes; the message holds a breakdown all the same."""
        capture = self.captures[capture_id]
        capture["status"], capture["update_time"] = "DECLINED", self._tick()
        self._break_down(capture, Decimal(capture["amount"]["value"]))
        return self._say("PAYMENT.CAPTURE.DENIED", "capture", capture)

    def order_document(self, order_id: str) -> Document | None:
        """The order with all that was paid and given back of it."""
        order = self.orders.get(order_id)
        return self._shown_order(order) if order else None

    # -- refunds and reversals -----------------------------------------------

    def refund(self, capture_id: str, amount: str, *, kind: str = "REFUNDED", status: str = "COMPLETED") -> Document:
        """Part of a capture goes back; `kind` REVERSED where PayPal takes it."""
        capture, name, at = self.captures[capture_id], self._name("1J"), self._tick()
        currency = capture["amount"]["currency_code"]
        so_far = sum((Decimal(one["amount"]["value"]) for one in self._refunds_of(capture_id)), Decimal(amount))
        refund: Document = {
            "id": name,
            "status": status,
            "amount": money(amount, currency),
            "seller_payable_breakdown": {
                "gross_amount": money(amount, currency),
                "total_refunded_amount": money(so_far, currency),
            },
            "create_time": at,
            "update_time": at,
            "links": [
                {"rel": "self", "href": f"https://api.sandbox.paypal.com/v2/payments/refunds/{name}"},
                {"rel": "up", "href": f"https://api.sandbox.paypal.com/v2/payments/captures/{capture_id}"},
            ],
        }
        self.refunds[name] = refund
        self._mark(capture)
        return self._say(f"PAYMENT.CAPTURE.{kind}", "refund", refund)

    def fail_refund(self, refund_id: str) -> Document:
        """A refund does not go through after all."""
        refund = self.refunds[refund_id]
        refund["status"], refund["update_time"] = "FAILED", self._tick()
        capture_id = refund["links"][1]["href"].rpartition("/")[2]
        self._mark(self.captures[capture_id])
        return self._say("PAYMENT.REFUND.FAILED", "refund", refund)

    # -- subscriptions -----------------------------------------------

    def make_plan(self, sent: Document) -> Document:
        """A plan that can be subscribed to."""
        plan = {**sent, "id": self._name("P-"), "status": "ACTIVE"}
        self.plans[plan["id"]] = plan
        return plan

    def make_subscription(self, sent: Document, page: Callable[[str], str]) -> Document:
        """A subscription that waits for its payer."""
        name = self._name("I-")
        made = {**sent, "id": name, "status": "APPROVAL_PENDING", "create_time": self._tick()}
        made["links"] = [{"rel": "approve", "href": page(name), "method": "GET"}]
        self.subscriptions[name] = made
        return made

    def activate(self, subscription_id: str) -> Document:
        """The payer agrees."""
        found = self.subscriptions[subscription_id]
        found["status"] = "ACTIVE"
        found["subscriber"] = {"name": {"given_name": "Hedy", "surname": "Lamarr"}, "email_address": "hedy@example.org"}
        return self._say("BILLING.SUBSCRIPTION.ACTIVATED", "subscription", found)

    def subscribe(self, amount: str, custom_id: str = "newsroom") -> str:
        """The id of an active subscription at `amount` a month."""
        price = [{"sequence": 1, "pricing_scheme": {"fixed_price": money(amount)}}]
        sent = {"plan_id": "P-1", "custom_id": custom_id, "plan": {"billing_cycles": price}}
        made = self.make_subscription(sent, lambda name: name)
        self.activate(made["id"])
        return str(made["id"])

    def renew(self, subscription_id: str, *, state: str = "completed", names_it: bool = True) -> Document:
        """A month is paid, in the older shape."""
        found, name, at = self.subscriptions[subscription_id], self._name("8S"), self._tick()
        price = found["plan"]["billing_cycles"][0]["pricing_scheme"]["fixed_price"]
        sale: Document = {
            "id": name,
            "state": state,
            "amount": {"total": price["value"], "currency": price["currency_code"], "details": {}},
            "transaction_fee": {"value": "0.40", "currency": price["currency_code"]},
            "payment_mode": "INSTANT_TRANSFER",
            "custom": found.get("custom_id", ""),
            "create_time": at,
            "update_time": at,
            "links": [],
        }
        if names_it:
            sale["billing_agreement_id"] = subscription_id
        self.sales[name] = sale
        return self._say(f"PAYMENT.SALE.{state.upper()}", "sale", sale)

    def settle_sale(self, sale_id: str, state: str = "completed") -> Document:
        """What was pending has come, or never comes (`denied`)."""
        sale = self.sales[sale_id]
        sale["state"], sale["update_time"] = state, self._tick()
        return self._say(f"PAYMENT.SALE.{state.upper()}", "sale", sale)

    def refund_sale(self, sale_id: str, amount: str, *, sign: str = "-") -> Document:
        """Part of a sale goes back; its total is negative, or in other deliveries positive."""
        sale, name, at = self.sales[sale_id], self._name("6R"), self._tick()
        currency = sale["amount"]["currency"]
        earlier = [one for one in self.sale_refunds.values() if one["sale_id"] == sale_id]
        so_far = sum((abs(Decimal(one["amount"]["total"])) for one in earlier), Decimal(amount))
        refund: Document = {
            "id": name,
            "sale_id": sale_id,
            "state": "completed",
            "amount": {"total": f"{sign}{Decimal(amount):.2f}", "currency": currency},
            "total_refunded_amount": {"value": f"{so_far:.2f}", "currency": currency},
            "create_time": at,
            "update_time": at,
        }
        self.sale_refunds[name] = refund
        whole = so_far == Decimal(sale["amount"]["total"])
        sale["state"], sale["update_time"] = "refunded" if whole else "partially_refunded", at
        return self._say("PAYMENT.SALE.REFUNDED", "refund", refund)

    def reverse_sale(self, sale_id: str, *, older: bool) -> Document:
        """PayPal takes a sale back: told in one of two shapes."""
        sale, at = self.sales[sale_id], self._tick()
        sale["state"], sale["update_time"] = "reversed", at
        shown = {**sale}
        if older:
            shown = {key: value for key, value in sale.items() if key not in ("billing_agreement_id", "custom")}
            shown |= {"state": "completed", "amount": {**sale["amount"], "total": "-" + sale["amount"]["total"]}}
        return self._say("PAYMENT.SALE.REVERSED", "sale", shown)

    # -- disputes -----------------------------------------------

    def dispute(self, payment_id: str, amount: str = "") -> Document:
        """The payer complains: money is held."""
        found = self.captures.get(payment_id)
        whole = money(amount) if amount else found["amount"] if found else _newer(self.sales[payment_id]["amount"])
        name, at = f"PP-D-{next(self._numbers):05d}", self._tick()
        self.disputes[name] = {
            "dispute_id": name,
            "create_time": at,
            "update_time": at,
            "disputed_transactions": [{"seller_transaction_id": payment_id}],
            "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
            "status": "WAITING_FOR_SELLER_RESPONSE",
            "dispute_amount": whole,
            "dispute_life_cycle_stage": "CHARGEBACK",
            "dispute_channel": "INTERNAL",
            "money_movements": [],
        }
        return self._say("CUSTOMER.DISPUTE.CREATED", "dispute", self.disputes[name])

    def lose(self, dispute_id: str) -> list[Document]:
        """The payer is right: PayPal takes the money back."""
        found = self.disputes[dispute_id]
        payment_id = found["disputed_transactions"][0]["seller_transaction_id"]
        taken = self.refund(payment_id, found["dispute_amount"]["value"], kind="REVERSED")
        self._move(found, "DEBIT")
        return [taken, self._resolve(found, "RESOLVED_BUYER_FAVOUR", found["dispute_amount"])]

    def win(self, dispute_id: str, outcome: str = "RESOLVED_SELLER_FAVOUR") -> Document:
        """We are right: what was taken, if anything was, comes back."""
        found = self.disputes[dispute_id]
        if any(one["type"] == "DEBIT" for one in found["money_movements"]):
            self._move(found, "CREDIT")
        return self._resolve(found, outcome, None)

    def take_meanwhile(self, dispute_id: str) -> Document:
        """The money is taken back while the dispute is still open."""
        found = self.disputes[dispute_id]
        payment_id = found["disputed_transactions"][0]["seller_transaction_id"]
        self._move(found, "DEBIT")
        return self.refund(payment_id, found["dispute_amount"]["value"], kind="REVERSED")

    def _resolve(self, found: Document, outcome: str, refunded: Document | None) -> Document:
        found["status"], found["update_time"] = "RESOLVED", self._tick()
        found["dispute_outcome"] = {"outcome_code": outcome}
        if refunded:
            found["dispute_outcome"]["amount_refunded"] = refunded
        return self._say("CUSTOMER.DISPUTE.RESOLVED", "dispute", found)

    def move(self, dispute_id: str, way: str) -> None:
        """Money of a dispute moves away from us (DEBIT), or back (CREDIT)."""
        self._move(self.disputes[dispute_id], way)

    def _move(self, found: Document, way: str) -> None:
        moved = {"affected_party": "SELLER", "type": way, "amount": found["dispute_amount"]}
        found["money_movements"].append({**moved, "reason": "DISPUTE_SETTLEMENT"})

    # -- the rest -----------------------------------------------

    def raised(self) -> int:
        """What all that came, and did not go back, is worth in minor units of two decimals."""
        total = Decimal(0)
        for capture in self.captures.values():
            if capture["status"] in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"):
                total += Decimal(capture["amount"]["value"])
                total -= sum((Decimal(one["amount"]["value"]) for one in self._refunds_of(capture["id"])), Decimal(0))
        for sale in self.sales.values():
            if sale["state"] in ("completed", "partially_refunded", "refunded"):
                total += Decimal(sale["amount"]["total"])
        total -= sum((abs(Decimal(one["amount"]["total"])) for one in self.sale_refunds.values()), Decimal(0))
        for found in self.disputes.values():
            given = [one for one in found["money_movements"] if one["type"] == "CREDIT"]
            total += sum((Decimal(one["amount"]["value"]) for one in given), Decimal(0))
        return int(total * 100)

    def _refunds_of(self, capture_id: str) -> list[Document]:
        ends = f"/captures/{capture_id}"
        theirs = [one for one in self.refunds.values() if one["links"][1]["href"].endswith(ends)]
        return [one for one in theirs if one["status"] in ("COMPLETED", "PENDING")]

    def _mark(self, capture: Document) -> None:
        back = sum((Decimal(one["amount"]["value"]) for one in self._refunds_of(capture["id"])), Decimal(0))
        whole = back == Decimal(capture["amount"]["value"])
        capture["status"] = "COMPLETED" if not back else "REFUNDED" if whole else "PARTIALLY_REFUNDED"
        capture["update_time"] = written(self.now)

    def _break_down(self, capture: Document, amount: Decimal) -> None:
        currency = capture["amount"]["currency_code"]
        fee = min(Decimal("0.30") + amount * Decimal("0.029"), amount)
        capture["seller_receivable_breakdown"] = {
            "gross_amount": money(amount, currency),
            "paypal_fee": money(fee, currency),
            "net_amount": money(amount - fee, currency),
        }

    def _shown_order(self, order: Document) -> Document:
        ends = f"/orders/{order['id']}"
        captures = [one for one in self.captures.values() if one["links"][1]["href"].endswith(ends)]
        if not captures:
            return order
        names = {one["id"] for one in captures}
        refunds = [one for one in self.refunds.values() if one["links"][1]["href"].rpartition("/")[2] in names]
        unit = {**order["purchase_units"][0], "payments": {"captures": captures, "refunds": refunds}}
        return {**order, "purchase_units": [unit]}

    def _say(self, event_type: str, resource_type: str, resource: Document) -> Document:
        said = event(event_type, resource_type, resource, self.now)
        self.outbox.append(said)
        return said

    def _name(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):014d}T"

    def _tick(self) -> str:
        self.now += timedelta(minutes=1)
        return written(self.now)


def _newer(amount: Document) -> Document:
    return {"currency_code": amount["currency"], "value": amount["total"]}
