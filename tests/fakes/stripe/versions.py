"""An event as endpoints pinned to older API versions get it.

The differences are those of Stripe's changelog that touch what these events carry; they were not compared with a real
account of that age.
"""

from __future__ import annotations

from tests.fakes.stripe.state import Event, Json, copied

VERSIONS = (
    "2020-08-27",
    "2022-08-01",
    "2022-11-15",
    "2024-10-28.acacia",
    "2025-03-31.basil",
    "2025-09-30.clover",
    "2026-03-25.dahlia",
    "2026-10-28.endive",
)
UI_MODES_BEFORE_DAHLIA = {"hosted_page": "hosted", "embedded_page": "embedded", "elements": "custom"}


def in_version(event: Json, version: str) -> Json:
    """A copy of a newest-shape event in the shape of `version`."""
    made: Json = copied(event)
    made["api_version"] = version
    lore = event.lore if isinstance(event, Event) else {}
    reshape(made["data"]["object"], version, lore, event["type"])
    if version < "2025":
        made.pop("context", None)
    return made


def reshape(thing: Json, version: str, lore: Json, kind: str = "") -> None:
    """Turns a newest-shape object into that of `version`, in place; `kind` is the type of the event telling it."""
    change = _CHANGES.get(thing["object"])
    if change is not None:
        change(thing, version, lore, kind)


def _charge(charge: Json, version: str, lore: Json, kind: str) -> None:
    if version < "2025-03-31":
        charge["invoice"] = lore.get("invoice")
        _uncaptured_is_refunded(charge, kind)
        charge.pop("presentment_details", None)
    if version < "2022-11-15":
        refunds = lore.get("refunds", [])
        url = f"/v1/charges/{charge['id']}/refunds"
        charge["refunds"] = {"object": "list", "data": copied(refunds), "has_more": False, "url": url}


def _uncaptured_is_refunded(charge: Json, kind: str) -> None:
    # Before basil the part of an authorisation that was let go read as given back.
    if charge["captured"] and charge["status"] == "succeeded":
        charge["amount_refunded"] += charge["amount"] - charge["amount_captured"]
    elif kind == "charge.expired":
        charge |= {"amount_refunded": charge["amount"], "refunded": True}


def _intent(intent: Json, version: str, lore: Json, _kind: str) -> None:
    if version < "2025-03-31":
        intent["invoice"] = lore.get("invoice")
        intent.pop("presentment_details", None)
    if version < "2022-11-15":
        charges = copied(lore.get("charges", []))
        for charge in charges:
            inner = {"invoice": charge.pop("invoice", None), "refunds": charge.pop("refunds", [])}
            _charge(charge, version, inner, "")
        url = f"/v1/charges?payment_intent={intent['id']}"
        intent["charges"] = {"object": "list", "data": charges, "has_more": False, "url": url}
        del intent["latest_charge"]


def _invoice(invoice: Json, version: str, lore: Json, _kind: str) -> None:
    if version >= "2025-03-31":
        if version < "2026-05":
            invoice.pop("amount_paid_off_stripe", None)
        return
    details = (invoice.pop("parent") or {}).get("subscription_details") or {}
    by_hand = lore.get("by_hand", False)
    for name in ("payments", "amount_overpaid", "amount_paid_off_stripe", "confirmation_secret", "total_taxes"):
        invoice.pop(name, None)
    invoice |= {
        "charge": lore.get("charge"),
        "discount": None,
        "paid": invoice["status"] == "paid",
        "paid_out_of_band": by_hand,
        "payment_intent": lore.get("payment_intent"),
        "subscription": details.get("subscription"),
        "tax": None,
    }
    if version >= "2022-11-15":
        invoice["subscription_details"] = {"metadata": details.get("metadata")}


def _subscription(subscription: Json, version: str, _lore: Json, _kind: str) -> None:
    if version < "2026":
        subscription.pop("billing_schedules", None)
    if version < "2025-03-31":
        item = subscription["items"]["data"][0]
        for name in ("current_period_start", "current_period_end"):
            subscription[name] = item.pop(name)
        subscription.pop("billing_mode", None)


def _session(session: Json, version: str, _lore: Json, _kind: str) -> None:
    if version < "2026-03-25":
        session["ui_mode"] = UI_MODES_BEFORE_DAHLIA.get(session["ui_mode"], session["ui_mode"])
    if version < "2025-03-31":
        session.pop("presentment_details", None)


_CHANGES = {
    "charge": _charge,
    "payment_intent": _intent,
    "invoice": _invoice,
    "subscription": _subscription,
    "checkout.session": _session,
}
