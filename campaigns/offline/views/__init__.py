"""The console's pages about gifts that no payment service tells of."""

from __future__ import annotations

from campaigns.offline.views.gifts import gifts
from campaigns.offline.views.imports import imports

blueprints = (gifts, imports)
