"""The description of the public API (OpenAPI 3.1), for programs and their makers."""

from __future__ import annotations

from typing import Any


def description(public_url: str, version: str) -> dict[str, Any]:
    """The whole API as one document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tidemark", "version": version, "license": {"name": "AGPL-3.0-or-later"}},
        "servers": [{"url": public_url}],
        "paths": {
            "/api/v1/campaigns/{slug}": {
                "get": {
                    "operationId": "getCampaign",
                    "summary": "The public numbers of a campaign in its present period",
                    "parameters": [
                        _parameter("slug", "path", {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"}),
                        _parameter("lang", "query", {"type": "string", "maxLength": 12}),
                    ],
                    "responses": {
                        "200": _json("The campaign", "Campaign"),
                        "304": {"description": "Not changed since the ETag given in If-None-Match"},
                        "404": _json("No such campaign, or not published yet", "Error"),
                    },
                }
            }
        },
        "components": {"schemas": _schemas()},
    }


OPTIONAL = ("by_provider",)  # where staff show it


def _parameter(name: str, where: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _json(description: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}


def _schemas() -> dict[str, Any]:
    text, count, amount = {"type": "string"}, {"type": "integer", "minimum": 0}, {"$ref": "#/components/schemas/Amount"}
    instant = {"type": ["string", "null"], "format": "date-time"}
    milestone = _object(amount=amount, label=text, reached={"type": "boolean"}, reached_at=instant)
    return {
        "Amount": _object(amount=count, currency={"type": "string", "pattern": "^[A-Z]{3}$"}, formatted=text),
        "Error": _object(error=text),
        "Campaign": _object(
            slug=text,
            title=text,
            status={"enum": ["scheduled", "live", "paused", "ended", "archived"]},
            mode={"enum": ["demo", "test", "live"]},
            currency=text,
            language=text,
            timezone=text,
            repeat={"enum": ["none", "weekly", "monthly", "quarterly", "yearly"]},
            period=_object(starts_at=instant, ends_at=instant),
            raised=amount,
            pending=amount,
            goal=amount,
            percent={"type": "number", "minimum": 0},
            donations=count,
            donors=count,
            milestones={"type": "array", "items": milestone},
            counts={"const": "gross"},
            by_provider={"type": "object", "additionalProperties": amount},
            updated_at={"type": "string", "format": "date-time"},
            version=text,
            links=_object(page=text, donate=text, embed=text, image=text),
        ),
    }


def _object(**properties: Any) -> dict[str, Any]:
    """Everything in it is always there, but for OPTIONAL."""
    required = [name for name in properties if name not in OPTIONAL]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
