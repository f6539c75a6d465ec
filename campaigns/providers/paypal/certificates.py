"""The certificates that PayPal signs its messages with: from its own hosts only, checked up to a public root, kept.

A message names the address of its certificate, so anybody can name one. It must be, letter for letter, an address at
PayPal, before anything is asked of it; and a stranger who names many cannot make us ask for many.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import certifi
import httpx2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from campaigns.providers.contract import CannotVerifyNow, Endpoint, NotAuthentic
from campaigns.providers.paypal import api

HOSTS = {
    api.LIVE: ("api.paypal.com", "api-m.paypal.com"),
    api.SANDBOX: ("api.sandbox.paypal.com", "api-m.sandbox.paypal.com"),
}
SIGNERS = {
    api.LIVE: ("messageverificationcerts.paypal.com",),
    # Which of the two the sandbox's certificate names is documented nowhere.
    api.SANDBOX: ("messageverificationcerts.sandbox.paypal.com", "messageverificationcerts.paypal.com"),
}
_URL = re.compile(r"https://([a-z.-]+)(/v1/notifications/certs/CERT-[A-Za-z0-9-]{1,120})", re.ASCII)
SECONDS_MAX = 5.0
BYTES_MAX = 64 * 1024
KEPT_MAX = 32
UNKNOWN_KEPT_SECONDS = 600.0
ASKED_MAX, ASKED_WITHIN_SECONDS = 12, 60.0  # addresses never heard of, so often at most


class Unproven(Exception):
    """What PayPal serves there does not lead up to a root that is trusted: only PayPal itself can say more."""


_kept: OrderedDict[str, bytes] = OrderedDict()  # by address where it was fetched
_unknown: OrderedDict[str, float] = OrderedDict()  # not there, at this monotonic time
_asked: dict[str, list[float]] = {}  # by where; there are few such places, and staff name them
_lock = threading.Lock()


def key_of(endpoint: Endpoint, url: str, now: datetime) -> RSAPublicKey:
    """The key to check a signature with. Raises NotAuthentic, CannotVerifyNow or Unproven."""
    pem = _fetched(_address(endpoint, url))
    try:
        leaf, *others = x509.load_pem_x509_certificates(pem)
        return _proven(endpoint, leaf, others, now)
    except (VerificationError, ValueError) as error:
        raise Unproven(f"the certificate is not good: {type(error).__name__}") from error


def checked(endpoint: Endpoint, url: str) -> str:
    """The path of `url`, an address of certificates at PayPal. Raises NotAuthentic for any other."""
    found = _URL.fullmatch(url)
    known = HOSTS[api.LIVE] if endpoint.mode == "live" else (*HOSTS[api.LIVE], *HOSTS[api.SANDBOX])
    if found is None or found.group(1) not in known:
        raise NotAuthentic("the certificate's address is not one of PayPal's")
    return found.group(2)


def _address(endpoint: Endpoint, url: str) -> str:
    """Where to fetch `url`: there, or from a stand-in that has it below the same path. Raises NotAuthentic."""
    path, base = checked(endpoint, url), api.base(endpoint)
    return url if base in api.BASES.values() else base + path


def _proven(endpoint: Endpoint, leaf: x509.Certificate, others: list[x509.Certificate], now: datetime) -> RSAPublicKey:
    """The key of `leaf`, a certificate of PayPal's signer that is good `now` and leads to a trusted root."""
    stand_in = endpoint.settings.get("trusted_roots", "") if endpoint.mode != "live" else ""
    policy = PolicyBuilder().store(_roots(stand_in)).time(now)
    failure: VerificationError | None = None
    for name in SIGNERS.get(api.environment(endpoint), ()):
        try:
            policy.build_server_verifier(x509.DNSName(name)).verify(leaf, others)
        except VerificationError as error:
            failure = error
            continue
        key = leaf.public_key()
        if isinstance(key, RSAPublicKey):
            return key
    raise failure or VerificationError("no RSA key of a known signer")


@lru_cache(maxsize=8)
def _roots(path: str) -> Store:
    """The public roots, or those in the file of a trial's stand-in. Raises ValueError where there are none."""
    try:
        return Store(x509.load_pem_x509_certificates(Path(path or certifi.where()).read_bytes()))
    except OSError as error:
        raise ValueError("the file of trusted roots cannot be read") from error


def _fetched(address: str) -> bytes:
    with _lock:
        if address in _kept:
            _kept.move_to_end(address)
            return _kept[address]
        now = time.monotonic()
        if _unknown.get(address, now - UNKNOWN_KEPT_SECONDS) > now - UNKNOWN_KEPT_SECONDS:
            raise NotAuthentic("PayPal has no such certificate")
        place = address.partition("/v1/")[0]
        lately = [at for at in _asked.get(place, ()) if at > now - ASKED_WITHIN_SECONDS]
        if len(lately) >= 2 * ASKED_MAX:
            raise CannotVerifyNow("too many certificates that nobody has heard of are asked for")
        if len(lately) >= ASKED_MAX:  # by strangers, it seems: a genuine message among theirs is for PayPal to tell
            _asked[place] = [*lately, now]
            raise Unproven("too many certificates that nobody has heard of are asked for")
        _asked[place] = [*lately, now]
    pem = _get(address)
    with _lock:
        kept, limit = (_unknown, KEPT_MAX) if pem is None else (_kept, KEPT_MAX)
        if pem is None:
            _unknown[address] = time.monotonic()
        else:
            _kept[address] = pem
        while len(kept) > limit:
            kept.popitem(last=False)
    if pem is None:
        raise NotAuthentic("PayPal has no such certificate")
    return pem


def _get(address: str) -> bytes | None:
    """What is served there; None where PayPal has nothing. No redirect is followed. Raises CannotVerifyNow."""
    try:
        with httpx2.stream("GET", address, timeout=SECONDS_MAX, follow_redirects=False, trust_env=False) as response:
            if 400 <= response.status_code < 500 and response.status_code != 429:
                return None
            if response.status_code != 200:
                raise CannotVerifyNow(f"the certificate cannot be fetched (HTTP {response.status_code})")
            body = b""
            for part in response.iter_bytes():
                body += part
                if len(body) > BYTES_MAX:
                    raise CannotVerifyNow("what is served as a certificate is too long")
            return body
    except httpx2.HTTPError as error:
        raise CannotVerifyNow(f"the certificate cannot be fetched ({type(error).__name__})") from error
