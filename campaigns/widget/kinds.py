"""The shelf of widget kinds: one template each, found by scanning, drawn from a snapshot."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from campaigns import language
from campaigns.shipped import shipped
from campaigns.widget.drawing import Drawing
from campaigns.widget.look import DEFAULT_KIND, Look
from campaigns.widget.paper import Paper
from campaigns.widget.script import module_path
from campaigns.widget.snapshot import Snapshot

__all__ = ["Look", "draw", "environment"]


def draw(snapshot: Snapshot, look: Look | None = None, public_url: str = "") -> Markup:
    """The widget as an HTML fragment: no inline style, no script, complete without either."""
    chosen = look or Look()
    template = environment().get_template(f"widget/kinds/{chosen.kind}.html")
    bar = Drawing(snapshot, chosen, public_url)
    given = {
        "bar": bar,
        "is_default": chosen.kind == DEFAULT_KIND,  # whose sheet the script brings along
        "module": module_path(chosen.kind),
        "paper": lambda width, height: Paper(bar, width, height, painted=False),
    }
    with bar.speaking():
        return Markup(template.render(given))  # noqa: S704  (the template escapes)


@cache
def environment() -> Environment:
    """The templates, outside any request: what is drawn depends on the snapshot and the look alone."""
    made = Environment(
        loader=FileSystemLoader(shipped("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    language.install(made)
    return made
