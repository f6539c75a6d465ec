"""The live pictures: SVG without script or sheet, for feeds, mails and hosts that take only images.

A kind of widget has its picture in `templates/widget/pictures/<kind>.svg`, which also says how large it is; so has the
card that is shown where a campaign's page is shared. The bar has the look of the folded widget in the same 600 by 120,
so that a page hardly changes when the one takes the other's place.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import nodes

from campaigns.shipped import shipped
from campaigns.widget.drawing import Drawing
from campaigns.widget.kinds import environment
from campaigns.widget.look import DEFAULT_KIND, Look
from campaigns.widget.paper import Paper
from campaigns.widget.snapshot import Snapshot

CARD = "card"


def picture(snapshot: Snapshot, look: Look, public_url: str, *, name: str | None = None, painted: bool = False) -> str:
    """The SVG document; everything in it is escaped by the template.

    `name`: another picture than that of the look's kind. `painted`: for the renderer of PNG instead of for browsers.
    """
    drawn = name or drawn_as(look.kind)
    bar = Drawing(snapshot, look, public_url)
    paper = Paper(bar, *size_of(drawn), painted=painted)
    with bar.speaking():
        return environment().get_template(_template(drawn)).render(bar=bar, paper=paper, colours=paper.colours)


def drawn_as(kind: str) -> str:
    """The picture of a kind: its own, or the bar's."""
    return kind if kind in _pictures() - {CARD} else DEFAULT_KIND


@cache
def size_of(name: str) -> tuple[int, int]:
    """Width and height in pixels at scale 1, as the template itself sets them."""
    tree = environment().parse((_folder() / f"{name}.svg").read_text("utf-8"))
    for node in tree.find_all(nodes.Assign):
        if _names(node.target) == ["width", "height"] and isinstance(node.node, nodes.Expr):
            width, height = node.node.as_const()
            return int(width), int(height)
    raise LookupError(f"the picture {name} does not say how large it is")


def _names(target: nodes.Node) -> list[str]:
    items = target.items if isinstance(target, nodes.Tuple) else []
    return [item.name for item in items if isinstance(item, nodes.Name)]


@cache
def _pictures() -> frozenset[str]:
    return frozenset(path.stem for path in _folder().glob("[a-z]*.svg"))


def _folder() -> Path:
    return shipped("templates") / "widget" / "pictures"


def _template(name: str) -> str:
    return f"widget/pictures/{name}.svg"
