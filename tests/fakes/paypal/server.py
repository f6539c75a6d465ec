"""A pretend PayPal on loopback: tokens, orders, captures, refunds, subscriptions, disputes, certificates, and bad days.

What is done here, by the API or by a test, leaves the messages that PayPal would send in `outbox`, in order.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.fakes.paypal import chain, messages
from tests.fakes.paypal.bank import Bank

CLIENT_ID, CLIENT_SECRET = "AeA1QIZXiflr1_-" + "i" * 40, "ECYYrrSHdKfk_Q0EdvzdGkzj58a66" + "s" * 40
Answer = tuple[int, dict[str, Any]]


class Refusal(Exception):
    """An answer that is no 200."""

    def __init__(self, status: int, name: str, issue: str = "") -> None:
        super().__init__(name)
        details = [{"issue": issue, "description": "in words"}] if issue else []
        self.answer: Answer = (status, {"name": name, "message": "in words", "details": details})


class FakePaypal(Bank):
    """`with FakePaypal() as fake`. `bad_days` are answers (status, headers, body) before the next true ones."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.bad_days: list[tuple[int, dict[str, str], bytes]] = []
        self.lags: dict[str, list[dict[str, Any]]] = defaultdict(list)  # older documents that are still answered
        self.certificate = "good"
        self.tokens: set[str] = set()
        self.url = ""
        self._once: dict[tuple[str, str], Answer] = {}  # answers by request id
        self._lock = threading.RLock()
        self._http: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(*fake._respond("GET", self.path, dict(self.headers.items()), b""))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._say(*fake._respond("POST", self.path, dict(self.headers.items()), body))

            def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
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

    def settings(self, folder: Path, **more: str) -> dict[str, str]:
        """The settings of an endpoint that is connected to this PayPal; its root goes to a file in `folder`."""
        roots = folder / "roots.pem"
        roots.write_bytes(chain.root_pem())
        known = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "webhook_id": messages.WEBHOOK_ID}
        return {**known, "api_base": self.url, "trusted_roots": str(roots), **more}

    def end_tokens(self) -> None:
        """No token is good any more."""
        self.tokens.clear()

    def page(self, name: str) -> str:
        """The address of the page that a donor is sent to."""
        return f"{self.url}/checkoutnow?token={name}"

    def _respond(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        with self._lock:
            parts = urlsplit(path)
            self.asked.append(f"{method} {parts.path}")
            if self.bad_days:
                return self.bad_days.pop(0)
            if parts.path == "/checkoutnow":
                return self._shown_page(method, parse_qs(parts.query)["token"][0])
            if parts.path.startswith("/v1/notifications/certs/"):
                kind = self.certificate if messages.CERT_URL.endswith(parts.path) else None
                return (200, {}, chain.served(kind)) if kind else (404, {}, b"")
            status, document = self._answer(method, parts.path, parse_qs(parts.query), headers, body)
            return status, {"Content-Type": "application/json"}, json.dumps(document).encode() if document else b""

    def _shown_page(self, method: str, name: str) -> tuple[int, dict[str, str], bytes]:
        """PayPal's page: a button by which the payer agrees, and is sent back."""
        if method == "GET":
            html = f"<!doctype html><title>PayPal</title><form method=post><button>Pay {name}</button></form>"
            return 200, {"Content-Type": "text/html"}, html.encode()
        if name in self.orders:
            self.approve(name)
            context = self.orders[name]["payment_source"]["paypal"]["experience_context"]
        else:
            self.activate(name)
            context = self.subscriptions[name]["application_context"]
        return 303, {"Location": f"{context['return_url']}&token={name}"}, b""

    def _answer(
        self, method: str, path: str, query: dict[str, list[str]], headers: dict[str, str], body: bytes
    ) -> Answer:
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            if path == "/v1/oauth2/token":
                return self._token(lower, body)
            if lower.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
                raise Refusal(401, "INVALID_TOKEN")
            once = (path, lower.get("paypal-request-id", ""))
            if method == "POST" and once[1] and once in self._once:
                return self._once[once]
            answer = self._post(path, body) if method == "POST" else self._get(path, query)
            if method == "POST" and once[1]:
                self._once[once] = answer
            return answer
        except Refusal as refusal:
            return refusal.answer

    def _token(self, headers: dict[str, str], body: bytes) -> Answer:
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if headers.get("authorization") != f"Basic {expected}" or body != b"grant_type=client_credentials":
            raise Refusal(401, "invalid_client")
        token = f"A21AA{len(self.asked):06d}"
        self.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 32_400}

    def _get(self, path: str, query: dict[str, list[str]]) -> Answer:
        *_, noun, name = path.split("/")
        if path.startswith("/v1/billing/plans"):
            return 200, {"plans": list(self.plans.values())}
        if self.lags[name]:
            return 200, self.lags[name].pop(0)
        kinds: dict[str, Callable[[str], dict[str, Any] | None]] = {
            "captures": self.captures.get,
            "refunds": self.refunds.get,
            "orders": self.order_document,
            "sale": self.sales.get,
            "refund": self.sale_refunds.get,
            "subscriptions": self.subscriptions.get,
            "disputes": self.disputes.get,
        }
        document = kinds[noun](name) if noun in kinds else None
        if document is None:
            raise Refusal(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        return 200, document

    def _post(self, path: str, body: bytes) -> Answer:
        sent = json.loads(body or b"{}")
        if path == "/v1/notifications/verify-webhook-signature":
            return 200, {"verification_status": self._verified(sent, body)}
        if path == "/v2/checkout/orders":
            return 201, self.make_order(sent, self.page)
        if path.startswith("/v2/checkout/orders/") and path.endswith("/capture"):
            return self._captured(path.split("/")[4])
        if path == "/v1/catalogs/products":
            if sent["id"] in self.products:
                raise Refusal(422, "UNPROCESSABLE_ENTITY", "DUPLICATE_RESOURCE_IDENTIFIER")
            self.products[sent["id"]] = sent
            return 201, sent
        if path == "/v1/billing/plans":
            return 201, self.make_plan(sent)
        if path == "/v1/billing/subscriptions":
            return 201, self.make_subscription(sent, self.page)
        raise Refusal(404, "RESOURCE_NOT_FOUND")

    def _captured(self, order_id: str) -> Answer:
        order = self.orders.get(order_id)
        if order is None:
            raise Refusal(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        if order["status"] == "COMPLETED":
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED")
        if self.declines:
            order["status"] = "PAYER_ACTION_REQUIRED"
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED")
        self.take(order)
        document = self.order_document(order_id)
        assert document
        return 201, document

    def _verified(self, sent: dict[str, Any], body: bytes) -> str:
        """As PayPal checks it: on the bytes of the event as they stand in the question."""
        raw = body.partition(b'"webhook_event":')[2][:-1]
        at = datetime.strptime(sent["transmission_time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        expected = messages.sign(raw, at=at, webhook_id=sent["webhook_id"], transmission_id=sent["transmission_id"])
        is_own = sent["webhook_id"] == messages.WEBHOOK_ID and sent["cert_url"] == messages.CERT_URL
        return "SUCCESS" if is_own and expected["paypal-transmission-sig"] == sent["transmission_sig"] else "FAILURE"
