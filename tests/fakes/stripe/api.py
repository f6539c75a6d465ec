"""From a request to its answer, without a socket: key, version, idempotency, route, refusal.

`app` puts this behind HTTP; whoever has no need of a socket may call `Api.answer` directly.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.fakes.stripe.answers import shown
from tests.fakes.stripe.parameters import nested
from tests.fakes.stripe.state import NEWEST, Json, StripeError
from tests.fakes.stripe.versions import VERSIONS
from tests.fakes.stripe.world import World

SECRET_KEY = "sk_test_fake"
IDEMPOTENCY_KEY_MAX = 255
# Released between the shapes that `versions` tells apart; each answers in the shape of the one before it.
KNOWN_VERSIONS = frozenset(VERSIONS) | {
    "2025-06-30.basil",
    "2025-08-27.basil",
    "2026-08-26.dahlia",
    "2026-09-30.endive",
}


@dataclass(frozen=True)
class Request:
    """One call, its header names in lower case."""

    method: str
    path: str
    pairs: list[tuple[str, str]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[..., Json]


class Route(NamedTuple):
    """One of Stripe's calls: `resource` is what a restricted key needs a permission for."""

    method: str
    path: str
    resource: str
    handler: Handler


class Api:
    """Stripe's API over one world."""

    def __init__(self, world: World, routes: list[Route], base_url: str = "https://stripe.invalid") -> None:
        self.world = world
        self.base_url = base_url
        self.lock = threading.RLock()
        self.before_each: Callable[[], None] = lambda: None
        self.restricted: dict[str, frozenset[str]] = {}
        self.secrets: dict[str, str] = {}  # webhook endpoint → signing secret
        self.link_offers: dict[str, Json] = {}  # Payment Link → what its visitors are asked for
        self.undelivered: set[str] = set()  # events that some endpoint has not acknowledged
        self.requests: list[Request] = []
        self._idempotent: dict[str, tuple[object, Answer]] = {}
        self._routes = [(route, re.compile(re.sub(r"\{\w+\}", r"([\\w-]+)", route.path))) for route in routes]

    def restrict(self, key: str, *permissions: str) -> str:
        """Makes `rk_…` a restricted key: it may do only what is named, for example `charge_read`."""
        self.restricted[key] = frozenset(permissions)
        return key

    def answer(self, request: Request) -> Answer:
        """What Stripe answers. Never raises for what a client can cause."""
        with self.lock:
            self.before_each()
            self.requests.append(request)
            try:
                key = self._authentic(request)
                version = self._version(request)
                return self._once(request, key, version)
            except StripeError as refused:
                return refusal(refused)

    def remember(self, request: Request, answer: Answer) -> None:
        """Keeps an answer under the request's idempotency key, so that a retry gets it again."""
        key = request.headers.get("idempotency-key")
        if key and request.method == "POST":
            self._idempotent[key] = (_fingerprint(request), answer)

    def replayed(self, request: Request) -> Answer | None:
        """The first answer to the same request, if its idempotency key was used before."""
        key = request.headers.get("idempotency-key")
        if not key or request.method != "POST":
            return None
        if len(key) > IDEMPOTENCY_KEY_MAX:
            raise StripeError("Idempotency keys are limited to 255 characters", kind="idempotency_error")
        fingerprint, answer = self._idempotent.get(key, (None, None))
        if answer is None:
            return None
        if fingerprint != _fingerprint(request):
            raise StripeError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        return Answer(answer.status, answer.body, {**answer.headers, "Idempotent-Replayed": "true"})

    def _once(self, request: Request, key: str, version: str) -> Answer:
        if again := self.replayed(request):
            return again
        route, ids = self._route(request)
        self._permitted(key, route)
        self.world.idempotency_key = request.headers.get("idempotency-key")
        try:
            params = nested(request.pairs)
            thing = route.handler(self, params, *ids)
            made = Answer(200, shown(self.world, thing, params, version), {"Stripe-Version": version})
        except StripeError as refused:
            made = refusal(refused)
        finally:
            self.world.idempotency_key = None
        self.remember(request, made)
        return made

    def _authentic(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        live = "live" if self.world.livemode else "test"
        known = key == SECRET_KEY.replace("test", live) or re.fullmatch(rf"rk_{live}_\w+", key)
        if scheme != "Bearer" or not known:
            told = f"Invalid API Key provided: {key[:8]}***" if key else "You did not provide an API key."
            raise StripeError(told, status=401)
        if request.headers.get("stripe-account", self.world.account) != self.world.account:
            raise StripeError(
                f"The provided key '{key[:8]}***' does not have access to that account.",
                status=403,
                code="account_invalid",
            )
        return key

    def _version(self, request: Request) -> str:
        version = request.headers.get("stripe-version", NEWEST)
        if version not in KNOWN_VERSIONS:
            raise StripeError(f"Invalid Stripe API version: {version}")
        return version

    def _route(self, request: Request) -> tuple[Route, tuple[str, ...]]:
        for route, pattern in self._routes:
            matched = pattern.fullmatch(request.path)
            if matched and route.method == request.method:
                return route, matched.groups()
        raise StripeError(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)

    def _permitted(self, key: str, route: Route) -> None:
        allowed = self.restricted.get(key)
        needed = f"{route.resource}_{'read' if route.method == 'GET' else 'write'}"
        reading_by_writing = needed.endswith("_read") and allowed and f"{route.resource}_write" in allowed
        if allowed is not None and needed not in allowed and not reading_by_writing:
            raise StripeError(
                f"The provided key '{key[:8]}***' does not have the required permissions for this endpoint on account "
                f"'{self.world.account}'. Having the 'rak_{needed}' permission would allow this request to continue.",
                status=403,
            )


def refusal(refused: StripeError) -> Answer:
    """An error in Stripe's form."""
    error: Json = {"message": refused.message, "type": refused.type}
    error |= {"code": refused.code} if refused.code else {}
    error |= {"param": refused.param} if refused.param else {}
    return Answer(refused.status, {"error": error})


def _fingerprint(request: Request) -> Any:
    return request.method, request.path, sorted(request.pairs)
