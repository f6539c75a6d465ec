"""What the pretend service sends: a signed message about one payment, over real HTTP, tried again when it fails."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from datetime import datetime

import httpx2

from campaigns.keys import new_key
from campaigns.providers import sandbox
from campaigns.sandbox.models import SandboxPayment

SECONDS_MAX = 10.0
PAUSES_SECONDS = (0.0, 1.0, 5.0, 20.0)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """One message, signed as of the moment it was made."""

    id: str
    body: bytes
    headers: dict[str, str]


def message(
    payment: SandboxPayment, kind: str, *, secret: str, now: datetime, message_id: str | None = None
) -> Message:
    """The message of type `kind` about `payment` as it now stands."""
    named = message_id or f"msg_{new_key()}"
    created = int(payment.created_at.timestamp())
    said = {
        "id": named,
        "type": kind,
        "created": int(now.timestamp()),
        "live": False,
        "payment": {
            "id": payment.key,
            "amount": payment.amount_minor,
            "currency": payment.currency,
            "status": payment.status,
            "created": created,
            "campaign": payment.campaign_slug,
            "name": payment.name,
            "email": payment.email,
            "message": payment.message,
            "show_name": payment.show_name,
            "refunds": payment.refunds,
            "disputes": payment.disputes,
        },
    }
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return Message(named, body, {"content-type": "application/json", **sandbox.sign(secret, named, body, now)})


def send(url: str, what: Message) -> None:
    """Sends in the background, as a service of its own would: the donor does not wait for it."""
    threading.Thread(target=_deliver, args=(url, what), name="sandbox-delivery", daemon=True).start()


def _deliver(url: str, what: Message) -> None:
    for pause in PAUSES_SECONDS:
        threading.Event().wait(pause)
        try:
            with httpx2.Client(timeout=SECONDS_MAX, trust_env=False) as client:
                answer = client.post(url, content=what.body, headers=what.headers)
            if answer.status_code == 200:
                return
            logger.warning("sandbox message %s was answered %s", what.id, answer.status_code)
        except httpx2.HTTPError as error:
            logger.warning("sandbox message %s was not delivered: %s", what.id, type(error).__name__)
    logger.error("sandbox message %s is given up", what.id)
