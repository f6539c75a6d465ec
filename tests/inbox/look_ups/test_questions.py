"""The questions themselves: what is asked of Stripe's API, in which order, and what becomes of each refusal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import stripe

from campaigns.providers.asking import Answers, CannotLookUpNow, LookUpRefused, NothingThere
from campaigns.providers.contract import Endpoint
from campaigns.providers.stripe import asking
from tests.inbox.look_ups.rounds import KEY


@pytest.fixture
def ask(fake):
    def asked(subject: str, **settings: str) -> Answers:
        given = {"api_key": KEY, "api_base": f"{fake.url}/"} | settings
        return asking.ask(Endpoint("main", "test", (), given), subject)

    return asked


def paths(answers: Answers) -> list[str]:
    return [row.request.split()[1] for row in answers.rows]


def test_what_stripe_has_no_name_for_is_not_asked(ask):
    for subject in ("payout:po_1", "charge:", "charge:../customers", "home"):
        with pytest.raises(NothingThere):
            ask(subject)


def test_nothing_is_asked_without_a_key(ask, fake):
    with pytest.raises(LookUpRefused, match="no api_key"):
        ask("charge:ch_1", api_key="")
    assert fake.api.requests == []


def test_another_account_is_asked_in_its_name(ask, fake):
    charge = fake.world.pay(amount=500)
    assert ask(f"charge:{charge}", account="acct_fake").trouble is None
    assert {request.headers["stripe-account"] for request in fake.api.requests} == {"acct_fake"}
    assert {request.headers["stripe-version"] for request in fake.api.requests} == {asking.API_VERSION}
    with pytest.raises(LookUpRefused):
        ask(f"charge:{charge}", account="acct_other")


def test_what_came_before_an_answer_failed_to_come_is_kept(ask, fake):
    charge = fake.world.pay(amount=500)
    fake.misbehave(server_errors=1, only_path="/v1/disputes")
    answers = ask(f"charge:{charge}")
    assert paths(answers) == [f"/v1/charges/{charge}", "/v1/refunds"]
    assert str(answers.trouble) == "Stripe did not answer (HTTP 500)"


def test_a_reversal_whose_charge_is_gone_is_kept_and_asked_for_again(ask, fake):
    charge = fake.world.pay(amount=500)
    refund = fake.world.refund(charge, 100)
    fake.world.objects[refund] |= {"charge": "ch_gone", "payment_intent": None}
    fake.misbehave(server_errors=0)
    with pytest.raises((NothingThere, CannotLookUpNow)):
        asking._ask_thing(asking._Inquiry(asking._client(_endpoint(fake))), "charge", "ch_gone")
    session = fake.world.create_session(amount=500, campaign="newsroom")
    fake.world.complete_session(session)
    fake.world.objects[session]["payment_intent"] = "pi_gone"
    answers = ask(f"checkout.session:{session}")
    assert paths(answers) == [f"/v1/checkout/sessions/{session}"]
    assert "pi_gone" in str(answers.trouble)


def test_a_long_list_is_read_to_its_end_and_one_without_an_end_is_not_taken_for_whole(ask, fake, monkeypatch):
    charge = fake.world.pay(amount=50_000)
    for _ in range(5):
        fake.world.refund(charge, 100)
    monkeypatch.setattr(asking, "PAGE_ROWS", 2)
    assert paths(ask(f"charge:{charge}")).count("/v1/refunds") == 3
    monkeypatch.setattr(asking, "PAGES_MAX", 2)
    answers = ask(f"charge:{charge}")
    assert "more than 4 rows" in str(answers.trouble)


def test_an_invoice_with_more_payments_than_are_asked_for_says_so(ask, fake, monkeypatch):
    charge, _, invoice = renewal(fake)
    monkeypatch.setattr(asking, "PAYMENTS_OF_INVOICE_MAX", 0)
    answers = ask(f"invoice:{invoice}")
    assert "more than 0 payments" in str(answers.trouble)
    monkeypatch.undo()
    assert f"/v1/charges/{charge}" in paths(ask(f"invoice:{invoice}"))


def test_an_attempt_that_was_called_off_is_not_followed(ask, fake):
    _, _, invoice = renewal(fake)
    for payment in fake.world.objects.values():
        if payment["object"] == "invoice_payment":
            payment["status"] = "canceled"
    assert paths(ask(f"invoice:{invoice}")) == [f"/v1/invoices/{invoice}", "/v1/invoice_payments"]


def test_a_home_is_asked_for_as_far_as_something_names_a_campaign(ask, fake):
    charge, subscription, invoice = renewal(fake)
    intent = fake.world.intent_of(charge)
    named = ask(f"home:{intent}")
    assert paths(named) == [f"/v1/payment_intents/{intent}", "/v1/invoice_payments"]
    fake.world.objects[invoice]["parent"]["subscription_details"]["metadata"] = {}
    assert paths(ask(f"home:{intent}"))[2:] == [f"/v1/subscriptions/{subscription}"]
    fake.world.objects[subscription]["metadata"] = {}
    assert paths(ask(f"home:{intent}"))[3:] == ["/v1/checkout/sessions", "/v1/checkout/sessions"]
    fake.world.objects[intent]["metadata"] = {"campaign": "newsroom"}
    assert paths(ask(f"home:{intent}")) == [f"/v1/payment_intents/{intent}"]


def test_a_home_of_old_is_asked_for_by_its_invoice(ask, fake):
    _, subscription, invoice = renewal(fake)
    assert paths(ask(f"home:{invoice}")) == [f"/v1/invoices/{invoice}"]
    fake.world.objects[invoice]["parent"] = None
    assert paths(ask(f"home:{invoice}")) == [f"/v1/invoices/{invoice}"]
    fake.world.objects[invoice] |= {"subscription": subscription}
    assert paths(ask(f"home:{invoice}"))[1:] == [f"/v1/subscriptions/{subscription}"]


def test_a_subscription_that_is_gone_leaves_the_rest_of_the_answer(ask, fake):
    charge, subscription, invoice = renewal(fake)
    fake.world.objects[invoice]["parent"]["subscription_details"]["metadata"] = {}
    fake.world.objects[invoice]["parent"]["subscription_details"]["subscription"] = "sub_gone"
    answers = ask(f"home:{fake.world.intent_of(charge)}")
    assert answers.trouble is None
    assert "/v1/checkout/sessions" in paths(answers)
    assert subscription not in str(paths(answers))


@pytest.mark.parametrize(
    ("raised", "kept", "told"),
    [
        (
            stripe.InvalidRequestError("x", "p", code="bad", http_status=400),
            NothingThere,
            "Stripe refused the question (GET /v1/charges/ch_1 limit=1): bad",
        ),
        (
            stripe.InvalidRequestError("x", "p", http_status=400),
            NothingThere,
            "Stripe refused the question (GET /v1/charges/ch_1 limit=1): 400",
        ),
        (
            stripe.InvalidRequestError("x", "p", http_status=404),
            NothingThere,
            "Stripe knows no such thing (GET /v1/charges/ch_1 limit=1)",
        ),
        (stripe.AuthenticationError("sk_test_donor"), LookUpRefused, "the api_key is not valid (/v1/charges/ch_1)"),
        (stripe.PermissionError("donor"), LookUpRefused, "the api_key may not read this (/v1/charges/ch_1)"),
        (stripe.RateLimitError("donor"), CannotLookUpNow, "Stripe asks us to slow down"),
        (stripe.APIError("donor", http_status=502), CannotLookUpNow, "Stripe did not answer (HTTP 502)"),
        (
            stripe.APIConnectionError("no route to ada@example.org"),
            CannotLookUpNow,
            "Stripe did not answer (APIConnectionError)",
        ),
    ],
)
def test_a_refusal_tells_the_question_and_nothing_of_the_answer(raised, kept, told):
    def fail() -> Any:
        raise raised

    with pytest.raises(kept) as caught:
        asking._translated(fail, "GET /v1/charges/ch_1 limit=1")
    assert str(caught.value) == told


@pytest.mark.parametrize("error", [stripe.RateLimitError, stripe.APIError])
def test_how_long_to_wait_is_told_by_any_answer_that_says_so(error):
    def fail() -> Any:
        raise error("slow down", headers={"retry-after": "7"})

    with pytest.raises(CannotLookUpNow) as caught:
        asking._translated(fail, "GET /v1/charges/ch_1")
    assert caught.value.after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("header", "after"),
    [
        ("7", timedelta(seconds=7)),
        ("999999", timedelta(hours=1)),
        ("soon", None),
        ("-1", None),
        ("٣", None),
        ("", None),
    ],
)
def test_a_provider_may_ask_for_an_hour_of_peace_and_no_more(header, after):
    assert asking._after(stripe.RateLimitError("slow down", headers={"retry-after": header})) == after


def renewal(fake):
    """(charge, subscription, invoice) of a first monthly payment whose campaign only the subscription's side names."""
    session = fake.world.create_session(amount=1_500, campaign="newsroom", mode="subscription")
    charge = fake.world.complete_session(session)
    return charge, fake.world.subscription_of(charge), fake.world.invoice_of(charge)


def _endpoint(fake) -> Endpoint:
    return Endpoint("main", "test", (), {"api_key": KEY, "api_base": fake.url})
