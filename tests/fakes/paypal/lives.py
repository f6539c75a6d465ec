"""Lives of payments at the pretend PayPal, as chance has them: paid, pending, refunded, disputed, won and lost."""

from __future__ import annotations

import random

from tests.fakes.paypal.bank import Bank


def live(bank: Bank, chance: random.Random) -> None:
    """One payment's life; its messages are left in the outbox."""
    amount = f"{chance.randrange(500, 10_000) / 100:.2f}"
    if chance.random() < 0.3:
        _subscription(bank, chance, amount)
        return
    bank.pends = "ECHECK" if chance.random() < 0.3 else ""
    name = bank.pay(amount)["resource"]["id"]
    if bank.pends and (bank.deny if chance.random() < 0.3 else bank.settle)(name)["event_type"].endswith("DENIED"):
        return
    part = f"{float(amount) / 4:.2f}"
    for _ in range(chance.choice([0, 0, 1, 2])):
        refund = bank.refund(name, part, status="PENDING")["resource"]["id"]
        if chance.random() < 0.3:
            bank.fail_refund(refund)
    if bank.captures[name]["status"] == "COMPLETED" and chance.random() < 0.4:
        _dispute(bank, chance, name)


def _subscription(bank: Bank, chance: random.Random, amount: str) -> None:
    sale = bank.renew(bank.subscribe(amount), state=chance.choice(["completed", "pending"]))["resource"]["id"]
    if bank.sales[sale]["state"] == "pending":
        bank.settle_sale(sale, chance.choice(["completed", "denied"]))
    if bank.sales[sale]["state"] == "completed" and chance.random() < 0.4:
        bank.refund_sale(sale, f"{float(amount) / 2:.2f}", sign=chance.choice(["-", ""]))
    elif bank.sales[sale]["state"] == "completed" and chance.random() < 0.2:
        bank.reverse_sale(sale, older=chance.random() < 0.5)


def _dispute(bank: Bank, chance: random.Random, name: str) -> None:
    dispute = bank.dispute(name)["resource"]["dispute_id"]
    way = chance.randrange(3)
    if way == 0:
        bank.lose(dispute)
        return
    if way == 1:
        bank.take_meanwhile(dispute)
    bank.win(dispute, chance.choice(["RESOLVED_SELLER_FAVOUR", "DENIED", "CANCELED_BY_BUYER"]))
