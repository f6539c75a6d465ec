"""Finds what a template tells readers in no other language than the source's: words that stand outside `_()`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

SPOKEN_ATTRIBUTES = ("alt", "aria-label", "aria-description", "aria-valuetext", "label", "placeholder", "title")
NAMES = ("Tidemark", "WhatsApp", "Bluesky", "Facebook")  # the same in every language
TOKENS = ("light dark",)  # values of attributes, with a space in them
_ATTRIBUTES = re.compile(r'[\w-]+="[^"]*"')  # of a macro that writes them into a tag
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_TRANS = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.DOTALL)
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


def literals(source: str) -> list[str]:
    """Every word or sentence in a template that no catalog can replace."""
    found = _Text(_JINJA.sub(" ", _TRANS.sub(" ", source))).found
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(source)
    return [*found, *(text for output in tree.find_all(nodes.Output) for text in _said(output.nodes))]


def _said(shown: list[nodes.Expr]) -> Iterator[str]:
    """Strings that come out as they are: not what is asked for, compared with, or given to a call."""
    for node in shown:
        if isinstance(node, nodes.Const) and isinstance(node.value, str) and _is_language(node.value):
            yield node.value
        elif isinstance(node, nodes.CondExpr):
            yield from _said([part for part in (node.expr1, node.expr2) if part])
        elif isinstance(node, nodes.Concat):
            yield from _said(node.nodes)
        elif isinstance(node, nodes.Filter) and node.node:
            yield from _said([node.node])


def _is_language(text: str) -> bool:
    """Words, and no names of things: those are in small letters and without a space."""
    return (
        bool(_LETTERS.search(text))
        and (" " in text.strip() or text.strip()[:1].isupper())
        and text not in (*NAMES, *TOKENS)
    )


class _Text(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")
        for name, value in attrs:
            if name in SPOKEN_ATTRIBUTES and _LETTERS.search(value or ""):
                self.found.append(str(value))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        text = " ".join(_ATTRIBUTES.sub("", data).split()).strip("·/:, ")
        if not self.silent and _LETTERS.search(text) and text not in NAMES:
            self.found.append(text)
