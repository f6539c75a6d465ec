"""One bar for every service: Stripe, PayPal, Patreon, Ko-fi and a file of gifts add up in it to the cent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.crypto import Sealer
from campaigns.inbox import endpoints
from campaigns.staff import accounts
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.bed.stripe_events import charge, event, signed
from tests.fakes.patreon.server import SECRET as PATREON_SECRET
from tests.fakes.patreon.server import FakePatreon
from tests.fakes.patreon.server import sign as signed_by_patreon
from tests.fakes.paypal import messages
from tests.fakes.paypal.server import FakePaypal

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "editor@newsroom.example", "a long enough password"
KOFI_TOKEN = "5f0d3c8a-2b1e-4d7f-9a66-0c1d2e3f4a5b"
KOFI = Path(__file__).parents[1] / "providers" / "fixtures" / "kofi" / "donation.json"
SEEN_WITHIN_MS = 20_000
JSON = {"content-type": "application/json"}


@pytest.fixture
def paypal() -> Iterator[FakePaypal]:
    with FakePaypal() as made:
        made.now = clock.now().replace(microsecond=0)
        yield made


@pytest.fixture
def patreon() -> Iterator[FakePatreon]:
    with FakePatreon() as made:
        made.tick = clock.now
        yield made


@pytest.fixture
def newsroom(live_server: LiveServer, database, settings, paypal, patreon, tmp_path) -> Desk:
    """One campaign that shows its split, and an account at each service."""
    desk = Desk(database, settings, now=clock.now())
    desk.campaign(milestones=[(500_000, "Two reporters")])
    desk.endpoint(campaign="newsroom")
    connected: dict[str, tuple[list[str], dict[str, str]]] = {
        "paypal": ([], paypal.settings(tmp_path)),
        "patreon": ([PATREON_SECRET], {"currency": "USD", "api_base": patreon.url, "access_token": patreon.token}),
        "kofi": ([KOFI_TOKEN], {}),
    }
    with database.writing() as session:
        session.execute(update(Campaign).values(shows_split=True))
        accounts.create(session, email=EMAIL, password=PASSWORD, role="editor")
        for provider, (secrets, kept) in connected.items():
            endpoints.create(
                session,
                provider=provider,
                name="main",
                secrets=secrets,
                settings=kept,
                campaign=lifecycle.by_slug(session, "newsroom"),
                sealer=Sealer(settings.secret_key),
                mode=settings.mode,
                now=desk.now,
            )
    return desk


def sent(server: LiveServer, path: str, body: bytes, headers: dict[str, str]) -> None:
    answer = server.request("POST", path, body, headers)
    assert answer.status == 200, answer.body


def by_stripe(server: LiveServer, amount: int) -> None:
    now = int(time.time()) - 5
    body, headers = signed(event("charge.succeeded", charge("ch_1", amount, created=now), created=now), at=now + 5)
    sent(server, "/webhooks/stripe/main", body, dict(headers))


def by_kofi(server: LiveServer, amount: str) -> None:
    gift = json.loads(KOFI.read_text()) | {"amount": amount, "currency": "USD", "timestamp": clock.now().isoformat()}
    gift |= {"verification_token": KOFI_TOKEN}
    body = urlencode({"data": json.dumps(gift)}).encode()
    sent(server, "/webhooks/kofi/main", body, {"content-type": "application/x-www-form-urlencoded"})


def by_patreon(server: LiveServer, body: bytes) -> None:
    sent(server, "/webhooks/patreon/main", body, JSON | signed_by_patreon(body))


def by_paypal(server: LiveServer, message: dict[str, Any]) -> None:
    body = messages.body_of(message)
    sent(server, "/webhooks/paypal/main", body, JSON | messages.sign(body, at=clock.now()))


def read_a_file(page: Page, url: str, file: Path) -> None:
    """Staff read a file of gifts, by the keyboard but for the choice of the file."""
    page.goto(f"{url}/console")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    page.goto(f"{url}/console/imports")
    page.get_by_label("Campaign").select_option("newsroom")
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Look at it").press("Enter")
    expect(page.get_by_text("A new gift").first).to_be_visible()
    page.get_by_role("button", name="Take the chosen rows").press("Enter")
    expect(page.get_by_text("2 gifts taken: $130.50")).to_be_visible()


def test_every_service_and_a_file_add_up_in_one_bar(
    newsroom: Desk, live_server: LiveServer, paypal: FakePaypal, patreon: FakePatreon, page: Page, tmp_path
) -> None:
    today = clock.now().date().isoformat()
    file = tmp_path / "cash.csv"
    file.write_text(f"Date;Amount;Donor\n{today};100,50;Rosa Mayreder\n{today};30,00;\n", encoding="utf-8")
    read_a_file(page, live_server.url, file)

    member = patreon.join()
    by_stripe(live_server, 120_000)
    by_kofi(live_server, "15.00")
    by_patreon(live_server, patreon.charge(member, 700))
    by_patreon(live_server, patreon.charge(member, 700))
    by_paypal(live_server, paid := paypal.pay("80.00"))
    by_paypal(live_server, paypal.refund(paid["resource"]["id"], "20.00"))

    page.goto(f"{live_server.url}/c/newsroom/donate?amount=25")
    page.get_by_label("PayPal").check()
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("button", name="Pay").click()  # at PayPal; it sends no message of this one
    expect(page.get_by_text("Thank you").first).to_be_visible(timeout=SEEN_WITHIN_MS)

    expected = {"stripe": 120_000, "offline": 13_050, "paypal": 8_500, "kofi": 1_500, "patreon": 1_400}
    page.goto(f"{live_server.url}/embed/newsroom")
    raised = page.locator(".tm-raised:visible").first
    expect(raised).to_have_text("$1,444.50", timeout=SEEN_WITHIN_MS)
    told = json.loads(live_server.request("GET", "/api/v1/campaigns/newsroom").body)
    assert told["raised"]["amount"] == sum(expected.values()) == 144_450
    assert {kind: amount["amount"] for kind, amount in told["by_provider"].items()} == expected
    foot = page.locator(".tm-foot:visible")
    for part in ("Stripe $1,200", "Other gifts $130.50", "PayPal $85", "Ko-fi $15", "Patreon $14"):
        expect(foot).to_contain_text(part)
    assert len(paypal.captures) == 2
    assert newsroom.check().findings == ()
