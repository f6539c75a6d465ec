"""Where a bar can stand, and what to paste there: one short true paragraph and one text for each kind of host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from campaigns.widget import snippet
from campaigns.widget.drawing import Drawing
from campaigns.widget.frame import frame_size


@dataclass(frozen=True, slots=True)
class Host:
    """A place to embed: its name in URLs, its title, what to know, and the text to paste."""

    name: str
    title: str
    note: str
    text: str


def hosts(bar: Drawing, *, tells_page: bool) -> Sequence[Host]:
    """What to paste, in the look of `bar`, wherever it shall stand."""
    return [Host(name, title, note, text(bar, tells_page)) for name, title, note, text in _HOSTS]


def _code(bar: Drawing, tells_page: bool) -> str:
    return snippet.snippet(*_of(bar), look=bar.look, tells_page=tells_page)


def _fixed(bar: Drawing, tells_page: bool) -> str:
    return snippet.fixed_snippet(*_of(bar), look=bar.look, tells_page=tells_page)


def _link(bar: Drawing, _tells_page: bool) -> str:
    said = snippet.chosen(bar.look)
    return bar.page + ("?" + "&".join(f"{name}={value}" for name, value in said) if said else "")


def _shortcode(bar: Drawing, _tells_page: bool) -> str:
    said = "".join(f' {name}="{value}"' for name, value in snippet.chosen(bar.look))
    return f'[tidemark campaign="{bar.snapshot.slug}"{said}]'


def _frame(bar: Drawing, _tells_page: bool) -> str:
    width, height, _whole = frame_size(bar, None, None)
    return snippet.frame(*_of(bar), (width, height), look=bar.look)


def _mail(bar: Drawing, _tells_page: bool) -> str:
    return snippet.linked_picture(*_of(bar), look=bar.look, ending="png")


def _markdown(bar: Drawing, _tells_page: bool) -> str:
    return snippet.markdown_picture(*_of(bar), look=bar.look)


def _badge(bar: Drawing, _tells_page: bool) -> str:
    return snippet.markdown_picture(*_of(bar), look=replace(bar.look, kind="compact"))


def _of(bar: Drawing) -> tuple[str, str, str]:
    return bar.snapshot.slug, bar.snapshot.title, bar.public_url


_Text = Callable[[Drawing, bool], str]
_HOSTS: tuple[tuple[str, str, str, _Text], ...] = (
    (
        "site",
        "Any site",
        (
            "Paste it where the bar shall stand: into an article, a template, a block for HTML. Where scripts are"
            " forbidden the linked picture stays. A strict Content Security Policy needs this address in script-"
            "src, connect-src and img-src, and nothing else."
        ),
        _code,
    ),
    (
        "integrity",
        "Any site, with integrity",
        (
            "The script of this very version, which the browser checks before it runs it. Copy it anew after each "
            "update of Tidemark: until then readers see the picture with its link."
        ),
        _fixed,
    ),
    (
        "wordpress",
        "WordPress, by a link",
        (
            "Paste the address on a line of its own: WordPress makes a bar of it, for every author. It asks us "
            "once and remembers the answer, also a failed one: if only the address shows, add ?r=1 to it. An "
            "address with http instead of https is not taken by the editor."
        ),
        _link,
    ),
    (
        "wordpress-plugin",
        "WordPress, with our plugin",
        (
            "The plugin brings a block that shows the bar while you write, this shortcode, and a widget; every author "
            "may use them, and a pasted address becomes the bar itself instead of a frame."
        ),
        _shortcode,
    ),
    (
        "wordpress-html",
        "WordPress, as an administrator",
        (
            "A Custom HTML block keeps this for administrators, and for editors of a single site. Of what other "
            "authors paste, WordPress leaves the link with its picture."
        ),
        _code,
    ),
    (
        "ghost",
        "Ghost",
        ("Use an HTML card. A pasted address becomes a bookmark card, whose picture is copied once and stands still."),
        _code,
    ),
    (
        "drupal",
        "Drupal",
        (
            "Use a text format that leaves HTML as it is, or a custom block. Drupal's media library takes "
            "addresses only of services on its own list."
        ),
        _code,
    ),
    (
        "markdown",
        "Hugo, Jekyll, Markdown",
        (
            "The live picture with a link, which every Markdown knows. Where raw HTML is let through (in Hugo the"
            " setting markup.goldmark.renderer.unsafe) the code for any site gives the live bar."
        ),
        _markdown,
    ),
    (
        "frame",
        "Squarespace, Wix, any frame",
        (
            "For hosts that take frames only. It is complete without JavaScript. To the page around it, it tells "
            "its height by the message {type: “tidemark:height”, height}."
        ),
        _frame,
    ),
    (
        "newsletter",
        "Newsletter",
        (
            "A picture that is drawn anew for each reader who opens the mail; mail services may keep the one they"
            " fetched first. PNG, since mail takes no SVG."
        ),
        _mail,
    ),
    (
        "feed",
        "RSS",
        ("Feed readers drop scripts and elements they do not know; a linked picture stays."),
        _mail,
    ),
    (
        "readme",
        "README badge",
        (
            "One slim line for a README. GitHub fetches pictures through a cache of its own, so that the number "
            "may be some minutes old."
        ),
        _badge,
    ),
)
