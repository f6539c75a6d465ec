"""What no Stripe has: the buttons that make things happen, as JSON under /_fake and as a page at /."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from tests.fakes.stripe.api import Api
from tests.fakes.stripe.delivery import Courier
from tests.fakes.stripe.state import Json, StripeError
from tests.fakes.stripe.world import World

SEE_OTHER = 303
ROWS_MAX = 50
DEEDS = frozenset(
    {
        "advance",
        "answer_dispute",
        "bounce",
        "cancel_refund",
        "cancel_subscription",
        "capture",
        "close_inquiry",
        "complete_session",
        "create_session",
        "decline_session",
        "dispute",
        "escalate",
        "expire_session",
        "fail",
        "fail_refund",
        "label",
        "lose",
        "pay",
        "pay_out_of_band",
        "refund",
        "reinstate",
        "release",
        "renew",
        "set_balance_transaction",
        "settle",
        "settle_refund",
        "win",
    }
)

surface = Blueprint("control", __name__)


@surface.get("/_fake/state")
def state() -> Json:
    """Where everything stands."""
    api, courier = _fake()
    with api.lock:
        counts: dict[str, int] = {}
        for thing in api.world.objects.values():
            counts[thing["object"]] = counts.get(thing["object"], 0) + 1
        return {
            "now": api.world.now,
            "objects": counts,
            "events": len(api.world.events),
            "undelivered": sorted(api.undelivered),
            "waiting": courier.waiting,
            "journal": [asdict(deed) for deed in api.world.journal],
            "misbehaviour": asdict(courier.misbehaviour),
        }


@surface.post("/_fake/misbehave")
def misbehave() -> Json:
    """`{"duplicate": 0.3, "cut": 1, "leave_metadata_off_renewals": true}`; an empty object behaves again."""
    api, courier = _fake()
    wanted: Json = request.get_json()
    try:
        apply(api, courier, wanted)
    except TypeError as error:
        raise StripeError(str(error)) from error
    return asdict(courier.misbehaviour)


@surface.post("/_fake/deeds/<name>")
def deed(name: str) -> Json:
    """One of the world's deeds by name, with its arguments as an object: `/_fake/deeds/refund {"charge_id": …}`."""
    return {"result": do(_fake()[0], name, request.get_json())}


@surface.post("/_fake/deliver")
def deliver() -> Json:
    """Sends now what waits, also what would be tried again later only."""
    _, courier = _fake()
    courier.hurry()
    return {"attempts": [{"event": made.event["id"], "status": made.status} for made in courier.deliver()]}


@surface.post("/_fake/resend")
def resend() -> Json:
    """`{"event": "evt_…"}` once more to everybody."""
    api, courier = _fake()
    event_id = str(request.get_json().get("event"))
    if event_id not in api.world.event_by_id:
        raise StripeError(f"No such event: '{event_id}'", code="resource_missing", status=404)
    courier.resend(event_id)
    return deliver()


@surface.get("/")
def overview() -> str:
    """The payments, with a button for all that may happen to each."""
    api, courier = _fake()
    with api.lock:
        world = api.world
        things = list(world.objects.values())[::-1]
        return render_template(
            "overview.html",
            now=datetime.fromtimestamp(world.now, UTC),
            said=request.args.get("said"),
            rows=[_row(world, one) for one in things if one["object"] == "charge"][:ROWS_MAX],
            others=[_other(world, one) for one in things if one["object"] in _OTHERS][:ROWS_MAX],
            events=world.events[: -ROWS_MAX - 1 : -1],
            undelivered=api.undelivered,
            misbehaviour=asdict(courier.misbehaviour),
            renewals_unlabelled=world.leave_metadata_off_renewals,
        )


@surface.post("/_fake/buttons/<name>")
def press(name: str) -> Redirect:
    """A button of the page."""
    try:
        do(_fake()[0], name, {key: value for key, value in request.form.items() if value != ""})
    except StripeError as refused:
        return redirect(url_for("control.overview", said=refused.message), SEE_OTHER)
    return redirect(url_for("control.overview"), SEE_OTHER)


