"""Every request that a question comes to, with all that it asks for: one too wide would count another's money."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from campaigns.providers.asking import Answers, CannotLookUpNow, LookUpRefused, NothingThere
from campaigns.providers.contract import Endpoint
from campaigns.providers.stripe import asking

Json = dict[str, Any]
PAGE = {"limit": asking.PAGE_ROWS}


class Api:
    """Answers by path, a list of pages where several are asked for; it remembers each request."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.requests: list[tuple[str, Json]] = []

    def raw_request(self, method: str, path: str, **params: Any) -> Any:
        assert method == "get"
        self.requests.append((path, params))
        answer = self.answers.get(path, {"data": []})
        document = answer.pop(0) if isinstance(answer, list) and answer and "data" in answer[0] else answer
        return type("Response", (), {"body": json.dumps(document)})

    def ask(self, subject: str) -> list[tuple[str, Json]]:
        self.requests.clear()
        self.told: Answers = asking.ask(Endpoint("main", "test", (), {"api_key": "rk_1"}), subject)
        return self.requests


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    made = Api()
    monkeypatch.setattr(asking, "_client", lambda _: made)
    return made


def test_a_charge_is_asked_for_with_its_own_refunds_and_disputes(api: Api) -> None:
    assert api.ask("charge:ch_1") == [
        ("/v1/charges/ch_1", {"expand": ["balance_transaction", "payment_intent"]}),
        ("/v1/refunds", {"charge": "ch_1", "expand": ["data.charge"], **PAGE}),
        ("/v1/disputes", {"charge": "ch_1", **PAGE}),
    ]
    assert [row.request for row in api.told.rows] == [
        "GET /v1/charges/ch_1 expand=balance_transaction,payment_intent",
        "GET /v1/refunds charge=ch_1 expand=data.charge limit=100",
        "GET /v1/disputes charge=ch_1 limit=100",
    ]
    assert (api.told.rows[0].body, api.told.trouble) == (b'{"data": []}', None)


def test_an_intent_leads_to_its_charge(api: Api) -> None:
    api.answers["/v1/payment_intents/pi_1"] = {"latest_charge": "ch_1"}
    assert [path for path, _ in api.ask("payment_intent:pi_1")] == [
        "/v1/payment_intents/pi_1",
        "/v1/charges/ch_1",
        "/v1/refunds",
        "/v1/disputes",
    ]
    api.answers["/v1/payment_intents/pi_1"] = {"latest_charge": None}
    assert [path for path, _ in api.ask("payment_intent:pi_1")] == ["/v1/payment_intents/pi_1"]


@pytest.mark.parametrize(("noun", "path"), [("refund", "/v1/refunds/x_1"), ("dispute", "/v1/disputes/x_1")])
def test_a_reversal_leads_to_the_charge_that_it_or_its_intent_names(api: Api, noun: str, path: str) -> None:
    for found, charge in (
        ({"charge": "ch_1", "payment_intent": {"id": "pi_1", "latest_charge": "ch_2"}}, "ch_1"),
        ({"charge": {"id": "ch_1"}}, "ch_1"),
        ({"charge": None, "payment_intent": {"id": "pi_1", "latest_charge": "ch_2"}}, "ch_2"),
    ):
        api.answers[path] = found
        assert [asked for asked, _ in api.ask(f"{noun}:x_1")][:2] == [path, f"/v1/charges/{charge}"]
    api.answers[path] = {"payment_intent": "pi_1"}
    assert len(api.ask(f"{noun}:x_1")) == 1


def test_what_is_written_out_in_an_answer_is_asked_for_by_name(api: Api) -> None:
    for subject, expand in asking._WRITTEN_OUT.items():
        ((_, params), *_) = api.ask(f"{subject}:x_1")
        assert params == {"expand": list(expand)}
    for subject in ("checkout.session", "subscription", "balance_transaction"):
        assert subject not in asking._WRITTEN_OUT
        ((_, params), *_) = api.ask(f"{subject}:x_1")
        assert params == {}


def test_a_session_leads_to_its_intent_and_its_invoice(api: Api) -> None:
    api.answers["/v1/checkout/sessions/cs_1"] = {"payment_intent": "pi_1", "invoice": {"id": "in_1"}}
    asked = [path for path, _ in api.ask("checkout.session:cs_1")]
    expected = ["/v1/checkout/sessions/cs_1", "/v1/payment_intents/pi_1", "/v1/invoices/in_1", "/v1/invoice_payments"]
    assert asked == expected


