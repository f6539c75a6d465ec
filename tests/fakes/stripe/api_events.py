"""Events and the endpoints they are sent to, as the API answers about them."""

from __future__ import annotations

from stripe import params as types

from tests.fakes.stripe import shapes_checkout as shapes
from tests.fakes.stripe.answers import page
from tests.fakes.stripe.api import KNOWN_VERSIONS, Api, Route
from tests.fakes.stripe.api_payments import of_kind
from tests.fakes.stripe.messages import THIN, thin
from tests.fakes.stripe.parameters import merged, metadata, only, required, truth
from tests.fakes.stripe.state import Json, StripeError

KEPT_SECONDS = 30 * 86_400
TYPES_MAX = 20


def list_events(api: Api, params: Json) -> Json:
    """The last 30 days, as newest shapes: each with its object as it was then."""
    only(params, types.EventListParams)
    if "type" in params and "types" in params:
        raise StripeError("You may pass type or types, not both.", param="types")
    wanted = params.get("types", [params["type"]] if "type" in params else None)
    if wanted is not None and len(wanted) > TYPES_MAX:
        raise StripeError(f"types is limited to {TYPES_MAX}", param="types")
    kept = (event for event in api.world.events if event["created"] > api.world.now - KEPT_SECONDS)
    events = [event for event in kept if wanted is None or _is_one_of(event["type"], wanted)]
    if "delivery_success" in params:
        delivered = truth(params, "delivery_success")
        events = [event for event in events if (event["id"] not in api.undelivered) == delivered]
    return page(events, params, "/v1/events")


def retrieve_event(api: Api, _params: Json, event_id: str) -> Json:
    found = api.world.event_by_id.get(event_id)
    if found is None:
        raise StripeError(f"No such event: '{event_id}'", code="resource_missing", status=404, param="id")
    return found


def retrieve_thin_event(api: Api, _params: Json, thin_id: str) -> Json:
    """The whole thin event: where its object is, and which event is its snapshot."""
    event = retrieve_event(api, {}, thin_id.replace(THIN, "evt_", 1))
    return thin(event) | {"snapshot_event": event["id"], "changes": None}


def create_endpoint(api: Api, params: Json) -> Json:
    """Its signing secret is told in this answer only."""
    only(params, types.WebhookEndpointCreateParams)
    required(params, "url", "enabled_events")
    version = params.get("api_version")
    if version is not None and version not in KNOWN_VERSIONS:
        raise StripeError(f"Invalid API version: {version}", param="api_version")
    world = api.world
    endpoint = shapes.webhook_endpoint(
        world.new_id("we"),
        params["url"],
        list(params["enabled_events"]),
        now=world.now,
        livemode=world.livemode,
        api_version=version,
    )
    endpoint |= {"metadata": metadata(params), "description": params.get("description")}
    world.keep(endpoint)
    api.secrets[endpoint["id"]] = world.new_id("whsec")
    return endpoint | {"secret": api.secrets[endpoint["id"]]}


def retrieve_endpoint(api: Api, _params: Json, endpoint_id: str) -> Json:
    return api.world.get(endpoint_id, "webhook_endpoint")


def update_endpoint(api: Api, params: Json, endpoint_id: str) -> Json:
    only(params, types.WebhookEndpointUpdateParams)
    endpoint = api.world.get(endpoint_id, "webhook_endpoint")
    endpoint |= {name: params[name] for name in ("url", "enabled_events", "description") if name in params}
    if "disabled" in params:
        endpoint["status"] = "disabled" if truth(params, "disabled") else "enabled"
    endpoint["metadata"] = merged(endpoint["metadata"], params)
    return endpoint


def delete_endpoint(api: Api, _params: Json, endpoint_id: str) -> Json:
    api.world.get(endpoint_id, "webhook_endpoint")
    del api.world.objects[endpoint_id]
    del api.secrets[endpoint_id]
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}


def list_endpoints(api: Api, params: Json) -> Json:
    only(params, types.WebhookEndpointListParams)
    return page(of_kind(api, "webhook_endpoint"), params, "/v1/webhook_endpoints")


def _is_one_of(kind: str, wanted: list[str]) -> bool:
    return any(kind == one or (one.endswith("*") and kind.startswith(one[:-1])) for one in wanted)


ROUTES = [
    Route("GET", "/v1/events", "event", list_events),
    Route("GET", "/v1/events/{id}", "event", retrieve_event),
    Route("GET", "/v2/core/events/{id}", "event", retrieve_thin_event),
    Route("POST", "/v1/webhook_endpoints", "webhook", create_endpoint),
    Route("GET", "/v1/webhook_endpoints", "webhook", list_endpoints),
    Route("GET", "/v1/webhook_endpoints/{id}", "webhook", retrieve_endpoint),
    Route("POST", "/v1/webhook_endpoints/{id}", "webhook", update_endpoint),
    Route("DELETE", "/v1/webhook_endpoints/{id}", "webhook", delete_endpoint),
]
