"""PayPal's messages: the envelope, and the signature over transmission id, time, webhook id and CRC-32."""

from __future__ import annotations

import base64
import itertools
import json
import zlib
from datetime import datetime
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.fakes.paypal import chain

WEBHOOK_ID = "8PT597110X687430LKGECATA"
CERT_URL = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-good"
WHOLE_ONLY = ("HUF", "JPY", "TWD")
_numbers = itertools.count(1)


def event(event_type: str, resource_type: str, resource: dict[str, Any], at: datetime) -> dict[str, Any]:
    """A message about `resource`."""
    return {
        "id": f"WH-{next(_numbers):017d}-TIDEMARK",
        "event_version": "1.0",
        "create_time": written(at),
        "resource_type": resource_type,
        "resource_version": "2.0",
        "event_type": event_type,
        "summary": "Something happened",
        "resource": json.loads(json.dumps(resource)),
        "links": [],
    }


def body_of(message: dict[str, Any]) -> bytes:
    """Its bytes, as PayPal writes them."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def sign(
    body: bytes,
    *,
    at: datetime,
    webhook_id: str = WEBHOOK_ID,
    cert_url: str = CERT_URL,
    transmission_id: str | None = None,
    key: str = "leaf",
) -> dict[str, str]:
    """The headers of a delivery, in lower case."""
    name = transmission_id or f"{next(_numbers):08d}-7ead-11f0-9c5d-2f2b1c1d1e1f"
    signed = f"{name}|{written(at)}|{webhook_id}|{zlib.crc32(body)}".encode()
    return {
        "paypal-transmission-id": name,
        "paypal-transmission-time": written(at),
        "paypal-transmission-sig": base64.b64encode(chain.key(key).sign(signed, PKCS1v15(), SHA256())).decode(),
        "paypal-cert-url": cert_url,
        "paypal-auth-algo": "SHA256withRSA",
        "paypal-auth-version": "v2",
    }


def amount(value: Decimal | str, currency: str = "USD") -> dict[str, str]:
    """An amount as the newer API writes it."""
    places = "1" if currency in WHOLE_ONLY else "0.01"
    return {"currency_code": currency, "value": str(Decimal(value).quantize(Decimal(places)))}


def written(at: datetime) -> str:
    """A time as PayPal writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
