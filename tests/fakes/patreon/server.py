"""A pretend Patreon on loopback: members and their charges, webhooks as snapshots, the members API, and bad days.

It speaks JSON:API as Patreon's documentation describes version 2: every field must be asked for, lists come in pages
with a cursor, a token ends, and a refresh token can be used once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

SECRET = "patreon_" + "p" * 32
CAMPAIGN = "7770001"
CLIENT_ID, CLIENT_SECRET = "client-" + "i" * 20, "client-" + "s" * 20
TIERS = {"1001": "Reader", "1002": "Patron saint"}
PAGE_ROWS = 3  # however many are asked for


@dataclass
class Charge:
    """A payment as the history tells it."""

    id: str
    cents: int
    at: datetime
    status: str = "Paid"
    currency: str = "USD"


@dataclass
class Member:
    """A member; `lifetime` is what Patreon says was given in all."""

    id: str
    started: datetime
    tier: str | None
    name: str
    email: str
    lifetime: int = 0
    charges: list[Charge] = field(default_factory=list)
    last_status: str | None = None


class FakePatreon:
    """`with FakePatreon() as fake`: what is done to a member gives back the message that is sent of it."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.asked: list[str] = []
        self.bad_days: list[tuple[int, dict[str, Any]]] = []  # answers before the next true ones
        self.token, self.refresh = "access-1" + "a" * 20, "refresh-1" + "r" * 20
        self.renewals = 0
        self.odd_renewals: list[dict[str, Any]] = []
        self.now = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
        self.tick: Callable[[], datetime] | None = None  # for who has a clock of their own
        self.url = ""
        self._count = 0
        self._lock = threading.Lock()
        self._http: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(*fake._answer(self.path, self.headers.get("Authorization", ""), self.headers["User-Agent"]))

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self._say(*fake._exchange({name: values[0] for name, values in parse_qs(sent).items()}))

            def _say(self, status: int, document: dict[str, Any]) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/vnd.api+json")
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

    def join(self, *, tier: str | None = "1001", started: datetime | None = None, paid: int = 0) -> Member:
        """A new member, with what was paid before."""
        self._count += 1
        name = f"8f6b1c00-0000-4000-8000-{self._count:012d}"
        made = Member(
            name, started or self.now, tier, f"Patron {self._count}", f"patron{self._count}@example.org", paid
        )
        if paid:
            made.charges.append(Charge(f"old-{self._count}", paid, made.started))
        self.members[name] = made
        return made

    def charge(self, member: Member, cents: int, *, currency: str = "USD") -> bytes:
        """A payment goes through; the snapshot that is sent."""
        self._count += 1
        self._pass()
        member.charges.append(Charge(f"charge-{self._count}", cents, self.now, currency=currency))
        member.lifetime, member.last_status = member.lifetime + cents, "Paid"
        return self.snapshot(member)

    def refund(self, member: Member, cents: int, *, figure_falls: bool = True) -> bytes:
        """Money goes back; the snapshot that is sent."""
        self._pass()
        member.lifetime -= cents if figure_falls else 0
        member.last_status = "Refunded"
        return self.snapshot(member)

    def decline(self, member: Member) -> bytes:
        """A charge that does not go through."""
        self._pass()
        member.last_status = "Declined"
        return self.snapshot(member)

    def leave(self, member: Member) -> bytes:
        """The membership ends; what was paid stays. The API knows the member no longer."""
        del self.members[member.id]
        return self.snapshot(member)

    def snapshot(self, member: Member) -> bytes:
        """The member as it is now, as a webhook carries it."""
        return json.dumps(self._document(member, history=False), separators=(",", ":")).encode()

    def _pass(self) -> None:
        """An hour goes by, or as long as `tick` says."""
        self.now = self.tick() if self.tick else self.now + timedelta(hours=1)

    def _document(self, member: Member, *, history: bool) -> dict[str, Any]:
        return {"data": self._member(member, history=history), "included": self._included([member], history=history)}

    def _member(self, member: Member, *, history: bool) -> dict[str, Any]:
        last = member.charges[-1].at if member.charges else None
        paid = {
            "campaign_lifetime_support_cents": member.lifetime,
            "lifetime_support_cents": member.lifetime,
            "currently_entitled_amount_cents": 99_900,
            "will_pay_amount_cents": 99_900,
            "last_charge_date": last.isoformat() if last else None,
            "last_charge_status": member.last_status,
            "patron_status": "active_patron",
            "pledge_relationship_start": member.started.isoformat(),
            "full_name": member.name,
            "email": member.email,
            "note": "",
        }
        tiers = [{"type": "tier", "id": member.tier}] if member.tier else []
        relations: dict[str, Any] = {
            "campaign": {"data": {"type": "campaign", "id": CAMPAIGN}},
            "currently_entitled_tiers": {"data": tiers},
            "user": {"data": {"type": "user", "id": "55"}},
        }
        if history:
            listed = [{"type": "pledge-event", "id": one.id} for one in reversed(member.charges)]
            relations["pledge_history"] = {"data": listed}
        return {"type": "member", "id": member.id, "attributes": paid, "relationships": relations}

    def _included(self, members: list[Member], *, history: bool) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = [{"type": "campaign", "id": CAMPAIGN, "attributes": {}}]
        told += [{"type": "tier", "id": key, "attributes": {"title": title}} for key, title in TIERS.items()]
        for charge in (one for member in members for one in member.charges) if history else ():
            paid = {"amount_cents": charge.cents, "currency_code": charge.currency, "date": charge.at.isoformat()}
            paid |= {"payment_status": charge.status, "type": "subscription"}
            told.append({"type": "pledge-event", "id": charge.id, "attributes": paid})
        return told

    def _answer(self, path: str, authorization: str, agent: str | None) -> tuple[int, dict[str, Any]]:
        with self._lock:
            parts = urlsplit(path)
            self.asked.append(parts.path)
            if self.bad_days:
                return self.bad_days.pop(0)
            if not agent or agent.startswith("python"):
                return 403, {"errors": [{"code_name": "Forbidden"}]}
            if authorization != f"Bearer {self.token}":
                return 401, {"errors": [{"code_name": "Unauthorized"}]}
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/api/oauth2/v2/campaigns":
                return 200, {"data": [{"type": "campaign", "id": CAMPAIGN}], "meta": {}}
            if "campaign_lifetime_support_cents" not in query.get("fields[member]", ""):
                return 200, {"data": {"type": "member", "attributes": {}}}
            if parts.path == f"/api/oauth2/v2/campaigns/{CAMPAIGN}/members":
                return 200, self._page(query)
            member = self.members.get(parts.path.removeprefix("/api/oauth2/v2/members/"))
            if member is None:
                return 404, {"errors": [{"code_name": "ResourceMissing"}]}
            return 200, self._document(member, history="pledge_history" in query.get("include", ""))

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        everyone = sorted(self.members.values(), key=lambda one: one.id)
        begin = int(query.get("page[cursor]", "0"))
        shown = everyone[begin : begin + PAGE_ROWS]
        following = str(begin + PAGE_ROWS) if begin + PAGE_ROWS < len(everyone) else None
        return {
            "data": [self._member(one, history=True) for one in shown],
            "included": self._included(shown, history=True),
            "meta": {"pagination": {"total": len(everyone), "cursors": {"next": following}}},
        }

    def _exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.asked.append("/api/oauth2/token")
            asked = (form.get("refresh_token"), form.get("client_id"), form.get("client_secret"))
            if form.get("grant_type") != "refresh_token" or asked != (self.refresh, CLIENT_ID, CLIENT_SECRET):
                return 401, {"error": "invalid_grant"}
            if self.odd_renewals:
                return 200, self.odd_renewals.pop(0)
            self.renewals += 1
            self.token, self.refresh = f"access-{self.renewals}" + "b" * 20, f"refresh-{self.renewals}" + "c" * 20
            return 200, {"access_token": self.token, "refresh_token": self.refresh, "expires_in": 2_678_400}

    def end_token(self) -> None:
        """The access token is good no longer."""
        self.token = "ended" + "e" * 20


def sign(body: bytes, secret: str = SECRET, trigger: str = "members:pledge:update") -> dict[str, str]:
    """The headers of a delivery."""
    signature = hmac.new(secret.encode(), body, hashlib.md5).hexdigest()
    return {"x-patreon-event": trigger, "x-patreon-signature": signature}
