"""Events on their way: signed anew at each attempt, posted over real HTTP, and badly behaved where asked to be."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from tests.fakes.stripe.api import Api
from tests.fakes.stripe.messages import sign, thin, twin
from tests.fakes.stripe.misbehaviour import Misbehaviour
from tests.fakes.stripe.state import Json
from tests.fakes.stripe.versions import in_version

RETRY_SECONDS = (5, 60, 600, 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)  # about three days in all
ANSWER_SECONDS_MAX = 20
IDLE_SECONDS = 0.05


@dataclass(frozen=True)
class Parcel:
    """One event for one endpoint, and when it is to be tried next, in the courier's own time."""

    event: Json
    endpoint: str
    due: float
    tries: int = 0
    thin: bool = False
    version: str | None = None


@dataclass(frozen=True)
class Attempt:
    """What came of one try: the status answered, 0 where there was no answer."""

    event: Json
    endpoint: str
    status: int
    body: bytes = field(repr=False)


class Courier:
    """Takes what the world has told to every endpoint that asked for it."""

    def __init__(self, api: Api, misbehaviour: Misbehaviour, *, seed: int = 0) -> None:
        self.misbehaviour = misbehaviour
        self.attempts: list[Attempt] = []
        self.dropped: list[Json] = []
        self.background = False  # whether `run` is at work in a thread
        self.wall_clock: Callable[[], float] = time.time  # what signatures are dated by
        self._api = api
        self._random = random.Random(f"delivery/{seed}")
        self._waiting: list[Parcel] = []
        self._told = 0
        self._guard = threading.RLock()

    def collect(self) -> None:
        """Packs the events that have happened since the last time."""
        with self._api.lock, self._guard:
            self._api.before_each()
            fresh = self._api.world.events[self._told :]
            self._told += len(fresh)
            for event in fresh:
                self._pack(event)
            if self.misbehaviour.reorder and len(self._waiting) > 1:
                self._random.shuffle(self._waiting)

    def deliver(self) -> list[Attempt]:
        """Sends what is due, and what that causes, until nothing is. Returns the attempts made."""
        made: list[Attempt] = []
        self.collect()
        while (parcel := self._next_due()) is not None:
            made.append(self._send(parcel))
            self.collect()
        return made

    def hurry(self) -> None:
        """Makes all that waits, delayed or to be tried again, due now."""
        with self._guard:
            self._waiting = [replace(parcel, due=0.0) for parcel in self._waiting]

    def resend(self, event_id: str) -> None:
        """Sends an event once more to everybody, as staff can from the Dashboard."""
        with self._api.lock, self._guard:
            self._waiting += [self._parcel(self._api.world.event_by_id[event_id], name) for name in self._api.secrets]

    @property
    def waiting(self) -> int:
        """How many parcels are still on their way."""
        with self._guard:
            return len(self._waiting)

    def after_payment(self, seconds_max: float) -> None:
        """The hosted page sends the donor back once the endpoints have answered, or after a while."""
        if self.background:
            deadline = time.monotonic() + seconds_max
            self.collect()
            while self._due_now() and time.monotonic() < deadline:
                threading.Event().wait(IDLE_SECONDS)

    def run(self, stop: threading.Event) -> None:
        """Delivers in the background until told to stop."""
        while not stop.wait(IDLE_SECONDS):
            self.deliver()

    def _pack(self, event: Json) -> None:
        for name in list(self._api.secrets):
            endpoint = self._api.world.objects[name]
            if endpoint["status"] != "enabled" or not _wants(endpoint, event):
                continue
            self._api.undelivered.add(event["id"])
            if self._happens(self.misbehaviour.drop):
                self.dropped.append(event)
                continue
            self._waiting.append(self._parcel(event, name))
            if self._happens(self.misbehaviour.duplicate):
                self._waiting.append(self._parcel(event, name))
            if self._happens(self.misbehaviour.twin):
                self._waiting.append(self._parcel(twin(event, self._api.world), name))

    def _parcel(self, event: Json, endpoint: str) -> Parcel:
        delay = self._random.uniform(0, self.misbehaviour.delay_seconds)
        versions = self.misbehaviour.versions
        return Parcel(
            event=event,
            endpoint=endpoint,
            due=time.monotonic() + delay if delay else 0.0,
            thin=self._happens(self.misbehaviour.thin),
            version=self._random.choice(versions) if versions else None,
        )

    def _happens(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability

    def _due_now(self) -> bool:
        with self._guard:
            now = time.monotonic()
            return any(parcel.due <= now for parcel in self._waiting)

    def _next_due(self) -> Parcel | None:
        with self._guard:
            now = time.monotonic()
            for position, parcel in enumerate(self._waiting):
                if parcel.due <= now:
                    return self._waiting.pop(position)
            return None

    def _send(self, parcel: Parcel) -> Attempt:
        with self._api.lock:
            secret = self._api.secrets.get(parcel.endpoint)
            endpoint = self._api.world.objects.get(parcel.endpoint)
        if secret is None or endpoint is None:
            return Attempt(parcel.event, parcel.endpoint, 0, b"")  # deleted meanwhile
        body, headers = sign(self._written(parcel, endpoint), secret, int(self.wall_clock()))
        status = _post(endpoint["url"], body, headers)
        attempt = Attempt(parcel.event, parcel.endpoint, status, body)
        self._settle(parcel, attempt)
        return attempt

    def _written(self, parcel: Parcel, endpoint: Json) -> Json:
        if parcel.thin:
            return thin(parcel.event)
        version = parcel.version or endpoint["api_version"]
        return in_version(parcel.event, version) if version else parcel.event

    def _settle(self, parcel: Parcel, attempt: Attempt) -> None:
        with self._api.lock, self._guard:
            self.attempts.append(attempt)
            if 200 <= attempt.status < 300:
                self._api.undelivered.discard(parcel.event["id"])
                parcel.event["pending_webhooks"] = 0
            elif parcel.tries < len(RETRY_SECONDS):
                due = time.monotonic() + RETRY_SECONDS[parcel.tries]
                self._waiting.append(replace(parcel, due=due, tries=parcel.tries + 1))


def _wants(endpoint: Json, event: Json) -> bool:
    return "*" in endpoint["enabled_events"] or event["type"] in endpoint["enabled_events"]


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status answered; 0 where nobody answered in time."""
    target = urlsplit(url)
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.hostname or "", target.port, timeout=ANSWER_SECONDS_MAX)
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    try:
        connection.request("POST", path, body, headers | {"User-Agent": "Stripe/1.0 (fake)"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return answer.status
