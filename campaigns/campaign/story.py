"""The story of a campaign: Markdown by markdown-it-py without HTML, then cleaned by nh3 all the same."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "ul"}
_MARKDOWN = MarkdownIt("commonmark", {"html": False})


@lru_cache(maxsize=256)
def story_html(story: str) -> Markup:
    """Safe HTML of `story`; the page's own title is the h1, so its headings begin at h2."""
    made = _MARKDOWN.render(story).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    clean = nh3.clean(
        made,
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    )
    return Markup(clean)  # noqa: S704  (cleaned in the line above)
