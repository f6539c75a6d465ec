"""What the public reads, a file for each kind of reader: pages and programs, hosts that embed, scripts, pictures."""

from __future__ import annotations

from campaigns.widget.views import looks, oembed, pictures, placing, public, scripts

blueprints = (
    pictures.blueprint,
    public.blueprint,
    scripts.blueprint,
    oembed.blueprint,
    placing.blueprint,
    looks.blueprint,
)
