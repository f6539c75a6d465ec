"""What a donor types is nobody else's: it stands in no log, no address and no message to staff, whatever goes wrong."""

from __future__ import annotations

import logging
import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import inspect, text

from campaigns import clock
from campaigns.donate import limits
from campaigns.providers import sandbox
from campaigns.providers.checkout import CannotOpenNow, OpeningRefused
from tests.bed.desk import Desk
from tests.bed.live import LiveServer

TYPED = {
    "name": "Girlitz Nomen",
    "email": "girlitz.epistula@example.org",
    "message": "girlitz verba",
    "tribute": "girlitz honoris",
}
MARK = re.compile(rb"girlitz", re.IGNORECASE)
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
MAY_HOLD = {"payment_donor", "donation", "donation_intent", "sandbox_payment", "webhook_event"}


@pytest.fixture
def desk(database, settings) -> Desk:
    made = Desk(database, settings, now=clock.now())
    made.campaign()
    return made


@pytest.fixture
def everything(caplog) -> None:
    """All that is logged, by anybody, from the lowest level up; of statements only their text."""
    for name in (None, "werkzeug", "stripe", "campaigns", "flask-limiter"):
        caplog.set_level(logging.DEBUG, logger=name)
    caplog.set_level(logging.INFO, logger="sqlalchemy")  # below it are the rows themselves, which no setting turns on


def give(client, **fields):
    page = client.get("/c/newsroom/donate").get_data(as_text=True)
    return client.post("/c/newsroom/donate", data={**dict(HIDDEN.findall(page)), "amount": "50", **TYPED, **fields})


def told(caplog) -> bytes:
    lines = [record.getMessage() + str(record.exc_text or "") for record in caplog.records]
    return "\n".join(lines).encode()


@pytest.mark.usefixtures("everything")
def test_no_way_a_gift_can_go_puts_what_was_typed_into_a_log_or_an_address(desk, app, client, caplog, monkeypatch):
    app.testing = False  # what breaks is logged, as it would be

    def fails(error: Exception):
        def opening(*_: object) -> None:
            raise error

        monkeypatch.setattr(sandbox, "open_checkout", opening)
        return give(client)

    answers = [
        give(client, show_name="yes", cover_fees="yes"),
        give(client, own_amount="nothing"),
        give(client, email="girlitz epistula"),
        give(client, csrf_token="stale"),
        give(client, method="girlitz"),
        give(client, name="girlitz" * 50, message="girlitz" * 100, tribute="girlitz" * 30),
        client.post("/c/nowhere/donate", data=TYPED),
        client.post("/c/newsroom/donate?lang=x", data=TYPED, headers={"Accept": "application/json"}),
    ]
    monkeypatch.setattr(limits, "CAMPAIGN_CALM_MAX", 0)
    answers.append(give(client, proof="girlitz", ticket="girlitz"))
    monkeypatch.setattr(limits, "CAMPAIGN_CALM_MAX", 1_000)
    monkeypatch.setattr(limits, "CAMPAIGN_MAX", 0)
    answers.append(give(client))
    monkeypatch.setattr(limits, "CAMPAIGN_MAX", 1_000)
    answers += [fails(CannotOpenNow("away")), fails(OpeningRefused("no")), fails(RuntimeError(TYPED["email"]))]
    assert [answer.status_code for answer in answers] == [
        303, 422, 422, 400, 422, 422, 404, 400, 422, 429, 503, 409, 500,
    ]  # fmt: skip
    assert len(caplog.records) > 0
    assert not MARK.search(told(caplog))
    for answer in answers:
        assert not MARK.search(str(answer.headers).encode())


def test_only_the_tables_of_donors_hold_what_was_typed(desk, client):
    assert give(client, show_name="yes").status_code == 303
    with desk.database.reading() as session:
        names = inspect(desk.database.engine).get_table_names()
        rows = {name: repr(session.execute(text(f'SELECT * FROM "{name}"')).all()).encode() for name in names}
    assert {name for name, told in rows.items() if MARK.search(told)} <= MAY_HOLD


@pytest.mark.slow
def test_a_real_server_writes_nothing_of_it_down(desk, live_server: LiveServer):
    page = live_server.get("/c/newsroom/donate").body.decode()
    form = {**dict(HIDDEN.findall(page)), "amount": "50", **TYPED}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    statuses = [
        live_server.request("POST", "/c/newsroom/donate", urlencode({**form, **other}).encode(), headers).status
        for other in ({}, {"own_amount": "x"}, {"csrf_token": ""}, {"method": "girlitz"}, {"name": "girlitz\u0000"})
    ]
    assert statuses == [303, 422, 400, 422, 303]
    assert not MARK.search(live_server.log.read_bytes())
