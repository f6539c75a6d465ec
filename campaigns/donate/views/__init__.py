"""What a reader who gives sees: one file for each part of the way."""

from __future__ import annotations

from campaigns.donate.views import gate, giving, managing, messages, offers, organisation, protection, thanking

blueprints = (
    messages.blueprint,
    managing.blueprint,
    giving.blueprint,
    gate.blueprint,
    protection.blueprint,
    thanking.blueprint,
    offers.blueprint,
    organisation.organisation,
    organisation.outbox,
)
