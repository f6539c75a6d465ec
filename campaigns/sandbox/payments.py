"""The life of a pretend payment. Each verb changes what the pretend service remembers and names the event it sends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.errors import Conflict, Invalid, NotFound
from campaigns.keys import new_key
from campaigns.sandbox.models import SandboxPayment

LISTED_MAX = 50


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
) -> SandboxPayment:
    """A payment that waits for the donor at the pretend checkout. `amount_minor` in ISO minor units, positive."""
    payment = SandboxPayment(
        key=f"pay_{new_key()}",
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


def find(session: Session, key: str) -> SandboxPayment:
    """The payment, locked where the session writes. Raises NotFound."""
    wanted = select(SandboxPayment).filter_by(key=key).with_for_update()
    if session.get_bind().get_execution_options().get("tidemark_reading"):
        wanted = select(SandboxPayment).filter_by(key=key)
    payment = session.scalars(wanted).one_or_none()
    if payment is None:
        raise NotFound("there is no such pretend payment")
    return payment


def latest(session: Session) -> list[SandboxPayment]:
    """The newest payments."""
    return list(session.scalars(select(SandboxPayment).order_by(SandboxPayment.id.desc()).limit(LISTED_MAX)))


def pay(payment: SandboxPayment) -> str:
    """Open or pending → succeeded. Paying twice is paying once."""
    if payment.status not in ("open", "pending", "succeeded"):
        raise Conflict("a payment that failed is over; start another one")
    payment.status = "succeeded"
    return "payment.succeeded"


def pay_late(payment: SandboxPayment) -> str:
    """Open → pending, as a bank debit is until it is paid."""
    if payment.status not in ("open", "pending"):
        raise Conflict(f"the payment has {payment.status} already")
    payment.status = "pending"
    return "payment.pending"


def fail(payment: SandboxPayment) -> str:
    """Open or pending → failed."""
    if payment.status not in ("open", "pending", "failed"):
        raise Conflict("a payment that succeeded can only be refunded")
    payment.status = "failed"
    return "payment.failed"


def refund(payment: SandboxPayment, amount_minor: int, *, now: datetime) -> str:
    """Gives back `amount_minor` of what is left. Raises Invalid for more than that."""
    if not 0 < amount_minor <= left(payment):
        raise Invalid(f"at most {left(payment)} minor units are left to refund", "amount")
    given_back = {"id": f"ref_{new_key()}", "amount": amount_minor, "status": "succeeded", "created": _seconds(now)}
    payment.refunds = [*payment.refunds, given_back]
    return "refund.created"


def fail_refund(payment: SandboxPayment) -> str:
    """The newest refund fails, and its money comes back."""
    alive = [one for one in payment.refunds if one["status"] == "succeeded"]
    if not alive:
        raise Conflict("there is no refund that could fail")
    payment.refunds = [{**one, "status": "failed"} if one is alive[-1] else one for one in payment.refunds]
    return "refund.failed"


def dispute(payment: SandboxPayment, *, now: datetime) -> str:
    """The donor's bank takes back what is left, until it is won."""
    if left(payment) <= 0:
        raise Conflict("nothing is left to dispute")
    opened = {"id": f"dis_{new_key()}", "amount": left(payment), "status": "open", "created": _seconds(now)}
    payment.disputes = [*payment.disputes, opened]
    return "dispute.opened"


def win_dispute(payment: SandboxPayment) -> str:
    """The open dispute is won, and its money comes back."""
    if not any(one["status"] == "open" for one in payment.disputes):
        raise Conflict("there is no open dispute")
    payment.disputes = [{**one, "status": "won"} if one["status"] == "open" else one for one in payment.disputes]
    return "dispute.won"


def left(payment: SandboxPayment) -> int:
    """What the payment still holds, in minor units: paid, less refunds and disputes that stand."""
    if payment.status != "succeeded":
        return 0
    gone = sum(one["amount"] for one in payment.refunds if one["status"] != "failed")
    return int(payment.amount_minor - gone - sum(one["amount"] for one in payment.disputes if one["status"] != "won"))


def _seconds(now: datetime) -> int:
    return int(now.timestamp())