def test_an_invoice_leads_to_what_paid_it(api: Api) -> None:
    paid = [
        {"id": "inpay_1", "status": "paid", "payment": {"payment_intent": "pi_1", "charge": None}},
        {"id": "inpay_2", "status": "canceled", "payment": {"payment_intent": "pi_2"}},
        {"id": "inpay_3", "status": "open", "payment": {"payment_intent": None, "charge": "ch_3"}},
    ]
    api.answers["/v1/invoice_payments"] = {"data": paid}
    asked = api.ask("invoice:in_1")
    assert asked[1] == ("/v1/invoice_payments", {"invoice": "in_1", **PAGE})
    things = [path for path, _ in asked if path.count("/") > 2]
    assert things == ["/v1/invoices/in_1", "/v1/payment_intents/pi_1", "/v1/charges/ch_3"]
    api.answers["/v1/invoice_payments/inpay_1"] = paid[0]
    assert [path for path, _ in api.ask("invoice_payment:inpay_1")][1] == "/v1/payment_intents/pi_1"


def test_as_many_payments_of_an_invoice_as_are_followed_are_no_trouble_and_one_more_is(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PAYMENTS_OF_INVOICE_MAX", 2)
    paid = [{"id": f"inpay_{n}", "payment": {"charge": f"ch_{n}"}} for n in range(3)]
    api.answers["/v1/invoice_payments"] = {"data": paid[:2]}
    api.ask("invoice:in_1")
    assert api.told.trouble is None
    api.answers["/v1/invoice_payments"] = {"data": paid}
    asked = [path for path, _ in api.ask("invoice:in_1")]
    assert "/v1/charges/ch_1" in asked
    assert "/v1/charges/ch_2" not in asked
    assert str(api.told.trouble) == "invoice in_1 has more than 2 payments"


def test_a_list_is_read_page_by_page_from_the_last_row_of_each(api: Api) -> None:
    api.answers["/v1/disputes"] = [
        {"data": [{"id": "dp_1"}, {"id": "dp_2"}], "has_more": True},
        {"data": [{"id": "dp_3"}], "has_more": False},
    ]
    pages = [params for path, params in api.ask("charge:ch_1") if path == "/v1/disputes"]
    assert pages == [{"charge": "ch_1", **PAGE}, {"charge": "ch_1", "starting_after": "dp_2", **PAGE}]


def test_a_list_without_an_end_is_trouble_and_what_was_read_is_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAGES_MAX", 2)
    api.answers["/v1/disputes"] = [{"data": [{"id": f"dp_{n}"}], "has_more": True} for n in range(3)]
    assert len(api.ask("charge:ch_1")) == 4
    assert str(api.told.trouble) == "GET /v1/disputes has more than 200 rows"
    assert len(api.told.rows) == 4
    for odd in ({"data": [{"id": None}], "has_more": True}, {"data": [], "has_more": True}, {"has_more": 1}):
        api.answers["/v1/disputes"] = odd
        assert len(api.ask("charge:ch_1")) == 3
        assert api.told.trouble is None


def test_a_home_is_asked_for_from_the_intent_upwards(api: Api) -> None:
    invoice: Json = {"id": "in_1", "parent": {"subscription_details": {"subscription": "sub_1"}}}
    api.answers["/v1/invoice_payments"] = {"data": [{"id": "inpay_1", "invoice": invoice}]}
    of_intent = {"payment": {"type": "payment_intent", "payment_intent": "pi_1"}, "expand": ["data.invoice"], **PAGE}
    assert api.ask("home:pi_1") == [
        ("/v1/payment_intents/pi_1", {}),
        ("/v1/invoice_payments", of_intent),
        ("/v1/subscriptions/sub_1", {}),
        ("/v1/checkout/sessions", {"subscription": "sub_1", **PAGE}),
        ("/v1/checkout/sessions", {"payment_intent": "pi_1", **PAGE}),
    ]


NAMED = {"metadata": {"campaign": "newsroom"}}


@pytest.mark.parametrize(
    ("invoice", "subscription", "last"),
    [
        ({"id": "in_1", **NAMED}, {}, "/v1/invoice_payments"),
        ({"id": "in_1", "parent": {"subscription_details": NAMED}}, {}, "/v1/invoice_payments"),
        ({"id": "in_1", "subscription": "sub_1"}, NAMED, "/v1/subscriptions/sub_1"),
        ({"id": "in_1", "subscription": "sub_1"}, {}, "/v1/checkout/sessions"),
        ({"id": "in_1"}, {}, "/v1/checkout/sessions"),
        ("in_1", {}, "/v1/checkout/sessions"),
    ],
)
def test_nothing_is_asked_above_what_names_a_campaign(api: Api, invoice: object, subscription: Json, last: str) -> None:
    api.answers["/v1/invoice_payments"] = {"data": [{"id": "inpay_1", "invoice": invoice}]}
    api.answers["/v1/subscriptions/sub_1"] = subscription
    assert api.ask("home:pi_1")[-1][0] == last


def test_an_answer_that_is_no_object_is_kept_and_leads_nowhere(api: Api) -> None:
    api.answers["/v1/payment_intents/pi_1"] = ["odd"]
    assert len(api.ask("payment_intent:pi_1")) == 1
    assert api.told.rows[0].body == b'["odd"]'


@pytest.mark.parametrize("subject", ["payout:po_1", "charge:../x", "charge:", "", "x" * 200])
def test_what_is_not_asked_is_told_by_its_name_cut_short(api: Api, subject: str) -> None:
    with pytest.raises(NothingThere) as raised:
        api.ask(subject)
    assert str(raised.value) == f"nothing at Stripe is called {subject[:80]}"
    assert api.requests == []


def test_trouble_after_an_answer_is_told_beside_it_the_first_of_it_only(api: Api) -> None:
    genuine, api.answers["/v1/payment_intents/pi_1"] = api.raw_request, {"latest_charge": "ch_1"}
    trouble: Exception = CannotLookUpNow("silent", timedelta(minutes=5))

    def broken(method: str, path: str, **params: Any) -> Any:
        if path.startswith("/v1/charges"):
            raise trouble
        return genuine(method, path, **params)

    api.raw_request = broken  # type: ignore[method-assign]
    assert [path for path, _ in api.ask("payment_intent:pi_1")] == ["/v1/payment_intents/pi_1"]
    assert api.told.trouble is trouble
    with pytest.raises(CannotLookUpNow, match="silent"):
        api.ask("charge:ch_1")
    trouble = NothingThere("it is gone")
    api.ask("payment_intent:pi_1")
    assert type(api.told.trouble) is CannotLookUpNow
    assert str(api.told.trouble) == "it is gone"


def test_what_a_key_may_not_read_is_told_by_the_first_question_and_what_is_gone_is_only_logged(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    genuine = api.raw_request
    answers: dict[str, Exception] = {
        "/v1/refunds": LookUpRefused("the api_key may not read this (/v1/refunds)"),
        "/v1/disputes": LookUpRefused("the api_key may not read this (/v1/disputes)"),
    }

    def refused(method: str, path: str, **params: Any) -> Any:
        if path in answers:
            raise answers[path]
        return genuine(method, path, **params)

    api.raw_request = refused  # type: ignore[method-assign]
    api.ask("charge:ch_1")
    assert api.told.trouble is answers["/v1/refunds"]
    answers["/v1/refunds"] = NothingThere("Stripe knows no such thing")
    with caplog.at_level(logging.INFO):
        api.ask("charge:ch_1")
    assert api.told.trouble is answers["/v1/disputes"]
    assert "Stripe knows no such thing" in caplog.messages


@pytest.mark.parametrize(
    ("given", "base", "account"),
    [
        ({}, "https://api.stripe.com", None),
        ({"api_base": "", "account": ""}, "https://api.stripe.com", None),
        ({"api_base": "http://127.0.0.1:8420/", "account": "acct_1"}, "http://127.0.0.1:8420", "acct_1"),
    ],
)
def test_the_client_asks_by_our_version_once_where_and_for_whom_it_is_told(
    given: dict[str, str], base: str, account: str | None
) -> None:
    options = asking._client(Endpoint("main", "test", (), {"api_key": "rk_1", **given}))._requestor._options
    assert (options.api_key, options.stripe_version, options.max_network_retries) == ("rk_1", asking.API_VERSION, 0)
    assert (options.base_addresses["api"], options.stripe_account) == (base, account)


def test_the_client_is_never_kept_waiting_for_long() -> None:
    assert asking.transport()._timeout == (asking.CONNECT_SECONDS, asking.READ_SECONDS)  # type: ignore[attr-defined]
