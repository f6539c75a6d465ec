"""Public, random, URL-safe names for things whose inner id nobody outside may count."""

from __future__ import annotations

import secrets

KEY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0/o, 1/l/i: keys are read aloud by staff
KEY_LENGTH = 20  # 31**20 is about 99 bits


def new_key(length: int = KEY_LENGTH) -> str:
    """A fresh random key of `length` characters."""
    return "".join(secrets.choice(KEY_ALPHABET) for _ in range(length))
