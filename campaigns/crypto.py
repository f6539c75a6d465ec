"""Sealing, hashing and comparing, all by the `cryptography` library and `hmac`; nothing hand-made.

One installation secret feeds every use through HKDF with its own purpose, so that a key made for one
thing is worthless for another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(Exception):
    """A sealed value cannot be opened: it was sealed under another `TIDEMARK_SECRET_KEY`, or damaged."""


@lru_cache(maxsize=64)
def derive(secret_key: str, purpose: str) -> bytes:
    """32 bytes for one `purpose`, from the installation's secret (HKDF-SHA256)."""
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=b"tidemark", info=purpose.encode())
    return kdf.derive(secret_key.encode())


class Sealer:
    """Seals short secrets for storage at rest (Fernet: AES-128-CBC and HMAC-SHA256)."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key

    def seal(self, text: str, purpose: str) -> bytes:
        """`text`, encrypted and authenticated for `purpose`."""
        return self._fernet(purpose).encrypt(text.encode())

    def open(self, blob: bytes, purpose: str) -> str:
        """What `seal` was given. Raises SealBroken for another key, another purpose or a changed blob."""
        try:
            return self._fernet(purpose).decrypt(bytes(blob)).decode()
        except InvalidToken as error:
            raise SealBroken("a stored secret cannot be opened with this TIDEMARK_SECRET_KEY") from error

    def _fernet(self, purpose: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(derive(self._secret_key, f"seal:{purpose}")))


def keyed_hash(secret_key: str, purpose: str, text: str) -> str:
    """HMAC-SHA256 of `text` in hex: equal for equal text, and useless without the installation's secret."""
    return hmac.new(derive(secret_key, f"hash:{purpose}"), text.encode(), hashlib.sha256).hexdigest()


def sha256_hex(data: bytes) -> str:
    """SHA-256 of `data`, 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def equal(a: bytes, b: bytes) -> bool:
    """Comparison in constant time; bytes only, since `compare_digest` raises on non-ASCII text."""
    return hmac.compare_digest(a, b)
