"""Eight clients that deliver messages over HTTP as Stripe would: each on a connection of its own, kept open."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from tests.bed.stripe_events import Json, signed

CONNECTIONS = 8
ANSWER_SECONDS_MAX = 60


@dataclass
class Delivered:
    """What came of each delivery. Refused is whatever was answered otherwise than 200; the rest has no answer."""

    acknowledged: list[Json] = field(default_factory=list)
    refused: list[tuple[int, Json]] = field(default_factory=list)
    unanswered: list[Json] = field(default_factory=list)

    @property
    def again(self) -> list[Json]:
        """What a sender sends again: all that was not acknowledged."""
        return [*self.unanswered, *(message for _, message in self.refused)]


@dataclass
class Clients:
    """`watch` is called with the number of answers after each of them."""

    port: int
    path: str
    watch: Callable[[int], None] = lambda _: None
    _lock: Lock = field(default_factory=Lock)

    def deliver(self, messages: Sequence[Json]) -> Delivered:
        """Sends all `messages`, each once, over eight connections at the same time."""
        delivered = Delivered()
        shares = [messages[start::CONNECTIONS] for start in range(CONNECTIONS)]
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for done in [pool.submit(self._client, share, delivered) for share in shares]:
                done.result()
        return delivered

    def _client(self, messages: Sequence[Json], delivered: Delivered) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS_MAX)
        for message in messages:
            status = self._send(connection, message)
            with self._lock:
                if status is None:
                    delivered.unanswered.append(message)
                elif status == 200:
                    delivered.acknowledged.append(message)
                else:
                    delivered.refused.append((status, message))
                count = len(delivered.acknowledged) + len(delivered.refused)
            self.watch(count)
        connection.close()

    def _send(self, connection: http.client.HTTPConnection, message: Json) -> int | None:
        """The status of the answer; None where there was none, and nobody knows whether it arrived."""
        body, headers = signed(message, at=int(time.time()))
        try:
            connection.request("POST", self.path, body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            connection.close()  # opened anew by the next request
            return None
        return response.status
