"""Whether PayPal sent it: its signature checked here by its certificate, or by asking PayPal.

The signature covers a CRC-32 of the body and no more, and whoever has seen one genuine message can make another body
of the same CRC-32. So an authentic message is a hint that something happened: money is read from what is fetched.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from campaigns.providers._fields import as_object
from campaigns.providers.asking import CannotLookUpNow, NothingThere
from campaigns.providers.contract import CannotVerifyNow, Endpoint, NotAuthentic
from campaigns.providers.paypal import api, certificates

ALGORITHM, VERSION = "SHA256withRSA", "v2"
SIMULATED = "WEBHOOK_ID"  # what PayPal's simulator signs for, whatever the webhook
READ_SECONDS = 8.0  # of the API that verifies: PayPal itself waits for our answer
_ID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{100,2000}={0,2}", re.ASCII)
_WEBHOOK_ID = re.compile(r"[A-Za-z0-9-]{6,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Transmission:
    """What stands in the headers of one delivery."""

    id: str
    time: str
    signature: str
    cert_url: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Transmission:
        """Raises NotAuthentic unless each header is there and has the shape that PayPal gives it."""
        algorithm, version = headers.get("paypal-auth-algo"), headers.get("paypal-auth-version")
        if algorithm != ALGORITHM or version != VERSION:
            raise NotAuthentic("signed in another way than PayPal signs")
        made = cls(
            _shaped(_ID, headers, "id"),
            _shaped(_TIME, headers, "time"),
            _shaped(_SIGNATURE, headers, "sig"),
            headers.get("paypal-cert-url", ""),
        )
        if base64.b64encode(made.signature_bytes()).decode() != made.signature:
            raise NotAuthentic("a signature that is not written as PayPal writes it")
        return made

    def signature_bytes(self) -> bytes:
        """Raises NotAuthentic."""
        try:
            return base64.b64decode(self.signature, validate=True)
        except binascii.Error as error:
            raise NotAuthentic("a signature that is no base64") from error


def webhook_ids(endpoint: Endpoint) -> tuple[str, ...]:
    """The ids that messages may be signed for: several where a webhook is being replaced by another."""
    said = (one.strip() for one in endpoint.settings.get("webhook_id", "").split(","))
    known = tuple(one for one in said if _WEBHOOK_ID.fullmatch(one) and one != SIMULATED)
    simulated = endpoint.mode != "live" and endpoint.settings.get("simulator") == "yes"
    return (*known, SIMULATED) if known and simulated else known


def verify(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, now: datetime) -> Transmission:
    """The transmission that `body` came with. Raises NotAuthentic or CannotVerifyNow, and nothing else."""
    sent = Transmission.of(headers)
    ids = webhook_ids(endpoint)
    if not ids:
        raise NotAuthentic("no webhook_id")
    if endpoint.settings.get("verify") == "api":
        certificates.checked(endpoint, sent.cert_url)
        _ask(endpoint, sent, body, ids)
        return sent
    try:
        key = certificates.key_of(endpoint, sent.cert_url, now)
    except certificates.Unproven as error:
        if api.key_lacking(endpoint):
            raise CannotVerifyNow(str(error)) from error
        _ask(endpoint, sent, body, ids)
        return sent
    for webhook_id in ids:
        try:
            key.verify(sent.signature_bytes(), _signed(sent, webhook_id, body), PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return sent
    raise NotAuthentic("no signature of PayPal's for this webhook")


def _signed(sent: Transmission, webhook_id: str, body: bytes) -> bytes:
    return f"{sent.id}|{sent.time}|{webhook_id}|{zlib.crc32(body)}".encode()


def _ask(endpoint: Endpoint, sent: Transmission, body: bytes, ids: tuple[str, ...]) -> None:
    """Asks PayPal whether it sent this. Its own bytes are handed over: written anew they would not verify."""
    for webhook_id in ids:
        told = {
            "auth_algo": ALGORITHM,
            "cert_url": sent.cert_url,
            "transmission_id": sent.id,
            "transmission_sig": sent.signature,
            "transmission_time": sent.time,
            "webhook_id": webhook_id,
        }
        question = json.dumps(told)[:-1].encode() + b',"webhook_event":' + body + b"}"
        path = "/v1/notifications/verify-webhook-signature"
        try:
            raw = api.call(endpoint, "POST", path, content=question, read_seconds=READ_SECONDS)
        except (CannotLookUpNow, NothingThere) as error:
            raise CannotVerifyNow(str(error)) from error
        except api.Refused as error:
            raise NotAuthentic(f"PayPal does not take it for a message of its own: {error.issue}") from error
        if as_object(json.loads(raw)).get("verification_status") == "SUCCESS":
            return
    raise NotAuthentic("PayPal did not send this to this webhook")


def _shaped(shape: re.Pattern[str], headers: Mapping[str, str], name: str) -> str:
    value = headers.get(f"paypal-transmission-{name}", "")
    if not shape.fullmatch(value):
        raise NotAuthentic(f"no transmission {name} as PayPal writes it")
    return value
