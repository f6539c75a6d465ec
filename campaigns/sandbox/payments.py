"""The life of a pretend payment. Each verb changes what the pretend service remembers and names the event it sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from campaigns.db import insert_or_ignore
from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.keys import new_key
from campaigns.money import format_money
from campaigns.sandbox.models import SandboxPayment

LISTED_MAX = 50
LANGUAGE = "en"  # the pretend service speaks to those who try us out
_KEY = re.compile(r"pay_[a-z0-9_]{1,28}", re.ASCII)


def open_payment(
    session: Session,
    *,
    campaign_slug: str,
    amount_minor: int,
    currency: str,
    name: str | None,
    email: str | None,
    message: str | None,
    show_name: bool,
    now: datetime,
    intent: str | None = None,
    frequency: str = "once",
) -> SandboxPayment:
    """A payment that waits for the donor at the pretend checkout. `amount_minor` in ISO minor units, positive."""
    payment = SandboxPayment(
        key=f"pay_{new_key()}",
        intent=intent,
        frequency=frequency,
        campaign_slug=campaign_slug,
        amount_minor=amount_minor,
        currency=currency,
        name=name,
        email=email,
        message=message,
        show_name=show_name,
        refunds=[],
        disputes=[],
        status="open",
        created_at=now,
    )
    session.add(payment)
    session.flush()
    return payment


def of_order(order: Mapping[str, Any], *, now: datetime) -> SandboxPayment:
    """The payment that `order` asks for, not kept yet. Its key is made of the order's, so that there is one of each."""
    return SandboxPayment(
        key=f"pay_{order['intent']}",
        intent=order["intent"],
        frequency=order["frequency"],
        campaign_slug=order["campaign"],
        amount_minor=order["amount_minor"],
        currency=order["currency"],
        refunds=[],
        disputes=[],
        status="open",
        show_name=False,
        created_at=now,
    )


def ensure(session: Session, payment: SandboxPayment) -> None:
    """Keeps `payment` where nobody has kept it yet."""
    row = {column.key: getattr(payment, column.key) for column in inspect(SandboxPayment).column_attrs}
    insert_or_ignore(session, SandboxPayment, [{name: value for name, value in row.items() if name != "id"}])


def renew(session: Session, payment: SandboxPayment, *, now: datetime) -> SandboxPayment:
    """The next month of a monthly gift, paid. Raises Conflict for one that was given once, or was never paid."""
    if payment.frequency != "monthly" or payment.status != "succeeded":
        raise Conflict("only a monthly gift that was paid goes on")
    following = SandboxPayment(
        key=f"pay_{new_key()}",
        intent=payment.intent,
        frequency=payment.frequency,
        campaign_slug=payment.campaign_slug,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        refunds=[],
        disputes=[],
        status="succeeded",
        show_name=False,
        created_at=now,
    )
    session.add(following)
    session.flush()
    return following


def seek(session: Session, key: str) -> SandboxPayment | None:
    """The payment of a key, if there is one. `key` may be anything a stranger sent."""
    if not _KEY.fullmatch(key):
        return None
    return session.scalars(select(SandboxPayment).filter_by(key=key)).one_or_none()


def find(session: Session, key: str) -> SandboxPayment:
    """The payment of a key. Raises NotFound."""
    payment = seek(session, key)
    if payment is None:
        raise NotFound("there is no such pretend payment")
    return payment


def hold(session: Session, key: str) -> SandboxPayment:
    """The payment, locked until the caller commits, so that two buttons pressed at once follow each other."""
    payment = find(session, key)
    session.refresh(payment, with_for_update=True)
    return payment


def latest(session: Session) -> list[SandboxPayment]:
    """The newest payments."""
    return list(session.scalars(select(SandboxPayment).order_by(SandboxPayment.id.desc()).limit(LISTED_MAX)))


def pay(payment: SandboxPayment) -> str:
    """Open or pending → succeeded. Paying twice is paying once. Raises Conflict."""
    if payment.status not in ("open", "pending", "succeeded"):
        raise Conflict("a payment that was declined is over; start another one")
    payment.status = "succeeded"
    return "payment.succeeded"


def pay_later(payment: SandboxPayment) -> str:
    """Open → pending, as a bank debit is until `pay` settles it. Raises Conflict."""
    if payment.status not in ("open", "pending"):
        raise Conflict("the payment is over already")
    payment.status = "pending"
    return "payment.pending"


def fail(payment: SandboxPayment) -> str:
    """Open or pending → failed. Raises Conflict."""
    if payment.status not in ("open", "pending", "failed"):
        raise Conflict("a payment that succeeded can only be refunded")
    payment.status = "failed"
    return "payment.failed"


def refund(payment: SandboxPayment, amount_minor: int, *, now: datetime) -> str:
    """Gives back `amount_minor`, in ISO minor units. Raises Invalid for more than what is left, and for nothing."""
    if amount_minor <= 0:
        raise Invalid("refund more than nothing", "amount")
    if amount_minor > left(payment):
        most = format_money(left(payment), payment.currency, LANGUAGE)
        raise Invalid(f"at most {most} are left to refund", "amount")
    given_back = {"id": f"ref_{new_key()}", "amount": amount_minor, "status": "succeeded", "created": _seconds(now)}
    payment.refunds = [*payment.refunds, given_back]
    return "refund.created"


def fail_refund(payment: SandboxPayment) -> str:
    """The newest refund fails, and its money comes back. Raises Conflict."""
    standing = [one["id"] for one in payment.refunds if one["status"] == "succeeded"]
    if not standing:
        raise Conflict("there is no refund that could fail")
    payment.refunds = _turned(payment.refunds, standing[-1:], "failed")
    return "refund.failed"


def dispute(payment: SandboxPayment, *, now: datetime) -> str:
    """The donor's bank takes back what is left, until it is won. Raises Conflict."""
    if left(payment) <= 0:
        raise Conflict("nothing is left to dispute")
    opened = {"id": f"dis_{new_key()}", "amount": left(payment), "status": "open", "created": _seconds(now)}
    payment.disputes = [*payment.disputes, opened]
    return "dispute.opened"


def win_dispute(payment: SandboxPayment) -> str:
    """Every open dispute is won, and its money comes back. Raises Conflict."""
    standing = [one["id"] for one in payment.disputes if one["status"] == "open"]
    if not standing:
        raise Conflict("there is no open dispute")
    payment.disputes = _turned(payment.disputes, standing, "won")
    return "dispute.won"


def send_again(payment: SandboxPayment) -> str:
    """Changes nothing: the message about the payment as it stands, for one that was lost. Raises Conflict."""
    if payment.status == "open":
        raise Conflict("nothing has happened yet that could be told")
    return f"payment.{payment.status}"


def left(payment: SandboxPayment) -> int:
    """What the payment still holds, in minor units: paid, less refunds and disputes that stand."""
    if payment.status != "succeeded":
        return 0
    gone = sum(one["amount"] for one in payment.refunds if one["status"] != "failed")
    gone += sum(one["amount"] for one in payment.disputes if one["status"] != "won")
    return int(payment.amount_minor - gone)


def _turned(parts: list[dict[str, object]], ids: list[str], status: str) -> list[dict[str, object]]:
    return [{**one, "status": status} if one["id"] in ids else one for one in parts]


def _seconds(now: datetime) -> int:
    return int(now.timestamp())
