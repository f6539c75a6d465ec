"""A provider is one file: put on the shelf, it has its endpoint, its form and its manual, and its money counts."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns import providers
from tests.bed.cast import Cast, post
from tests.bed.desk import NOW, Desk
from tests.bed.looking import page_of

SECRET = "toy_" + "t" * 32
TOY = '''"""Toy Bank: coins in a box.

Set it up

1. Press the red button at the box, and paste the URL.

Why no key is ever used twice

Coins are numbered.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime

from campaigns.crypto import equal
from campaigns.providers.contract import Hint, HintRank, Movement, NotAuthentic, Reading, Setting, Verified, strong

KIND, TITLE, SECRET_LABEL = "toybank", "Toy Bank", "Key of the box"
SETTINGS = (Setting("colour", "Colour of the box"),)
CONTENT_TYPES, MODES, SCOPE = ("application/json",), ("demo", "test", "live"), ""
EVENTS, SIGNS = ("coin",), "body"


def lacks(endpoint):
    return None if strong(endpoint.secrets) else "the key of the box"


def verify(endpoint, headers, body, now):
    wanted = [hmac.new(one.encode(), body, hashlib.sha256).hexdigest() for one in strong(endpoint.secrets)]
    if not any(equal(one.encode(), headers.get("toy-signature", "").encode()) for one in wanted):
        raise NotAuthentic("no")
    return Verified(json.loads(body)["coin"], "coin", None, now, None)


def redact(body):
    return body


def read(body, endpoint):
    coin = json.loads(body)
    at = datetime.fromtimestamp(coin["at"], UTC)
    money = Movement(coin["coin"], coin["coin"], "donation", coin["cents"], "USD", at)
    return Reading.of([money, Hint(coin["coin"], HintRank.MONEY, coin["for"], at)])
'''


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "toybank.py").write_text(TOY)
    monkeypatch.setattr(providers, "__path__", [*providers.__path__, str(tmp_path)])
    providers.shelf.cache_clear()
    yield
    providers.shelf.cache_clear()


def test_one_file_is_a_whole_provider(toy, database, settings, app, client, tidemark):
    desk = Desk(database, settings, now=NOW)
    desk.campaign()
    admin = Cast(app, database).client("admin")
    assert "Coins in a box" in page_of(admin, "/console/endpoints/create")
    form = page_of(admin, "/console/endpoints/create?provider=toybank")
    for told in ("Key of the box", "Colour of the box", "Press the red button", "/webhooks/toybank/"):
        assert told in form
    answer = post(admin, "/console/endpoints/create?provider=toybank", {"name": "box", "secret": SECRET})
    assert "Set up Toy Bank" in page_of(admin, answer.location)
    made = tidemark("endpoint", "create", "--provider", "toybank", "--name", "second", "--secret", SECRET)
    assert made.exit_code == 0, made.output
    body = json.dumps({"coin": "c1", "cents": 500, "for": "newsroom", "at": int(NOW.timestamp())}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"toy-signature": signature}
    for word in ("processed", "duplicate"):
        told = client.post("/webhooks/toybank/box", data=body, headers=headers, content_type="application/json")
        assert told.get_json() == {"status": word}
    forged = client.post("/webhooks/toybank/box", data=body + b" ", headers=headers, content_type="application/json")
    assert forged.status_code == 400
    assert desk.raised() == 500
    assert desk.check().findings == ()
    assert "Toy Bank" in page_of(admin, f"/console/donations/{desk.donation('c1').key}")
