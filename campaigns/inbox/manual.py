"""Providers as the console shows them: their names, and each one's set-up manual, which is its module's docstring."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup

from campaigns.providers import shelf
from campaigns.providers.contract import Provider

# A line alone between blank ones that is no sentence and no list: "Set it up".
_HEADING = re.compile(r"[A-Z][^.:;]{2,60}")
_markdown = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the manual under its heading."""

    title: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Manual:
    """What the provider is good for, in a sentence, and the sections, the first of which sets it up."""

    summary: str
    sections: tuple[Section, ...]


def manual(provider: Provider) -> Manual:
    """The manual of `provider`."""
    return _read(provider.__doc__ or "")


def titles() -> dict[str, str]:
    """Every provider's kind and the name that people know it by."""
    return {kind: provider.TITLE for kind, provider in shelf().items()} | {"offline": "By hand"}


@lru_cache(maxsize=32)
def _read(docstring: str) -> Manual:
    head, *blocks = re.split(r"\n\s*\n", inspect.cleandoc(docstring))
    sections: list[tuple[str, list[str]]] = []
    for block in blocks:
        if _HEADING.fullmatch(block):
            sections.append((block, []))
        elif sections:
            sections[-1][1].append(block)
    summary = " ".join(head.split()).partition(": ")[2] or head
    return Manual(summary[:1].upper() + summary[1:], tuple(Section(title, _html(parts)) for title, parts in sections))


def _html(blocks: list[str]) -> Markup:
    # Ours to the letter: a docstring of this program, and the reader takes no HTML.
    return Markup(_markdown.render("\n\n".join(blocks)))  # noqa: S704
