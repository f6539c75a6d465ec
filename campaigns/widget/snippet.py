"""The text a site pastes: inert markup with a working link, which the script turns into the live bar."""

from __future__ import annotations

from markupsafe import escape

WIDTH, HEIGHT = 600, 120  # of the picture; they reserve its place before anything is loaded


def snippet(slug: str, title: str, public_url: str, *, tells_page: bool = False) -> str:
    """Element, link, picture and script. No inline style or script, so that no policy and no editor mangles it.

    `tells_page`: the site wishes to know which of its pages a gift came from (without query and fragment).
    """
    base = escape(public_url)
    picture = f'<img src="{base}/img/{slug}.svg" width="{WIDTH}" height="{HEIGHT}" alt="{escape(title)}: donate">'
    link = f'<a href="{base}/c/{slug}" target="_blank" rel="noopener">{picture}</a>'
    script = f'<script src="{base}/widget.v1.js" async></script>'
    source = ' source=""' if tells_page else ""
    return f'<tidemark-progress campaign="{slug}"{source}>{link}</tidemark-progress>\n{script}'
