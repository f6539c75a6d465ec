"""Events as they travel: told twice, told thinly, signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stripe import WebhookSignature

from tests.fakes.stripe.state import Event, Json, copied

if TYPE_CHECKING:
    from tests.fakes.stripe.world import World

THIN = "evt_thin_"
URLS = {
    "charge": "/v1/charges",
    "checkout.session": "/v1/checkout/sessions",
    "dispute": "/v1/disputes",
    "invoice": "/v1/invoices",
    "invoice_payment": "/v1/invoice_payments",
    "payment_intent": "/v1/payment_intents",
    "refund": "/v1/refunds",
    "subscription": "/v1/subscriptions",
}


def twin(event: Json, world: World) -> Json:
    """Another Event, with another id, for the same change. Stripe makes such twins now and then."""
    made = Event(copied(event), id=world.new_id("evt"))
    made.lore = event.lore if isinstance(event, Event) else {}
    world.event_by_id[made["id"]] = made
    return made


def thin(event: Json) -> Json:
    """The notification of the event that a thin destination gets: what changed, without the object."""
    thing = event["data"]["object"]
    created = datetime.fromtimestamp(event["created"], UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "id": event["id"].replace("evt_", THIN, 1),
        "object": "v2.core.event",
        "context": event.get("account"),
        "created": created,
        "livemode": event["livemode"],
        "reason": None,
        "related_object": {
            "id": thing["id"],
            "type": thing["object"],
            "url": f"{URLS[thing['object']]}/{thing['id']}",
        },
        "type": f"v1.{event['type']}",
    }


def sign(event: Json, secret: str, at: int) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a delivery, signed by the official library as of Unix time `at`."""
    body = json.dumps(event, indent=2).encode()
    signature = WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return body, {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
