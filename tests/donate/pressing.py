"""Presses of the button as the donation page handles them, without the page: judged, written down, admitted."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import altcha
from sqlalchemy import func, select

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.db import Database
from campaigns.donate import intents, limits, proof, ways
from campaigns.donate.gift import Gift
from campaigns.donate.limits import Press
from campaigns.donate.models import DonationIntent
from campaigns.settings import Settings
from campaigns.web.limits import Counters

GIFT = Gift(5_000, 0, "once", None, None, None, None, False)


@dataclass
class Desk:
    """`press` opens one checkout from an address block, or raises what the gate says."""

    database: Database
    settings: Settings
    counters: Counters
    _clicks: int = field(default=0)

    def press(self, block: str | None, slug: str = "newsroom", **brought: str) -> str:
        """By what it passed."""
        with self.database.reading() as session:
            campaign, _ = lifecycle.find(session, slug)
            press = Press(block, campaign.id, **brought)
            key = self.settings.secret_key
            passed = limits.judge(self.counters, session, press, secret_key=key, now=clock.now())
        with self.database.writing() as session:
            self.begin(session, slug)
            limits.admit(self.counters, session, passed, secret_key=key, now=clock.now())
        return passed.by

    def begin(self, session: Any, slug: str = "newsroom") -> DonationIntent:
        """Another intent, as if somebody had pressed; past the gate."""
        campaign, _ = lifecycle.find(session, slug)
        way = next(one for one in ways.offered(session, campaign, self.settings) if one.provider == "sandbox")
        self._clicks += 1
        wish = intents.Wish(gift=GIFT, way=way, click=f"click {self._clicks}", language="en")
        intent, is_new = intents.begin(session, campaign, wish, now=clock.now())
        assert is_new
        return intent

    def proof(self, slug: str = "newsroom", *, attacked: bool = False, now: datetime | None = None) -> str:
        """A proof of work for the campaign's form."""
        with self.database.reading() as session:
            campaign, _ = lifecycle.find(session, slug)
        key = self.settings.secret_key
        return solved(proof.challenge(campaign.id, attacked=attacked, secret_key=key, now=now or clock.now()))

    def opened(self) -> int:
        """How many checkouts there are."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(DonationIntent)) or 0


def solved(challenge: dict[str, Any]) -> str:
    """The answer to a challenge, as a browser posts it."""
    found = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert found is not None
    document = {"challenge": challenge, "solution": {"counter": found.counter, "derivedKey": found.derived_key}}
    return base64.b64encode(json.dumps(document).encode()).decode()
