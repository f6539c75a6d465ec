"""The fake's API, spoken to by the official client over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

PRICE: Any = {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Donation"}}
MONTHLY: Any = PRICE | {"recurring": {"interval": "month"}}
ONE_OFF: Any = {
    "mode": "payment",
    "submit_type": "donate",
    "ui_mode": "hosted_page",
    "line_items": [{"quantity": 2, "price_data": PRICE}],
    "client_reference_id": "intent-1",
    "metadata": {"campaign": "roof"},
    "payment_intent_data": {"metadata": {"campaign": "roof"}, "description": "Roof"},
    "customer_creation": "if_required",
    "success_url": "http://127.0.0.1/thanks?s={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://127.0.0.1/c/roof",
}


def test_a_session_is_created_paid_and_found_again(fake, client):
    made = client.v1.checkout.sessions.create(ONE_OFF)
    assert (made.amount_total, made.status, made.payment_intent) == (5000, "open", None)
    assert made.url.startswith(fake.url)
    charge_id = fake.world.complete_session(made.id)
    paid = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge"]})
    assert paid.payment_status == "paid"
    assert paid.payment_intent.latest_charge.id == charge_id
    assert paid.payment_intent.latest_charge.metadata["campaign"] == "roof"
    for asked in ({"payment_intent": paid.payment_intent.id}, {"status": "complete"}):
        assert [one.id for one in client.v1.checkout.sessions.list(asked).data] == [made.id]
    assert client.v1.checkout.sessions.list({"subscription": "sub_x"}).data == []


def test_a_session_can_be_expired_once(client):
    made = client.v1.checkout.sessions.create(ONE_OFF)
    assert client.v1.checkout.sessions.expire(made.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        client.v1.checkout.sessions.expire(made.id)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types_no_longer_supported"),
        ({"mode": ""}, "parameter_missing"),
        ({"success_url": ""}, "parameter_missing"),
        ({"ui_mode": "hosted"}, "parameter_invalid"),
        ({"submit_type": "give"}, "parameter_invalid"),
        ({"nonsense": "1"}, "parameter_unknown"),
        ({"subscription_data": {"metadata": {"a": "b"}}}, None),
        ({"line_items": [{"quantity": 1, "price": "price_1"}]}, "resource_missing"),
        ({"line_items": [{"quantity": 1, "price_data": MONTHLY}]}, None),
        ({"line_items": [{"quantity": 1, "price_data": PRICE | {"unit_amount": 49}}]}, "amount_too_small"),
        ({"expires_at": 1}, None),
        ({"customer": "cus_none"}, "resource_missing"),
    ],
)
def test_a_session_that_stripe_would_refuse_is_refused(client, wrong, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(ONE_OFF | wrong)
    assert refused.value.code == code


def test_an_intent_is_confirmed_captured_in_part_and_its_charge_found_by_it(client):
    made = client.v1.payment_intents.create(
        {"amount": 2000, "currency": "EUR", "capture_method": "manual", "metadata": {"campaign": "roof"}}
    )
    assert made.status == "requires_payment_method"
    assert client.v1.payment_intents.update(made.id, {"description": "Roof"}).description == "Roof"
    assert client.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"}).amount_capturable == 2000
    assert client.v1.payment_intents.capture(made.id, {"amount_to_capture": 1500}).amount_received == 1500
    charge = client.v1.charges.list({"payment_intent": made.id}).data[0]
    assert (charge.amount, charge.amount_captured, charge.currency) == (2000, 1500, "eur")
    assert client.v1.charges.list({"payment_intent": "pi_other"}).data == []
    assert [one.id for one in client.v1.payment_intents.list().data] == [made.id]
    assert client.v1.payment_intents.retrieve(made.id).latest_charge == charge.id


def test_a_declined_card_is_a_card_error_and_the_intent_can_be_tried_again(client):
    made = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_chargeDeclined"})
    assert declined.value.code == "card_declined"
    assert client.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_an_intent_is_cancelled_and_a_succeeded_one_is_not(client):
    held = client.v1.payment_intents.create(
        {
            "amount": 900,
            "currency": "usd",
            "capture_method": "manual",
            "confirm": True,
            "payment_method": "pm_card_visa",
        }
    )
    gone = client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "abandoned"})
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    paid = client.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}
    )
    with pytest.raises(stripe.InvalidRequestError, match="succeeded"):
        client.v1.payment_intents.cancel(paid.id)


def test_an_intent_with_ways_to_pay_listed_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({"amount": 900, "currency": "usd", "payment_method_types": ["card"]})
    assert refused.value.code == "payment_method_types_no_longer_supported"


def test_refunds_add_up_and_no_more_than_was_paid_is_given_back(fake, client):
    charge = fake.world.pay(amount=2500)
    first = client.v1.refunds.create({"charge": charge, "amount": 1000, "reason": "requested_by_customer"})
    assert (first.status, first.amount, first.reason) == ("succeeded", 1000, "requested_by_customer")
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        client.v1.refunds.create({"charge": charge, "amount": 1501})
    assert refused.value.code == "amount_too_large"
    rest = client.v1.refunds.create({"payment_intent": fake.world.intent_of(charge)})
    assert rest.amount == 1500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": charge})
    assert refused.value.code == "charge_already_refunded"
    assert [one.id for one in client.v1.refunds.list({"charge": charge}).data] == [rest.id, first.id]
    assert client.v1.refunds.retrieve(first.id).amount == 1000
    whole = client.v1.charges.retrieve(charge, {"expand": ["refunds", "balance_transaction"]})
    assert (whole.amount_refunded, whole.refunded, len(whole.refunds.data)) == (2500, True, 2)
    assert whole.balance_transaction is None, "the fee is not known yet"


def test_a_refund_of_a_debit_is_pending_and_can_be_called_off(fake, client):
    charge = fake.world.pay(amount=2500, method="debit")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"charge": charge})
    fake.world.settle(charge)
    refund = client.v1.refunds.create({"charge": charge})
    assert refund.status == "pending"
    assert client.v1.refunds.cancel(refund.id).status == "canceled"
    assert client.v1.charges.retrieve(charge).amount_refunded == 0


def test_a_disputed_charge_is_not_refunded_until_the_dispute_is_won(fake, client):
    charge = fake.world.pay(amount=2500)
    dispute = fake.world.dispute(charge)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": charge})
    assert refused.value.code == "charge_disputed"
    assert client.v1.disputes.update(dispute, {"submit": True}).status == "under_review"
    fake.world.win(dispute)
    assert client.v1.disputes.retrieve(dispute).status == "won"
    assert [one.amount for one in client.v1.disputes.retrieve(dispute).balance_transactions] == [-2500, 2500]
    assert client.v1.refunds.create({"charge": charge}).amount == 2500


def test_a_dispute_is_conceded_and_found_by_its_charge(fake, client):
    charge = fake.world.pay(amount=2500)
    dispute = fake.world.dispute(charge)
    assert client.v1.disputes.close(dispute).status == "lost"
    for asked in ({"charge": charge}, {"payment_intent": fake.world.intent_of(charge)}):
        assert [one.id for one in client.v1.disputes.list(asked).data] == [dispute]


def test_a_renewal_is_traced_from_its_charge_to_the_subscription(fake, client):
    session = client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"quantity": 1, "price_data": MONTHLY}],
            "subscription_data": {"metadata": {"campaign": "roof"}},
            "success_url": "http://127.0.0.1/",
        }
    )
    fake.world.complete_session(session.id)
    about = client.v1.checkout.sessions.retrieve(session.id).subscription
    charge = client.v1.charges.retrieve(fake.world.renew(about))
    assert charge.metadata.to_dict() == {}
    found = client.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": charge.payment_intent}, "expand": ["data.invoice"]}
    ).data
    assert len(found) == 1
    details = found[0].invoice.parent.subscription_details
    assert (details.subscription, details.metadata["campaign"]) == (about, "roof")
    invoice = client.v1.invoices.retrieve(found[0].invoice.id, {"expand": ["payments"]})
    assert invoice.payments.data[0].payment.payment_intent == charge.payment_intent
    assert len(client.v1.invoices.list({"subscription": about}).data) == 2
    assert client.v1.invoice_payments.retrieve(found[0].id).status == "paid"
    assert len(client.v1.invoice_payments.list({"invoice": invoice.id}).data) == 1


def test_a_subscription_is_relabelled_ends_later_or_now(fake, client):
    charge = fake.world.complete_session(fake.world.create_session(amount=900, mode="subscription"))
    about = fake.world.subscription_of(charge)
    assert client.v1.subscriptions.update(about, {"metadata": {"campaign": "organ"}}).metadata["campaign"] == "organ"
    assert client.v1.subscriptions.update(about, {"cancel_at_period_end": True}).cancel_at_period_end is True
    assert client.v1.subscriptions.retrieve(about).status == "active"
    fake.world.advance(32 * 86_400)
    assert client.v1.subscriptions.list().data == []
    assert [one.id for one in client.v1.subscriptions.list({"status": "all"}).data] == [about]
    other = fake.world.complete_session(fake.world.create_session(amount=900, mode="subscription"))
    assert client.v1.subscriptions.cancel(fake.world.subscription_of(other)).status == "canceled"


def test_metadata_is_merged_and_an_empty_value_takes_a_key_away(fake, client):
    charge = fake.world.pay(amount=900, campaign="roof")
    added = client.v1.charges.update(charge, {"metadata": {"note": "x"}})
    assert added.metadata.to_dict() == {"campaign": "roof", "note": "x"}
    assert client.v1.charges.update(charge, {"metadata": {"campaign": ""}}).metadata.to_dict() == {"note": "x"}
    assert [deed.campaign for deed in fake.world.journal if deed.kind == "labelled" and deed.thing == charge] == [
        "roof", None,
    ]  # fmt: skip


def test_balance_transactions_are_listed_by_source_type_and_time(fake, client):
    charge = fake.world.pay(amount=2500)
    txn = fake.world.set_balance_transaction(charge)
    refund = fake.world.refund(charge, 100)
    assert client.v1.balance_transactions.retrieve(txn).net == 2500 - 102
    assert [one.id for one in client.v1.balance_transactions.list({"source": charge}).data] == [txn]
    listed = client.v1.balance_transactions.list({"type": "refund", "expand": ["data.source"]}).data
    assert [(one.source.id, one.amount) for one in listed] == [(refund, -100)]
    assert client.v1.balance_transactions.list({"created": {"gt": fake.world.now + 5}}).data == []
    assert client.v1.charges.retrieve(charge, {"expand": ["balance_transaction"]}).balance_transaction.fee == 102


def test_events_are_listed_by_type_and_time_for_thirty_days(fake, client):
    charge = fake.world.pay(amount=2500)
    fake.world.refund(charge)
    kinds = [event.type for event in client.v1.events.list({"types": ["charge.refunded", "refund.created"]}).data]
    assert kinds == ["charge.refunded", "refund.created"]
    one = client.v1.events.list({"type": "charge.succeeded"}).data[0]
    assert client.v1.events.retrieve(one.id).data.object["amount_refunded"] == 0, "an event shows what was then"
    fake.world.advance(31 * 86_400)
    assert [event.type for event in client.v1.events.list().data] == ["charge.updated"]


def test_a_webhook_endpoint_tells_its_secret_once(client):
    made = client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1/hook", "enabled_events": ["charge.succeeded"], "api_version": "2026-10-28.endive"}
    )
    assert made.secret.startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(made.id)
    changed = client.v1.webhook_endpoints.update(made.id, {"enabled_events": ["*"], "disabled": True})
    assert (changed.enabled_events, changed.status) == (["*"], "disabled")
    assert len(client.v1.webhook_endpoints.list().data) == 1
    assert client.v1.webhook_endpoints.delete(made.id).deleted is True
    assert client.v1.webhook_endpoints.list().data == []


def test_customers_links_and_portals_are_made(fake, client):
    customer = client.v1.customers.create({"name": "Ada Reader", "email": "ada@example.org"})
    assert client.v1.customers.retrieve(customer.id).email == "ada@example.org"
    assert client.v1.customers.update(customer.id, {"name": "Ada"}).name == "Ada"
    assert [one.id for one in client.v1.customers.list({"email": "ada@example.org"}).data] == [customer.id]
    portal = client.v1.billing_portal.sessions.create({"customer": customer.id, "return_url": "http://127.0.0.1/"})
    assert portal.url.startswith(fake.url)
    link = client.v1.payment_links.create({"line_items": [{"quantity": 1, "price_data": PRICE}]})
    assert client.v1.payment_links.retrieve(link.id).url == link.url
    assert len(client.v1.payment_links.list().data) == 1
