"""A pretend BTCPay Server on loopback: invoices, payments on chain and by lightning, webhooks, and bad days."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

STORE, KEY, SECRET = "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776", "k" * 40, "btcpay_" + "b" * 32
RATE = Decimal("64392.23")  # of one bitcoin in any currency
STATUSES = ["Settled", "Invalid"]


@dataclass
class Payment:
    """A payment as the server sees it; `value` in bitcoin."""

    id: str
    value: Decimal
    method: str
    received: int
    status: str = "Processing"

    def document(self) -> dict[str, Any]:
        told = {"id": self.id, "receivedDate": self.received, "value": f"{self.value:f}", "fee": "0.0"}
        return told | {"status": self.status, "destination": "bc1qexample"}


@dataclass
class Invoice:
    """What was asked for, and what came."""

    id: str
    amount: Decimal
    currency: str
    metadata: Mapping[str, Any] | None
    created: int
    rate: Decimal = RATE
    status: str = "New"
    more: str = "None"
    payments: list[Payment] = field(default_factory=list)

    @property
    def paid(self) -> Decimal:
        """In the invoice's currency, of what was not lost again."""
        return sum((one.value for one in self.payments if one.status != "Invalid"), Decimal(0)) * self.rate


class FakeBtcpay:
    """`with FakeBtcpay() as fake`: what is done to an invoice gives back the message that is sent of it."""

    def __init__(self, *, newer: bool = False) -> None:
        self.invoices: dict[str, Invoice] = {}
        self.asked: list[str] = []
        self.bad_days: list[tuple[int, Mapping[str, str], bytes]] = []  # answers before the next true ones
        self._newer, self._count = newer, 0
        self.now = 1_795_374_000
        self.url = ""
        self._thread: threading.Thread | None = None
        self._http: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = fake._answer(self.path, self.headers.get("Authorization", ""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._http
        assert self._thread
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(10)

    def invoice(self, amount: str, currency: str = "USD", metadata: Mapping[str, Any] | None = None) -> Invoice:
        """A new invoice."""
        made = Invoice(self._name("inv"), Decimal(amount), currency, metadata, self.now)
        self.invoices[made.id] = made
        return made

    def pay(self, invoice: Invoice, amount: str, *, method: str = "BTC-CHAIN") -> tuple[Payment, dict[str, Any]]:
        """So much of the invoice's currency is seen, in bitcoin to the next satoshi."""
        self.now += 60
        value = (Decimal(amount) / invoice.rate).quantize(Decimal("0.00000001"), "ROUND_UP")
        name = hashlib.sha256(self._name("tx").encode()).hexdigest() + ("-0" if method == "BTC-CHAIN" else "")
        payment = Payment(name, value, method, self.now)
        invoice.payments.append(payment)
        late = invoice.status == "Expired"
        invoice.status = invoice.status if late else "Processing" if invoice.paid >= invoice.amount else "New"
        return payment, self._of_payment("InvoiceReceivedPayment", invoice, payment, late)

    def settle(self, invoice: Invoice, payment: Payment) -> list[dict[str, Any]]:
        """The payment is final; the invoice too, where all is paid."""
        self.now += 600
        payment.status, late = "Settled", invoice.status == "Expired"
        told = [self._of_payment("InvoicePaymentSettled", invoice, payment, late)]
        settled = sum((one.value for one in invoice.payments if one.status == "Settled"), Decimal(0)) * invoice.rate
        if late:
            invoice.more = "PaidLate" if settled >= invoice.amount else "PaidPartial"
            told.append(self.event("InvoicePaidAfterExpiration", invoice))
        elif settled >= invoice.amount:
            over = settled - invoice.amount > Decimal("0.01")
            invoice.status, invoice.more = "Settled", "PaidOver" if over else "None"
            told.append(self.event("InvoiceSettled", invoice, manuallyMarked=False, overPaid=over))
        return told

    def lose(self, invoice: Invoice, payment: Payment) -> dict[str, Any]:
        """The payment was spent twice: it never comes."""
        payment.status, invoice.status, invoice.more = "Invalid", "Invalid", "None"
        return self.event("InvoiceInvalid", invoice, manuallyMarked=False)

    def expire(self, invoice: Invoice) -> dict[str, Any]:
        """Its time is over, whatever was paid."""
        invoice.status, partly = "Expired", bool(invoice.payments)
        invoice.more = "PaidPartial" if partly else "None"
        return self.event("InvoiceExpired", invoice, partiallyPaid=partly)

    def mark(self, invoice: Invoice, status: str) -> dict[str, Any]:
        """By hand, `Settled` or `Invalid`."""
        invoice.status, invoice.more = status, "Marked"
        return self.event(f"Invoice{status}", invoice, manuallyMarked=True, overPaid=False)

    def event(self, kind: str, invoice: Invoice, **more: Any) -> dict[str, Any]:
        """A message as it is sent for the first time."""
        self.now += 1
        name = self._name("delivery")
        told = {"deliveryId": name, "webhookId": "hook1", "originalDeliveryId": name, "isRedelivery": False}
        told |= {"type": kind, "timestamp": self.now, "storeId": STORE, "invoiceId": invoice.id}
        return {**told, "metadata": invoice.metadata, **more}

    def again(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The same, delivered once more."""
        return {**event, "deliveryId": self._name("delivery"), "isRedelivery": True}

    def documents(self, invoice: Invoice) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The invoice and its payment methods, as the API tells them."""
        told: dict[str, Any] = {"id": invoice.id, "storeId": STORE, "amount": str(invoice.amount)}
        told |= {"paidAmount": f"{invoice.paid:.2f}", "currency": invoice.currency, "type": "Standard"}
        told |= {"checkoutLink": f"{self.url}/i/{invoice.id}", "createdTime": invoice.created}
        told |= {"expirationTime": invoice.created + 900, "monitoringExpiration": invoice.created + 90_000}
        told |= {"status": invoice.status, "additionalStatus": invoice.more, "archived": False}
        told |= {"availableStatusesForManualMarking": STATUSES, "metadata": invoice.metadata}
        return told, [self._method(invoice, name) for name in ("BTC-CHAIN", "BTC-LN")]

    def _method(self, invoice: Invoice, name: str) -> dict[str, Any]:
        mine = [one for one in invoice.payments if one.method == name]
        paid = sum((one.value for one in mine if one.status != "Invalid"), Decimal(0))
        amount = (invoice.amount / invoice.rate).quantize(Decimal("0.00000001"))
        told = {"paymentMethodId": name, "currency": "BTC", "destination": "bc1qexample", "paymentLink": None}
        told |= {
            "rate": str(invoice.rate),
            "paymentMethodPaid": str(paid),
            "totalPaid": str(paid),
            "amount": str(amount),
        }
        told |= {"due": f"{amount - paid:f}", "paymentMethodFee": "0.0"}
        return {**told, "payments": [one.document() for one in mine], "activated": True, "additionalData": {}}

    def _of_payment(self, kind: str, invoice: Invoice, payment: Payment, late: bool) -> dict[str, Any]:
        more = {"paymentMethodId": payment.method, "payment": payment.document(), "afterExpiration": late}
        return self.event(kind, invoice, **more)

    def _answer(self, path: str, authorization: str) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append(path)
        if self.bad_days:
            return self.bad_days.pop(0)
        if authorization != f"token {KEY}":
            return 401, {}, b'{"code":"unauthenticated"}'
        below = "/api/v1/invoices/" if self._newer else f"/api/v1/stores/{STORE}/invoices/"
        name, _, rest = path.partition("?")[0].removeprefix(below).partition("/")
        invoice = self.invoices.get(name)
        if not path.startswith(below) or invoice is None or rest not in ("", "payment-methods"):
            return 404, {}, b'{"code":"invoice-not-found"}'
        told, methods = self.documents(invoice)
        return 200, {"Content-Type": "application/json"}, json.dumps(methods if rest else told, indent=2).encode()

    def _name(self, noun: str) -> str:
        self._count += 1
        return f"{noun}{self._count}"


def sign(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of a signed message."""
    return {"btcpay-sig": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def written(event: Mapping[str, Any]) -> bytes:
    """A message as it is sent: indented."""
    return json.dumps(event, indent=2).encode()