@surface.post("/_fake/buttons/misbehave")
def press_misbehave() -> Redirect:
    """The page's switches: what is left empty is off."""
    api, courier = _fake()
    wanted: Json = {name: request.form.get(name, type=float) or 0.0 for name in ("duplicate", "drop", "twin", "thin")}
    wanted |= {name: request.form.get(name, type=int) or 0 for name in ("too_many_requests", "server_errors", "cut")}
    wanted |= {"slow_seconds": request.form.get("slow_seconds", type=float) or 0.0}
    wanted |= {"delay_seconds": request.form.get("delay_seconds", type=float) or 0.0}
    wanted |= {name: name in request.form for name in ("reorder", "leave_metadata_off_renewals")}
    apply(api, courier, wanted)
    return redirect(url_for("control.overview"), SEE_OTHER)


def apply(api: Api, courier: Courier, wanted: Json) -> None:
    """Switches misbehaviour on and off. Raises TypeError for what there is not."""
    told = dict(wanted)
    with api.lock:
        if not told:
            courier.misbehaviour.reset()
        renewals = told.pop("leave_metadata_off_renewals", bool(wanted) and api.world.leave_metadata_off_renewals)
        courier.misbehaviour.set(**told)
        api.world.leave_metadata_off_renewals = bool(renewals)


def do(api: Api, name: str, arguments: Json) -> Any:
    """Calls the deed. What it may not be asked is refused in Stripe's words."""
    if name not in DEEDS:
        raise StripeError(f"There is no deed {name!r}", status=404)
    act: Callable[..., Any] = getattr(api.world, name)
    taken = inspect.signature(act).parameters
    if set(arguments) - set(taken):
        raise StripeError(f"{name} takes {', '.join(taken)}", code="parameter_unknown")
    values = {key: _whole(key, value) for key, value in arguments.items()}
    lacking = [key for key, one in taken.items() if one.default is one.empty and key not in values]
    if lacking:
        raise StripeError(f"Missing required param: {lacking[0]}.", code="parameter_missing", param=lacking[0])
    with api.lock:
        if name in ("pay", "create_session") and "currency" in values:
            values["currency"] = str(values["currency"]).lower()
        result = act(**values)
        if name == "create_session":
            session = api.world.get(result)
            session["url"] = f"{api.base_url}/c/pay/{result}"
        return result


def _whole(key: str, value: Any) -> Any:
    if key not in ("amount", "seconds", "trial_days") or isinstance(value, int):
        return value
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise StripeError("Invalid integer", code="parameter_invalid_integer", param=key) from error


def _row(world: World, charge: Json) -> Json:
    """A charge with what may be done to it now."""
    held = charge["status"] == "succeeded" and not charge["captured"]
    taken = charge["status"] == "succeeded" and charge["captured"]
    by_card = charge["payment_method_details"]["type"] == "card"
    disputes = world.disputes_of(charge["id"])
    refundable = all(dispute["is_charge_refundable"] for dispute in disputes)
    return {
        "charge": charge,
        "subscription": world.subscription_of(charge["id"]),
        "refunds": world.refunds_of(charge["id"]),
        "disputes": disputes,
        "may": [
            name
            for name, fits in (
                ("settle", charge["status"] == "pending"),
                ("fail", charge["status"] == "pending"),
                ("capture", held),
                ("release", held),
                ("refund", taken and refundable and charge["amount_refunded"] < charge["amount_captured"]),
                ("dispute", taken),
                ("bounce", taken and not by_card),
                ("set_balance_transaction", taken and charge["balance_transaction"] is None),
            )
            if fits
        ],
    }


_OTHERS = {
    "subscription": ("subscription_id", ("renew", "pay_out_of_band", "cancel_subscription")),
    "checkout.session": ("session_id", ("expire_session",)),
}


def _other(world: World, thing: Json) -> Json:
    argument, names = _OTHERS[thing["object"]]
    over = thing["status"] in ("canceled", "complete", "expired")
    return {"thing": thing, "argument": argument, "may": () if over else names}


def _fake() -> tuple[Api, Courier]:
    fake: tuple[Api, Courier] = current_app.extensions["fake"]
    return fake
