"""The texts a site pastes: inert markup with a working link, which the script turns into the live bar."""

from __future__ import annotations

from urllib.parse import urlencode

from markupsafe import escape

from campaigns.language import say as _
from campaigns.widget.look import Look
from campaigns.widget.picture import drawn_as, size_of
from campaigns.widget.script import script

_PLAIN = Look()


def snippet(slug: str, title: str, public_url: str, *, look: Look = _PLAIN, tells_page: bool = False) -> str:
    """Element, link, picture and script. No inline style or script, so that no policy and no editor mangles it.

    `tells_page`: the site wishes to know which of its pages a gift came from (without query and fragment).
    """
    tag = f'<script src="{escape(public_url)}/widget.v1.js" async></script>'
    return f"{element(slug, title, public_url, look=look, tells_page=tells_page)}\n{tag}"


def fixed_snippet(slug: str, title: str, public_url: str, *, look: Look = _PLAIN, tells_page: bool = False) -> str:
    """The same with the script of this very version, which a browser runs only if it is the one that is meant."""
    src = f"{escape(public_url)}/widget.{script().digest}.js"
    tag = f'<script src="{src}" integrity="{script().integrity}" crossorigin="anonymous" async></script>'
    return f"{element(slug, title, public_url, look=look, tells_page=tells_page)}\n{tag}"


def element(slug: str, title: str, public_url: str, *, look: Look = _PLAIN, tells_page: bool = False) -> str:
    """The same without the script, for a page that has it already."""
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in chosen(look))
    source = ' source=""' if tells_page else ""
    inside = linked_picture(slug, title, public_url, look=look)
    return f'<tidemark-progress campaign="{slug}"{attributes}{source}>{inside}</tidemark-progress>'


def linked_picture(slug: str, title: str, public_url: str, *, look: Look = _PLAIN, ending: str = "svg") -> str:
    """A link with the live picture; its width and height reserve its place before anything is loaded."""
    width, height = size_of(drawn_as(look.kind))
    src = escape(picture_url(slug, public_url, look, ending))
    alt = escape(_("%(title)s: donate", title=title))
    picture = f'<img src="{src}" width="{width}" height="{height}" alt="{alt}">'
    return f'<a href="{escape(page_url(slug, public_url, look))}" target="_blank" rel="noopener">{picture}</a>'


def markdown_picture(slug: str, title: str, public_url: str, *, look: Look = _PLAIN, ending: str = "svg") -> str:
    """The same for a README or any page written in Markdown."""
    alt = "".join(f"\\{c}" if c in "\\[]" else c for c in _("%(title)s: donate", title=title))
    return f"[![{alt}]({picture_url(slug, public_url, look, ending)})]({page_url(slug, public_url, look)})"


def frame(slug: str, title: str, public_url: str, size: tuple[int, int], *, look: Look = _PLAIN) -> str:
    """For hosts that take no script and no element of others."""
    src = escape(_with(f"{public_url}/embed/{slug}", chosen(look)))
    width, height = size
    return (
        f'<iframe src="{src}" width="{width}" height="{height}" frameborder="0" loading="lazy"'
        f' title="{escape(title)}"></iframe>'
    )


def page_url(slug: str, public_url: str, look: Look = _PLAIN) -> str:
    """The campaign's page, in the look's language where one is asked for."""
    return _with(f"{public_url}/c/{slug}", [("lang", look.language)] if look.language else [])


def picture_url(slug: str, public_url: str, look: Look, ending: str) -> str:
    """The live picture of the look."""
    return _with(f"{public_url}/img/{slug}.{ending}", chosen(look))


def chosen(look: Look) -> list[tuple[str, str]]:
    """What of `look` is not what everybody gets, as attributes or a query say it."""
    return look.attributes


def _with(url: str, query: list[tuple[str, str]]) -> str:
    return f"{url}?{urlencode(query)}" if query else url
