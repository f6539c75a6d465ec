"""Key and type skeletons of Stripe's published sample objects, to hold the fake's shapes against.

`skeletons.json` beside this file was taken from `openapi/fixtures3.json` of github.com/stripe/openapi (MIT licence,
© Stripe, Inc.), commit f6c2a48fbac2819d1feba8143d942ffc65e1c0d2. No sample value is in it. To take it anew:

    python -m tests.fakes.stripe.skeletons path/to/fixtures3.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("skeletons.json")
ORIGIN = "openapi/fixtures3.json of github.com/stripe/openapi at f6c2a48fbac2, MIT licence, (c) Stripe, Inc."
NOUNS = (
    "balance_transaction",
    "billing_portal.session",
    "charge",
    "checkout.session",
    "customer",
    "dispute",
    "event",
    "invoice",
    "invoice_payment",
    "payment_intent",
    "payment_link",
    "refund",
    "subscription",
    "webhook_endpoint",
)


def skeleton(value: Any) -> Any:
    """The names and types in a JSON value: {"amount": "integer", "card": {…}, "data": [{…}]}."""
    if isinstance(value, dict):
        return {name: skeleton(inner) for name, inner in sorted(value.items())}
    if isinstance(value, list):
        return [skeleton(value[0])] if value else []
    return kind(value)


def kind(value: Any) -> str:
    """JSON's name for the type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def main(source: str) -> None:
    """Writes `skeletons.json` from a copy of the samples."""
    samples = json.loads(Path(source).read_text(encoding="utf-8"))["resources"]
    taken = {noun: skeleton(samples[noun]) for noun in NOUNS}
    taken["event"].pop("data")  # the sample's happens to be a plan
    PATH.write_text(
        json.dumps({"origin": ORIGIN, "resources": taken}, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main(sys.argv[1])
