"""Money that goes back: refunds, which can fail, and disputes, which can be won."""

from __future__ import annotations

from typing import Literal

from tests.fakes.stripe import shapes_reversing as shapes
from tests.fakes.stripe.charging import DISPUTE_FEE, Charging
from tests.fakes.stripe.shapes import presentment
from tests.fakes.stripe.state import Json, StripeError

OPEN_REFUND = ("pending", "requires_action")
RefundStatus = Literal["succeeded", "pending", "requires_action"]


class Reversing(Charging):
    """Refunds and disputes."""

    def refund(
        self,
        charge_id: str,
        amount: int | None = None,
        *,
        status: RefundStatus = "succeeded",
        reason: str | None = None,
        metadata: Json | None = None,
    ) -> str:
        """Gives back the amount, or all that is left. Refuses more than that, and what is disputed."""
        charge = self._refundable(charge_id)
        left = charge["amount_captured"] - charge["amount_refunded"]
        wanted = left if amount is None else amount
        if left == 0:
            raise StripeError(f"Charge {charge_id} has already been refunded.", code="charge_already_refunded")
        if not 0 < wanted <= left:
            raise StripeError(
                f"Refund amount ({wanted}) is greater than unrefunded amount on charge ({left})",
                code="amount_too_large" if wanted > 0 else "parameter_invalid_integer",
                param="amount",
            )
        prefix = "pyr" if charge_id.startswith("py_") else "re"
        refund = shapes.refund(self.new_id(prefix), charge, amount=wanted, status=status, now=self.now)
        refund |= {"reason": reason, "metadata": dict(metadata or {})} | _seen(charge, wanted)
        self.keep(refund)
        self._refunds_of.setdefault(charge_id, []).append(refund["id"])
        if status == "succeeded":
            self._take_from_balance(refund)
        self._sum_refunds(charge)
        self.note("refund", charge, amount=wanted, thing=refund["id"])
        self.emit("refund.created", refund)
        self.emit("charge.refunded", charge)
        return str(refund["id"])

    def settle_refund(self, refund_id: str) -> None:
        """A pending refund arrives at the donor's bank."""
        refund = self._refund(refund_id, *OPEN_REFUND)
        before = {"status": refund["status"]}
        refund["status"] = "succeeded"
        refund.pop("pending_reason", None)
        self._take_from_balance(refund)
        self.note("refund_settled", self.objects[refund["charge"]], amount=refund["amount"], thing=refund_id)
        self._tell_refund(refund, before)

    def fail_refund(self, refund_id: str, reason: str = "expired_or_canceled_card") -> None:
        """The donor's bank sends the money back, also days after the refund had succeeded."""
        refund = self._refund(refund_id, *OPEN_REFUND, "succeeded")
        before = {"status": refund["status"]}
        self._end_refund(refund, "failed", reason)
        self.note("refund_failed", self.objects[refund["charge"]], amount=refund["amount"], thing=refund_id)
        self.emit("refund.failed", refund)
        self._tell_refund(refund, before)

    def cancel_refund(self, refund_id: str) -> None:
        """A refund that had not been carried out is called off."""
        refund = self._refund(refund_id, *OPEN_REFUND)
        before = {"status": refund["status"]}
        self._end_refund(refund, "canceled", "merchant_request")
        self.note("refund_cancelled", self.objects[refund["charge"]], amount=refund["amount"], thing=refund_id)
        self._tell_refund(refund, before)

    def dispute(
        self, charge_id: str, amount: int | None = None, *, inquiry: bool = False, already_lost: bool = False
    ) -> str:
        """The donor's bank asks (`inquiry`, no money moves) or takes `amount`, be it less or more than the charge's."""
        charge = self.get(charge_id, "charge")
        if charge["status"] != "succeeded" or not charge["captured"]:
            raise StripeError("Only money that was taken can be disputed", code="charge_not_captured")
        wanted = charge["amount_captured"] if amount is None else amount
        if wanted <= 0:
            raise StripeError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
        status = "warning_needs_response" if inquiry else "lost" if already_lost else "needs_response"
        dispute = shapes.dispute(self.new_id("du"), charge, amount=wanted, status=status, now=self.now)
        self.keep(dispute)
        self._disputes_of.setdefault(charge_id, []).append(dispute["id"])
        charge["disputed"] = True
        if inquiry:
            self.note("inquiry", charge, amount=wanted, thing=dispute["id"])
            self.emit("charge.dispute.created", dispute)
            return str(dispute["id"])
        self._withdraw(dispute, charge)
        self.emit("charge.dispute.created", dispute)
        self.emit("charge.dispute.funds_withdrawn", dispute)
        if already_lost:
            self.note("lost", charge, amount=wanted, thing=dispute["id"])
            self.emit("charge.dispute.closed", dispute)
        self._fail_open_refunds(charge_id)
        return str(dispute["id"])

    def escalate(self, dispute_id: str) -> None:
        """An inquiry becomes a chargeback, and the money is withdrawn."""
        dispute = self._dispute(dispute_id, "warning_needs_response", "warning_under_review")
        before = {"status": dispute["status"]}
        dispute |= {"status": "needs_response", "is_charge_refundable": False}
        if dispute["payment_method_details"]:
            dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
        self._withdraw(dispute, self.objects[dispute["charge"]])
        self.emit("charge.dispute.updated", dispute, before)
        self.emit("charge.dispute.funds_withdrawn", dispute)
        self._fail_open_refunds(dispute["charge"])

    def answer_dispute(self, dispute_id: str) -> None:
        """Evidence is handed in; the bank looks at it."""
        dispute = self._dispute(dispute_id, "needs_response", "warning_needs_response")
        before = {"status": dispute["status"]}
        dispute["status"] = dispute["status"].replace("needs_response", "under_review")
        dispute["evidence_details"] |= {"has_evidence": True, "submission_count": 1, "submission_method": "manual"}
        self.emit("charge.dispute.updated", dispute, before)

    def close_inquiry(self, dispute_id: str) -> None:
        """An inquiry ends without a chargeback."""
        dispute = self._dispute(dispute_id, "warning_needs_response", "warning_under_review")
        dispute["status"] = "warning_closed"
        self.emit("charge.dispute.closed", dispute)

    def win(self, dispute_id: str) -> None:
        """What is still withdrawn comes back; a dispute that was lost can be won yet."""
        dispute = self._dispute(dispute_id, "needs_response", "under_review", "lost")
        before = dispute["status"]
        dispute |= {"status": "won", "is_charge_refundable": True}
        self.note("won", self.objects[dispute["charge"]], thing=dispute_id)
        if self._withdrawn[dispute_id]:
            self._give_back(dispute, self._withdrawn[dispute_id])
        if before == "lost":
            self.emit("charge.dispute.updated", dispute, {"status": "lost"})
        else:
            self.emit("charge.dispute.closed", dispute)

    def lose(self, dispute_id: str) -> None:
        """What was withdrawn stays with the donor."""
        dispute = self._dispute(dispute_id, "needs_response", "under_review")
        dispute["status"] = "lost"
        self.note("lost", self.objects[dispute["charge"]], thing=dispute_id)
        self.emit("charge.dispute.closed", dispute)

    def reinstate(self, dispute_id: str, amount: int | None = None) -> None:
        """Part of the withdrawn money comes back, or what is left of it; the dispute's status stays."""
        dispute = self._dispute(dispute_id, "needs_response", "under_review", "lost")
        left = self._withdrawn[dispute_id]
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise StripeError(f"Of the dispute, {left} can be reinstated, not {wanted}", code="amount_too_large")
        self._give_back(dispute, wanted)

    def _withdraw(self, dispute: Json, charge: Json) -> None:
        self._withdrawn[dispute["id"]] = dispute["amount"]
        self._move_disputed(dispute, -dispute["amount"], DISPUTE_FEE)
        self.note("withdrawn", charge, amount=dispute["amount"], thing=dispute["id"])

    def _give_back(self, dispute: Json, amount: int) -> None:
        self._withdrawn[dispute["id"]] -= amount
        self._move_disputed(dispute, amount, 0)
        self.note("reinstated", self.objects[dispute["charge"]], amount=amount, thing=dispute["id"])
        self.emit("charge.dispute.funds_reinstated", dispute)

    def _move_disputed(self, dispute: Json, amount: int, fee: int) -> None:
        category = "dispute" if amount < 0 else "dispute_reversal"
        txn = self.move("adjustment", category, dispute["id"], amount=amount, currency=dispute["currency"], fee=fee)
        dispute["balance_transactions"].append(txn)

    def _fail_open_refunds(self, charge_id: str) -> None:
        for refund_id in self._refunds_of.get(charge_id, ()):
            if self.objects[refund_id]["status"] in OPEN_REFUND:
                self.fail_refund(refund_id, "charge_for_pending_refund_disputed")

    def _refundable(self, charge_id: str) -> Json:
        charge = self.get(charge_id, "charge")
        if charge["status"] != "succeeded" or not charge["captured"]:
            raise StripeError(f"Charge {charge_id} has not been paid.", code="charge_not_refundable", param="charge")
        disputes = (self.objects[dispute] for dispute in self._disputes_of.get(charge_id, ()))
        if not all(dispute["is_charge_refundable"] for dispute in disputes):
            raise StripeError(
                f"Charge {charge_id} has been charged back; cannot issue a refund.", code="charge_disputed"
            )
        return charge

    def _refund(self, refund_id: str, *statuses: str) -> Json:
        refund = self.get(refund_id, "refund")
        if refund["status"] not in statuses:
            raise StripeError(f"Refund {refund_id} is {refund['status']}", code="refund_unexpected_state")
        return refund

    def _dispute(self, dispute_id: str, *statuses: str) -> Json:
        dispute = self.get(dispute_id, "dispute")
        if dispute["status"] not in statuses:
            raise StripeError(f"Dispute {dispute_id} is {dispute['status']}", code="dispute_unexpected_state")
        return dispute

    def _end_refund(self, refund: Json, status: str, reason: str) -> None:
        if refund["status"] == "succeeded":
            txn = self.move(
                "refund_failure", "refund_failure", refund["id"], amount=refund["amount"], currency=refund["currency"]
            )
            refund["failure_balance_transaction"] = txn["id"]
        refund |= {"status": status, "failure_reason": reason}
        refund.pop("pending_reason", None)
        self._sum_refunds(self.objects[refund["charge"]])

    def _take_from_balance(self, refund: Json) -> None:
        kind = "payment_refund" if refund["id"].startswith("pyr_") else "refund"
        txn = self.move(kind, "refund", refund["id"], amount=-refund["amount"], currency=refund["currency"])
        refund["balance_transaction"] = txn["id"]

    def _sum_refunds(self, charge: Json) -> None:
        refunds = (self.objects[refund] for refund in self._refunds_of[charge["id"]])
        total = sum(refund["amount"] for refund in refunds if refund["status"] not in ("failed", "canceled"))
        charge |= {"amount_refunded": total, "refunded": total == charge["amount_captured"]}

    def _tell_refund(self, refund: Json, before: Json) -> None:
        self.emit("refund.updated", refund, before)
        self.emit("charge.refund.updated", refund, before)


def _seen(charge: Json, amount: int) -> Json:
    """The refund in the currency that the donor saw, where that was another."""
    told = charge.get("presentment_details")
    if told is None:
        return {}
    return presentment((told["presentment_amount"] * amount // charge["amount"], told["presentment_currency"]))
