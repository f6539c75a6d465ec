"""Proofs of work: a little computing that costs one reader nothing and ten thousand requests a lot.

ALTCHA's protocol, on our own server: a signed challenge names how many rounds of PBKDF2-SHA-256 to try passwords with,
the browser finds the one that fits, and the answer is good once, for this campaign's form, for ten minutes. Which
password fits is drawn evenly from all, so that nobody gains by giving up early; making a challenge costs one try.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns.crypto import derive, sha256_hex
from campaigns.db import Database, insert_or_ignore
from campaigns.donate.models import UsedProof
from campaigns.settings import Settings

ALGORITHM = "PBKDF2/SHA-256"
ROUNDS = 5_000  # of one try: 1.5 ms of a server's core
TRIES, ATTACKED_TRIES = 800, 3_200  # at most; half of them on average
LIFE = timedelta(minutes=10)
PAYLOAD_LENGTH_MAX = 4_096
FORM = "donate"


@dataclass(frozen=True, slots=True)
class Spent:
    """What is kept of a proof or ticket when it is used, for as long as it could be used again."""

    digest: str
    expires_at: datetime


def challenge(campaign_id: int, *, attacked: bool, secret_key: str, now: datetime) -> dict[str, Any]:
    """A fresh challenge for one press on the campaign's form, as ALTCHA's solvers read it."""
    made = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=secrets.randbelow(ATTACKED_TRIES if attacked else TRIES),
        expires_at=int((now + LIFE).timestamp()),
        data=_bound_to(campaign_id),
        hmac_secret=derive(secret_key, "proof-of-work"),
        hmac_key_secret=derive(secret_key, "proof-of-work-answer"),
    )
    return dict(made.to_dict())


def checked(text: str, campaign_id: int, *, secret_key: str, now: datetime) -> Spent | None:
    """What to keep of a right answer to a challenge of this campaign's form; None for anything else."""
    payload = _read(text)
    if payload is None:
        return None
    found = altcha.verify_solution(
        payload,
        derive(secret_key, "proof-of-work"),
        hmac_key_secret=derive(secret_key, "proof-of-work-answer"),
    )
    parameters = payload.challenge.parameters
    # Signed by us, so that these are of the kind that `challenge` put there.
    if not found.verified or parameters.data != _bound_to(campaign_id) or parameters.expires_at is None:
        return None
    expires_at = datetime.fromtimestamp(parameters.expires_at, UTC)
    # By the challenge, not the answer: the same one may be written in many ways.
    return Spent(sha256_hex(f"proof:{payload.challenge.signature}".encode()), expires_at) if expires_at > now else None


def spend(session: Session, spent: Spent) -> bool:
    """Keeps that it was used; False where it was used before."""
    row = {"digest": spent.digest, "expires_at": spent.expires_at}
    return insert_or_ignore(session, UsedProof, [row]) == 1


def forget(database: Database, settings: Settings, *, now: datetime) -> dict[str, int]:
    """Background work: used proofs and tickets that nobody could use again."""
    over = UsedProof.expires_at < now
    with database.reading() as session:
        if session.scalar(select(UsedProof.digest).where(over).limit(1)) is None:
            return {}  # so that nothing waits for a writer that has nothing to write
    with database.writing() as session:
        gone = session.execute(delete(UsedProof).where(over).returning(UsedProof.digest)).all()
    return {"used proofs forgotten": len(gone)}


def _bound_to(campaign_id: int) -> dict[str, Any]:
    return {"form": FORM, "campaign": campaign_id}


def _read(text: str) -> altcha.Payload | None:
    if len(text) > PAYLOAD_LENGTH_MAX:
        return None
    try:
        return altcha.Payload.from_base64(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
