"""Opening a checkout: what is ordered of a service, where a donor may be led, and the words of each refusal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import stripe as library

from campaigns.keys import new_key
from campaigns.providers import sandbox, stripe
from campaigns.providers.checkout import (
    CannotOpenNow,
    Fees,
    OpeningRefused,
    Order,
    opens_checkout,
)
from campaigns.providers.contract import Endpoint, NotAuthentic
from campaigns.providers.stripe import checkout
from tests.fakes.stripe.api import SECRET_KEY
from tests.fakes.stripe.server import FakeStripe
from tests.fakes.stripe.world import World
from tests.providers.conftest import SANDBOX_SECRET

SECRETS = ("whsec_" + "k" * 32,)
ORDER = Order(
    intent="k" * 20,
    campaign="newsroom",
    title="Newsroom",
    amount_minor=5_181,
    cover_minor=181,
    currency="USD",
    frequency="once",
    email="ada@example.org",
    language="de",
    thanks_url="https://tidemark.test/c/newsroom/thanks?gift=k",
    back_url="https://tidemark.test/c/newsroom/donate",
)


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeStripe]:
    with FakeStripe(World(seed=7)) as started:
        yield started


@pytest.fixture
def endpoint(fake: FakeStripe) -> Endpoint:
    return Endpoint("main", "test", SECRETS, {"api_key": SECRET_KEY, "api_base": f"{fake.url}/"})


def opened(fake: FakeStripe, endpoint: Endpoint, **over: Any) -> dict[str, Any]:
    """The session as Stripe has it."""
    made = stripe.open_checkout(endpoint, replace(ORDER, **{"intent": new_key(), **over}))
    session: dict[str, Any] = fake.world.get(made.ref, "checkout.session")
    assert session["url"] == made.url
    return session


def ordered(**over: Any) -> dict[str, Any]:
    """What would be asked of Stripe."""
    return checkout._params(replace(ORDER, **over))


def told(error: Exception) -> str:
    """What is told of a fault of the client."""

    def fail() -> None:
        raise error

    with pytest.raises((CannotOpenNow, OpeningRefused)) as raised:
        checkout._translated(fail)
    return f"{type(raised.value).__name__}: {raised.value}"


def test_once_and_monthly_are_what_both_services_offer() -> None:
    for provider in (stripe, sandbox):
        offers = opens_checkout(provider)
        assert offers is not None
        assert offers.frequencies(Endpoint("main", "test", SECRETS, {})) == ("once", "monthly")
    assert opens_checkout(None) is None


def test_stripe_lacks_its_key_and_the_sandbox_only_its_secret() -> None:
    assert stripe.checkout_lacks(Endpoint("main", "test", SECRETS, {})) == "api_key"
    assert stripe.checkout_lacks(Endpoint("main", "test", SECRETS, {"api_key": "rk_1"})) is None
    assert sandbox.checkout_lacks(Endpoint("main", "test", (SANDBOX_SECRET,), {})) is None
    assert sandbox.checkout_lacks(Endpoint("main", "test", (), {})) is not None


@pytest.mark.parametrize(("currency", "least"), [("USD", 50), ("JPY", 50), ("HUF", 17_500), ("KWD", 500), ("ISK", 1)])
def test_stripe_has_a_least_amount(currency: str, least: int) -> None:
    assert stripe.minimum_minor(currency) == least


@pytest.mark.parametrize(("currency", "least"), [("USD", 1), ("JPY", 1), ("KWD", 10)])
def test_the_sandbox_takes_almost_nothing(currency: str, least: int) -> None:
    assert sandbox.minimum_minor(currency) == least


@pytest.mark.parametrize(
    ("said", "currency", "fees"),
    [
        (None, "USD", Fees(290, 30)),
        (None, "EUR", Fees(150, 25)),
        (None, "CZK", None),
        ("1.2%+0.10", "EUR", Fees(120, 10)),
        ("3%", "USD", Fees(300, 0)),
        ("2.9%+30", "JPY", Fees(290, 30)),
        ("2.9%+0.30", "JPY", None),
        ("2.9", "USD", Fees(290, 30)),
        ("2.9%+0.30 ", "CZK", None),
    ],
)
def test_a_gift_costs_what_staff_said_else_what_is_published(
    said: str | None, currency: str, fees: Fees | None
) -> None:
    settings = {"fees": said} if said else {}
    assert stripe.fees(Endpoint("main", "test", SECRETS, settings), currency) == fees


def test_the_sandbox_costs_what_is_usual(sandbox_endpoint: Endpoint) -> None:
    assert sandbox.fees(sandbox_endpoint, "USD") == Fees(290, 30)
    assert sandbox.fees(sandbox_endpoint, "JPY") == Fees(290, 0)


def test_a_gift_is_ordered_whole_with_its_cover_apart(fake: FakeStripe, endpoint: Endpoint) -> None:
    session = opened(fake, endpoint)
    assert (session["amount_total"], session["currency"], session["mode"]) == (5_181, "usd", "payment")
    once = ordered()
    assert [item["price_data"]["unit_amount"] for item in once["line_items"]] == [5_000, 181]
    names = [item["price_data"]["product_data"]["name"] for item in once["line_items"]]
    assert names == ["Donation: Newsroom", "Payment fees that you cover"]
    metadata = {"campaign": "newsroom", "intent": ORDER.intent}
    assert (once["metadata"], once["client_reference_id"]) == (metadata, ORDER.intent)
    assert once["payment_intent_data"] == {"metadata": metadata, "description": "Donation: Newsroom"}
    assert (once["submit_type"], once["adaptive_pricing"]) == ("donate", {"enabled": False})
    assert (once["success_url"], once["cancel_url"]) == (ORDER.thanks_url, ORDER.back_url)
    assert (once["locale"], once["customer_email"], once["ui_mode"]) == ("de", "ada@example.org", "hosted_page")


def test_a_monthly_gift_carries_its_intent_into_every_renewal(fake: FakeStripe, endpoint: Endpoint) -> None:
    session = opened(fake, endpoint, frequency="monthly", cover_minor=0, email=None, language="ar")
    assert (session["amount_total"], session["mode"]) == (5_181, "subscription")
    monthly = ordered(frequency="monthly", cover_minor=0, email=None, language="ar")
    (item,) = monthly["line_items"]
    assert (item["quantity"], item["price_data"]["recurring"]) == (1, {"interval": "month"})
    assert monthly["subscription_data"] == {"metadata": monthly["metadata"]}
    assert (monthly["locale"], "customer_email" in monthly, "submit_type" in monthly) == ("auto", False, False)


def test_the_same_order_opens_the_same_session(endpoint: Endpoint) -> None:
    order = replace(ORDER, intent=new_key())
    assert stripe.open_checkout(endpoint, order) == stripe.open_checkout(endpoint, order)


def test_an_amount_that_stripe_cannot_charge_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(OpeningRefused, match="an amount this fine in KWD"):
        ordered(amount_minor=5_124, cover_minor=0, currency="KWD")


def test_nothing_is_opened_without_a_key() -> None:
    with pytest.raises(OpeningRefused, match=r"^no api_key$"):
        stripe.open_checkout(Endpoint("main", "test", SECRETS, {}), ORDER)


def test_a_donor_of_a_monthly_gift_is_led_to_the_portal(fake: FakeStripe, endpoint: Endpoint) -> None:
    session = opened(fake, endpoint, frequency="monthly")
    with pytest.raises(OpeningRefused, match="no customer yet"):
        stripe.manage_url(endpoint, session["id"], ORDER.back_url)
    fake.world.complete_session(session["id"])
    led = stripe.manage_url(endpoint, session["id"], ORDER.back_url)
    assert led.startswith(f"{fake.url}/p/session/")
    portal = fake.world.get(led.rpartition("/")[2], "billing_portal.session")
    assert (portal["customer"], portal["return_url"]) == (session["customer"], ORDER.back_url)


@pytest.mark.parametrize(
    ("url", "mode", "base", "leads_there"),
    [
        ("https://checkout.stripe.com/c/pay/cs_1", "live", "", True),
        ("https://billing.stripe.com/p/session/1", "live", "", True),
        ("http://checkout.stripe.com/c/pay/cs_1", "live", "", False),
        ("https://checkout.stripe.com:8443/c", "live", "", False),
        ("https://eve@checkout.stripe.com/c", "live", "", False),
        ("https://checkout.stripe.com.evil.example/c", "live", "", False),
        ("http://127.0.0.1:8420/c", "test", "http://127.0.0.1:8420", True),
        ("http://127.0.0.1:8421/c", "test", "http://127.0.0.1:8420", False),
        ("https://127.0.0.1:8420/c", "test", "http://127.0.0.1:8420", False),
        ("http://127.0.0.1:8420/c", "live", "http://127.0.0.1:8420", False),
        ("/c", "test", "", False),
    ],
)
def test_nobody_is_led_to_a_place_that_is_not_stripes(url: str, mode: str, base: str, leads_there: bool) -> None:
    endpoint = Endpoint("main", mode, SECRETS, {"api_base": base} if base else {})
    if leads_there:
        assert checkout._checked(url, endpoint) == url
    else:
        with pytest.raises(OpeningRefused, match="leads to a place that is not Stripe's"):
            checkout._checked(url, endpoint)


def test_a_session_without_an_address_is_refused(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        checkout, "_translated", lambda _: library.checkout.Session.construct_from({"id": "cs", "url": None}, "")
    )
    with pytest.raises(OpeningRefused, match="without an address"):
        stripe.open_checkout(endpoint, ORDER)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (library.AuthenticationError("sk_live_x", http_status=401), "OpeningRefused: the api_key is not valid"),
        (library.PermissionError("x", http_status=403), "OpeningRefused: the api_key may not open a checkout"),
        (library.RateLimitError("x", http_status=429), "CannotOpenNow: Stripe asks us to slow down"),
        (
            library.InvalidRequestError("ada@example.org", "email", code="email_invalid"),
            "OpeningRefused: Stripe refused it: email_invalid",
        ),
        (library.InvalidRequestError("x", "email", http_status=400), "OpeningRefused: Stripe refused it: 400"),
        (library.APIError("x", http_status=500), "CannotOpenNow: Stripe did not answer (HTTP 500)"),
        (library.APIConnectionError("x"), "CannotOpenNow: Stripe did not answer (APIConnectionError)"),
    ],
)
def test_a_refusal_tells_the_fault_and_nothing_of_the_donor_or_the_key(error: Exception, words: str) -> None:
    assert told(error) == words


def test_an_order_travels_in_the_pretend_checkouts_address_and_nobody_can_make_one(sandbox_endpoint: Endpoint) -> None:
    made = sandbox.open_checkout(sandbox_endpoint, ORDER)
    assert made.ref == f"pay_{ORDER.intent}"
    start = "https://tidemark.test/sandbox/checkout/"
    assert made.url.startswith(start)
    token = made.url.removeprefix(start)
    said = sandbox.read_order(sandbox_endpoint, token)
    assert said == {name: getattr(ORDER, name) for name in sandbox.SAID_OF_ORDER}
    assert ORDER.email not in said.values()
    with pytest.raises(NotAuthentic):
        sandbox.read_order(sandbox_endpoint, token + "x")
    with pytest.raises(NotAuthentic):
        sandbox.read_order(replace(sandbox_endpoint, secrets=("whsec_b3RoZXJzZWNyZXRvdGhlcg==",)), token)


def test_a_pretend_gift_is_managed_among_the_pretend_payments(sandbox_endpoint: Endpoint) -> None:
    managed = sandbox.manage_url(sandbox_endpoint, "pay_1", "https://tidemark.test/c/newsroom")
    assert managed == "https://tidemark.test/sandbox/payments#pay_1"


def test_a_donors_browser_may_be_sent_to_stripe_and_outside_live_to_its_stand_in() -> None:
    stand_in = {"api_base": "http://127.0.0.1:8420/"}
    hosts = ("https://checkout.stripe.com", "https://billing.stripe.com")
    assert stripe.checkout_origins(Endpoint("main", "live", SECRETS, stand_in)) == hosts
    assert stripe.checkout_origins(Endpoint("main", "test", SECRETS, {})) == hosts
    assert stripe.checkout_origins(Endpoint("main", "test", SECRETS, stand_in)) == (*hosts, "http://127.0.0.1:8420")
    assert sandbox.checkout_origins(Endpoint("main", "test", (SANDBOX_SECRET,), {})) == ()
