"""Sites at the edge: what bars tell, the sites that staff make known, and which article raised what."""

from __future__ import annotations

from campaigns.site.views import articles, beacon, sites

blueprints = (beacon.blueprint, sites.blueprint, articles.blueprint)
