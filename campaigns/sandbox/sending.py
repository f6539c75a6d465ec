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
PAUSES_SECONDS = (0.0, 1.0, 5.0, 20.0)  # before each try; all within the 300 s for which a signature is good

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
            "created": int(payment.created_at.timestamp()),
            "campaign": payment.campaign_slug,
            "intent": payment.intent,
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


def send(url: str, what: Message) -> threading.Thread:
    """Sends in the background, as a service of its own would: the donor does not wait for it."""
    sending = threading.Thread(target=_deliver, args=(url, what), name="sandbox-delivery", daemon=True)
    sending.start()
    return sending


def _deliver(url: str, what: Message) -> None:
    for pause in PAUSES_SECONDS:
        threading.Event().wait(pause)
        try:
            logger.info("sandbox message %s was answered “%s”", what.id, _answer(url, what))
            return
        except (httpx2.HTTPError, httpx2.InvalidURL, _Refused) as error:
            reason = str(error) or type(error).__name__
            logger.warning("sandbox message %s was not taken by %s: %s", what.id, url, reason)
    logger.error("sandbox message %s is given up; send it again from the list of pretend payments", what.id)


class _Refused(Exception):
    """An answer that is not the one word that says the message is kept."""


def _answer(url: str, what: Message) -> str:
    """The word of the answer. Raises _Refused for any answer but a 200 with it, and httpx2's errors."""
    with httpx2.Client(timeout=SECONDS_MAX, trust_env=False) as client:
        answer = client.post(url, content=what.body, headers=what.headers)
    if answer.status_code != 200:
        raise _Refused(f"answered {answer.status_code}")
    try:
        return str(answer.json()["status"])
    except (ValueError, KeyError, TypeError) as error:
        raise _Refused("answered 200 by something that is not Tidemark") from error
