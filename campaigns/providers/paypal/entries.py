"""What PayPal's answers say, as entries that must exist.

A payment is named by the id of its capture or sale, a refund by its own; a reversal (PayPal takes money back by
itself) is a refund in PayPal's books and in ours. Each amount is the thing's own: running totals are only checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from campaigns.providers._fields import (
    Thing,
    as_list,
    as_object,
    campaign_named,
    identity,
    intent_named,
    shown,
)
from campaigns.providers._json import clean_text
from campaigns.providers.contract import (
    EMAIL_MAX,
    NAME_MAX,
    Donor,
    Hint,
    HintRank,
    Link,
    Movement,
    Needs,
    Notice,
    Pending,
    RefundedSoFar,
    Statement,
    Trait,
    Unreadable,
)
from campaigns.providers.paypal.amounts import fee, money, total
from campaigns.providers.paypal.subjects import captured

PAID = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
OVER = ("DECLINED", "FAILED")
UNDONE = ("FAILED", "CANCELLED")
SALE_PAID = ("completed", "partially_refunded", "refunded", "reversed")
LOST = ("RESOLVED_BUYER_FAVOUR", "ACCEPTED")
SELLER = "SELLER"


def of_answer(answer: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    """What an answer received `at` says. Raises Unreadable for one that is none of ours."""
    for noun, read in _READ.items():
        if noun in answer:
            said = read(answer, at)
            yield from (one for one in said if not isinstance(one, Movement) or one.amount_minor)  # nothing is no money
            return
    raise Unreadable("the stored answer is none of PayPal's")


def of_capture(capture: Thing) -> Iterator[Statement]:
    """The money of a capture, as far as its status says that it has come, and for which campaign it is."""
    amount, currency = money(capture, "amount")
    made_at, status = capture.moment("create_time"), capture.word("status", *PAID, *OVER, "PENDING")
    if status in PAID:
        yield Movement(capture.id, capture.id, "donation", amount, currency, made_at)
        yield from _fee(capture, made_at)
    else:
        yield Pending(capture.id, amount, currency, made_at, over=status in OVER)
    if status == "REFUNDED":
        yield RefundedSoFar(capture.id, amount, currency, _last(capture, made_at))
    yield from _named(capture.id, capture.body.get("custom_id"), made_at)


def of_refund(refund: Thing, capture_id: str) -> Iterator[Statement]:
    """A refund of its own amount; one that failed is undone by an entry of its own."""
    amount, currency = money(refund, "amount")
    status = refund.word("status", "COMPLETED", "PENDING", *UNDONE)
    made_at = refund.moment("create_time")
    yield Movement(capture_id, refund.id, "refund", -amount, currency, made_at)
    if status in UNDONE:
        yield _undone(capture_id, refund.id, amount, currency, _last(refund, made_at))
        return
    breakdown = as_object(refund.body.get("seller_payable_breakdown"))
    if "total_refunded_amount" in breakdown:
        so_far, its_currency = money(Thing(refund.label, refund.id, breakdown), "total_refunded_amount")
        yield RefundedSoFar(capture_id, so_far, its_currency, made_at)


def _of_capture_answer(answer: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    return of_capture(Thing.of(answer["capture"], "capture"))


def _of_refund_answer(answer: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    refund = Thing.of(answer["refund"], "refund")
    capture_id = captured(refund.body)
    if capture_id is None:
        yield Needs(f"{refund.label} names no capture")
        return
    yield from of_refund(refund, capture_id)


def _of_order_answer(answer: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    """All captures and refunds of an order, and its payer."""
    order = Thing.of(answer["order"], "order")
    name, email = _payer(order.body)
    paid = False
    for unit in map(as_object, as_list(order.body.get("purchase_units"))):
        payments = as_object(unit.get("payments"))
        for one in as_list(payments.get("captures")):
            capture = Thing.of(one, "capture")
            paid = True
            yield from of_capture(capture)
            yield from _named(capture.id, unit.get("custom_id"), capture.moment("create_time"))
            if name or email:
                yield Donor(capture.id, name, email, None, show_name=False)
        for one in as_list(payments.get("refunds")):
            yield from _of_listed_refund(Thing.of(one, "refund"), as_list(payments.get("captures")))
    if order.body.get("status") == "APPROVED" and not paid and _is_ours(order):
        yield Needs(f"{order.label} was approved by the donor, and PayPal does not capture it")


def _of_listed_refund(refund: Thing, captures: list[Any]) -> Iterator[Statement]:
    """A refund names its capture by a link; where there is one capture only, it can be of no other."""
    only = identity(as_object(captures[0]).get("id")) if len(captures) == 1 else None
    capture_id = captured(refund.body) or only
    if capture_id is None:
        yield Needs(f"{refund.label} names no capture")
        return
    yield from of_refund(refund, capture_id)


def _of_sale_answer(answer: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    """A payment of a subscription, in the older shape; and what was taken back of it, where a message told that."""
    sale = Thing.of(answer["sale"], "sale")
    amount, currency = total(sale, "amount")
    state, made_at = sale.word("state", *SALE_PAID, "pending", "denied"), sale.moment("create_time")
    if state in SALE_PAID:
        yield Movement(sale.id, sale.id, "donation", amount, currency, made_at)
        yield from _cost(sale, fee(sale, "transaction_fee", "currency"), made_at)
    else:
        yield Pending(sale.id, amount, currency, made_at, over=state == "denied")
    if state in ("refunded", "reversed"):
        yield RefundedSoFar(sale.id, amount, currency, _last(sale, made_at))
    if state == "reversed" or (state == "refunded" and answer.get("reversed") is True):
        # Nothing is left of it. Where refunds had taken a part before, more is taken back here than was given, and a
        # donation never counts less than nothing.
        yield Movement(sale.id, f"{sale.id}:reversed", "refund", -amount, currency, _last(sale, made_at))
    yield from _named(sale.id, sale.body.get("custom"), made_at)
    subscription_id = identity(sale.body.get("billing_agreement_id"))
    if subscription_id:
        yield Link(sale.id, subscription_id)


def _of_sale_refund_answer(answer: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    refund = Thing.of(answer["sale_refund"], "refund")
    sale_id = identity(refund.body.get("sale_id"))
    if sale_id is None:
        yield Needs(f"{refund.label} names no sale")
        return
    amount, currency = total(refund, "amount")
    made_at = refund.moment("create_time")
    state = refund.word("state", "completed", "pending", "failed", "cancelled")
    yield Movement(sale_id, refund.id, "refund", -amount, currency, made_at)
    if state in ("failed", "cancelled"):
        yield _undone(sale_id, refund.id, amount, currency, _last(refund, made_at))
        return
    so_far = fee(refund, "total_refunded_amount", "currency")
    if so_far is not None:
        yield RefundedSoFar(sale_id, *so_far, made_at)


def _of_subscription_answer(answer: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    """For which campaign all its payments are, and who gives."""
    subscription = Thing.of(answer["subscription"], "subscription")
    made_at = at if subscription.body.get("create_time") is None else subscription.moment("create_time")
    yield from _named(subscription.id, subscription.body.get("custom_id"), made_at)
    plan_id = identity(subscription.body.get("plan_id"))
    if plan_id:
        yield Trait(subscription.id, "plan", plan_id)
    name, email = _person(as_object(subscription.body.get("subscriber")))
    if name or email:
        yield Donor(subscription.id, name, email, None, show_name=False)


def _of_dispute_answer(answer: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    """A dispute holds money, which is no loss yet. What was lost is booked as PayPal's own refund of it; what is given
    back undoes that refund."""
    body = as_object(answer["dispute"])
    dispute = Thing.of({**body, "id": body.get("dispute_id")}, "dispute")
    if dispute.body.get("status") != "RESOLVED":
        yield Notice("disputed", dispute.id, f"{dispute.label} holds {_disputed_amount(dispute)}")
        return
    about = [as_object(one) for one in as_list(dispute.body.get("disputed_transactions"))]
    ids = [found for one in about if (found := identity(one.get("seller_transaction_id")))]
    outcome = as_object(dispute.body.get("dispute_outcome"))
    given_back = _given_back(dispute)
    if outcome.get("outcome_code") in LOST:
        yield from _lost(dispute, ids, outcome)
    elif given_back:
        yield from _returned(dispute, ids, given_back, as_list(answer.get("payments")))


def _lost(dispute: Thing, ids: list[str], outcome: Mapping[str, Any]) -> Iterator[Statement]:
    """So much must have been taken back; that it was, the refund itself tells."""
    if len(ids) == 1 and as_object(outcome.get("amount_refunded")):
        amount, currency = money(Thing(dispute.label, dispute.id, outcome), "amount_refunded")
        yield RefundedSoFar(ids[0], amount, currency, dispute.moment("update_time"))


def _returned(dispute: Thing, ids: list[str], given_back: tuple[int, str], payments: list[Any]) -> Iterator[Statement]:
    """What PayPal had taken and gives back, by an entry of the dispute's own. It must be seen to have been taken: as a
    refund since the dispute began, or as a sale that is whole again."""
    amount, currency = given_back
    at, opened_at = dispute.moment("update_time"), dispute.moment("create_time")
    back = Movement(ids[0] if ids else "", f"{dispute.id}:returned", "dispute_reversal", amount, currency, at)
    taken = [one for one, of in _refunds_in(payments) if of in ids and one.moment("create_time") >= opened_at]
    if len(ids) == 1 and any(one.body.get("status") == "CANCELLED" for one in taken):
        return  # the refund itself says that it is undone
    if len(ids) == 1 and sum(money(one, "amount")[0] for one in taken) >= amount:
        yield back
        return
    sale = next((one for one in map(as_object, payments) if "sale" in one), None)
    if len(ids) == 1 and sale is not None and _is_whole(Thing.of(sale["sale"], "sale"), given_back):
        yield Movement(ids[0], f"{ids[0]}:reversed", "refund", -amount, currency, opened_at)
        yield back
        return
    yield Needs(f"{dispute.label} gave money back, and what had been taken before is not told")


def _is_whole(sale: Thing, given_back: tuple[int, str]) -> bool:
    """Whether nothing is missing of a sale of which all was given back."""
    return sale.body.get("state") == "completed" and total(sale, "amount") == given_back


def _refunds_in(payments: list[Any]) -> Iterator[tuple[Thing, str]]:
    for order in payments:
        units = as_list(as_object(as_object(order).get("order")).get("purchase_units"))
        for inner in (as_object(as_object(unit).get("payments")) for unit in units):
            for one in as_list(inner.get("refunds")):
                captures = as_list(inner.get("captures"))
                only = identity(as_object(captures[0]).get("id")) if len(captures) == 1 else None
                capture_id = captured(as_object(one)) or only
                if capture_id:
                    yield Thing.of(one, "refund"), capture_id


def _given_back(dispute: Thing) -> tuple[int, str] | None:
    """What moved back to us in all; fees apart."""
    sums: dict[str, int] = {}
    for one in map(as_object, as_list(dispute.body.get("money_movements"))):
        moved = (one.get("affected_party"), one.get("reason"), one.get("type"))
        if moved == (SELLER, "DISPUTE_SETTLEMENT", "CREDIT"):
            amount, currency = money(Thing(dispute.label, dispute.id, one), "amount")
            sums[currency] = sums.get(currency, 0) + amount
    return next(((amount, currency) for currency, amount in sums.items() if amount), None)


def _disputed_amount(dispute: Thing) -> str:
    amount = as_object(dispute.body.get("dispute_amount"))
    return f"{shown(amount.get('value'))} {shown(amount.get('currency_code'))}".replace("'", "")


def _undone(ref: str, refund_id: str, amount: int, currency: str, at: datetime) -> Movement:
    return Movement(ref, f"{refund_id}:failed", "refund_failed", amount, currency, at)


def _fee(capture: Thing, at: datetime) -> Iterator[Statement]:
    breakdown = Thing(capture.label, capture.id, as_object(capture.body.get("seller_receivable_breakdown")))
    yield from _cost(capture, fee(breakdown, "paypal_fee", "currency_code"), at)


def _cost(payment: Thing, cost: tuple[int, str] | None, at: datetime) -> Iterator[Statement]:
    if cost is not None and cost[0]:
        yield Movement(payment.id, f"{payment.id}:fee", "fee", -cost[0], cost[1], at)


def _named(ref: str, custom: object, at: datetime) -> Iterator[Statement]:
    """PayPal's own free field: the campaign, or `campaign:key` where the gift began on our own page."""
    if not isinstance(custom, str):
        return
    campaign, _, key = custom.partition(":")
    named, intent = campaign_named(campaign), intent_named(key)
    if named:
        yield Hint(ref, HintRank.MONEY, named, at)
    if intent:
        yield Link(ref, intent)


def _payer(order: Mapping[str, Any]) -> tuple[str | None, str | None]:
    source = as_object(as_object(order.get("payment_source")).get("paypal"))
    return _person(as_object(order.get("payer")) or source)


def _person(person: Mapping[str, Any]) -> tuple[str | None, str | None]:
    name = as_object(person.get("name"))
    words = " ".join(filter(None, (clean_text(name.get(part), NAME_MAX) for part in ("given_name", "surname"))))
    return clean_text(words, NAME_MAX), clean_text(person.get("email_address"), EMAIL_MAX)


def _is_ours(order: Thing) -> bool:
    units = map(as_object, as_list(order.body.get("purchase_units")))
    return any(intent_named(str(unit.get("custom_id")).partition(":")[2]) for unit in units)


def _last(thing: Thing, made_at: datetime) -> datetime:
    return made_at if thing.body.get("update_time") is None else thing.moment("update_time")


_READ = {
    "dispute": _of_dispute_answer,
    "capture": _of_capture_answer,
    "refund": _of_refund_answer,
    "order": _of_order_answer,
    "sale_refund": _of_sale_refund_answer,
    "sale": _of_sale_answer,
    "subscription": _of_subscription_answer,
}
