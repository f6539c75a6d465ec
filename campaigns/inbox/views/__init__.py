"""Webhooks in, and the console's pages about them: one file for each noun."""

from __future__ import annotations

from campaigns.inbox.views.endpoints import endpoint_pages
from campaigns.inbox.views.events import inbox
from campaigns.inbox.views.look_ups import look_up_pages
from campaigns.inbox.views.webhooks import webhooks

blueprints = (webhooks, inbox, look_up_pages, endpoint_pages)
