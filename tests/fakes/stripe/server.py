"""The fake as a thing to start and stop: in a thread of a test, or for good from the command line."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType
from typing import Any, Self, cast

from flask import Flask
from stripe import StripeClient
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tests.fakes.stripe import api_billing, api_checkout, api_events, api_payments, control
from tests.fakes.stripe.api import SECRET_KEY, Api
from tests.fakes.stripe.app import create_app
from tests.fakes.stripe.delivery import Attempt, Courier
from tests.fakes.stripe.misbehaviour import Misbehaviour
from tests.fakes.stripe.world import World

ROUTES = [*api_payments.ROUTES, *api_checkout.ROUTES, *api_billing.ROUTES, *api_events.ROUTES]
STOP_SECONDS_MAX = 10
POLL_SECONDS = 0.02


class FakeStripe:
    """One account on a free loopback port: `with FakeStripe() as fake`.

    Its clock starts at the present and stands still, so that nothing happens by itself; with `ticking` it goes on.
    Events are sent when `deliver` is called, or at once by a thread of its own with `background`.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        port: int = 0,
        ticking: bool = False,
        background: bool = False,
        seed: int = 0,
        quiet: bool = True,
    ) -> None:
        self._ticking = ticking
        self.api = Api(world or World(seed=seed, now=int(time.time())), ROUTES)
        self.world = cast("World", Guarded(self.api.world, self.api.lock))
        self.api.before_each = self._tick
        self.courier = Courier(self.api, Misbehaviour(), seed=seed)
        self.courier.background = background
        self.app: Flask = create_app(self.api, self.courier)
        self._port = port
        self._handler = _Silent if quiet else WSGIRequestHandler
        self._started = time.time()
        self._server: BaseWSGIServer | None = None
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()

    def start(self) -> FakeStripe:
        """Listens."""
        self._server = make_server("127.0.0.1", self._port, self.app, threaded=True, request_handler=self._handler)
        self.api.base_url = self.url
        self._threads = [
            threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), name="fake-stripe", daemon=True)
        ]
        if self.courier.background:
            run = threading.Thread(target=self.courier.run, args=(self._stop,), name="fake-stripe-sends", daemon=True)
            self._threads.append(run)
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Ends both threads, and waits for them."""
        self._stop.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        for thread in self._threads:
            thread.join(STOP_SECONDS_MAX)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("the fake is not started")
        return f"http://127.0.0.1:{self._server.server_port}"

    def client(self, key: str = SECRET_KEY, **options: Any) -> StripeClient:
        """The official client, pointed here. Retries nothing, unless told otherwise."""
        options.setdefault("max_network_retries", 0)
        return StripeClient(key, base_addresses={"api": self.url}, **options)

    def webhook(self, url: str, secret: str, *, events: tuple[str, ...] = ("*",), version: str | None = None) -> str:
        """Registers an endpoint with a secret of your own choice. Returns its id."""
        with self.api.lock:
            params = {"url": url, "enabled_events": list(events)} | ({"api_version": version} if version else {})
            made = api_events.create_endpoint(self.api, params)
            self.api.secrets[made["id"]] = secret
            return str(made["id"])

    def misbehave(self, **wanted: Any) -> None:
        """Switches misbehaviour on; see `Misbehaviour`, and `leave_metadata_off_renewals`."""
        control.apply(self.api, self.courier, wanted)

    def behave(self) -> None:
        """Switches all of it off."""
        control.apply(self.api, self.courier, {})

    def deliver(self) -> list[Attempt]:
        """Sends what is due now."""
        return self.courier.deliver()

    def hurry(self) -> list[Attempt]:
        """Sends what waits too: delayed deliveries, and those to be tried again."""
        self.courier.hurry()
        return self.courier.deliver()

    def _tick(self) -> None:
        passed = int(time.time() - self._started)
        if self._ticking and passed > 0:
            self._started += passed
            self.api.world.advance(passed)


class Guarded:
    """A world that is touched by one thread at a time: a test's own, or one that answers a request."""

    def __init__(self, world: World, lock: threading.RLock) -> None:
        object.__setattr__(self, "_world", world)
        object.__setattr__(self, "_lock", lock)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._world, name)
        if not callable(found):
            return found

        def alone(*arguments: Any, **named: Any) -> Any:
            with self._lock:
                return found(*arguments, **named)

        return alone

    def __setattr__(self, name: str, value: object) -> None:
        with self._lock:
            setattr(self._world, name, value)


class _Silent(WSGIRequestHandler):
    """Writes no line for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        if type == "error":
            logging.getLogger("fake-stripe").debug(message, *args)
