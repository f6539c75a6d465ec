"""The console's pages about campaigns: one file for each noun."""

from __future__ import annotations

from campaigns.campaign.views import campaigns, wordings

blueprints = (campaigns.blueprint, wordings.blueprint)
