"""Is it Stripe's? Our own narrow grammar first, and only what passes it goes on to the official library.

The library alone lets a signed time a year ahead pass, reads `t=+1_7` and Arabic digits, and raises TypeError
for a signature that is not ASCII and UnicodeDecodeError for a body that is not UTF-8; anybody could cause
those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from stripe import SignatureVerificationError, WebhookSignature

from campaigns.providers.contract import Malformed, NotAuthentic, timely

# `t`, then one signature for each secret in force: 352 characters at most. v0 is a scheme for tests, and any other is
# not ours to judge: a newer scheme sent beside v1 must not shut the door on payments.
_HEADER = re.compile(r"t=([1-9][0-9]{9})(?:,v[0-9]=[0-9a-f]{64}){1,5}", re.ASCII)


def check(header: str | None, body: bytes, secrets: Iterable[str], now: datetime) -> None:
    """Returns if one of `secrets` signed exactly `body` within 300 s of `now`; else raises NotAuthentic."""
    parts = _HEADER.fullmatch(header or "")
    if not parts:
        raise NotAuthentic("the Stripe-Signature header is missing, or not one that Stripe sends")
    if not timely(int(parts[1]), now):
        raise NotAuthentic("signed more than 300 s ago or ahead")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("body is not UTF-8") from error
    if not any(_signed(text, parts[0], secret) for secret in secrets):
        raise NotAuthentic("signed with none of this endpoint's secrets")


def _signed(text: str, header: str, secret: str) -> bool:
    try:
        # No tolerance: the library compares with a clock of its own and only looks back. Age was judged
        # above, both ways, against the caller's `now`.
        WebhookSignature.verify_header(text, header, secret, tolerance=None)
    except SignatureVerificationError:
        return False
    return True
